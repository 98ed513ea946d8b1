"""What no driver explains: arrivals of a host differ from their forecast, and go on differing for a while.

A register that takes in a share ``f`` of its stock a month misses its forecast by about ``s * sqrt(f)`` of
the stock a month: errors behave like counts that come in groups, they last, and they have heavy tails.
Size, persistence and the part common to all hosts are measured on rolling forecasts of the fit window
(``configs/coefficients``). Two seeds that follow one another (1 and 2, 3 and 4 ...) get the same shock
with opposite signs, so the mean over an even number of seeds carries none of it.
"""

import math
from collections.abc import Sequence
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from abm.codes import Stream
from abm.kernels.draws import draw
from abm.state import State

Array = NDArray[np.float64]

COMMON = 255
"""Owner of the shock shared by all hosts; beyond any host number."""

TAIL = 4.0
"""Degrees of freedom of Student's t, the law whose quantiles fit those of the errors; 4 has a closed form."""

_normal = NormalDist()


def persistent_error(seed: int, owner: int, months: Sequence[int], persistence: float) -> float:
    """Return the error of one owner in the last of ``months``: Student's t, correlated over months.

    A stationary autoregression of standard normal errors, divided by the root of a chi-square over its
    degrees of freedom that the owner draws once.

    Parameters
    ----------
    seed : int
        Seed of the run; an odd one and the even one after it give opposite signs.
    owner : int
        Host number, or :data:`COMMON`.
    months : sequence of int
        Months since the last known one, in order; not empty.
    persistence : float
        Correlation of two months that follow one another, 0 to 1.
    """
    pair, sign = (seed + 1) // 2, 1.0 if seed % 2 else -1.0
    stream, first = int(Stream.ARRIVAL_SHOCK), months[0]
    fresh = math.sqrt(1.0 - persistence**2)
    value = _normal.inv_cdf(draw(pair, stream, first, owner, 0))
    for month in months[1:]:
        value = persistence * value + fresh * _normal.inv_cdf(draw(pair, stream, month, owner, 0))
    # The sum of two exponentials is half a chi-square with four degrees of freedom.
    chi_square = -2.0 * math.log(draw(pair, stream, first, owner, 1) * draw(pair, stream, first, owner, 2))
    return sign * value / math.sqrt(chi_square / TAIL)


def arrival_shock(state: State, level: Array, expected: Array) -> Array:
    """Return persons to add to the predicted arrivals of the month by host, float64[H].

    Parameters
    ----------
    state : State
        The run; nothing is added where ``settings.shocks`` is off or all arrivals are modelled.
    level : float64[H]
        Arrivals the forecast starts from, persons a month.
    expected : float64[H]
        Arrivals predicted for the month; a shock takes away all of them at most, and adds no more than as
        many again, so that the mean of a pair of seeds stays what is expected.
    """
    settings, registers = state.settings, state.world.registers
    if not settings.shocks or (settings.arrivals == "modelled" and settings.known_until is None):
        return np.zeros(state.n_hosts)
    c = state.world.coefficients
    known = registers.last_month if settings.known_until is None else settings.known_until
    months = range(known + 1, state.month + 1)
    share = c["arrival_shock_common"]
    errors = [
        persistent_error(state.seed, owner, months, c["arrival_shock_persistence"])
        for owner in (*range(state.n_hosts), COMMON)
    ]
    own = np.array(errors[:-1])
    there = state.history.stock[known + 1 - settings.start].sum(axis=(1, 2, 3))
    size = c["arrival_shock_size"] * np.sqrt(np.maximum(level, 0.0) * there)
    shock = size * (math.sqrt(share) * errors[-1] + math.sqrt(1.0 - share) * own)
    return np.asarray(np.clip(shock, -np.maximum(expected, 0.0), np.maximum(expected, 0.0)))
