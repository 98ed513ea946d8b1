"""Round shares so that the parts still make the whole."""

import numpy as np

from abm.data.world import Floats

DIGITS = 5
"""Decimals of a derived share."""


def round_shares(shares: Floats, digits: int = DIGITS) -> Floats:
    """Return shares rounded so that the last axis still sums to 1 (largest remainders).

    >>> round_shares(np.array([1 / 3, 1 / 3, 1 / 3]), 2).tolist()
    [0.34, 0.33, 0.33]
    """
    scale = 10**digits
    rows = np.atleast_2d(shares) * scale
    whole = np.floor(rows)
    for row, floor in zip(rows, whole, strict=True):
        missing = round(row.sum() - floor.sum())
        largest = np.argsort(-(row - floor), kind="stable")[:missing]
        floor[largest] += 1
    return np.asarray((whole / scale).reshape(np.shape(shares)))
