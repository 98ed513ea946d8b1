"""Two automatic methods of statistics as baselines: exponential smoothing (ETS) and ARIMA.

Both see one register series up to the origin and nothing else. Among the candidates that converge the
one with the smallest AICc is taken (Hyndman and Khandakar 2008); the candidates are

* ETS with additive errors: no trend, trend, damped trend;
* ARIMA on first differences (with or without drift), or on second differences where the KPSS test
  rejects that the monthly change has a level, up to the orders of ``configs/validation.yaml``.

A fit that fails never stops the scoring: ARIMA gives way to the damped trend, ETS to "nothing changes",
and how often that happened is part of the scores.
"""

import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import numpy as np
from statsmodels.tsa.exponential_smoothing.ets import ETSModel
from statsmodels.tsa.statespace.sarimax import SARIMAX
from statsmodels.tsa.stattools import kpss
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from abm.arrays import Floats
from abm.data.world import Registers
from calibration.validation.forecasts import Pairs
from calibration.validation.rules import LONGEST_HORIZON, ArimaOrders, Rules

MOST_STEPS = 200
"""Steps of the optimiser before a fit counts as not converged."""

KPSS_LEVEL = "5%"
"""Level of the test for a second difference, as in Hyndman and Khandakar (2008)."""

SAME = 1e-9
"""Changes that differ by less than this part of the largest value do not differ: the series is a line."""


@dataclass(frozen=True)
class SeriesForecast:
    """Forecast of one series."""

    persons: tuple[float, ...]  # Register 1, 2, ... months after the origin; not cut at 0
    # ``fitted``, ``line`` (the series is a straight line: nothing to estimate), ``damped_trend`` or
    # ``persistence`` (what was put in place of a fit that failed)
    how: str


def small_sample_criterion(log_likelihood: float, n_values: int, n_parameters: int) -> float:
    """Return AICc = -2 log L + 2 k + 2 k (k + 1) / (n - k - 1); infinite where n leaves no room for k.

    >>> small_sample_criterion(-10.0, 8, 3)
    32.0
    """
    room = n_values - n_parameters - 1
    if room <= 0 or not np.isfinite(log_likelihood):
        return float("inf")
    return -2.0 * log_likelihood + 2.0 * n_parameters + 2.0 * n_parameters * (n_parameters + 1) / room


def _converged(model: Callable[[], Any], options: Mapping[str, str]) -> Any:
    """Return the fit of a model, or None where the optimiser did not arrive."""
    with warnings.catch_warnings():
        # what the warnings say is read from the result below; every other outcome is counted
        warnings.simplefilter("ignore")
        try:
            result = model().fit(disp=False, maxiter=MOST_STEPS, **options)
        except (np.linalg.LinAlgError, ValueError, FloatingPointError):
            return None  # a singular likelihood: no candidate, as if it had not converged
    return result if result.mle_retvals["converged"] else None


def _best(candidates: Iterable[tuple[int, Callable[[], Any]]], n_values: int, **options: str) -> Any:
    """Return the fit of the model with the smallest AICc; None where none converges.

    Candidates come with their number of parameters, the simplest first: a tie goes to the simpler one.
    """
    best, least = None, float("inf")
    for n_parameters, model in candidates:
        if not np.isfinite(small_sample_criterion(0.0, n_values, n_parameters)):
            continue
        result = _converged(model, options)
        if result is None:
            continue
        criterion = small_sample_criterion(float(result.llf), n_values, n_parameters)
        if criterion < least:
            best, least = result, criterion
    return best


def _continued(series: Floats, n_ahead: int) -> SeriesForecast | None:
    """Return the continuation of a straight line; None where the changes differ."""
    changes = np.diff(series)
    if len(changes) and np.ptp(changes) > SAME * np.max(np.abs(series)):
        return None
    step = float(np.mean(changes)) if len(changes) else 0.0
    return SeriesForecast(tuple(series[-1] + step * np.arange(1, n_ahead + 1)), "line")


def _path(ahead: Floats, how: str) -> SeriesForecast | None:
    """Return the forecast, or None where it is not finite."""
    return SeriesForecast(tuple(float(x) for x in ahead), how) if np.all(np.isfinite(ahead)) else None


def _smoothed(
    series: Floats, n_ahead: int, kinds: tuple[tuple[str | None, bool], ...], how: str
) -> SeriesForecast | None:
    """Return the best of some kinds of exponential smoothing; None where none converges."""
    # seen from the origin and in typical changes, so that the optimiser meets numbers near 1
    unit = float(np.sqrt(np.mean(np.diff(series) ** 2)))
    values = (series - series[-1]) / unit
    candidates = (
        (
            3 if trend is None else 5 + damped,  # weights, first states, variance
            partial(ETSModel, values, error="add", trend=trend, damped_trend=damped),
        )
        for trend, damped in kinds
    )
    best = _best(candidates, len(values))
    if best is None:
        return None
    return _path(series[-1] + unit * np.asarray(best.forecast(n_ahead), dtype=np.float64), how)


