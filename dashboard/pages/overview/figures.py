"""The headline of the overview, and its chart in four tabs, computed from the answer."""

from typing import Any

from dashboard.components.charts import ChartFigure, days, fan_chart, stacked_chart, trace, with_marks
from dashboard.engine import shipped
from dashboard.engine.answer import COMING, LEAVING, NEEDED, Answer
from dashboard.engine.bands import display
from dashboard.engine.catalogue import Catalogue
from dashboard.messages.words import Words
from dashboard.pages.shared.finding import TITLES
from dashboard.pages.shared.results import kind_of, last_published, marks_of, next_month, stock_chart
from dashboard.pages.shared.wording import in_place

VIEWS = ("number", "status", "reception", "flows")

_COLOURS = {
    "protected": "var(--scenario-a)",
    "transition_permit": "var(--map-2)",
    "regular_permit": "var(--scenario-c)",
    "refugee": "var(--scenario-d)",
    "asylum": "var(--past)",
    "without_title": "var(--scenario-b)",
}


def headline_sentence(words: Words, catalogue: Catalogue, answer: Answer, place: str) -> str:
    """Return how many displaced people there will be, with the band."""
    low, mid, high = display(answer.at_horizon("stock", place))
    under = "under_rules" if answer.choice.is_baseline else "under_scenario"
    return words.t(
        "overview.headline",
        under=words.t(f"overview.{under}"),
        where=in_place(words, catalogue, place),
        date=words.first_day(answer.months[-1]),
        mid=mid,
        band=words.band(low, high),
    )


def kind_sentence(words: Words, answer: Answer, place: str, today: str) -> str:
    """Return whether the headline is a projection, and where register and estimate to today end."""
    published = last_published(place)
    return words.t(
        "overview.kind_no_register" if published is None else "overview.kind",
        kind=words.t(f"shell.period_{kind_of(answer, place, today)}"),
        register="" if published is None else words.month(published),
        today=words.month(today),
    )


def figure(words: Words, catalogue: Catalogue, answer: Answer, place: str, view: str) -> ChartFigure:
    """Return the chart of a tab; it is narrow, so its legend is small."""
    unit = {"unit": words.t("overview.axis")}
    if view == "status":
        made = _status(words, catalogue, answer, place)
    elif view == "reception":
        made = stock_chart(words, catalogue, answer, place, NEEDED, **unit)
        _with_places(words, made, answer, place)
    elif view == "flows":
        fans = {"A": answer.fan(COMING, place), "B": answer.fan(LEAVING, place)}
        names = {slot: words.t(f"scenario.outcome_{flow}") for slot, flow in (("A", COMING), ("B", LEAVING))}
        made = fan_chart(words, fans, names, **unit, **marks_of(catalogue, answer, place))
    else:
        past = shipped.document(shipped.PAST)
        recorded = past["recorded"][place]
        points = _day_after(recorded) if recorded["months"] else None
        before = _day_after(past["hindcast"][place]["register"])
        made = stock_chart(words, catalogue, answer, place, recorded=points, past=before, **unit)
    made["layout"]["legend"] = {"font": {"size": 13}, "traceorder": "normal"}
    return made


def _status(words: Words, catalogue: Catalogue, answer: Answer, place: str) -> ChartFigure:
    parts = {}
    for name in TITLES:
        fan = answer.fan(name, place)
        shown = [mid for _, mid, _ in fan["shown"]]
        parts[words.t(f"overview.title_{name}")] = (_COLOURS[name], fan["mid"], shown)
    months = answer.months
    return with_marks(
        words, stacked_chart(words, months, parts), months, **marks_of(catalogue, answer, place)
    )


def _with_places(words: Words, figure: ChartFigure, answer: Answer, place: str) -> None:
    """Draw how many places there are; nothing where nobody knows."""
    there = answer.places_there(place)
    if there is None:
        return
    said = [words.number(round(value)) for value in there.tolist()]
    line = {"color": "var(--text)", "width": 2, "dash": "dot", "shape": "hv"}
    name, months = words.t("overview.series_places"), days(answer.flow_months)
    figure["data"].append(trace(name, months, there.tolist(), said, mode="lines", line=line))


def _day_after(series: dict[str, Any]) -> dict[str, Any]:
    """Return a series counted at the end of months as counted on the day after, like the projection."""
    return {**series, "months": [next_month(month) for month in series["months"]]}


def description(words: Words, answer: Answer, place: str, today: str, view: str) -> str:
    """Return what the chart shows, with its numbers."""
    last = words.first_day(answer.months[-1])
    if view != "number":
        shown = {"status": TITLES, "reception": (NEEDED,), "flows": (COMING, LEAVING)}[view]
        figures = {name: words.number(display(answer.at_horizon(name, place))[1]) for name in shown}
        lines = [f"{words.t(f'scenario.outcome_{name}')}: {n}" for name, n in figures.items()]
        return words.t("overview.view_description", date=last, lines="; ".join(lines))
    fan = answer.fan("stock", place)
    low, mid, high = fan["shown"][-1]
    said = words.t(
        "overview.chart_description",
        first=fan["shown"][0][1],
        first_date=words.first_day(answer.months[0]),
        mid=mid,
        date=last,
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
