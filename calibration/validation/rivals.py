"""The forecasts a model must be compared with; each uses only what is known at the origin.

``persistence`` and ``constant_inflow`` are the naive rivals of the scoring rule. The three others read the
register of the host since its last break before the origin, because a clean-up is no trend; where that
leaves too few months, all three carry on the mean change of those months.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from abm.data.world import Registers
from calibration.validation.rolling_origins import Pairs
from calibration.validation.rules import LONGEST_HORIZON, Rules
from calibration.validation.statistical_rivals import SeriesForecast, auto_arima, exponential_smoothing

Floats = NDArray[np.float64]

NAIVE = ("persistence", "constant_inflow")
RIVALS = (*NAIVE, "last_year_growth", "ets", "auto_arima")
"""Names in the scores, in the order of the tables."""


@dataclass(frozen=True)
class RivalForecasts:
    """Forecasts of all rivals for the same pairs.

    Attributes
    ----------
    points : dict of str to float64[P]
        By rival, persons.
    fits : dict of str to dict of str to int
        For ``ets`` and ``auto_arima``: series by what became of the fit (see
        :class:`calibration.validation.statistical_rivals.SeriesForecast`; ``short``: too few months since the last
        break).
    """

    points: dict[str, Floats]
    fits: dict[str, dict[str, int]]


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


def known_series(registers: Registers, host: int, origin: int) -> Floats:
    """Return the register since the last break up to the origin, persons, float64[N].

    The month of a break is the first of the new series; without a break it begins with the first published
    month. Months between two published ones are filled along a straight line: both ends are known.

    Parameters
    ----------
    registers : Registers
        ``stock`` and ``is_break`` are read, never after ``origin``.
    host, origin : int
        Number of the host; month whose end is the origin.
    """
    broken = np.flatnonzero(registers.is_break[: origin + 1, host])
    series = registers.stock[broken[-1] if len(broken) else 0 : origin + 1, host]
    published = np.flatnonzero(np.isfinite(series))
    months = np.arange(published[0], published[-1] + 1)
    return np.asarray(np.interp(months, published, series[published]), dtype=np.float64)


def carried_on(series: Floats, n_months: int, n_ahead: int) -> Floats:
    """Return the last value plus the mean change of the last months, 1 to ``n_ahead`` months on, persons.

    Parameters
    ----------
    series : float64[N]
        Register up to the origin, persons.
    n_months : int
        Months whose change is carried on; all there are where there are fewer, none after a single value.
    n_ahead : int
        Months to forecast.
    """
    n = min(n_months, len(series) - 1)
    monthly = (series[-1] - series[-1 - n]) / n if n else 0.0
    return np.asarray(series[-1] + monthly * np.arange(1, n_ahead + 1), dtype=np.float64)


def rival_forecasts(registers: Registers, rules: Rules, pairs: Pairs) -> RivalForecasts:
    """Return the forecasts of every rival for every pair.

    Parameters
    ----------
    registers : Registers
        Read up to the origin of each pair.
    rules : Rules
        Look-back and settings of the statistical rivals.
    pairs : Pairs
        ``P`` forecasts to make.
    """
    automatic: dict[str, Callable[[tuple[float, ...]], SeriesForecast]] = {
        "ets": lambda series: exponential_smoothing(series, LONGEST_HORIZON),
        "auto_arima": lambda series: auto_arima(series, LONGEST_HORIZON, rules.arima_orders),
    }
    late = {name: np.empty(len(pairs)) for name in ("last_year_growth", *automatic)}
    fits: dict[str, Counter[str]] = {name: Counter() for name in automatic}
    # matrices of a few rows: threads that wait for each other would take ten times as long
    with threadpool_limits(limits=1, user_api="blas"):
        for host, origin in sorted(set(zip(pairs.host.tolist(), pairs.origin.tolist(), strict=True))):
            at = np.flatnonzero((pairs.host == host) & (pairs.origin == origin))
            step = pairs.horizon[at] - 1
            series = known_series(registers, host, origin)
            growth = carried_on(series, rules.growth_months, LONGEST_HORIZON)
            late["last_year_growth"][at] = growth[step]
            for name, forecast in automatic.items():
                if len(series) <= rules.least_months_since_break:
                    late[name][at] = growth[step]
                    fits[name]["short"] += 1
                else:
                    path = forecast(tuple(series.tolist()))
                    late[name][at] = np.asarray(path.persons)[step]
                    fits[name][path.how] += 1
    return RivalForecasts(
        points={
            "persistence": persistence(pairs),
            "constant_inflow": constant_net_inflow(pairs, registers.stock, rules.lookback),
            **{name: np.maximum(point, 0.0) for name, point in late.items()},
        },
        fits={name: dict(sorted(count.items())) for name, count in fits.items()},
    )
