"""Who the people of a place are at the horizon: persons and shares by group, with and without the choice."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dashboard.engine.bands import Triple, triple
from dashboard.pages.shared.results import Difference, difference

if TYPE_CHECKING:
    from dashboard.engine.answer import Answer
import solara

from dashboard.components.element import el, heading, paragraph
from dashboard.engine.bands import display
from dashboard.messages.words import Words

Floats = NDArray[np.float64]

AGE, ORIGIN, WORK, HOUSING = "age_group", "origin_group", "work", "housing"
STATUS, SCHOOLING, INTENTION = "status", "schooling", "intention"
ATTRIBUTES = (AGE, ORIGIN, WORK, HOUSING, STATUS, SCHOOLING, INTENTION)

WHOLE = {WORK: "working", SCHOOLING: "minors"}
"""Attributes that do not concern everybody, and whom they concern."""

MINORS = "minors"

ORDER = {
    AGE: ("0-17", "18-64", "18-22", "23-60", "61-64", "65+"),
    INTENTION: ("stay", "undecided", "return", "onward"),
}
"""Values with an order of their own; the others stand with the largest first."""


@dataclass(frozen=True)
class GroupRow:
    """Persons and share of one value of an attribute, with the choice and without it (``base``)."""

    value: str
    persons: Triple
    share: Triple
    base: Triple
    base_share: float
    change: Difference


def composition(answer: "Answer", attribute: str, place: str) -> list[GroupRow]:
    """Return the groups of an attribute that anybody belongs to, with or without the choice."""
    mine, theirs = _persons(answer.groups, answer, place), _persons(answer.base_groups, answer, place)
    values = [value for name, value in mine if name == attribute and value != MINORS]
    whole, base_whole = (sum(found[attribute, v] for v in values) for found in (mine, theirs))
    rows = []
    for value in values:
        persons, base = mine[attribute, value], theirs[attribute, value]
        if persons.any() or base.any():
            rows.append(
                GroupRow(
                    value,
                    triple(persons),
                    triple(_share(persons, whole)),
                    triple(base),
                    triple(_share(base, base_whole))[1],
                    difference(triple(persons - base)),
                )
            )
    order = ORDER.get(attribute)
    return sorted(rows, key=lambda row: order.index(row.value) if order else -row.share[1])


def share_of(answer: "Answer", attribute: str, value: str, place: str) -> float:
    """Return the median share of one value."""
    return next((row.share[1] for row in composition(answer, attribute, place) if row.value == value), 0.0)


def _persons(
    groups: Mapping[tuple[str, str], NDArray[np.float32]], answer: "Answer", place: str
) -> dict[tuple[str, str], Floats]:
    mask = answer.mask(place)
    return {key: values[:, mask].sum(axis=1, dtype=float) for key, values in groups.items()}


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
        n=words.number(display(*most.persons)[1]),
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
    low, mid, high = display(*row.persons)
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
