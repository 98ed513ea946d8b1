"""The sentences and numbers of the overview, computed from the answer."""

from typing import Any

import solara

from dashboard.components.charts import ChartFigure
from dashboard.components.panels import BigNumber, DataTable, table_columns
from dashboard.engine import shipped
from dashboard.engine.answer import Answer, Triple, display, triple
from dashboard.engine.catalogue import Catalogue
from dashboard.engine.choice import Choices
from dashboard.messages.words import Words
from dashboard.pages.shared.results import difference, kind_of, last_published, next_month, stock_chart
from dashboard.pages.shared.wording import in_place


def headline_sentence(words: Words, catalogue: Catalogue, answer: Answer, place: str) -> str:
    """Return how many people there will be to protect, with the band."""
    low, mid, high = display(*answer.at_horizon("stock", place))
    under = "under_rules" if answer.choice.is_baseline else "under_scenario"
    return words.t(
        "overview.headline",
        under=words.t(f"overview.{under}"),
        where=in_place(words, catalogue, place),
        date=words.first_day(answer.months[-1]),
        mid=mid,
        band=words.band(low, high),
    )


def against_register(words: Words, answer: Answer, place: str) -> str:
    """Return how that compares with the last point of the register; empty where there is none."""
    recorded = shipped.document(shipped.PAST)["recorded"][place]
    if not recorded["months"]:
        return ""
    month, persons = recorded["months"][-1], recorded["persons"][-1]
    low, mid, high = answer.at_horizon("stock", place)
    apart = difference((low - persons, mid - persons, high - persons))
    direction = "more" if mid >= persons else "less"
    key = f"overview.register_{direction if apart.is_clear else f'unclear_{direction}'}"
    return words.t(key, n=abs(apart.mid), last=round(persons), month=words.month_inside(month))


def kind_sentence(words: Words, answer: Answer, place: str, today: str) -> str:
    """Return whether the headline is a projection, and where register and estimate to today end."""
    published = last_published(place)
    return words.t(
        "overview.kind_no_register" if published is None else "overview.kind",
        kind=words.t(f"shell.period_{kind_of(answer, place, today)}"),
        register="" if published is None else words.month(published),
        today=words.month(today),
    )


def against_rules(words: Words, answer: Answer, place: str) -> str:
    """Return what the choice changes against the baseline; empty for the baseline itself."""
    if answer.choice.is_baseline:
        return ""
    apart = difference(answer.difference("stock", place))
    band = apart.band(words)
    if apart.is_clear:
        # The sentence says "more" or "fewer", so the range goes without signs.
        band = words.band(*sorted((abs(apart.low), abs(apart.high))))
    return words.t(f"overview.change_{apart.kind}", n=abs(apart.mid), band=band)


def end_under_the_law(choice: Choices, day: str | None) -> str | None:
    """Return the last day of protection under the law; None where a choice may move it."""
    if choice.presets or choice.upload or any(setting.lever == "protection_end" for setting in choice.levers):
        return None
    return day


def figure(words: Words, answer: Answer, place: str, today: str) -> ChartFigure:
    """Return the fan chart: register, reconstruction, estimate, projection; the baseline beside a choice."""
    past = shipped.document(shipped.PAST)
    recorded = past["recorded"][place]
    return stock_chart(
        words,
        answer,
        place,
        today,
        recorded=_day_after(recorded) if recorded["months"] else None,
        past=_day_after(past["hindcast"][place]["register"]),
        unit=words.t("overview.axis"),
    )


def _day_after(series: dict[str, Any]) -> dict[str, Any]:
    """Return a series counted at the end of months as counted on the day after, like the projection."""
    return {**series, "months": [next_month(month) for month in series["months"]]}


def description(words: Words, answer: Answer, place: str, today: str) -> str:
    """Return what the chart shows, with its numbers."""
    fan = answer.fan("stock", place)
    low, mid, high = display(*answer.at_horizon("stock", place))
    said = words.t(
        "overview.chart_description",
        first=display(fan["low"][0], fan["mid"][0], fan["high"][0])[1],
        first_date=words.first_day(answer.months[0]),
        mid=mid,
        date=words.first_day(answer.months[-1]),
        band=words.band(low, high),
        today=words.month(today),
    )
    recorded = shipped.document(shipped.PAST)["recorded"][place]
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


def _in_last_month(answer: Answer, place: str, *outcomes: str) -> tuple[Triple, Triple]:
    """Return the band of stocks or flows of the last month added up, and of its difference."""
    mine, theirs = (
        sum(answer.series(outcome, place, of)[:, -1] for outcome in outcomes) for of in ("choice", "baseline")
    )
    return triple(mine), triple(mine - theirs)


def cards(words: Words, catalogue: Catalogue, answer: Answer, place: str, busy: bool) -> list[solara.Element]:
    """Return people and places of the chosen place, and people of the Netherlands or the Union beside it."""
    other = "EU" if place == "NL" else "NL"
    shown = [
        ("people", place, answer.at_horizon("stock", place), answer.difference("stock", place)),
        ("people", other, answer.at_horizon("stock", other), answer.difference("stock", other)),
        # Places asked for: those taken, and those asked for in vain.
        ("places", place, *_in_last_month(answer, place, "collective_used", "places_short")),
        ("short", place, *_in_last_month(answer, place, "places_short")),
    ]

    def card(kind: str, where: str, level: Triple, apart: Triple) -> solara.Element:
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


def outcome_table(words: Words, answer: Answer, place: str, outcomes: tuple[str, ...], caption: str) -> None:
    """Show outcomes with their bands, and against the baseline unless that is shown."""
    with_change = not answer.choice.is_baseline
    # The change right after the name: on a phone the columns behind it need scrolling.
    names = "what change #level #band" if with_change else "what #level #band"
    heads = table_columns(words, "overview.column", names)
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