@lru_cache(maxsize=8192)
def exponential_smoothing(series: tuple[float, ...], n_ahead: int) -> SeriesForecast:
    """Return the ETS forecast of a register by month up to the origin, persons, without gaps."""
    values = np.asarray(series, dtype=np.float64)
    return (
        _continued(values, n_ahead)
        or _smoothed(values, n_ahead, ((None, False), ("add", False), ("add", True)), "fitted")
        or SeriesForecast((float(values[-1]),) * n_ahead, "persistence")
    )


def _changes_have_a_level(changes: Floats) -> bool:
    """Return whether the KPSS test lets the monthly changes pass as varying around a level."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the p-value is cut at the edge of its table; it is not read
        try:
            statistic, _, _, critical = kpss(changes, regression="c", nlags="auto")
        except (ValueError, OverflowError):
            return True
    return not statistic > critical[KPSS_LEVEL]


def _arima(series: Floats, n_ahead: int, orders: ArimaOrders) -> SeriesForecast | None:
    """Return the best ARIMA forecast; None where no candidate converges."""
    changes = np.diff(series)
    once = _changes_have_a_level(changes)
    values = changes if once else np.diff(changes)
    unit = float(np.sqrt(np.mean(values**2)))
    candidates = (
        (
            p + q + (trend == "c") + 1,
            partial(SARIMAX, values / unit, order=(p, 0, q), trend=trend, concentrate_scale=True),
        )
        for p, q in orders.candidates()
        # a drift of second differences would be a parabola: never offered
        for trend in (("n", "c") if once else ("n",))
    )
    best = _best(candidates, len(values), cov_type="none")
    if best is None:
        return None
    ahead = unit * np.asarray(best.forecast(n_ahead), dtype=np.float64)
    if not once:
        ahead = changes[-1] + np.cumsum(ahead)
    return _path(series[-1] + np.cumsum(ahead), "fitted")


@lru_cache(maxsize=8192)
def auto_arima(series: tuple[float, ...], n_ahead: int, orders: ArimaOrders) -> SeriesForecast:
    """Return the ARIMA forecast of a register by month up to the origin, persons, without gaps."""
    values = np.asarray(series, dtype=np.float64)
    return (
        _continued(values, n_ahead)
        or _arima(values, n_ahead, orders)
        or _smoothed(values, n_ahead, (("add", True),), "damped_trend")
        or SeriesForecast((float(values[-1]),) * n_ahead, "persistence")
    )


NAIVE = ("persistence", "constant_inflow")
BASELINES = (*NAIVE, "last_year_growth", "ets", "auto_arima")
"""Names in the scores, in the order of the tables."""


@dataclass(frozen=True)
class BaselineForecasts:
    """Forecasts of all baselines for the same pairs."""

    points: dict[str, Floats]  # By baseline, persons
    # For ``ets`` and ``auto_arima``: series by what became of the fit (:class:`SeriesForecast`, or ``short``:
    # too few months since the last break)
    fits: dict[str, dict[str, int]]


def persistence(pairs: Pairs) -> Floats:
    """Return "nothing changes": the register at the origin, persons, float64[P]."""
    return pairs.at_origin.copy()


def constant_net_inflow(pairs: Pairs, stock: Floats, lookback: int) -> Floats:
    """Return "the last months go on": origin + horizon x mean monthly change of the last ``lookback`` months.

    ``stock`` float64[T, H] is the register by month and host; a register cannot fall below 0.
    """
    before = stock[pairs.origin - lookback, pairs.host]
    monthly = (pairs.at_origin - before) / lookback
    return np.asarray(np.maximum(pairs.at_origin + pairs.horizon * monthly, 0.0), dtype=np.float64)


def known_series(registers: Registers, host: int, origin: int) -> Floats:
    """Return the register since the last break up to the origin, persons, float64[N].

    The month of a break is the first of the new series; without a break it begins with the first published
    month. Months between two published ones are filled along a straight line: both ends are known.
    """
    broken = np.flatnonzero(registers.is_break[: origin + 1, host])
    series = registers.stock[broken[-1] if len(broken) else 0 : origin + 1, host]
    published = np.flatnonzero(np.isfinite(series))
    months = np.arange(published[0], published[-1] + 1)
    return np.asarray(np.interp(months, published, series[published]), dtype=np.float64)


def carried_on(series: Floats, n_months: int, n_ahead: int) -> Floats:
    """Return the last value plus the mean change of the last months, 1 to ``n_ahead`` months on, persons."""
    n = min(n_months, len(series) - 1)
    monthly = (series[-1] - series[-1 - n]) / n if n else 0.0
    return np.asarray(series[-1] + monthly * np.arange(1, n_ahead + 1), dtype=np.float64)


def baseline_forecasts(registers: Registers, rules: Rules, pairs: Pairs) -> BaselineForecasts:
    """Return the forecasts of every baseline for every pair; nothing after its origin is read."""
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
    return BaselineForecasts(
        points={
            "persistence": persistence(pairs),
            "constant_inflow": constant_net_inflow(pairs, registers.stock, rules.lookback),
            **{name: np.maximum(point, 0.0) for name, point in late.items()},
        },
        fits={name: dict(sorted(count.items())) for name, count in fits.items()},
    )
