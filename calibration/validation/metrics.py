"""Error measures of the hindcast, in plain numpy; the formula stands in every docstring.

All errors are in persons unless a name says otherwise. A measure that is not defined (no pair, a
baseline without any error) is NaN, never 0 and never an exception; the report prints it as missing.
Source: Hyndman and Koehler (2006) for MASE, Gneiting and Raftery (2007) for CRPS and interval score,
Ferro (2014) for the fair CRPS, Suleimenova, Bell and Groen (2017) for ARD.
"""

import numpy as np

from abm.arrays import Booleans, Floats
from abm.band import LEVEL, key

WIDE = 0.95
"""A second level at which coverage is measured, whatever the level of the bands shown."""

BAND_LEVELS = {key("coverage", level): level for level in (LEVEL, WIDE)}
"""Levels at which coverage is measured, by the name of the measure."""

POOLED_COVERAGE = f"{key('coverage')}_pooled"
"""Key of the coverage of the bands shown over all host-months together."""


def _same_shape(simulated: Floats, data: Floats) -> None:
    if np.shape(simulated) != np.shape(data):
        raise ValueError(f"simulated has shape {np.shape(simulated)}, data {np.shape(data)}; must be equal")


def averaged_relative_difference(simulated: Floats, data: Floats) -> float:
    """Return ARD = sum |simulated - data| / max(sum |data|, 1) over hosts.

    For stocks the denominator is the total of persons, as in Flee; for changes it is the sum of the
    absolute changes, because gains and losses would cancel. When totals agree, ARD / 2 is the share of
    persons in the wrong place. A forecast of "no change" has ARD 1 for the change.

    >>> averaged_relative_difference(np.array([60.0, 40.0]), np.array([50.0, 50.0]))
    0.2
    """
    _same_shape(simulated, data)
    return float(np.sum(np.abs(simulated - data)) / max(float(np.sum(np.abs(data))), 1.0))


def mean_absolute_error(simulated: Floats, data: Floats) -> float:
    """Return MAE = mean |simulated - data|, persons; NaN without any pair."""
    _same_shape(simulated, data)
    return float(np.mean(np.abs(simulated - data))) if np.size(data) else float("nan")


def wape(simulated: Floats, data: Floats) -> float:
    """Return WAPE = sum |simulated - data| / sum |data|, a share (0.05 is 5 % of all persons).

    >>> wape(np.array([90.0, 210.0]), np.array([100.0, 200.0])) == 20 / 300
    True
    """
    _same_shape(simulated, data)
    total = float(np.sum(np.abs(data)))
    return float(np.sum(np.abs(simulated - data))) / total if total > 0 else float("nan")


def relative_error(error: float, baseline_error: float) -> float:
    """Return error / error of a baseline: below 1 the model is better, above 1 the baseline.

    NaN where the baseline makes no error at all (the ratio is not defined) or either is missing.
    """
    if not (np.isfinite(error) and np.isfinite(baseline_error)) or baseline_error <= 0:
        return float("nan")
    return error / baseline_error


def skill(error: float, baseline_error: float) -> float:
    """Return skill = 1 - error / error of a baseline: 1 perfect, 0 as good as the baseline, below 0 worse."""
    return 1.0 - relative_error(error, baseline_error)


def one_step_scale(series: Floats, leave_out: Booleans) -> float:
    """Return the mean absolute monthly change of one register, persons: the scale of the classic MASE.

    This is the one-step error of persistence on the months of ``series`` ("in sample"); ``leave_out`` are
    months whose change is a clean-up or a change of counting.
    """
    change = np.abs(np.diff(series))
    usable = np.isfinite(change) & ~leave_out[1:]
    return float(np.mean(change[usable])) if usable.any() else float("nan")


def mean_absolute_scaled_error(simulated: Floats, data: Floats, scale: Floats) -> float:
    """Return MASE = mean(|simulated - data| / scale), by the :func:`one_step_scale` of each pair's host."""
    _same_shape(simulated, data)
    return mean_absolute_error(simulated / scale, data / scale) if np.all(scale > 0) else float("nan")


def absolute_percentage_error(simulated: Floats, data: Floats, base: Floats) -> Floats:
    """Return 100 |simulated - data| / base for every pair, %.

    ``base`` is the register at the origin: what the user of the forecast knows when the error is made.
    """
    _same_shape(simulated, data)
    return np.asarray(100.0 * np.abs(simulated - data) / base, dtype=np.float64)


def median_or_nan(values: Floats) -> float:
    """Return the median of the finite values; NaN without any."""
    finite = np.asarray(values, dtype=np.float64)
    finite = finite[np.isfinite(finite)]
    return float(np.median(finite)) if finite.size else float("nan")


def ensemble_band(members: Floats, level: float) -> tuple[Floats, Floats]:
    """Return lower and upper edge of the central band of an ensemble.

    Edges are order statistics at position p (n + 1) (Weibull), so that a value drawn from the same
    distribution as the members lies inside with probability ``level``; with few members the band ends at
    the smallest and largest one (see :func:`reachable_coverage`). ``members`` are float64[S, P].
    """
    tail = (1.0 - level) / 2.0
    low, high = np.quantile(members, (tail, 1.0 - tail), axis=0, method="weibull")
    return np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64)


def band_coverage(members: Floats, data: Floats, level: float) -> float:
    """Return the share of pairs whose register value lies in the central band; its edges count."""
    if not np.size(data):
        return float("nan")
    low, high = ensemble_band(members, level)
    return float(np.mean((data >= low) & (data <= high)))


def reachable_coverage(n_members: int, level: float) -> float:
    """Return the coverage a perfect ensemble of n members would reach: min(level, (n - 1) / (n + 1)).

    >>> reachable_coverage(9, 0.8), round(reachable_coverage(5, 0.8), 3)
    (0.8, 0.667)
    """
    return min(level, (n_members - 1) / (n_members + 1))


def crps(members: Floats, data: Floats) -> Floats:
    """Return the fair CRPS of every pair, persons; lower is better.

    CRPS = mean_i |x_i - y| - sum_ij |x_i - x_j| / (2 n (n - 1)). Dividing by n (n - 1) and not by n^2
    makes a small ensemble score on average what a large one drawn from the same distribution would
    (Ferro 2014). For one member it is the absolute error, so it can be compared with the MAE of a point
    forecast. ``members`` x_i are float64[S, P], ``data`` y float64[P].
    """
    n = members.shape[0]
    ordered = np.sort(members, axis=0)
    # sum_ij |x_i - x_j| = 2 sum_i (2 i - n + 1) x_(i), i from 0: no n x n table needed
    weight = 2.0 * np.arange(n, dtype=np.float64) - n + 1.0
    spread = 2.0 * np.sum(weight[:, None] * ordered, axis=0) / max(n * (n - 1), 1)
    return np.asarray(np.mean(np.abs(members - data), axis=0) - spread / 2.0, dtype=np.float64)


def interval_score(members: Floats, data: Floats, level: float) -> Floats:
    """Return the interval score of the central band of every pair, persons; lower is better.

    Width of the band plus 2 / (1 - level) for every person by which the register lies outside: a band
    pays for being wide and, more, for being wrong.
    """
    low, high = ensemble_band(members, level)
    outside = np.maximum(low - data, 0.0) + np.maximum(data - high, 0.0)
    return np.asarray(high - low + 2.0 / (1.0 - level) * outside, dtype=np.float64)
