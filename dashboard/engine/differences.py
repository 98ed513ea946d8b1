"""Differences from the baseline as pages and files say them: no more than their runs support."""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.engine.bands import Band, display
from dashboard.messages.words import Words
from experiments.wording.numbers import Verdict, verdict


@dataclass(frozen=True)
class Difference:
    """A difference from the baseline as it is shown, persons, and what its runs support."""

    low: int
    mid: int
    high: int
    kind: Verdict
    agree: int = 0  # Runs that agree on the direction, of ``runs``
    runs: int = 0

    @property
    def is_clear(self) -> bool:
        """Whether its direction is known."""
        return self.kind in ("more", "less")

    @property
    def way(self) -> str:
        """Return ``more`` or ``less``, certain or likely; empty where there is no direction."""
        return self.kind.removeprefix("likely_") if self.kind not in ("none", "unclear") else ""

    def value(self, words: Words) -> str:
        """Return the figure with its sign, or what is known of its direction."""
        if self.is_clear:
            return words.signed(self.mid)
        return words.t(f"scenario.difference_{self.kind}", agree=self.agree, runs=self.runs)

    def band(self, words: Words) -> str:
        """Return the band in words; empty where nothing differs."""
        return "" if self.kind == "none" else words.signed_band(self.low, self.high)

    def sentence(self, words: Words) -> str:
        """Return figure and band in one text."""
        band = self.band(words)
        return f"{self.value(words)} ({band})" if band else self.value(words)


def difference(band: Sequence[float]) -> Difference:
    """Return a difference from its band (low, median, high).

    >>> difference((-900.0, 200.0, 1200.0)).kind, difference((1010.0, 2020.0, 3030.0))
    ('unclear', Difference(low=1000, mid=2000, high=3000, kind='more', agree=0, runs=0))
    """
    shown = display(band)
    more, fewer, runs = band.signs if isinstance(band, Band) else (0, 0, 0)
    kind: Verdict = "none" if not any(band) else verdict(shown[0], shown[2], more, fewer, runs)
    return Difference(*shown, kind, max(more, fewer), runs)
