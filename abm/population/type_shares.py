"""Shares of household types that meet the composition of persons and the sizes of households.

They are the closest ones (in Kullback-Leibler divergence) to the prior type weights that meet every target.
This is generalised raking (Deville, Saerndal and Sautory 1993), the entropy form of iterative proportional
fitting, solved for all months and hosts at once by Newton's method.
"""

from functools import lru_cache

import numpy as np

from abm.arrays import Floats, Integers
from abm.data.world import Composition
from abm.errors import EweaError

RIDGE = 1e-10
STEPS = 60
TOLERANCE = 1e-4
"""Largest miss of a target share that is accepted; a tenth of the display precision of a per cent."""


def persons_by_category(types: Integers) -> Floats:
    """Return women, men, minors and 65+ per household type, float64[K, 4]."""
    return np.stack([types[:, 0], types[:, 1:4].sum(axis=1), types[:, 4], types[:, 5]], axis=1).astype(float)


def size_class(types: Integers) -> Integers:
    """Return the class of household size, 0 for one person to 4 for five or more, int64[K]."""
    return np.minimum(types.sum(axis=1), 5) - 1


def fit_type_shares(composition: Composition, targets: Floats) -> Floats:
    """Return the shares of types by cell, float64[C, K], that meet persons ``targets`` and sizes."""
    types, weight = composition.household_types, composition.household_weight
    persons = persons_by_category(types)
    total = persons.sum(axis=1)
    sizes = np.eye(5)[size_class(types)][:, :4]
    cells, n_types = len(targets), len(total)
    demographic = persons[None, :, :3] - targets[:, None, :3] * total[None, :, None]
    men = types[:, 1:4].sum(axis=1)
    # Registers show one group of men of 18 to 64; its ages are those of the types before fitting.
    ages = types[:, [1, 3]] - men[:, None] * (weight @ types[:, [1, 3]] / (weight @ men))
    apart = np.concatenate([ages, sizes - composition.household_size[:4]], axis=1)
    constraints = np.concatenate([demographic, np.broadcast_to(apart, (cells, n_types, 6))], axis=2)
    prior = np.log(weight)
    multipliers = np.zeros((cells, constraints.shape[2]))
    shares = _shares(prior, constraints, multipliers)
    for _ in range(STEPS):
        gap = np.matmul(shares[:, None, :], constraints)[:, 0]
        if np.abs(gap).max() < TOLERANCE * 0.01:
            break
        centred = constraints - gap[:, None, :]
        curvature = np.matmul((shares[:, :, None] * centred).transpose(0, 2, 1), centred)
        curvature += RIDGE * np.eye(curvature.shape[1])
        step = np.linalg.solve(curvature, gap[..., None])[..., 0]
        # A step that overshoots would leave the region where Newton's method converges.
        limit = np.minimum(1.0, 2.0 / np.maximum(np.abs(step).max(axis=1, keepdims=True), 1e-12))
        multipliers -= limit * step
        shares = _shares(prior, constraints, multipliers)
    miss = np.abs(np.matmul(shares[:, None, :], constraints)[:, 0]).max(axis=1)
    if not np.isfinite(miss).all() or miss.max() > TOLERANCE * 10:
        worst = int(np.nanargmax(np.where(np.isfinite(miss), miss, np.inf)))
        raise EweaError(
            f"household types cannot meet the composition {np.round(targets[worst], 4).tolist()} (women, "
            "men, minors, 65+) together with the household sizes; add a type to configs/household_types.csv."
        )
    return shares


def _shares(prior: Floats, constraints: Floats, multipliers: Floats) -> Floats:
    """Return exp(prior + multipliers . constraints), normalised per cell."""
    exponent = prior[None, :] + np.matmul(constraints, multipliers[:, :, None])[..., 0]
    exponent -= exponent.max(axis=1, keepdims=True)
    weights = np.exp(exponent)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


@lru_cache(maxsize=1)
def arrival_type_shares(composition: Composition) -> Floats:
    """Return fitted type shares of arrivals, float64[T, H, K], kept per composition."""
    months, hosts, _ = composition.arrivals.shape
    flat = composition.arrivals.reshape(-1, 4)
    distinct, inverse = np.unique(flat, axis=0, return_inverse=True)
    return fit_type_shares(composition, distinct)[inverse].reshape(months, hosts, -1)
