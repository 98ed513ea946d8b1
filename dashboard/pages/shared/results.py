"""Answers on a page: differences that claim no more than their band supports, and the chart of people."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dashboard.components.charts import ChartFigure, fan_chart
from dashboard.components.element import paragraph
from dashboard.engine.bands import display
from dashboard.messages.words import Words
from dashboard.shell.jobs import JobState

if TYPE_CHECKING:
    from dashboard.engine.answer import Answer


@dataclass(frozen=True)
class Difference:
    """A difference from the baseline, rounded to what its band supports, persons.

    ``kind`` is ``none`` (nothing differs in nearly all runs), ``unclear`` (the band straddles zero), ``more``
    or ``less``.
    """

    low: int
    mid: int
    high: int
    kind: str

    @property
    def is_clear(self) -> bool:
        """Whether its direction is known."""
        return self.kind in ("more", "less")

    def value(self, words: Words) -> str:
        """Return the figure with its sign, or why there is none."""
        return words.signed(self.mid) if self.is_clear else words.t(f"scenario.difference_{self.kind}")

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


def rounded_number(words: Words, band: tuple[float, float, float]) -> str:
    """Return the middle of a band, rounded to what the band supports."""
    return words.number(display(*band)[1])


def provisional(words: Words, job: JobState) -> None:
    """Say that figures are a first estimate, where they are."""
    if not job.shown.final:
        paragraph(words.t("map.provisional", n=job.shown.n_seeds), classes="muted small")


def stock_chart(words: Words, answer: "Answer", place: str, **options: Any) -> ChartFigure:
    """Return the chart of the people of a place: a choice with its band, the baseline as a line beside it.

    The band of the baseline is left out beside a choice: two bands that lie on each other hide both, and the
    difference has a band of its own in the text. ``options`` go to ``fan_chart``.
    """
    rules = words.t("overview.series_rules")
    if answer.choice.is_baseline:
        return fan_chart(words, {"A": answer.fan("stock", place)}, names={"A": rules}, **options)
    fans = {"A": answer.fan("stock", place), "baseline": answer.fan("stock", place, of="baseline")}
    names = {"A": words.t("overview.series_scenario"), "baseline": rules}
    return fan_chart(words, fans, names=names, bands=("A",), **options)
