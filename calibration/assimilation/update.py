"""One update of an ensemble smoother with multiple data assimilation (ES-MDA, Emerick and Reynolds 2013).

Every member's numbers move along the ensemble's own regression on what it predicts. Observations count
``1 / alpha`` in each of ``alpha`` rounds, with fresh perturbations; for a linear model and normal errors
the rounds together give the exact posterior. What a member predicts differs from the others also by its
draw of the posterior and by chance. That is no effect of its controls, so the regression is on the
difference between two runs of a member: with its own controls, and with the mean of all.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from abm.arrays import Floats


class Spread(NamedTuple):
    """Numbers of every member, and their part that comes from its controls differing from the mean."""

    values: Floats  # [N, d]
    about: Floats  # [N, d]


def gain_of(about: Floats, around: Floats, covariance: Floats) -> Floats:
    """Return the regression gain of values on predictions, float64[d, m].

    ``about`` float64[N, d] and ``around`` float64[N, m] are differences from the mean; ``covariance``
    float64[m, m] is that of the observations, inflated.
    """
    spread = around.T @ around + len(around) * covariance
    return np.asarray(np.linalg.solve(spread, around.T @ about).T)


def perturbations(rng: np.random.Generator, members: int, covariance: Floats) -> Floats:
    """Return errors of observations, float64[N, m], that sum to zero over the members."""
    root = np.linalg.cholesky(covariance)
    errors = rng.standard_normal((members, len(covariance))) @ root.T
    return np.asarray(errors - errors.mean(axis=0))


def taper(about: Floats, around: Floats, low: float, high: float) -> Floats:
    """Return the weight of every gain, float64[d, m]: 0 where the correlation of the members may be chance.

    From ``low`` to ``high`` (absolute correlation) the weight rises from 0 to 1.
    """
    size = np.sqrt((about**2).sum(axis=0))[:, None] * np.sqrt((around**2).sum(axis=0))[None]
    correlation = np.abs(about.T @ around) / np.maximum(size, 1e-12)
    return np.asarray(np.clip((correlation - low) / (high - low), 0.0, 1.0))


def updated(
    parts: Sequence[Spread],
    predicted: Spread,
    observed: Floats,
    covariance: Floats,
    alpha: float,
    rng: np.random.Generator,
    limits: tuple[float, float] | None = None,
) -> list[Spread]:
    """Return parts of the state after one of ``alpha`` rounds with observations [m].

    ``limits`` are those of :func:`taper`; without them every gain counts.
    """
    inflated = alpha * covariance
    errors = perturbations(rng, len(predicted.values), inflated)
    innovation = observed + errors - predicted.values
    made = []
    for part in parts:
        gain = gain_of(part.about, predicted.about, inflated)
        if limits is not None:
            gain = gain * taper(part.about, predicted.about, *limits)
        made.append(
            Spread(part.values + innovation @ gain.T, part.about + (errors - predicted.about) @ gain.T)
        )
    return made
