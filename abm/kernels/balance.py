"""The start of systematic ranks that meets the shares of a host best."""

import numba as nb
import numpy as np

GOLDEN = 0.6180339887498949
"""Shift between strata, so that small strata do not all begin at the same quantile."""


@nb.njit
def category(cumulative, q):
    """Return how many of the cumulative shares ``q`` has passed, the last one left out."""
    low, high = 0, cumulative.shape[0] - 1
    while low < high:
        middle = (low + high) // 2
        if q < cumulative[middle]:
            high = middle
        else:
            low = middle + 1
    return low


@nb.njit
def _assign(found, ranks, stratum, cumulative, start):
    """Write the category of every household for one start of the ranks."""
    for i in range(ranks.shape[0]):
        q = ranks[i] + start + GOLDEN * stratum[i]
        found[i] = category(cumulative[stratum[i]], q - np.floor(q))


@nb.njit(cache=True)
def best_start(ranks, weight, stratum, cumulative, expected, first, starts):
    """Return the categories under the best of ``starts`` starts, int64[household].

    Best is the least sum of squares of what categories, and sums of neighbouring categories (the
    units of an origin group), miss of the expected weight.

    Parameters
    ----------
    ranks : float64[household]
        Place of every household in its stratum, 0 to 1.
    weight : float64[household]
        What shares are counted in: persons, adults, minors or 1.
    stratum : int64[household]
        Row of ``cumulative`` that holds for a household.
    cumulative : float64[stratum, category]
        Cumulative shares, the last 1.
    expected : float64[category]
        Weight every category should get.
    first : float
        The first start.
    starts : int
        Starts tried, evenly spaced.
    """
    n, width = ranks.shape[0], expected.shape[0]
    best = np.zeros(n, np.int64)
    found = np.zeros(n, np.int64)
    least = np.inf
    for k in range(starts):
        _assign(found, ranks, stratum, cumulative, first + k / starts)
        miss = -expected
        for i in range(n):
            miss[found[i]] += weight[i]
        loss, running = 0.0, 0.0
        for a in range(width):
            running += miss[a]
            loss += miss[a] * miss[a] + running * running
        if loss < least:
            least = loss
            best[:] = found
    return best
