"""The end of a month: everybody ages, and persons are counted by status, origin and kind, with indicators."""

import numba as nb
import numpy as np

from abm.codes import N_KINDS, Choice, Housing, Intention
from abm.kernels.layout import working_age

WISHES_RETURN = int(Intention.RETURN)
STAY, RETURN = int(Choice.STAY), int(Choice.RETURN)
COLLECTIVE = int(Housing.COLLECTIVE)

COUNTS = (
    "working_age",
    "employed",
    "housing_collective",
    "housing_hosted",
    "housing_subsidised",
    "housing_independent",
    "intention_stay",
    "intention_undecided",
    "intention_return",
    "intention_onward",
    "minors",
    "minors_in_host_school",
    "minors_in_both",
    "minors_online_only",
    "family_in_ukraine",
    "households",
    "return_energetic",
    "return_exhausted",
    "return_virtual",
    "return_disconnected",
)
"""Columns of the second array that :func:`count` fills, in persons except ``households``.

The last four are the return types of Udovyk and M-Domenech (2024): motivation (wishes to return)
times means (a middle income before the war with a job now, or a high one).
"""


@nb.njit(nogil=True, cache=True)
def age(c, n_hosts, low, high):
    """Add one month to the durations of the rows ``low <= i < high``; who moved this month starts at 0.

    ``months_here``, ``months_displaced`` and ``months_collective`` are written; a returnee of this month was
    abroad in it.
    """
    place, choice, housing = c.place, c.choice, c.housing
    here, displaced, collective = c.months_here, c.months_displaced, c.months_collective
    for i in range(low, high):
        abroad, stayed = place[i] < n_hosts, choice[i] == STAY
        here[i] += stayed
        displaced[i] += abroad or choice[i] == RETURN
        collective[i] += stayed and abroad and housing[i] == COLLECTIVE


@nb.njit(nogil=True, cache=True)
def count(c, n_hosts, group_of_unit, stock, counts, low, high):
    """Count everybody abroad in the rows ``low <= i < high``.

    Parameters
    ----------
    group_of_unit : int64[unit]
        Origin group of every unit.
    stock : int64[host, status, group, kind]
        Added to: persons.
    counts : int64[host, len(COUNTS)]
        Added to: persons by the other columns, named in :data:`COUNTS`.
    """
    place, stands_for, origin, statuses = c.place, c.stands_for, c.origin, c.status
    persons, employed, housing = c.persons, c.employed, c.housing
    intention, schooling, family, income = c.intention, c.schooling, c.family, c.income
    for i in range(low, high):
        here = place[i]
        if here >= n_hosts:
            continue
        weight = np.int64(stands_for[i])
        group = group_of_unit[origin[i]]
        status = statuses[i]
        total = np.int64(0)
        for kind in range(N_KINDS):
            number = weight * persons[i, kind]
            total += number
            stock[here, status, group, kind] += number
        counts[here, 0] += weight * working_age(persons, i)
        counts[here, 1] += weight * employed[i]
        counts[here, 2 + housing[i]] += total
        counts[here, 6 + intention[i]] += total
        if schooling[i] > 0:
            minors = weight * (persons[i, 4] + persons[i, 5])
            counts[here, 10] += minors
            counts[here, 10 + schooling[i]] += minors
        if family[i] > 0:
            counts[here, 14] += total
        counts[here, 15] += weight
        means = income[i] + (1 if employed[i] > 0 else 0) >= 2
        if intention[i] == WISHES_RETURN:
            counts[here, 16 if means else 17] += total
        else:
            counts[here, 18 if means else 19] += total
