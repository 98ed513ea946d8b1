"""Two automatic methods of statistics as rivals: exponential smoothing (ETS) and ARIMA.

Both see one register series up to the origin and nothing else. Among the candidates that converge the
one with the smallest AICc is taken (Hyndman and Khandakar 2008); the candidates are

* ETS with additive errors: no trend, trend, damped trend;
* ARIMA on first differences (with or without drift), or on second differences where the KPSS test
  rejects that the monthly change has a level, up to the orders of ``configs/validation.yaml``.

A fit that fails never stops the scoring: ARIMA gives way to the damped trend, ETS to "nothing changes",
and how often that happened is part of the scores.
"""

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from statsmodels.tsa.exponential_smoothing.ets import ETSModel
from statsmodels.tsa.statespace.sarimax import SARIMAX
from statsmodels.tsa.stattools import kpss

from calibration.validation.rules import ArimaOrders

Floats = NDArray[np.float64]

MOST_STEPS = 200
"""Steps of the optimiser before a fit counts as not converged."""

KPSS_LEVEL = "5%"
"""Level of the test for a second difference, as in Hyndman and Khandakar (2008)."""

SAME = 1e-9
"""Changes that differ by less than this part of the largest value do not differ: the series is a line."""


@dataclass(frozen=True)
class SeriesForecast:
    """Forecast of one series.

    Attributes
    ----------
    persons : tuple of float
        Register 1, 2, ... months after the origin; not cut at 0.
    how : str
        ``fitted``, ``line`` (the series is a straight line: nothing to estimate), ``damped_trend`` or
        ``persistence`` (what was put in place of a fit that failed).
    """

    persons: tuple[float, ...]
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
    best, least = None, float("inf")
    for trend, damped in kinds:
        n_parameters = 3 if trend is None else 5 + damped  # weights, first states, variance
        if not np.isfinite(small_sample_criterion(0.0, len(values), n_parameters)):
            continue
        model = partial(ETSModel, values, error="add", trend=trend, damped_trend=damped)
        result = _converged(model, {})
        if result is None:
            continue
        criterion = small_sample_criterion(float(result.llf), len(values), n_parameters)
        if criterion < least:
            best, least = result, criterion
    if best is None:
        return None
    return _path(series[-1] + unit * np.asarray(best.forecast(n_ahead), dtype=np.float64), how)


@lru_cache(maxsize=8192)
def exponential_smoothing(series: tuple[float, ...], n_ahead: int) -> SeriesForecast:
    """Return the ETS forecast.

    Parameters
    ----------
    series : tuple of float
        Register by month up to the origin, persons, without gaps.
    n_ahead : int
        Months to forecast.
    """
    values = np.asarray(series, dtype=np.float64)
    kinds = ((None, False), ("add", False), ("add", True))
    return (
        _continued(values, n_ahead)
        or _smoothed(values, n_ahead, kinds, "fitted")
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
    best, least = None, float("inf")
    for p, q in orders.candidates():
        # a drift of second differences would be a parabola: never offered
        for trend in ("n", "c") if once else ("n",):
            n_parameters = p + q + (trend == "c") + 1
            if not np.isfinite(small_sample_criterion(0.0, len(values), n_parameters)):
                continue
            model = partial(SARIMAX, values / unit, order=(p, 0, q), trend=trend, concentrate_scale=True)
            result = _converged(model, {"cov_type": "none"})
            if result is None:
                continue
            criterion = small_sample_criterion(float(result.llf), len(values), n_parameters)
            if criterion < least:
                best, least = result, criterion
    if best is None:
        return None
    ahead = unit * np.asarray(best.forecast(n_ahead), dtype=np.float64)
    if not once:
        ahead = changes[-1] + np.cumsum(ahead)
    return _path(series[-1] + np.cumsum(ahead), "fitted")


@lru_cache(maxsize=8192)
def auto_arima(series: tuple[float, ...], n_ahead: int, orders: ArimaOrders) -> SeriesForecast:
    """Return the ARIMA forecast.

    Parameters
    ----------
    series : tuple of float
        Register by month up to the origin, persons, without gaps.
    n_ahead : int
        Months to forecast.
    orders : ArimaOrders
        Largest orders tried.
    """
    values = np.asarray(series, dtype=np.float64)
    return (
        _continued(values, n_ahead)
        or _arima(values, n_ahead, orders)
        or _smoothed(values, n_ahead, (("add", True),), "damped_trend")
        or SeriesForecast((float(values[-1]),) * n_ahead, "persistence")
    )
