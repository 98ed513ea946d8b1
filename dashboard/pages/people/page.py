"""People: who they are at the horizon, and the story of one simulated household."""

import solara

from dashboard.components.element import el, lead, paragraph, section
from dashboard.components.panels import ColumnHead, PageTable, Progress, TableCell, table_details
from dashboard.engine.bands import display
from dashboard.messages.words import Words
from dashboard.pages.people.composition import (
    ATTRIBUTES,
    GroupBars,
    GroupRow,
    composition,
    group_name,
    share_of,
)
from dashboard.pages.people.story import Story
from dashboard.pages.shared.results import provisional
from dashboard.pages.shared.wording import PlaceSelect, in_place, scenario_text
from dashboard.shell.session import Session

ID = "people"
ORDER = 50
TITLE = "people.title"
HEADING = "people.heading"


@solara.component
def Page(session: Session) -> None:
    """Show composition and story."""
    PeopleComposition(session)
    section(session.words.t("people.story_title"), Story(session), id_="people-story")


@solara.component
def PeopleComposition(session: Session) -> None:
    """Show the composition of the chosen place, with the baseline beside it."""
    words, job, place = session.words, session.job("A"), session.place
    answer = job.shown
    where, month = in_place(words, session.engine.catalogue, place), words.month_inside(answer.months[-1])
    low, mid, high = display(*answer.at_horizon("stock", place))
    shares = {"women": ("sex", "female"), "children": ("age_group", "0-17"), "work": ("work", "employed")}
    lead(
        words.t(
            "people.lead",
            month=month,
            place=where,
            n=words.number(mid),
            band=words.band(low, high),
            **{name: words.share(share_of(answer, *group, place)) for name, group in shares.items()},
        )
    )
    with el("div", classes="row"):
        PlaceSelect(session, words.t("people.place"), places=answer.places, compact=True)
    Progress("A")
    provisional(words, job)
    baseline = answer.choice.is_baseline
    found = {name: composition(answer, name, place) for name in ATTRIBUTES}
    mark = "" if baseline else f" {words.t('people.composition_mark')}"
    note = words.t(
        "people.note",
        month=month,
        scenario=scenario_text(session, answer),
        n=answer.n_seeds,
        data=words.date(answer.data_date),
        version=answer.version,
    )
    table = _table(words, found, baseline)
    section(
        words.t("people.composition_title"),
        paragraph(words.t("people.composition_read") + mark, classes="muted"),
        el(
            "div",
            *[GroupBars(words, name, rows, baseline) for name, rows in found.items()],
            classes="people-groups" + (" people-busy" if job.outdated else ""),
        ),
        paragraph(note, classes="muted small"),
        table_details(
            words,
            words.t("people.table_open"),
            words.t("people.caption", place=where, month=month),
            table,
            f"ewea-people-{place}-{words.language}",
        ),
        id_="people-composition",
    )


def _table(words: Words, found: dict[str, list[GroupRow]], baseline: bool) -> PageTable:
    """Return every group of every attribute."""
    keys = ("subject", "group", "persons", "range", "share", *(() if baseline else ("base", "change")))
    columns = [ColumnHead(words.t(f"people.column_{key}"), key not in ("subject", "group")) for key in keys]
    rows: list[list[TableCell]] = []
    for name, groups in found.items():
        for row in groups:
            low, mid, high = display(*row.persons)
            base = display(*row.base)[1]
            compared: list[TableCell] = [
                (words.number(base), base),
                (row.change.value(words), row.change.mid),
            ]
            rows.append(
                [
                    words.t(f"people.group_{name}"),
                    group_name(words, name, row.value),
                    (words.number(mid), mid),
                    (f"{words.number(low)} – {words.number(high)}", low),
                    (words.share(row.share[1]), round(row.share[1], 3)),
                    *([] if baseline else compared),
                ]
            )
    return PageTable(columns, rows)
