"""People: who they are at the horizon, and the story of one simulated household."""

import solara

from dashboard.components import Column, DataTable, Download, Progress, details, el, lead, paragraph, section
from dashboard.components.table import Cell
from dashboard.engine import display
from dashboard.messages import Words
from dashboard.pages.map.tables import Table
from dashboard.pages.people import composition
from dashboard.pages.people.composition import Bars, group_name
from dashboard.pages.people.story import Story
from dashboard.pages.shared.wording import PlaceSelect, in_place, provisional, scenario_text
from dashboard.shell import Session

ID = "people"
ORDER = 50
TITLE = "people.title"
HEADING = "people.heading"


@solara.component
def Page(session: Session) -> None:
    """Show composition and story."""
    Composition(session)
    section(session.words.t("people.story_title"), Story(session), id_="people-story")


@solara.component
def Composition(session: Session) -> None:
    """Show the composition of the chosen place, with the baseline beside it."""
    words, job, catalogue = session.words, session.job("A"), session.engine.catalogue
    answer, place = job.shown, session.place
    where = in_place(words, catalogue, place)
    month = words.date(f"{answer.months[-1]}-01").split(" ", 1)[1]
    low, mid, high = display(*answer.at_horizon("stock", place))

    def share(attribute: str, value: str) -> str:
        return words.share(composition.share_of(answer, attribute, value, place))

    lead(
        words.t(
            "people.lead",
            month=month,
            place=where,
            n=words.number(mid),
            band=words.band(low, high),
            women=share("sex", "female"),
            children=share("age_group", "0-17"),
            work=share("work", "employed"),
        )
    )
    with el("div", classes="row"):
        PlaceSelect(
            words, catalogue, words.t("people.place"), place, session.set_place, answer.places, compact=True
        )
    Progress("A")
    provisional(words, job)
    baseline = answer.choice.is_baseline
    found = {name: composition.composition(answer, name, place) for name in composition.ATTRIBUTES}
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
            *[Bars(words, name, rows, baseline) for name, rows in found.items()],
            classes="people-groups" + (" people-busy" if job.outdated else ""),
        ),
        paragraph(note, classes="muted small"),
        details(
            words.t("people.table_open"),
            DataTable(words.t("people.caption", place=where, month=month), table.columns, table.rows),
            Download(words.t("map.csv"), f"ewea-people-{place}-{words.language}.csv", table.csv),
        ),
        id_="people-composition",
    )


def _table(words: Words, found: dict[str, list[composition.GroupRow]], baseline: bool) -> Table:
    """Return every group of every attribute."""
    keys = ("subject", "group", "persons", "range", "share", *(() if baseline else ("base", "change")))
    columns = [Column(words.t(f"people.column_{key}"), key not in ("subject", "group")) for key in keys]
    rows: list[list[Cell]] = []
    for name, groups in found.items():
        for row in groups:
            low, mid, high = display(*row.persons)
            base = display(*row.base)[1]
            compared: list[Cell] = [(words.number(base), base), (row.change.value(words), row.change.mid)]
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
    return Table(columns, rows)
