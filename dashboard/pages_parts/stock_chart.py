"""People to protect over time: a choice with its band, and the baseline as a line beside it."""

from typing import TYPE_CHECKING, Any

from dashboard.components import SERIES_COLOURS, fan_chart
from dashboard.messages import Words

if TYPE_CHECKING:
    from dashboard.engine import Answer


def stock_chart(words: Words, answer: "Answer", place: str, **options: Any) -> dict[str, Any]:
    """Return the chart of people to protect in a place.

    The band of the baseline is left out beside a choice: two bands that lie on each other hide both,
    and the difference has a band of its own in the text.

    Parameters
    ----------
    words, answer, place : Words, Answer, str
        Language, what is shown, where.
    **options
        Passed on to ``fan_chart``: ``recorded``, ``past``, ``boundary``, ``unit``, ``from_zero``.
    """
    fans, names = {"A": answer.fan("stock", place)}, {"A": words.t("overview.series_rules")}
    if not answer.choice.is_baseline:
        fans["B"] = answer.fan("stock", place, of="baseline")
        names = {"A": words.t("overview.series_scenario"), "B": words.t("overview.series_rules")}
    drawn = fan_chart(words, fans, names=names, **options)
    if "B" in fans:
        line = next(n for n, part in enumerate(drawn["data"]) if _colour(part) == SERIES_COLOURS["B"])
        # The two traces before the line are the edges of its band.
        drawn["data"] = [*drawn["data"][: line - 2], *drawn["data"][line:]]
    return drawn


def _colour(trace: dict[str, Any]) -> str | None:
    colour: str | None = trace.get("line", {}).get("color")
    return colour
