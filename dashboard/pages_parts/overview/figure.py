"""The fan chart of the overview: register, hindcast, projection."""

from typing import TYPE_CHECKING, Any

from abm.months import month_index, month_label
from dashboard.engine import display
from dashboard.messages import Words
from dashboard.pages_parts.overview.headline import first_day
from dashboard.pages_parts.stock_chart import stock_chart

if TYPE_CHECKING:
    from dashboard.engine.answer import Answer
    from dashboard.engine.catalogue import Catalogue


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
