"""Bands over seeds, and numbers rounded to what a band supports."""

from typing import Any

import numpy as np

from abm.band import HIGH, LOW
from experiments.wording.numbers import rounding_step, to_step

Triple = tuple[float, float, float]


def triple(values: Any) -> Triple:
    """Return low end, median and high end of the band over seeds (first axis)."""
    low, mid, high = np.quantile(np.asarray(values, float), [LOW, 0.5, HIGH], axis=0)
    return float(low), float(mid), float(high)


def display(low: float, mid: float, high: float, least: float = 1.0) -> tuple[int, int, int]:
    """Return a band rounded to what it supports.

    >>> display(128_431, 134_321, 141_992)
    (128000, 134000, 142000)
    """
    step = rounding_step(mid, low, high, least)
    return to_step(low, step), to_step(mid, step), to_step(high, step)


def rounded_value(
    value: float, low: float | None = None, high: float | None = None, least: float = 1.0
) -> int:
    """Return a value rounded to what its band supports."""
    return to_step(value, rounding_step(value, low, high, least))
