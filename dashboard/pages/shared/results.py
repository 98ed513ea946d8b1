"""A difference from the baseline in words, never claiming more than its band supports."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dashboard.components import SERIES_COLOURS, fan_chart
from dashboard.engine import display
from dashboard.messages import Words

if TYPE_CHECKING:
    from dashboard.engine import Answer


@dataclass(frozen=True)
class Difference:
    """A difference with its 80 % band, rounded to what the band supports.

    Attributes
    ----------
    low, mid, high : int
        Persons.
    kind : str
        ``none`` (nothing differs in nearly all runs), ``unclear`` (the band straddles zero), ``more``,
        ``less``.
    """

    low: int
    mid: int
    high: int
    kind: str

    def value(self, words: Words) -> str:
        """Return the figure with its sign, or why there is none."""
        if self.kind in ("none", "unclear"):
            return words.t(f"scenario.difference_{self.kind}")
        return words.signed(self.mid)

    def band(self, words: Words) -> str:
        """Return the band in words; empty where nothing differs."""
        return "" if self.kind == "none" else words.signed_band(self.low, self.high)

    def sentence(self, words: Words) -> str:
        """Return figure and band in one text."""
        band = self.band(words)
        return f"{self.value(words)} ({band})" if band else self.value(words)


def difference(triple: tuple[float, float, float]) -> Difference:
    """Return a difference from its band (low, median, high) before rounding.

    >>> difference((-900.0, 200.0, 1200.0)).kind, difference((1010.0, 2020.0, 3030.0))
    ('unclear', Difference(low=1000, mid=2000, high=3000, kind='more'))
    """
    shown = display(*triple)
    if not any(triple):
        kind = "none"
    elif shown[0] <= 0 <= shown[2]:
        # Judged as shown: a band that ends in 0 on the page must not be called clear.
        kind = "unclear"
    else:
        kind = "more" if shown[0] > 0 else "less"
    return Difference(*shown, kind)


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
