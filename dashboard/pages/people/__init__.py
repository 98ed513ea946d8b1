"""People: who they are at the horizon, with and without the choice, and the story of one household."""

from dataclasses import dataclass

import numpy as np
import solara
from numpy.typing import NDArray

from dashboard.components.element import el, heading, lead, paragraph, section, with_meanings
from dashboard.components.panels import PageTable, Progress, TableCell, table_columns, table_details
from dashboard.engine.answer import Answer
from dashboard.engine.bands import Band, Difference, difference, display, triple
from dashboard.engine.bundle import Bundle
from dashboard.messages.words import Words
from dashboard.pages.people.story import Story
from dashboard.pages.shared.results import band_cells, provisional
from dashboard.pages.shared.wording import PlaceSelect, figure_note, in_place
from dashboard.shell.session import Session

ID = "people"
ORDER = 50
TITLE = "people.title"
HEADING = "people.heading"

Floats = NDArray[np.float64]

ATTRIBUTES = ("age_group", "origin_group", "work", "housing", "status", "schooling", "intention")

WHOLE = {"work": "working", "schooling": "minors"}
"""Attributes that do not concern everybody, and whom they concern."""

MINORS = "minors"

VALUE_ORDER = {
    "age_group": ("0-17", "18-64", "18-22", "23-60", "61-64", "65+"),
    "intention": ("stay", "undecided", "return", "onward"),
}
"""Values with an order of their own; the others stand with the largest first."""


@dataclass(frozen=True)
class GroupRow:
    """Persons and share of one value of an attribute, with the choice and without it (``base``)."""

    value: str
    persons: Band
    share: Band
    base: Band
    base_share: float
    change: Difference


def composition(answer: Answer, attribute: str, place: str) -> list[GroupRow]:
    """Return the groups of an attribute that anybody belongs to, with or without the choice."""
    values = [value for name, value in answer.axes.groups if name == attribute and value != MINORS]
    mine, theirs = (
        {value: _persons(bundle, attribute, value, answer.mask(place)) for value in values}
        for bundle in (answer.mine, answer.theirs)
    )
    whole, base_whole = sum(mine.values()), sum(theirs.values())
    rows = []
    for value in values:
        persons, base = mine[value], theirs[value]
        if persons.any() or base.any():
            rows.append(
                GroupRow(
                    value,
                    answer.level(persons, base),
                    triple(_share(persons, whole)),
                    answer.level(base, base),
                    triple(_share(base, base_whole))[1],
                    difference(answer.change(persons - base)),
                )
            )
    order = VALUE_ORDER.get(attribute)
    return sorted(rows, key=lambda row: order.index(row.value) if order else -row.share[1])


def share_of(answer: Answer, attribute: str, value: str, place: str) -> float:
    """Return the median share of one value."""
    return next((row.share[1] for row in composition(answer, attribute, place) if row.value == value), 0.0)


def _persons(bundle: Bundle, attribute: str, value: str, hosts: NDArray[np.bool_]) -> Floats:
    return np.asarray(bundle.group(attribute, value)[:, hosts].sum(axis=1, dtype=float))


def _share(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)


def group_name(words: Words, attribute: str, value: str) -> str:
    """Return the name of a value of an attribute."""
    return words.t(f"people.{attribute}_{value}")


def GroupBars(words: Words, attribute: str, rows: list[GroupRow], baseline: bool) -> solara.Element:
    """Return one attribute: its heading, a sentence about the largest group, and a bar per group.

    The text says the numbers; the bar beside it is decoration.
    """
    title = heading(words.t(f"people.group_{attribute}"), 3)
    if not rows:
        return el("div", title, paragraph(words.t("people.nobody")), classes="people-group")
    most = max(rows, key=lambda row: row.share[1])
    sentence = words.t(
        "people.most",
        label=group_name(words, attribute, most.value),
        n=words.number(display(most.persons)[1]),
        share=words.share(most.share[1]),
        whole=words.t(f"people.of_{WHOLE.get(attribute, 'all')}"),
    )
    bars = [_bar(words, attribute, row, baseline) for row in rows]
    return el(
        "div",
        title,
        paragraph(sentence, classes="small"),
        el("ul", *bars, classes="people-bars"),
        classes="people-group",
        data_attribute=attribute,
    )


def _bar(words: Words, attribute: str, row: GroupRow, baseline: bool) -> solara.Element:
    low, mid, high = display(row.persons)
    told = [words.t("people.row_band", low=low, high=high)]
    if not baseline:
        change = row.change.value(words)
        told.append(words.t("people.row_change", change=change[:1].lower() + change[1:]))
    marks = [
        el("span", classes="people-fill", style=f"width: {_at(row.share[1])}"),
        el(
            "span",
            classes="people-range",
            style=f"left: {_at(row.share[0])}; width: {_at(row.share[2] - row.share[0])}",
        ),
    ]
    if not baseline:
        marks.append(el("span", classes="people-mark", style=f"left: {_at(row.base_share)}"))
    return el(
        "li",
        el("span", group_name(words, attribute, row.value), classes="people-name"),
        el("span", words.number(mid), el("strong", words.share(row.share[1])), classes="people-number"),
        el("span", *marks, classes="people-track", aria_hidden="true"),
        el("span", "; ".join(told), classes="people-told"),
        data_value=row.value,
    )


def _at(share: float) -> str:
    """Return a share as a length; the whole width is 100 %."""
    return f"{100 * min(max(share, 0.0), 1.0):.1f}%"


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
    low, mid, high = display(answer.at_horizon("stock", place))
    shares = {"women": ("sex", "female"), "children": ("age_group", "0-17"), "work": ("work", "employed")}
    said = words.t(
        "people.lead",
        month=month,
        place=where,
        n=words.number(mid),
        band=words.band(low, high),
        **{name: words.share(share_of(answer, *group, place)) for name, group in shares.items()},
    )
    lead(*with_meanings(words, said, "lead"))
    with el("div", classes="row"):
        PlaceSelect(session, words.t("people.place"), places=answer.places, compact=True)
    Progress("A")
    provisional(words, job)
    baseline = answer.choice.is_baseline
    found = {name: composition(answer, name, place) for name in ATTRIBUTES}
    mark = "" if baseline else f" {words.t('people.composition_mark')}"
    note = figure_note(session, "people.note", answer, month=month)
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
    keys = "subject group #persons #range #share" + ("" if baseline else " #base #change")
    columns = table_columns(words, "people.column", keys)
    rows: list[list[TableCell]] = []
    for name, groups in found.items():
        for row in groups:
            base = display(row.base)[1]
            compared: list[TableCell] = [
                (words.number(base), base),
                (row.change.value(words), row.change.mid),
            ]
            rows.append(
                [
                    words.t(f"people.group_{name}"),
                    group_name(words, name, row.value),
                    *band_cells(words, row.persons),
                    (words.share(row.share[1]), round(row.share[1], 3)),
                    *([] if baseline else compared),
                ]
            )
    return PageTable(columns, rows)
