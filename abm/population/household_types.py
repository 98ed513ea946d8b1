"""Household types: fitted to the composition of persons and sizes, and counted out in whole households.

The shares are the closest ones (in Kullback-Leibler divergence) to the prior type weights that
meet every target: generalised raking (Deville, Saerndal and Sautory 1993), the entropy form of
iterative proportional fitting, solved for all months and hosts at once by Newton's method.

Systematic sampling of whole households meets every share to within one household; where a host has a
hundred of them that is a percentage point. Exchanging single households afterwards (controlled rounding,
Cox 1987) brings all margins together to a fraction of a household.
"""

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
    """Return the share of every household type in every cell, float64[C, K], each row sum 1.

    ``targets`` float64[C, 4] are shares of women, men, minors and 65+ among persons; household sizes are
    matched too.
    """
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


MOST_EXCHANGES = 400
ENOUGH_ROWS = 20_000
"""Rows from which one household is too little to be worth exchanging."""

DRIFT = 0.02
"""Weight of keeping the count of a type near its expectation, against meeting the margins."""


def margin_rows(types: Integers) -> Floats:
    """Return what one household of every type adds to every margin, float64[K, margin].

    Persons by category, men by age group, households by size class; the persons are the last.
    """
    return np.concatenate(
        [
            persons_by_category(types),
            types[:, [1, 3]].astype(float),
            np.eye(5)[size_class(types)],
            types.sum(axis=1, keepdims=True).astype(float),
        ],
        axis=1,
    )


def systematic_counts(shares: Floats, n: int, offset: float) -> Integers:
    """Return households per type by systematic sampling, int64[K], sum ``n``.

    >>> systematic_counts(np.array([0.5, 0.3, 0.2]), 10, 0.5)
    array([5, 3, 2])
    """
    edges = np.concatenate([[0.0], np.cumsum(shares)])
    edges[-1] = max(edges[-1], 1.0)
    passed: Integers = np.ceil(edges * n - offset).clip(0, n).astype(np.int64)
    return np.asarray(passed[1:] - passed[:-1])


def type_counts(types: Integers, shares: Floats, persons: float, offset: float) -> Integers:
    """Return how many simulated households of every type a host gets, int64[K].

    ``persons`` are the simulated persons wanted (real ones over the households one row stands for),
    ``offset`` the start of the systematic sample, 0 to 1.
    """
    sizes = types.sum(axis=1)
    n = int(np.floor(persons / float(shares @ sizes) + 0.5))
    counts = systematic_counts(shares, n, offset)
    if n == 0 or n > ENOUGH_ROWS:
        return counts
    gain = margin_rows(types)
    wanted = (shares * persons / float(shares @ sizes)) @ gain
    # A share is in persons or in households; both are put on the scale of the share.
    scale = np.full(gain.shape[1], persons)
    scale[-6:-1] = n
    gain, wanted = gain / scale, wanted / scale
    expected = shares * n
    # Cost of replacing one household of the row's type by one of the column's type.
    change = gain[None, :, :] - gain[:, None, :]
    fixed = (change**2).sum(axis=2) + 2.0 * (DRIFT / n) ** 2
    np.fill_diagonal(fixed, np.inf)
    for _ in range(MOST_EXCHANGES):
        miss = counts @ gain - wanted
        drift = (counts - expected) * DRIFT / n
        pull = gain @ miss + drift * DRIFT / n
        cost = fixed + 2.0 * (pull[None, :] - pull[:, None])
        cost[counts == 0, :] = np.inf
        worst, better = np.unravel_index(int(np.argmin(cost)), cost.shape)
        if cost[worst, better] >= -1e-15:
            break
        counts[worst] -= 1
        counts[better] += 1
    return counts
