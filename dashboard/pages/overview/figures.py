"""The numbers of the overview: cards and tables."""

from typing import TYPE_CHECKING

import numpy as np
import solara

from dashboard.components import BigNumber, Column, DataTable
from dashboard.engine import display
from dashboard.engine.bands import triple
from dashboard.messages import Words
from dashboard.pages.shared.results import difference
from dashboard.pages.shared.wording import in_place

if TYPE_CHECKING:
    from dashboard.engine.answer import Answer, Of
    from dashboard.engine.bands import Triple
    from dashboard.engine.catalogue import Catalogue
from typing import TYPE_CHECKING, Any

from abm.months import month_index, month_label
from dashboard.pages.overview.headline import first_day
from dashboard.pages.shared.results import stock_chart

if TYPE_CHECKING:
    from dashboard.engine.answer import Answer
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


def day_after(series: dict[str, Any]) -> dict[str, Any]:
    """Return a series counted at the end of months as counted on the day after, like the projection."""
    return {**series, "months": [month_label(month_index(month) + 1) for month in series["months"]]}


def figure(words: Words, catalogue: "Catalogue", answer: "Answer", place: str) -> dict[str, Any]:
    """Return the chart of people to protect; the baseline beside a choice."""
    recorded = catalogue.recorded(place)
    return stock_chart(
        words,
        answer,
        place,
        recorded=day_after(recorded) if recorded["months"] else None,
        past=day_after(catalogue.hindcast(place)["register"]),
        boundary=answer.flow_months[0],
        unit=words.t("overview.axis"),
    )


def description(words: Words, catalogue: "Catalogue", answer: "Answer", place: str) -> str:
    """Return what the chart shows, with its numbers."""
    fan = answer.fan("stock", place)
    first = display(fan["low80"][0], fan["mid"][0], fan["high80"][0])[1]
    low, mid, high = display(*answer.at_horizon("stock", place))
    said = words.t(
        "overview.chart_description",
        first=first,
        first_date=first_day(words, answer.months[0]),
        mid=mid,
        date=first_day(words, answer.months[-1]),
        band=words.band(low, high),
    )
    recorded = catalogue.recorded(place)
    if not recorded["months"]:
        return f"{said} {words.t('overview.chart_description_none')}"
    points = words.t(
        "overview.chart_description_recorded",
        first=round(recorded["persons"][0]),
        first_month=words.month(recorded["months"][0]),
        last=round(recorded["persons"][-1]),
        last_month=words.month(recorded["months"][-1]),
    )
    return f"{said} {points}"


def note(words: Words, answer: "Answer") -> str:
    """Return what points, grey and colour are, and what the band covers."""
    return words.t(
        "overview.chart_note",
        month=words.month(answer.flow_months[0]),
        n=answer.n_seeds,
        data=words.date(answer.data_date),
        version=answer.version,
    )
