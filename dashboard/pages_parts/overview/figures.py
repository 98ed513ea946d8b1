"""The numbers of the overview: cards and tables."""

from typing import TYPE_CHECKING

import numpy as np
import solara

from dashboard.components import BigNumber, Column, DataTable
from dashboard.engine import display
from dashboard.engine.bands import triple
from dashboard.messages import Words
from dashboard.pages_parts.difference import difference
from dashboard.pages_parts.places import in_place

if TYPE_CHECKING:
    from dashboard.engine.answer import Answer, Of
    from dashboard.engine.bands import Triple
    from dashboard.engine.catalogue import Catalogue

SITUATIONS = (
    "stock",
    "protected",
    "transition_permit",
    "regular_permit",
    "asylum",
    "refugee",
    "without_title",
    "employed",
    "collective_used",
)
MOVEMENTS = ("arrivals", "reunifications", "redepartures", "onward_in", "returns", "onward_out")


def places_needed(answer: "Answer", place: str, against: bool = False) -> "Triple":
    """Return reception places asked for at the horizon: those taken, and those asked for in vain."""

    def needed(of: "Of") -> np.ndarray:
        return answer.series("collective_used", place, of)[:, -1] + _short(answer, place, of)

    return triple(needed("choice") - needed("baseline") if against else needed("choice"))


def places_short(answer: "Answer", place: str, against: bool = False) -> "Triple":
    """Return how often nobody could be placed in the last month."""
    chosen = _short(answer, place, "choice")
    return triple(chosen - _short(answer, place, "baseline") if against else chosen)


def _short(answer: "Answer", place: str, of: "Of") -> np.ndarray:
    return np.asarray(answer.series("places_short", place, of)[:, -1])


def cards(
    words: Words, catalogue: "Catalogue", answer: "Answer", place: str, busy: bool
) -> list[solara.Element]:
    """Return people and places of the chosen place, and people of the Netherlands or the Union beside it."""
    other = "EU" if place == "NL" else "NL"
    shown = [
        _card(words, catalogue, answer, busy, "people", place, answer.at_horizon("stock", place),
              answer.difference("stock", place)),
        _card(words, catalogue, answer, busy, "people", other, answer.at_horizon("stock", other),
              answer.difference("stock", other)),
        _card(words, catalogue, answer, busy, "places", place, places_needed(answer, place),
              places_needed(answer, place, against=True)),
    ]  # fmt: skip
    short = places_short(answer, place)
    shown.append(
        _card(words, catalogue, answer, busy, "short", place, short, places_short(answer, place, True))
    )
    return shown


def _card(
    words: Words,
    catalogue: "Catalogue",
    answer: "Answer",
    busy: bool,
    kind: str,
    place: str,
    level: "Triple",
    apart: "Triple",
) -> solara.Element:
    low, mid, high = display(*level)
    notes = [words.t(f"overview.{kind}_note")] if kind != "people" else []
    if not answer.choice.is_baseline:
        change = difference(apart).sentence(words)
        notes.append(words.t("overview.change_note", change=change[0].lower() + change[1:]))
    return BigNumber(
        words.t(f"overview.{kind}_card", where=in_place(words, catalogue, place)),
        words.number(mid),
        band_words(words, low, high),
        " ".join(notes),
        busy,
    )


def band_words(words: Words, low: int, high: int) -> str:
    """Return a band; one figure where all runs agree."""
    return words.t("overview.band_single") if low == high else words.band(low, high)


def range_words(words: Words, low: int, high: int) -> str:
    """Return a band for a table; one figure where all runs agree."""
    return words.number(low) if low == high else words.t("overview.range", low=low, high=high)


def outcome_table(
    words: Words, answer: "Answer", place: str, outcomes: tuple[str, ...], caption: str
) -> None:
    """Show outcomes with their bands, and against the baseline unless that is shown."""
    with_change = not answer.choice.is_baseline
    heads = [
        Column(words.t("overview.column_what")),
        Column(words.t("overview.column_level"), number=True),
        Column(words.t("overview.column_band"), number=True),
    ]
    if with_change:
        # Right after the name: on a phone the columns behind it need scrolling.
        heads.insert(1, Column(words.t("overview.column_change")))
    rows = []
    for outcome in outcomes:
        low, mid, high = display(*answer.at_horizon(outcome, place))
        row = [
            words.t(f"scenario.outcome_{outcome}"),
            (words.number(mid), mid),
            (range_words(words, low, high), high - low),
        ]
        if with_change:
            apart = difference(answer.difference(outcome, place))
            row.insert(1, (apart.sentence(words), apart.mid))
        rows.append(row)
    DataTable(caption, heads, rows, sortable=False)
