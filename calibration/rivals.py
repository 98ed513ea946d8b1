"""The naive forecasts a model must be compared with; both use only what is known at the origin."""

import numpy as np
from numpy.typing import NDArray

from calibration.rolling_origins import Pairs

Floats = NDArray[np.float64]


def persistence(pairs: Pairs) -> Floats:
    """Return "nothing changes": the register at the origin, persons, float64[P]."""
    return pairs.at_origin.copy()


def constant_net_inflow(pairs: Pairs, stock: Floats, lookback: int) -> Floats:
    """Return "the last months go on": origin + horizon x mean monthly change of the last ``lookback`` months.

    Parameters
    ----------
    pairs : Pairs
        Forecasts to make.
    stock : float64[T, H]
        Register by month and host, persons.
    lookback : int
        Months whose mean change is carried forward.

    Returns
    -------
    float64[P]
        Persons; a register cannot fall below 0.
    """
    before = stock[pairs.origin - lookback, pairs.host]
    monthly = (pairs.at_origin - before) / lookback
    return np.asarray(np.maximum(pairs.at_origin + pairs.horizon * monthly, 0.0), dtype=np.float64)
