"""The parameters of a forecast: how fast arrivals fade, how much the last months count, how far we err.

They act only where arrivals are predicted, so the simulated past with recorded arrivals says nothing of
them. They are fitted to rolling forecasts of the registers inside the fit window: at every origin arrivals
go on from their latest level as the drivers and the fading shock of the invasion say, exits from their
latest rate, and the error at one to twelve months is set against what the shocks of arrivals allow. The
posterior is normal around its mode (Laplace).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import optimize, stats

from abm.arrays import Floats
from abm.data.world import World, as_known_at
from abm.month.arrival_level import TAIL, host_draw, host_push, season
from calibration.fit.prior import Prior
from calibration.fit.register_exits import recorded_exits

YEAR = 12
PASSES = 5
"""Times small clean-ups are looked for; the set stands still after two or three."""

FORECAST_HORIZONS = (1, 2, 3, 6, 9, 12)
CURVATURE_STEP = 0.15
"""Step of the numerical second derivatives, in prior SD: wide, because the errors are not smooth."""

FITTED = (
    "flight_intensity", "flight_onset", "flight_onset_months", "arrivals_memory_months",
    "arrival_shock_size", "arrival_shock_persistence",
)  # fmt: skip
"""Parameters the rolling forecasts can tell something about; the others of this kind keep their prior."""


@dataclass(frozen=True)
class Origin:
    """What is known at one origin."""

    month: int
    world: World  # As known at its end
    # [month, H] Exits from the register as a share of the stock, months to the origin; NaN where not counted
    rate: Floats
    usual: Floats  # [H] Median of it


def origins_of(world: World, hosts: Sequence[int], first: int, last: int) -> list[Origin]:
    """Return the origins whose forecasts have a target from ``first`` to ``last``."""
    registers = world.registers
    exits = recorded_exits(registers)
    found = []
    for month in range(max(first - YEAR, registers.first_month + 6), last):
        known = slice(registers.first_month + 1, month + 1)
        with np.errstate(invalid="ignore", divide="ignore"):
            rate = exits[known] / registers.stock[registers.first_month : month]
        rate = np.where(registers.is_break[known], np.nan, rate)
        rate[~np.isfinite(rate)] = np.nan
        # Small clean-ups are what exceeds the usual exits; without them the usual exits are fewer.
        usual = _medians(rate)
        for _ in range(PASSES):
            rate = np.where(rate > usual + world.coefficients["small_clean_up_share"], np.nan, rate)
            usual = _medians(rate)
        found.append(Origin(month, as_known_at(world, month), rate, usual))
    return found


def _medians(rate: Floats) -> Floats:
    """Return the median of every column, NaN left out; 0 where nothing is known."""
    counted = np.isfinite(rate).any(axis=0)
    found = np.zeros(rate.shape[1])
    found[counted] = np.nanmedian(rate[:, counted], axis=0)
    return found


def register_ahead(
    origin: Origin, coefficients: Mapping[str, float], horizon: int = YEAR
) -> tuple[Floats, Floats]:
    """Return the forecast register float64[horizon + 1, H], and the arrivals it starts from float64[H].

    The sums are those of :mod:`abm.month.arrival_level` and :mod:`abm.month.turn`, for all hosts at once and
    without households: exits go on at their usual rate plus a gap that fades. What a host loses by
    becoming less attractive is not handed to others here (under half a percent of arrivals), and movers do
    not run out: until August 2024 the fading shock of the invasion stands for that.
    """
    world = replace(origin.world, coefficients={**origin.world.coefficients, **coefficients})
    registers, c, now = world.registers, world.coefficients, origin.month
    window = int(c["arrivals_window_months"])
    months = np.arange(max(now - window + 1, registers.first_month), now + 1)
    weights = 2.0 ** ((months - now) / c["arrivals_memory_months"])[:, None]
    level = (weights * registers.arrivals[months]).sum(axis=0) / weights.sum()
    by_calendar = season(world, now)
    drawn = np.array([host_push(world, int(m)) * np.exp(host_draw(world, int(m))) for m in months])
    drawn *= by_calendar[months % YEAR][:, None]
    pull = (weights * drawn).sum(axis=0) / weights.sum()
    recent = origin.rate[-window:]
    counts = np.isfinite(recent)
    # The last months that count, as many as the trend of a register asks for.
    counts &= np.cumsum(counts[::-1], axis=0)[::-1] <= int(c["register_trend_months"])
    total = counts.sum(axis=0)
    mean = np.where(counts, recent, 0.0).sum(axis=0) / np.maximum(total, 1)
    gap = np.where(total > 0, mean - origin.usual, 0.0)
    path = np.empty((horizon + 1, len(level)))
    path[0] = registers.stock[now]
    for step in range(1, horizon + 1):
        month = min(now + step, world.n_months - 1)
        arrivals = level * host_push(world, month) * np.exp(host_draw(world, month)) / pull
        arrivals = arrivals * by_calendar[month % YEAR]
        exits = origin.usual + gap * c["register_trend_persistence"] ** step
        path[step] = path[step - 1] * (1.0 - exits) + arrivals
    return path, level


def spread_of_sum(persistence: float, months: int) -> float:
    """Return the standard deviation of the sum of a unit autoregression over months.

    >>> round(spread_of_sum(0.0, 9), 6), round(spread_of_sum(1.0, 9), 6)
    (3.0, 9.0)
    """
    lag = np.abs(np.subtract.outer(np.arange(months), np.arange(months)))
    return float(np.sqrt((persistence**lag).sum()))


def log_likelihood(
    world: World,
    origins: Sequence[Origin],
    hosts: Sequence[int],
    coefficients: Mapping[str, float],
    first: int,
    last: int,
    lookback: int,
) -> float:
    """Return the log density of the errors of all break-free forecasts with a target in the window."""
    registers = world.registers
    breaks = np.cumsum(registers.is_break, axis=0)
    chosen = np.asarray(hosts)
    total = 0.0
    for origin in origins:
        now = origin.month
        path, level = register_ahead(origin, coefficients)
        size = coefficients["arrival_shock_size"] * np.sqrt(np.maximum(level, 1.0) * registers.stock[now])
        for step in FORECAST_HORIZONS:
            target = now + step
            if not first <= target <= last or now - lookback < registers.first_month:
                continue
            free = breaks[target, chosen] == breaks[now - lookback, chosen]
            known = (
                np.isfinite(registers.stock[target, chosen]) & np.isfinite(size[chosen]) & (size[chosen] > 0)
            )
            which = chosen[free & known]
            scale = size[which] * spread_of_sum(coefficients["arrival_shock_persistence"], step)
            error = (registers.stock[target, which] - path[step, which]) / scale
            total += float((stats.t.logpdf(error, TAIL) - np.log(scale)).sum())
    return total


@dataclass(frozen=True)
class ForecastPosterior:
    """Posterior of the forecast parameters."""

    prior: Prior  # All parameters of this kind
    mode: Floats  # [p] Standard normal coordinates; 0 for those that keep their prior
    covariance: Floats  # [p, p]

    def draws(self, n: int, rng: np.random.Generator) -> Floats:
        """Return natural values, float64[n, p]."""
        root = np.linalg.cholesky(self.covariance)
        return self.prior.natural(self.mode + rng.standard_normal((n, len(self.mode))) @ root.T)


def fit_forecast_parameters(
    world: World,
    prior: Prior,
    hosts: Sequence[int],
    window: tuple[int, int],
    lookback: int,
    information: float,
) -> ForecastPosterior:
    """Return the posterior of the forecast parameters; only months to the end of ``window`` are read.

    ``information`` is the share of the forecasts that counts as independent; ``lookback`` are months before
    an origin that must be free of breaks too.
    """
    first, last = window
    origins = origins_of(world, hosts, first, last)
    fitted = [prior.names.index(name) for name in FITTED]

    def loss(x: Floats) -> float:
        z = np.zeros(len(prior.names))
        z[fitted] = x
        values = dict(zip(prior.names, prior.natural(z).tolist(), strict=True))
        found = log_likelihood(world, origins, hosts, values, first, last, lookback)
        return 0.5 * float(x @ x) - information * found

    best = optimize.minimize(
        loss, np.zeros(len(fitted)), method="Powell", options={"maxiter": 6, "xtol": 0.05, "ftol": 1e-3}
    ).x
    inner = np.linalg.inv(_curvature(loss, best))
    mode, covariance = np.zeros(len(prior.names)), np.eye(len(prior.names))
    mode[fitted] = best
    covariance[np.ix_(fitted, fitted)] = inner
    return ForecastPosterior(prior, mode, covariance)


def _curvature(loss: Callable[[Floats], float], at: Floats) -> Floats:
    """Return second derivatives, kept at least those of the prior."""
    n, h = len(at), CURVATURE_STEP
    centre = loss(at)
    step = np.eye(n) * h
    ahead = [loss(at + step[i]) for i in range(n)]
    back = [loss(at - step[i]) for i in range(n)]
    found = np.zeros((n, n))
    for i in range(n):
        found[i, i] = (ahead[i] - 2.0 * centre + back[i]) / h**2
        for j in range(i):
            both = loss(at + step[i] + step[j])
            found[i, j] = found[j, i] = (both - ahead[i] - ahead[j] + centre) / h**2
    values, vectors = np.linalg.eigh(found)
    return np.asarray(vectors @ np.diag(np.maximum(values, 1.0)) @ vectors.T)
