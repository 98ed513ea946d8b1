"""The wish to return, the answer a household gives to a survey, and what surveys can cut from all wishes.

The wish is formed from the same factors as the decision, under the stated condition "when it is
safe", plus a personal error that a household keeps; two thresholds cut it into stay | undecided |
return. Among those who do not wish to return, readiness to move gives onward.
"""

import numba as nb
import numpy as np

from abm.codes import Home, Intention
from abm.kernels.layout import MOST_MONTHS


@nb.njit(inline="always")
def wish_of(c, t, i, value, here):
    """Return the wish of the household in row ``i`` to return, log odds.

    Parameters
    ----------
    value : float64[unit, home]
        Value of return under the stated condition of the question.
    """
    row = t.intent_row
    return (
        value[c.origin[i], c.home[i]]
        + t.intent_host[here]
        + t.profile_return[c.profile[i]]
        + t.intent_duration[min(c.months_displaced[i], MOST_MONTHS)]
        + t.schooling_return[c.schooling[i]]
        + (row[0] * c.attachment[i] + row[1] * c.readiness[i] + row[2] * c.ties[i])
        + (row[3] * c.integration[i] + row[4] * c.contacts_returned[i] + row[5] * c.contacts_onward[i])
        + c.opinion_return[i]
    )


ANSWER_STAY = int(Intention.STAY)
ANSWER_UNDECIDED = int(Intention.UNDECIDED)
ANSWER_RETURN = int(Intention.RETURN)
ANSWER_ONWARD = int(Intention.ONWARD)


@nb.njit(inline="always")
def answer_to(wish, ready, cut_stay, cut_return):
    """Return the answer a wish gives; ``ready`` says who would rather move onward."""
    other = ANSWER_UNDECIDED if wish > cut_stay else ANSWER_STAY
    other = ANSWER_ONWARD if ready else other
    return ANSWER_RETURN if wish > cut_return else other


@nb.njit(nogil=True, cache=True)
def answer(c, t, n_hosts, low, high):
    """Write ``intention`` and ``aim`` of every household abroad in the rows ``low <= i < high``.

    Both are cut from one wish; of the outlook the aim holds only what moves the deed.
    """
    place, status, intention, aim = c.place, c.status, c.intention, c.aim
    readiness, opinion_onward = c.readiness, c.opinion_onward
    value, deed = t.intent_return, t.intent_deed
    cut_stay, cut_return, level_onward = t.intent_cuts
    weight_readiness, by_host = t.row_onward[1], t.intent_onward
    for i in range(low, high):
        # Without branches: who is in Ukraine answers as in the first host, and keeps the old answer.
        abroad = place[i] < n_hosts
        here = place[i] if abroad else 0
        wish = wish_of(c, t, i, value, here)
        ready = level_onward + by_host[here] + weight_readiness * readiness[i] + opinion_onward[i] > 0.0
        said = answer_to(wish, ready, cut_stay, cut_return)
        meant = answer_to(wish + deed[here, status[i]], ready, cut_stay, cut_return)
        intention[i] = said if abroad else intention[i]
        aim[i] = meant if abroad else aim[i]


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
