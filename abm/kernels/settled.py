"""Which households of a block surely stay, by draws and bounds alone: no exponential, no branch.

Draws and tests stand in loops of their own so that the compiler can work on several households
at a time. A household that is not settled here is decided exactly by :mod:`abm.kernels.decide`.
"""

import numba as nb
import numpy as np

from abm.codes import Choice
from abm.kernels.draws import household_key, unit_interval
from abm.kernels.layout import MOST_MONTHS, TASTE_RANGE, TASTE_STEPS

STAY = int(Choice.STAY)
RETURN = int(Choice.RETURN)
ONWARD = int(Choice.ONWARD)

BLOCK = 2048
"""Households worked on together; their draws fit the fastest cache."""


@nb.njit
def settles(u_stay, u_other, odds):
    """Return True if staying surely beats an alternative with these odds (never wrongly)."""
    return (1.0 - u_stay) * odds < u_stay * (1.0 - u_other)


@nb.njit
def draw_block(ids, key, u):
    """Write the three draws of every household of ``ids`` to float64[3, block] ``u``."""
    for j in range(ids.shape[0]):
        own = household_key(key, ids[j])
        u[STAY, j] = unit_interval(own, STAY)
        u[RETURN, j] = unit_interval(own, RETURN)
        u[ONWARD, j] = unit_interval(own, ONWARD)


@nb.njit
def taste_step(term):
    """Return the row of the table that bounds exp(term)."""
    return np.int64((min(max(term, -TASTE_RANGE), TASTE_RANGE) + TASTE_RANGE) * TASTE_STEPS)


@nb.njit
def mark_open(
    way, place, status, profile, months, triggers, intention, attachment, readiness, u,
    bound, by_profile, by_duration, by_event, by_taste, weight_attachment, weight_readiness, open_,
):  # fmt: skip
    """Write to ``open_[j]`` whether staying does not surely beat the alternative ``way``.

    The first arrays are columns of one block; the tables are those of
    :class:`~abm.kernels.layout.DecisionTables`, for one alternative.
    """
    for j in range(place.shape[0]):
        odds = bound[place[j], status[j]] * by_profile[profile[j]] * by_event[triggers[j], intention[j]]
        odds *= by_duration[min(months[j], MOST_MONTHS)]
        odds *= by_taste[taste_step(weight_attachment * attachment[j] + weight_readiness * readiness[j])]
        open_[j] = not settles(u[STAY, j], u[way, j], odds)
