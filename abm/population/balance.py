"""Shares that hold among persons, not only among households, in a cross-section of any size.

A low-discrepancy sequence meets a share among households; among persons it is off by what size and
sequence happen to share, up to several percentage points where a host has two hundred households.
Here the sequence gives only the order: quantiles are ranks in that order, measured in persons, and
of several starts of the ranks the one that meets the shares best is taken (restricted systematic
sampling). The expectation of every attribute given every other is unchanged.
"""

import numpy as np
from numpy.typing import NDArray

from abm.kernels.balance import best_start

Array = NDArray[np.float64]
Integers = NDArray[np.int64]

STARTS = 400
"""Most starts of the ranks that are tried."""

ROWS_OVER_STARTS = 30_000
"""Rows looked at over all starts of one attribute: large hosts need fewer starts."""


def strata_ranks(order: Array, weight: Array, stratum: Integers) -> Array:
    """Return the middle of every household's place in its stratum, measured in ``weight``, 0 to 1.

    >>> strata_ranks(np.array([0.9, 0.1]), np.array([3.0, 1.0]), np.array([0, 0]))
    array([0.625, 0.125])
    """
    sequence = np.lexsort((order, stratum))
    sorted_weight = weight[sequence]
    running = np.cumsum(sorted_weight)
    totals = np.bincount(stratum, weights=weight)
    begins = np.concatenate([[0.0], np.cumsum(totals)[:-1]])
    ranks = np.empty(len(order))
    within = running - 0.5 * sorted_weight - begins[stratum[sequence]]
    ranks[sequence] = within / np.maximum(totals[stratum[sequence]], 1e-12)
    return ranks


def balanced(order: Array, weight: Array, stratum: Integers, cumulative: Array) -> Integers:
    """Return a category per household whose shares among persons meet the expected ones.

    Parameters
    ----------
    order : float64[n]
        Low-discrepancy numbers of the attribute, 0 to 1.
    weight : float64[n]
        What the share is counted in: persons, adults, minors or 1.
    stratum : int64[n]
        Row of ``cumulative`` that holds for a household.
    cumulative : float64[strata, categories]
        Cumulative shares, the last 1.

    Returns
    -------
    int64[n]
    """
    among = np.bincount(stratum, weights=weight, minlength=len(cumulative))
    expected = among @ np.diff(cumulative, axis=1, prepend=0.0)
    ranks = np.where(weight > 0, strata_ranks(order, weight, stratum), order)
    starts = int(np.clip(ROWS_OVER_STARTS // max(len(order), 1), 1, STARTS))
    first = float(order[0]) if len(order) else 0.0
    found: Integers = best_start(
        ranks, weight, stratum, np.ascontiguousarray(cumulative), expected, first, starts
    )
    return found


def binomial_cumulative(most: int, share: float) -> Array:
    """Return cumulative shares of the workers among 0 to ``most`` adults, float64[adults, workers].

    >>> binomial_cumulative(2, 0.5)[2]
    array([0.25, 0.75, 1.  ])
    """
    table = np.zeros((most + 1, most + 1))
    table[0, 0] = 1.0
    for adults in range(1, most + 1):
        table[adults] = table[adults - 1] * (1.0 - share)
        table[adults, 1:] += table[adults - 1, :-1] * share
    running = np.cumsum(table, axis=1)
    running[:, -1] = 1.0
    return running
