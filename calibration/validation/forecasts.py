"""What the model forecast at every origin, and how it is set against the register."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibration.validation.rolling_origins import Pairs

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Forecasts:
    """Register views of the model; ``S`` seeds, ``K`` origins, ``J`` months ahead, ``H`` hosts.

    Attributes
    ----------
    origins : int64[K]
        Months at whose end a forecast is made, rising.
    with_clean_up : float64[S, K, J + 1, H]
        Forecast register, persons; the dates of clean-ups are told to the model, their size is its own.
    without_clean_up : float64[S, K, J + 1, H]
        The same without any clean-up after the origin.
    hindcast : float64[S, T, H]
        Register view of the hindcast with recorded arrivals, persons at the end of the month; never set
        back to the data. NaN in months before the run.
    """

    origins: Integers
    with_clean_up: Floats
    without_clean_up: Floats
    hindcast: Floats


def members(view: Floats, origins: Integers, pairs: Pairs, anchored: bool) -> Floats:
    """Return the forecast of every pair by seed.

    Parameters
    ----------
    view : float64[S, K, J + 1, H]
        One of the two register views of :class:`Forecasts`.
    origins : int64[K]
        Their origins, rising.
    pairs : Pairs
        Forecasts to read; every origin must be among ``origins``.
    anchored : bool
        True: the last known register plus the change the model forecasts (jump-off adjusted), at least 0.
        False: the level of the model as it is.

    Returns
    -------
    float64[S, P]
        Persons.
    """
    at = np.searchsorted(origins, pairs.origin)
    if len(pairs) and (at.max() >= len(origins) or not np.array_equal(origins[at], pairs.origin)):
        raise ValueError("a pair starts at an origin without forecast")
    level = view[:, at, pairs.horizon, pairs.host]
    if not anchored:
        return np.asarray(level, dtype=np.float64)
    change = level - view[:, at, 0, pairs.host]
    return np.asarray(np.maximum(pairs.at_origin[None, :] + change, 0.0), dtype=np.float64)
