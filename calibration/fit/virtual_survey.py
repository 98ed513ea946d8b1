"""The virtual survey: put the real question to the simulated adults of its population and month.

A run keeps the distribution of intentions by host and by group. A question divides it: above one threshold
people say that they will return, below another that they will not, in between they are undecided; of those
who would not return some would rather move on. Where the thresholds lie is a matter of wording, so a family
of questions with the same wording shares them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.arrays import Floats
from abm.data.world import World
from abm.errors import EweaError
from abm.kernels.intention import LOWEST, N_BINS, STEP
from abm.month.choice import CONDITIONS, places_of, value_names
from calibration.fit.simulated import CODES, EVERY
from calibration.targets.schema import Condition, Population

Runs = Mapping[str, NDArray[Any]]

EDGES = LOWEST + STEP * np.arange(1, N_BINS + 1)
CENTRES = EDGES - 0.5 * STEP
GRID = np.linspace(-6.0, 6.0, 121)
"""Standardised intentions at which the common shape of a distribution is kept."""


def intention_shares(
    runs: Runs, first_month: int, world: World, condition: Condition, month: int, population: Population
) -> Floats:
    """Return the cumulative distribution of intentions of a population, float64[run, bin]."""
    row, which = month - first_month, CONDITIONS.index(condition)
    months = runs["adults"].shape[1]
    if not 0 <= row < months:
        raise EweaError(
            f"question in month {month}: the runs hold months {first_month} to {first_month + months - 1}."
        )
    if population.attribute is None:
        return _weighted(runs["wish"][:, row, which], runs["adults"][:, row], population.hosts)
    places, _ = places_of(world)
    place = population.group.place
    if place not in places:
        raise EweaError(
            f"{population.key}: groups are kept for {', '.join(places)} only. Ask all adults of the hosts, "
            "or add the host to HOSTS_APART in abm/month/choice.py and run the bank again."
        )
    value = value_names(world).index(population.attribute)
    kept = min(round(row / EVERY), runs["wish_groups"].shape[1] - 1)
    return np.asarray(runs["wish_groups"][:, kept, which, value, places.index(place)] / CODES, np.float64)


def onward_shares(runs: Runs, first_month: int, month: int, hosts: Sequence[int]) -> Floats:
    """Return the cumulative distribution of the readiness to move on, float64[run, bin]."""
    row = month - first_month
    return _weighted(runs["onward"][:, row], runs["adults"][:, row], hosts)


def _weighted(codes: NDArray[Any], adults: NDArray[Any], hosts: Sequence[int]) -> Floats:
    chosen = list(hosts)
    weights = adults[:, chosen].astype(np.float64)
    total = np.maximum(weights.sum(axis=1, keepdims=True), 1e-9)
    return np.asarray(np.einsum("rh,rhb->rb", weights / total, codes[:, chosen] / CODES))


def mean_and_spread(cumulative: Floats) -> tuple[Floats, Floats]:
    """Return mean and standard deviation of binned distributions, both float64[run]."""
    shares = np.diff(cumulative, prepend=0.0, axis=1)
    shares = shares / np.maximum(shares.sum(axis=1, keepdims=True), 1e-12)
    mean = shares @ CENTRES
    return mean, np.sqrt(np.maximum(shares @ CENTRES**2 - mean**2, 1e-6))


def common_shape(cumulative: Floats) -> Floats:
    """Return the mean standardised distribution over runs at :data:`GRID`, float64[grid]."""
    mean, spread = mean_and_spread(cumulative)
    rows = [
        np.interp(GRID, (EDGES - m) / s, c, left=0.0, right=1.0)
        for m, s, c in zip(mean, spread, cumulative, strict=True)
    ]
    return np.asarray(np.mean(rows, axis=0))


def shares_below(mean: Floats, spread: Floats, shapes: Floats, threshold: Floats) -> Floats:
    """Return the shares of intentions below thresholds, float64[n, Q], for distributions of known shapes.

    ``shapes`` float64[Q, grid] are cumulative shares of the standardised distributions at :data:`GRID`,
    linear between its points; all else is float64[n, Q].
    """
    x = (threshold - mean) / spread
    last = len(GRID) - 1
    at = np.searchsorted(GRID, x, side="right") - 1
    below = np.clip(at, 0, last - 1)
    slopes = np.diff(shapes, axis=1) / np.diff(GRID)
    row = np.arange(len(shapes))
    with np.errstate(invalid="ignore"):
        inside = slopes[row, below] * (x - GRID[below]) + shapes[row, below]
    found = np.where(at < 0, shapes[:, 0], np.where(at >= last, shapes[:, -1], inside))
    return np.where(np.isnan(x), x, found)


@dataclass(frozen=True)
class AnswerThresholds:
    """Where families of questions divide intentions into answers, float64[run] or float64[run, family]."""

    to_return: Floats  # Upper and lower threshold; ``to_stay`` is not above ``to_return``
    to_stay: Floats
    onward: Floats  # Threshold of the readiness to move on

    def __getitem__(self, index: Any) -> "AnswerThresholds":
        """Return those of some runs or families, as an index of their arrays says."""
        return AnswerThresholds(self.to_return[index], self.to_stay[index], self.onward[index])


def answers(below_return: Floats, below_stay: Floats, ready: Floats) -> dict[str, Floats]:
    """Return the share of every answer, which add up to 1; arrays of one shape.

    ``ready`` is the share ready to move on, independent of the intention; 0 where that is not offered.
    """
    stays_behind = 1.0 - ready
    below_stay = np.minimum(below_stay, below_return)
    return {
        "return": 1.0 - below_return,
        "undecided": (below_return - below_stay) * stays_behind,
        "stay": below_stay * stays_behind,
        "onward": below_return * (1.0 - stays_behind),
    }
