"""The virtual survey: put the real question to the simulated adults of its population and month.

A run keeps the distribution of wishes by host and by group. A question cuts it: above ``return`` people say
that they will return, below ``stay`` that they will not, in between they are undecided; of those who would
not return some would rather move on. Where the cuts lie is a matter of wording, so a family of questions
with the same wording shares them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.data.world import World
from abm.errors import EweaError
from abm.kernels.intention import LOWEST, N_BINS, STEP
from abm.survey import places_of, value_names
from calibration.fit.simulated import CODES, EVERY
from calibration.targets.records import Condition, Population

Floats = NDArray[np.float64]

EDGES = LOWEST + STEP * np.arange(1, N_BINS + 1)
CENTRES = EDGES - 0.5 * STEP
GRID = np.linspace(-6.0, 6.0, 121)
"""Standardised wishes at which the common shape of a distribution is kept."""

ANSWERS = ("return", "undecided", "stay", "onward")


def wish_shares(
    runs: Mapping[str, NDArray[Any]],
    first_month: int,
    world: World,
    condition: Condition,
    month: int,
    population: Population,
) -> Floats:
    """Return the cumulative distribution of wishes of a population, float64[run, bin].

    Parameters
    ----------
    runs : mapping
        Stacked results of :func:`calibration.fit.simulated.simulate`.
    first_month : int
        Month of their first row.
    world : World
        Hosts and groups.
    condition, month, population
        Of the question.

    Raises
    ------
    EweaError
        If the month lies outside the runs, or groups are not kept for the hosts of the question.
    """
    row, which = month - first_month, 0 if condition == "safe" else 1
    months = runs["adults"].shape[1]
    if not 0 <= row < months:
        raise EweaError(
            f"question in month {month}: the runs hold months {first_month} to {first_month + months - 1}."
        )
    if population.attribute is None:
        return _weighted(runs["wish"][:, row, which], runs["adults"][:, row], population.hosts)
    places, _ = places_of(world)
    if population.place not in places:
        raise EweaError(
            f"{population.key}: groups are kept for {', '.join(places)} only. Ask all adults of the hosts, "
            "or add the host to HOSTS_APART in abm/survey.py and run the bank again."
        )
    value = value_names(world).index((population.attribute, str(population.value)))
    kept = min(round(row / EVERY), runs["wish_groups"].shape[1] - 1)
    return np.asarray(
        runs["wish_groups"][:, kept, which, value, places.index(population.place)] / CODES, np.float64
    )


def onward_shares(
    runs: Mapping[str, NDArray[Any]], first_month: int, month: int, hosts: Sequence[int]
) -> Floats:
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


def share_below(mean: Floats, spread: Floats, shape: Floats, cut: Floats) -> Floats:
    """Return the share of wishes below a cut, float64[run], for distributions of a common shape."""
    return np.asarray(np.interp((cut - mean) / spread, GRID, shape))


@dataclass(frozen=True)
class Cuts:
    """Where a family of questions cuts the wish; one value per run.

    Attributes
    ----------
    to_return, to_stay : float64[run]
        Upper and lower cut of the wish; ``to_stay`` is not above ``to_return``.
    onward : float64[run]
        Cut of the readiness to move on.
    """

    to_return: Floats
    to_stay: Floats
    onward: Floats


def answers(below_return: Floats, below_stay: Floats, ready: Floats | None) -> dict[str, Floats]:
    """Return the share of every answer, float64[run], that add up to 1.

    Parameters
    ----------
    below_return, below_stay : float64[run]
        Shares of wishes below the two cuts.
    ready : float64[run] or None
        Share ready to move on, independent of the wish; None where the question does not offer it.
    """
    stays_behind = np.ones_like(below_return) if ready is None else 1.0 - ready
    below_stay = np.minimum(below_stay, below_return)
    return {
        "return": 1.0 - below_return,
        "undecided": (below_return - below_stay) * stays_behind,
        "stay": below_stay * stays_behind,
        "onward": below_return * (1.0 - stays_behind),
    }
