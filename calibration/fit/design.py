"""The bank's design: parameter sets spread evenly over the priors (scrambled Sobol points)."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.stats import qmc

from calibration.fit.prior import Prior

Floats = NDArray[np.float64]

DIGITS = 7
"""Significant digits of a parameter in a task, so that its text is the same everywhere."""


def sobol_normal(dimensions: int, n: int, seed: int) -> Floats:
    """Return the first ``n`` scrambled Sobol points as standard normal numbers, float64[n, dimensions].

    The first points of a longer design are those of a shorter one, so a bank can grow.
    """
    sampler = qmc.Sobol(dimensions, scramble=True, rng=np.random.default_rng(seed))
    with np.errstate(all="ignore"):
        points = sampler.random_base2(int(np.ceil(np.log2(max(n, 2)))))[:n]
    return np.asarray(stats.norm.ppf(np.clip(points, 1e-6, 1.0 - 1e-6)))


def rounded(value: float) -> float:
    """Return a number with :data:`DIGITS` significant digits."""
    return float(f"{value:.{DIGITS - 1}e}")


def tasks_of(prior: Prior, z: Floats, first_seed: int = 1) -> list[dict[str, Any]]:
    """Return one task per row of a design: its seed and its parameters by name."""
    natural = prior.natural(z)
    return [
        {
            "seed": first_seed + number,
            "parameters": {name: rounded(v) for name, v in zip(prior.names, row, strict=True)},
        }
        for number, row in enumerate(natural)
    ]
