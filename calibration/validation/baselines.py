"""What any forecast must beat: a few rules of thumb, and two automatic methods of statistics.

All see one register series up to the origin and nothing else. Where months between two published ones are
missing (quarter ends), a baseline reads the straight line between them.

ETS and ARIMA: Among the candidates that converge the
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
from calibration.validation.rules import LONGEST_HORIZON, Rules

MOST_STEPS = 200
"""Steps of the optimiser before a fit counts as not converged."""

KPSS_LEVEL = "5%"
"""Level of the test for a second difference, as in Hyndman and Khandakar (2008)."""

SAME = 1e-9
"""Changes that differ by less than this part of the largest value do not differ: the series is a line."""


type Orders = tuple[tuple[int, int], ...]
"""Autoregressive and moving average terms of the candidates, simplest first."""


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


def _arima(series: Floats, n_ahead: int, orders: Orders) -> SeriesForecast | None:
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
        for p, q in orders
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
def auto_arima(series: tuple[float, ...], n_ahead: int, orders: Orders) -> SeriesForecast:
    """Return the ARIMA forecast of a register by month up to the origin, persons, without gaps."""
    values = np.asarray(series, dtype=np.float64)
    return (
        _continued(values, n_ahead)
        or _arima(values, n_ahead, orders)
        or _smoothed(values, n_ahead, (("add", True),), "damped_trend")
        or SeriesForecast((float(values[-1]),) * n_ahead, "persistence")
    )


NAIVE = ("persistence", "constant_inflow")
BASELINES = (*NAIVE, "last_year_growth", "damped_trend", "ets", "auto_arima")
"""Names in the scores, in the order of the tables."""


@dataclass(frozen=True)
class BaselineForecasts:
    """Forecasts of all baselines for the same pairs."""

    points: dict[str, Floats]  # By baseline, persons
    # For ``ets`` and ``auto_arima``: series by what became of the fit (:class:`SeriesForecast`, or ``short``:
    # too few months since the last break)
    fits: dict[str, dict[str, int]]


def published_line(registers: Registers, host: int, origin: int, first: int = 0) -> Floats:
    """Return the register from its first published month (not before ``first``) to its last one, persons.

    Months between two published ones lie on the straight line: both ends are known at the origin.
    """
    series = registers.stock[first : origin + 1, host]
    published = np.flatnonzero(np.isfinite(series))
    months = np.arange(published[0], published[-1] + 1)
    return np.asarray(np.interp(months, published, series[published]), dtype=np.float64)


def known_series(registers: Registers, host: int, origin: int) -> Floats:
    """Return the register since the last break up to the origin, persons, float64[N].

    The month of a break is the first of the new series; without a break it begins with the first published
    month. Where nothing was published since the break, the last published month is all that is known.
    """
    broken = np.flatnonzero(registers.is_break[: origin + 1, host])
    last = int(np.flatnonzero(np.isfinite(registers.stock[: origin + 1, host]))[-1])
    first = min(int(broken[-1]), last) if len(broken) else 0
    return published_line(registers, host, origin, first)


def carried_on(series: Floats, n_months: int, n_ahead: int) -> Floats:
    """Return the last value plus the mean change of the last months, 1 to ``n_ahead`` months on, persons."""
    n = min(n_months, len(series) - 1)
    monthly = (series[-1] - series[-1 - n]) / n if n else 0.0
    return np.asarray(series[-1] + monthly * np.arange(1, n_ahead + 1), dtype=np.float64)


def break_free_slope(registers: Registers, host: int, origin: int, n_months: int) -> float:
    """Return the mean change of the last break-free months known at the origin, persons a month.

    A span between two published months with a break in it does not count; of the oldest span only as many
    months as are still needed. 0 where there is none.
    """
    months = np.flatnonzero(np.isfinite(registers.stock[: origin + 1, host]))
    needed, change = n_months, 0.0
    for earlier, later in zip(months[-2::-1].tolist(), months[:0:-1].tolist(), strict=True):
        if registers.is_break[earlier + 1 : later + 1, host].any():
            continue
        rise = registers.stock[later, host] - registers.stock[earlier, host]
        counted = min(needed, later - earlier)
        change += rise * counted / (later - earlier)
        needed -= counted
        if needed == 0:
            break
    return float(change / (n_months - needed)) if needed < n_months else 0.0


def damped_trend(last: float, slope: float, persistence: float, n_ahead: int) -> Floats:
    """Return the last value plus a slope of which ``persistence`` is left every month, persons.

    >>> damped_trend(100.0, 10.0, 0.5, 3).tolist()
    [105.0, 107.5, 108.75]
    """
    return np.asarray(last + slope * np.cumsum(persistence ** np.arange(1, n_ahead + 1)), dtype=np.float64)


def baseline_forecasts(
    registers: Registers, rules: Rules, pairs: Pairs, automatic: bool = True
) -> BaselineForecasts:
    """Return the forecasts of every baseline for every pair; nothing after its origin is read.

    Without ``automatic`` ETS and ARIMA are left out: the rules of thumb take no time.
    """
    asked = rules.automatic
    fitted: dict[str, Callable[[tuple[float, ...]], SeriesForecast]] = {
        "ets": lambda series: exponential_smoothing(series, LONGEST_HORIZON),
        "auto_arima": lambda series: auto_arima(series, LONGEST_HORIZON, tuple(asked.orders())),
    }
    points = {name: np.empty(len(pairs)) for name in BASELINES if automatic or name not in fitted}
    fits: dict[str, Counter[str]] = {name: Counter() for name in fitted if automatic}
    # matrices of a few rows: threads that wait for each other would take ten times as long
    with threadpool_limits(limits=1, user_api="blas"):
        for host, origin in sorted(set(zip(pairs.host.tolist(), pairs.origin.tolist(), strict=True))):
            at = np.flatnonzero((pairs.host == host) & (pairs.origin == origin))
            line, series = (read(registers, host, origin) for read in (published_line, known_series))
            slope = break_free_slope(registers, host, origin, asked.damped_trend_months)
            paths = {
                "persistence": np.full(LONGEST_HORIZON, line[-1]),
                "constant_inflow": carried_on(line, rules.lookback, LONGEST_HORIZON),
                "last_year_growth": carried_on(series, asked.growth_months, LONGEST_HORIZON),
                "damped_trend": damped_trend(
                    line[-1], slope, asked.damped_trend_persistence, LONGEST_HORIZON
                ),
            }
            for name, forecast in fitted.items() if automatic else ():
                if len(series) <= asked.least_months_since_break:
                    paths[name] = paths["last_year_growth"]
                    fits[name]["short"] += 1
                else:
                    fit = forecast(tuple(series.tolist()))
                    paths[name] = np.asarray(fit.persons)
                    fits[name][fit.how] += 1
            step = pairs.target[at] - pairs.known[at] - 1
            for name, path in paths.items():
                points[name][at] = np.maximum(path[step], 0.0)
    return BaselineForecasts(points, {name: dict(sorted(count.items())) for name, count in fits.items()})
