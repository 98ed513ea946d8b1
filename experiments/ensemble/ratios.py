"""Outcomes that are shares of a place: two stocks of it, summed over its hosts before they are divided."""

import numpy as np
from numpy.typing import NDArray

from abm.band import HIGH, LOW, key
from experiments.ensemble.outcomes import OUTCOMES, RATIOS

Array = NDArray[np.float64]


def ratio_of(name: str, level: Array, mask: NDArray[np.bool_]) -> Array:
    """Return a ratio of a place, float64[...], from levels of outcomes, float64[..., outcome, H]."""
    above, below = (level[..., OUTCOMES.index(part), :][..., mask].sum(axis=-1) for part in RATIOS[name])
    return np.asarray(above / np.maximum(below, 1.0))


def ratio_cell(before: Array, after: Array) -> dict[str, object]:
    """Return difference and mean with bands, and the bands of both scenarios, of a ratio by seed."""

    def said(values: Array, middle: str) -> dict[str, float]:
        low, median, high = np.quantile(values, [LOW, 0.5, HIGH])
        return {middle: float(median), key("low"): float(low), key("high"): float(high)}

    return {
        **said(after - before, "difference"),
        "mean": float((after - before).mean()),
        "base": said(before, "median"),
        "scenario": said(after, "median"),
    }
