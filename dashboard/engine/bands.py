"""Figures over seeds with their bands, differences from the baseline, and what of them is shown.

One unit per outcome and place; no text claims more than its runs support.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.band import HIGH, LOW
from dashboard.messages.words import Words
from experiments.wording.numbers import Verdict, rounding_step, to_step, verdict

Floats = NDArray[np.float64]


class Band(tuple[float, float, float]):
    """Low end, middle and high end over seeds.

    ``shown`` are the same three as every page, chart and file writes them, whole multiples of ``step``;
    ``signs`` says in how many runs the figure is above and below 0, and how many runs there are.
    """

    step: int
    shown: tuple[int, int, int]
    signs: tuple[int, int, int]

    def __new__(
        cls,
        ends: Sequence[float],
        step: int,
        shown: tuple[int, int, int] | None = None,
        signs: tuple[int, int, int] = (0, 0, 0),
    ) -> "Band":
        """Return a band; rounded to its step unless it is known how it is shown."""
        low, mid, high = (float(value) for value in ends)
        self = super().__new__(cls, (low, mid, high))
        self.step, self.signs = step, signs
        self.shown = shown or (to_step(low, step), to_step(mid, step), to_step(high, step))
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return Band, (tuple(self), self.step, self.shown, self.signs)


def _ends(values: Any) -> Floats:
    """Return low ends, medians and high ends of bands over seeds (first axis), float64[3, ...]."""
    return np.quantile(np.asarray(values, float), [LOW, 0.5, HIGH], axis=0)


def triples(values: Floats, least: float = 1.0) -> list[Band]:
    """Return the bands of values by seed and column, float64[S, N], each in the unit it supports itself."""
    more, fewer, runs = (values > 0).sum(axis=0), (values < 0).sum(axis=0), values.shape[0]
    return [
        Band(ends, rounding_step(ends[1], ends[0], ends[2], least), signs=(int(up), int(down), runs))
        for ends, up, down in zip(_ends(values).T.tolist(), more, fewer, strict=True)
    ]


def triple(values: Any, least: float = 1.0) -> Band:
    """Return the band of values by seed in the unit it supports itself: a difference, or one of its kind."""
    return triples(np.asarray(values, float).reshape(-1, 1), least)[0]


def around_mean(values: Floats, least: float = 1.0) -> Band:
    """Return mean and band: what parts add up to. A band is never drawn beside its own figure."""
    band, mean = triple(values, least), float(values.mean())
    ends = min(band[0], mean), mean, max(band[2], mean)
    return Band(ends, rounding_step(mean, ends[0], ends[2], least), signs=band.signs)


def unit_of(base: Floats, least: float = 1.0) -> int:
    """Return the unit of an outcome: that of the baseline's band, by seed."""
    low, mid, high = _ends(base).tolist()
    return rounding_step(mid, low, high, least)


def levels(
    mine: Floats, theirs: Floats, base: Floats, final: bool, least: float = 1.0, unit: int | None = None
) -> list[Band]:
    """Return how many there are under a choice by column, float64[S, N] each, in the unit of the baseline.

    ``mine`` and ``theirs`` are paired by seed, ``base`` is the baseline as it is known best. The middle is
    the baseline's plus the difference, both rounded, so that every number on a page adds up; a first
    estimate (not ``final``) moves the baseline's band, since few runs would make it too narrow. ``unit``
    makes all columns have one unit.
    """
    known, apart = _ends(base), np.median(mine - theirs, axis=0)
    own = _ends(mine) if final else known + apart
    found = []
    for (low, mid, high), (bottom, _, top), moved in zip(
        known.T.tolist(), own.T.tolist(), apart.tolist(), strict=True
    ):
        # A baseline of nobody knows no unit: that of the difference, which is the whole.
        of_it = rounding_step(mid + moved, *((bottom, top) if low == high == 0 else ()), least=least)
        own_step = max(rounding_step(mid, low, high, least), of_it)
        step = unit or own_step
        middle = to_step(mid, step) + to_step(moved, step)
        shown = min(to_step(bottom, step), middle), middle, max(to_step(top, step), middle)
        found.append(Band((bottom, mid + moved, top), step, shown))
    return found


def display(band: Sequence[float], least: float = 1.0) -> tuple[int, int, int]:
    """Return a band as it is shown.

    >>> display((128_431, 134_321, 141_992))
    (128000, 134000, 142000)
    """
    if isinstance(band, Band):
        return band.shown
    low, mid, high = band
    step = rounding_step(mid, low, high, least)
    return to_step(low, step), to_step(mid, step), to_step(high, step)


def rounded_value(value: float, least: float = 1.0) -> int:
    """Return a value without a band, rounded to three digits and no finer than ``least``."""
    return to_step(value, rounding_step(value, None, None, least))


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
