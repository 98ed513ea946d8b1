"""Tempered sequential Monte Carlo from a unit normal prior to the posterior.

Particles move from prior to posterior through powers of the likelihood that keep the effective sample size
(Del Moral, Doucet and Jasra 2006); at every power they are resampled and moved by a preconditioned
Crank-Nicolson step (Cotter et al. 2013; Rudolf and Sprungk 2018) around their mean, with the covariance a
normal posterior would have there: that of Gauss and Newton where residuals are known, else that of the
particles. The step keeps the prior where data say nothing, and crosses the posterior in a few moves where
it is nearly normal.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from abm.arrays import Booleans, Floats, Integers

KEPT_SHARE = 0.5
"""Effective share of particles after each change of power."""

MOST_STEPS = 60
"""Powers before the sampler gives up."""

DIFFERENCE = 0.3
"""Step of the slopes, in prior SD: wide, so that they hold over the width of a posterior."""

MOVES, LAST_MOVES = 12, 60
"""Moves at every power, and at the last."""


@dataclass(frozen=True)
class PosteriorSample:
    """Equally weighted draws."""

    z: Floats  # [n, d] Standard normal coordinates
    log_likelihood: Floats  # [n]
    powers: tuple[float, ...]  # Path from 0 to 1
    acceptance: tuple[float, ...]  # Mean acceptance at every power
    # Effective number of draws: of the resampled particles, those that moved away from their ancestor
    effective: float


def next_power(log_likelihood: Floats, power: float, share: float = KEPT_SHARE) -> float:
    """Return the largest power whose weights keep ``share`` of the particles effective."""

    def effective(step: float) -> float:
        w = step * (log_likelihood - log_likelihood.max())
        w = np.exp(w - w.max())
        return float(w.sum() ** 2 / (w @ w)) / len(w)

    if effective(1.0 - power) >= share:
        return 1.0
    low, high = 0.0, 1.0 - power
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if effective(middle) >= share else (low, middle)
    return power + max(low, 1e-12)


def systematic(weights: Floats, u: float) -> Integers:
    """Return indices of a systematic resample."""
    edges = np.cumsum(weights) / weights.sum()
    points = (np.arange(len(weights)) + u) / len(weights)
    return np.minimum(np.searchsorted(edges, points), len(weights) - 1).astype(np.int64)


def temper(
    log_likelihood: Callable[[Floats], Floats],
    dimensions: int,
    particles: int,
    rng: np.random.Generator,
    on_power: Callable[[float], None] | None = None,
    moves: int = MOVES,
    last_moves: int = LAST_MOVES,
    residuals: Callable[[Floats], Floats] | None = None,
) -> PosteriorSample:
    """Return draws of the posterior; the prior is the unit normal in ``d`` dimensions.

    ``log_likelihood`` takes float64[n, d] to float64[n], -inf where a point is impossible; ``residuals``,
    where known, to float64[n, term], with log likelihood -1/2 the sum of their squares. ``on_power`` is told
    the power reached.
    """
    z = rng.standard_normal((particles, dimensions))
    value = log_likelihood(z)
    if not np.isfinite(value).any():
        raise RuntimeError("no draw of the prior has a finite likelihood: a target cannot be met at all")
    power, powers, rates = 0.0, [0.0], []
    step, distinct = 0.6, 1.0
    while power < 1.0:
        if len(powers) > MOST_STEPS:
            raise RuntimeError(f"the sampler stands at power {power:.3g} after {MOST_STEPS} steps")
        reached = next_power(value, power)
        weights = np.exp((reached - power) * (value - value.max()))
        rows = systematic(weights, rng.random())
        z, value, power = z[rows], value[rows], reached
        ancestors = rows.copy()
        moved = np.zeros(particles, np.bool_)
        mean, root = _preconditioner(z) if residuals is None else _gauss_newton(residuals, z, power)
        accepted = []
        for _ in range(last_moves if power >= 1.0 else moves):
            z, value, yes = _move(log_likelihood, z, value, power, mean, root, step, rng)
            moved |= yes
            accepted.append(yes.mean())
            step = float(np.clip(step * np.exp(0.6 * (yes.mean() - 0.3)), 0.02, 0.95))
        distinct = float(moved.sum() + len(np.unique(ancestors[~moved])))
        powers.append(power)
        rates.append(float(np.mean(accepted)))
        if on_power is not None:
            on_power(power)
    return PosteriorSample(z, value, tuple(powers), tuple(rates), distinct)


def _preconditioner(z: Floats) -> tuple[Floats, Floats]:
    """Return mean and a root of the covariance of the particles, drawn a little to the prior."""
    n, d = z.shape
    mean = z.mean(axis=0)
    shrink = min(d / n, 0.5)
    covariance = (1.0 - shrink) * np.cov(z.T) + shrink * np.diag(z.var(axis=0))
    return mean, np.linalg.cholesky(covariance + 1e-8 * np.eye(d))


def _gauss_newton(residuals: Callable[[Floats], Floats], z: Floats, power: float) -> tuple[Floats, Floats]:
    """Return the mean of the particles and a root of the covariance of a normal posterior there."""
    mean = z.mean(axis=0)
    d = len(mean)
    around = np.vstack([mean + DIFFERENCE * np.eye(d), mean - DIFFERENCE * np.eye(d)])
    said = residuals(around)
    slope = (said[:d] - said[d:]) / (2.0 * DIFFERENCE)
    precision = np.eye(d) + power * slope @ slope.T
    # The inverse of the transposed root of the precision is a root of the covariance.
    lower = np.linalg.cholesky(precision)
    return mean, np.linalg.inv(lower).T


def _move(
    log_likelihood: Callable[[Floats], Floats],
    z: Floats,
    value: Floats,
    power: float,
    mean: Floats,
    root: Floats,
    step: float,
    rng: np.random.Generator,
) -> tuple[Floats, Floats, Booleans]:
    """Return particles after one step, their likelihoods, and which moved."""
    n, d = z.shape
    inverse = np.linalg.inv(root)
    fresh = rng.standard_normal((n, d)) @ root.T
    proposed = mean + np.sqrt(1.0 - step**2) * (z - mean) + step * fresh
    new = log_likelihood(proposed)

    def excess(x: Floats) -> Floats:
        # log prior less log reference: what the step is not already reversible for
        white = inverse @ (x - mean).T
        return np.asarray(-0.5 * (x**2).sum(axis=1) + 0.5 * (white**2).sum(axis=0))

    with np.errstate(invalid="ignore"):
        ratio = power * (new - value) + excess(proposed) - excess(z)
    yes = np.log(rng.random(n)) < ratio
    return np.where(yes[:, None], proposed, z), np.where(yes, new, value), yes
