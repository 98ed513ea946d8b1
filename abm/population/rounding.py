"""Whole households of every type that meet the shares of persons and sizes of small hosts too.

Systematic sampling meets every share to within one household; where a host has a hundred of them
that is a percentage point. Exchanging single households afterwards (controlled rounding) brings
all margins together to a fraction of a household. Source: Cox (1987), controlled rounding.
"""

import numpy as np
from numpy.typing import NDArray

from abm.population.type_shares import persons_by_category, size_class

Array = NDArray[np.float64]
Integers = NDArray[np.int64]

MOST_EXCHANGES = 400
ENOUGH_ROWS = 20_000
"""Rows from which one household is too little to be worth exchanging."""

DRIFT = 0.02
"""Weight of keeping the count of a type near its expectation, against meeting the margins."""


def margin_rows(types: Integers) -> Array:
    """Return what one household of every type adds to every margin, float64[K, margin].

    Persons by category, men by age group, households by size class; the persons are the last.
    """
    return np.concatenate(
        [
            persons_by_category(types),
            types[:, [1, 3]].astype(float),
            np.eye(5)[size_class(types)],
            types.sum(axis=1, keepdims=True).astype(float),
        ],
        axis=1,
    )


def systematic_counts(shares: Array, n: int, offset: float) -> Integers:
    """Return households per type by systematic sampling, int64[K], sum ``n``.

    >>> systematic_counts(np.array([0.5, 0.3, 0.2]), 10, 0.5)
    array([5, 3, 2])
    """
    edges = np.concatenate([[0.0], np.cumsum(shares)])
    edges[-1] = max(edges[-1], 1.0)
    passed: Integers = np.ceil(edges * n - offset).clip(0, n).astype(np.int64)
    return np.asarray(passed[1:] - passed[:-1])


def type_counts(types: Integers, shares: Array, persons: float, offset: float) -> Integers:
    """Return how many simulated households of every type a host gets.

    Parameters
    ----------
    types : int64[K, 6]
        Persons per type.
    shares : float64[K]
        Fitted shares of households, sum 1.
    persons : float
        Simulated persons wanted (real persons over the households one row stands for).
    offset : float
        Start of the systematic sample, 0 to 1.

    Returns
    -------
    int64[K]
    """
    sizes = types.sum(axis=1)
    n = int(np.floor(persons / float(shares @ sizes) + 0.5))
    counts = systematic_counts(shares, n, offset)
    if n == 0 or n > ENOUGH_ROWS:
        return counts
    gain = margin_rows(types)
    wanted = (shares * persons / float(shares @ sizes)) @ gain
    # A share is in persons or in households; both are put on the scale of the share.
    scale = np.full(gain.shape[1], persons)
    scale[-6:-1] = n
    gain, wanted = gain / scale, wanted / scale
    expected = shares * n
    # Cost of replacing one household of the row's type by one of the column's type.
    change = gain[None, :, :] - gain[:, None, :]
    fixed = (change**2).sum(axis=2) + 2.0 * (DRIFT / n) ** 2
    np.fill_diagonal(fixed, np.inf)
    for _ in range(MOST_EXCHANGES):
        miss = counts @ gain - wanted
        drift = (counts - expected) * DRIFT / n
        pull = gain @ miss + drift * DRIFT / n
        cost = fixed + 2.0 * (pull[None, :] - pull[:, None])
        cost[counts == 0, :] = np.inf
        worst, better = np.unravel_index(int(np.argmin(cost)), cost.shape)
        if cost[worst, better] >= -1e-15:
            break
        counts[worst] -= 1
        counts[better] += 1
    return counts
