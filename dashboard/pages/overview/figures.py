"""The numbers of the overview: chart, cards and tables."""

from typing import TYPE_CHECKING, Any

import numpy as np
import solara

from abm.months import month_index, month_label
from dashboard.components.charts import ChartFigure
from dashboard.components.panels import BigNumber, ColumnHead, DataTable
from dashboard.engine.bands import display, triple
from dashboard.messages.words import Words
from dashboard.pages.shared.results import difference, stock_chart
from dashboard.pages.shared.wording import in_place

if TYPE_CHECKING:
    from dashboard.engine.answer import Answer, Of
    from dashboard.engine.bands import Triple
    from dashboard.engine.catalogue import Catalogue


def figure(words: Words, catalogue: "Catalogue", answer: "Answer", place: str) -> ChartFigure:
    """Return the fan chart: register, reconstruction, projection; the baseline beside a choice."""
    recorded = catalogue.recorded(place)
    return stock_chart(
        words,
        answer,
        place,
        recorded=_day_after(recorded) if recorded["months"] else None,
        past=_day_after(catalogue.hindcast(place)["register"]),
        boundary=answer.flow_months[0],
        unit=words.t("overview.axis"),
    )


def _day_after(series: dict[str, Any]) -> dict[str, Any]:
    """Return a series counted at the end of months as counted on the day after, like the projection."""
    return {**series, "months": [month_label(month_index(month) + 1) for month in series["months"]]}


def description(words: Words, catalogue: "Catalogue", answer: "Answer", place: str) -> str:
    """Return what the chart shows, with its numbers."""
    fan = answer.fan("stock", place)
    low, mid, high = display(*answer.at_horizon("stock", place))
    said = words.t(
        "overview.chart_description",
        first=display(fan["low80"][0], fan["mid"][0], fan["high80"][0])[1],
        first_date=words.first_day(answer.months[0]),
        mid=mid,
        date=words.first_day(answer.months[-1]),
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
        ("people", place, answer.at_horizon("stock", place), answer.difference("stock", place)),
        ("people", other, answer.at_horizon("stock", other), answer.difference("stock", other)),
        ("places", place, places_needed(answer, place), places_needed(answer, place, against=True)),
        ("short", place, places_short(answer, place), places_short(answer, place, against=True)),
    ]

    def card(kind: str, where: str, level: "Triple", apart: "Triple") -> solara.Element:
        low, mid, high = display(*level)
        notes = [words.t(f"overview.{kind}_note")] if kind != "people" else []
        if not answer.choice.is_baseline:
            change = difference(apart).sentence(words)
            notes.append(words.t("overview.change_note", change=change[0].lower() + change[1:]))
        label = words.t(f"overview.{kind}_card", where=in_place(words, catalogue, where))
        # One figure where all runs agree.
        band = words.t("overview.band_single") if low == high else words.band(low, high)
        return BigNumber(label, words.number(mid), band, " ".join(notes), busy)

    return [card(*one) for one in shown]


def outcome_table(
    words: Words, answer: "Answer", place: str, outcomes: tuple[str, ...], caption: str
) -> None:
    """Show outcomes with their bands, and against the baseline unless that is shown."""
    with_change = not answer.choice.is_baseline
    heads = [
        ColumnHead(words.t("overview.column_what")),
        ColumnHead(words.t("overview.column_level"), number=True),
        ColumnHead(words.t("overview.column_band"), number=True),
    ]
    if with_change:
        # Right after the name: on a phone the columns behind it need scrolling.
        heads.insert(1, ColumnHead(words.t("overview.column_change")))
    rows = []
    for outcome in outcomes:
        low, mid, high = display(*answer.at_horizon(outcome, place))
        span = words.number(low) if low == high else words.t("overview.range", low=low, high=high)
        row = [words.t(f"scenario.outcome_{outcome}"), (words.number(mid), mid), (span, high - low)]
        if with_change:
            apart = difference(answer.difference(outcome, place))
            row.insert(1, (apart.sentence(words), apart.mid))
        rows.append(row)
    DataTable(caption, heads, rows, sortable=False)
