"""Upper bounds of the odds of leaving, so that most households decide without an exponential.

The bound of a household is the product of a host and status entry, which covers every table and
row factor not named here, and of the exponentials of its own profile, duration, events and tastes.
It is rounded up by ``SAFETY``, far more than floating-point error, so it never settles wrongly.
"""

import numpy as np

from abm.arrays import Floats
from abm.kernels.layout import ROW_FACTORS, TASTE_RANGE, TASTE_STEPS

SAFETY = 1.0 + 1e-5
RANGES = dict.fromkeys(ROW_FACTORS[2:], (0.0, 1.0))
"""Range of the row factors that are shares or indices; tastes have a table of their own."""


def taste_table() -> Floats:
    """Return exp at the upper end of every step, float64[step]; no bound beyond the range."""
    steps = np.arange(int(2 * TASTE_RANGE * TASTE_STEPS) + 1)
    table = np.exp((steps + 1) / TASTE_STEPS - TASTE_RANGE) * SAFETY
    # Terms beyond the range share the last step; with large coefficients they are decided exactly.
    table[-1] = np.inf
    return np.asarray(table)


def host_bound(host: Floats, entry: Floats, rest: Floats, weights: Floats) -> Floats:
    """Return the bound of everything but profile, duration, events and tastes, float64[place, status].

    Nobody in Ukraine decides, so the last place has a bound of zero.

    Parameters
    ----------
    host : float64[host, status, employment, housing]
        Log odds by host.
    entry : float64[host, employment, months here]
        Log odds by terms of entry; the most favourable stay counts.
    rest : float64[n]
        Largest value of every other table.
    """
    spread = sum(
        max(low * weight, high * weight)
        for weight, (low, high) in zip(weights[2:], RANGES.values(), strict=True)
    )
    most = host.max(axis=3) + entry.max(axis=2)[:, None, :]
    bound = np.exp(most.max(axis=2) + rest.sum() + spread) * SAFETY
    return np.concatenate([bound, np.zeros((1, bound.shape[1]))])


def event_odds(trigger: tuple[Floats, Floats], intention: tuple[Floats, Floats]) -> Floats:
    """Return exp(trigger + intention), float64[return and onward, trigger set, intention]."""
    both = [t[:, None] + i[None, :] for t, i in zip(trigger, intention, strict=True)]
    return np.asarray(np.exp(np.stack(both)) * SAFETY)
