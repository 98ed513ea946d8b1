"""Distribution of the wish to return over the adults abroad, by host and by group: what surveys cut."""

import numba as nb
import numpy as np

from abm.codes import Home
from abm.kernels.wish import wish_of

LOWEST, STEP, N_BINS = -8.0, 0.5, 32
"""Bins of the wish, log odds; the outer ones are open."""

SAFE, NOW = 0, 1
"""Conditions of a question: if it were safe at home, and as things are."""

ATTRIBUTES = (
    ("employed", ("false", "true")),
    ("family", ("nobody", "parent", "partner")),
    ("home", ("standing", "destroyed", "occupied")),
    ("age", ("18-34", "35-49", "50-64", "65+")),
    ("has_woman", ("false", "true")),
    ("has_man_18_60", ("false", "true")),
    ("remote_work", ("false", "true")),
)
"""Groups told apart besides the origin group, whose names are data; values in code order."""

N_VALUES = sum(len(values) for _, values in ATTRIBUTES)
"""Values of the attributes above; the origin groups follow them."""

DESTROYED, OCCUPIED = int(Home.DESTROYED), int(Home.OCCUPIED)


@nb.njit(inline="always")
def bin_of(value):
    """Return the bin of a wish."""
    return min(max(int(np.floor((value - LOWEST) / STEP)), 0), N_BINS - 1)


@nb.njit(nogil=True, cache=True)
def tally(c, t, n_hosts, group_of_unit, places, by_host, by_group, onward, low, high):
    """Count adults by wish in the rows ``low <= i < high``.

    Parameters
    ----------
    c : Columns
        Household columns.
    t : DecisionTables
        Tables of the month.
    n_hosts : int
        Number of hosts.
    group_of_unit : int64[unit]
        Origin group of every unit.
    places : int64[host, 3]
        Groups of hosts a host belongs to, -1 for none.
    by_host : int64[2, host, bin]
        Added to: adults by condition, host and wish.
    by_group : int64[2, value, place, bin]
        Added to: the same by value of the attributes and group of hosts.
    onward : int64[host, bin]
        Added to: adults by readiness to move onward.
    low, high : int
        Rows to work on.
    """
    values = np.empty(8, np.int64)
    for i in range(low, high):
        here = c.place[i]
        if here >= n_hosts:
            continue
        persons = c.persons[i]
        men = persons[1] + persons[2]
        women = persons[0] + persons[6]
        weight = np.int64(c.stands_for[i]) * (women + men + persons[3] + persons[7])
        if weight == 0:
            continue
        home = c.home[i]
        values[0] = 1 if c.employed[i] > 0 else 0
        values[1] = 2 + c.family[i]
        values[2] = 5 + (2 if home == OCCUPIED else (1 if home == DESTROYED else 0))
        values[3] = 8 + c.age_band[i]
        values[4] = 12 + (1 if women > 0 else 0)
        values[5] = 14 + (1 if men > 0 else 0)
        values[6] = 16 + (1 if c.works_remotely[i] > 0 else 0)
        values[7] = 18 + group_of_unit[c.origin[i]]
        for condition in range(2):
            value = t.intent_return if condition == SAFE else t.return_value
            wish = bin_of(wish_of(c, t, i, value, here))
            by_host[condition, here, wish] += weight
            for place in places[here]:
                if place >= 0:
                    for number in values:
                        by_group[condition, number, place, wish] += weight
        ready = t.intent_onward[here] + t.row_onward[1] * c.readiness[i] + c.opinion_onward[i]
        onward[here, bin_of(ready)] += weight
