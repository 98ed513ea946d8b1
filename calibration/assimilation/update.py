"""One update of an ensemble smoother with multiple data assimilation (ES-MDA, Emerick and Reynolds 2013).

Every member's numbers move along the ensemble's own regression on what it predicts. Observations count
``1 / alpha`` in each of ``alpha`` rounds, with fresh perturbations; for a linear model and normal errors
the rounds together give the exact posterior.
"""

import numpy as np

from abm.arrays import Floats


def gain_of(values: Floats, predicted: Floats, covariance: Floats) -> Floats:
    """Return the regression gain of values [N, d] on predictions [N, m], float64[d, m].

    ``covariance`` float64[m, m] is that of the observations, inflated.
    """
    about = values - values.mean(axis=0)
    around = predicted - predicted.mean(axis=0)
    spread = around.T @ around + (len(values) - 1) * covariance
    return np.asarray(np.linalg.solve(spread, around.T @ about).T)


def perturbations(rng: np.random.Generator, members: int, covariance: Floats) -> Floats:
    """Return errors of observations, float64[N, m], that sum to zero over the members."""
    root = np.linalg.cholesky(covariance)
    errors = rng.standard_normal((members, len(covariance))) @ root.T
    return np.asarray(errors - errors.mean(axis=0))


def taper(values: Floats, predicted: Floats, low: float, high: float) -> Floats:
    """Return the weight of every gain, float64[d, m]: 0 where the correlation of the members may be chance.

    From ``low`` to ``high`` (absolute correlation) the weight rises from 0 to 1.
    """
    about = values - values.mean(axis=0)
    around = predicted - predicted.mean(axis=0)
    size = np.sqrt((about**2).sum(axis=0))[:, None] * np.sqrt((around**2).sum(axis=0))[None]
    correlation = np.abs(about.T @ around) / np.maximum(size, 1e-12)
    return np.asarray(np.clip((correlation - low) / (high - low), 0.0, 1.0))


def updated(
    values: Floats,
    predicted: Floats,
    observed: Floats,
    covariance: Floats,
    alpha: float,
    rng: np.random.Generator,
    limits: tuple[float, float] | None = None,
) -> Floats:
    """Return the values [N, d] after one of ``alpha`` rounds with observations [m].

    ``limits`` are those of :func:`taper`; without them every gain counts.
    """
    inflated = alpha * covariance
    gain = gain_of(values, predicted, inflated)
    if limits is not None:
        gain = gain * taper(values, predicted, *limits)
    innovation = observed + perturbations(rng, len(values), inflated) - predicted
    return np.asarray(values + innovation @ gain.T)
