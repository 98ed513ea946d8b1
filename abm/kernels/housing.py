"""Dwellings: leaving collective housing, private hosting that ends, and scarce places."""

import numba as nb
import numpy as np

from abm.codes import Housing
from abm.kernels.draws import household_key, unit_interval
from abm.kernels.layout import HOUSING_LOSS, MOST_MONTHS, members, vulnerable

COLLECTIVE = int(Housing.COLLECTIVE)
HOSTED = int(Housing.HOSTED)
SUBSIDISED = int(Housing.SUBSIDISED)
INDEPENDENT = int(Housing.INDEPENDENT)
N_DWELLINGS = len(Housing)


PARTS = 2**20
"""Parts of one person that expected moves are counted in, so that their sum depends on no order."""


@nb.njit(nogil=True, cache=True)
def count_housing(c, n_hosts, leave_collective, worker_leaves, counts, low, high):
    """Count persons by dwelling in the rows ``low <= i < high``.

    Parameters
    ----------
    leave_collective, worker_leaves : float64[host]
        As in :func:`update_housing`.
    counts : int64[4, host]
        Added to: persons, those in collective places, those expected to leave them (in parts of one person,
        :data:`PARTS`), and those with private hosts.
    """
    place, dwelling, stay, employed = c.place, c.housing, c.months_collective, c.employed
    persons, stands_for = c.persons, c.stands_for
    by_dwelling = np.zeros((n_hosts + 1, N_DWELLINGS), np.int64)  # Ukraine last
    for i in range(low, high):
        here = place[i]
        number = np.int64(members(persons, i)) * np.int64(stands_for[i])
        by_dwelling[here, dwelling[i]] += number
        if dwelling[i] == COLLECTIVE and stay[i] > 0 and here < n_hosts:
            share = leave_collective[here] * (worker_leaves[here] if employed[i] > 0 else 1.0)
            counts[2, here] += number * np.int64(share * PARTS)
    counts[0] += by_dwelling[:n_hosts].sum(axis=1)
    counts[1] += by_dwelling[:n_hosts, COLLECTIVE]
    counts[3] += by_dwelling[:n_hosts, HOSTED]


@nb.njit(nogil=True, cache=True)
def update_housing(c, key, n_hosts, by_host, limits, terms, counts, low, high):
    """Update ``housing`` in the rows ``low <= i < high``; count persons in collective places.

    Parameters
    ----------
    by_host : tuple of float64[host]
        Monthly probability to leave collective housing for an own dwelling; factor on leaving when
        somebody works; share of leavers with subsidised rent; probability that private hosting ends
        without an own dwelling.
    limits : tuple of float64[host, stay] and bool[host]
        Longest stay in collective housing, months, by completed months in the host; whether
        households with minors or older people are exempt.
    terms : tuple of float
        Monthly probability to move from private hosts to an own dwelling; factor of work on it; share
        who find an own dwelling when their time is up.
    counts : int64[2, host]
        Added to: persons settled since an earlier month, and persons who need a place from now on.
    """
    leave_hosted, work_factor, finds_home = terms
    leave_collective, worker_leaves, subsidised, hosting_ends = by_host
    longest, exempt = limits
    ids, place, dwelling, stay = c.household_id, c.place, c.housing, c.months_collective
    employed, persons, stands_for = c.employed, c.persons, c.stands_for
    months, triggers = c.months_here, c.triggers
    for i in range(low, high):
        here = place[i]
        if here >= n_hosts:
            continue
        housing = dwelling[i]
        if housing == INDEPENDENT or housing == SUBSIDISED:
            continue
        own = household_key(key, ids[i])
        u = unit_interval(own, 0)
        works = employed[i] > 0
        limit = longest[here, min(months[i], MOST_MONTHS)]
        if exempt[here] and vulnerable(persons, i):
            limit = np.inf
        if housing == COLLECTIVE:
            out = stay[i] >= limit
            leaves = stay[i] > 0 and u < leave_collective[here] * (worker_leaves[here] if works else 1.0)
            if leaves or (out and unit_interval(own, 2) < finds_home):
                housing = SUBSIDISED if unit_interval(own, 1) < subsidised[here] else INDEPENDENT
            elif out:
                housing = HOSTED
                triggers[i] |= HOUSING_LOSS
        elif u < leave_hosted * (work_factor if works else 1.0):
            housing = INDEPENDENT
        elif u > 1.0 - hosting_ends[here]:
            if months[i] >= limit:
                # Whose time in reception is up does not get a place again.
                triggers[i] |= HOUSING_LOSS
            else:
                housing = COLLECTIVE
                stay[i] = 0
        dwelling[i] = housing
        if housing == COLLECTIVE:
            row = 0 if stay[i] > 0 else 1
            counts[row, here] += np.int64(members(persons, i)) * np.int64(stands_for[i])


@nb.njit(cache=True)
def allocate_places(c, key, host, free, duty, vulnerable_first):
    """Hand out ``free`` places of ``host`` to this month's claimants in keyed random order.

    Where everybody has to be placed (``duty``), those beyond the places stay in emergency
    reception. Elsewhere a claimant who gets none stays with private hosts and remembers the loss as
    a trigger. A household is never split over two places.

    Returns
    -------
    int
        Persons left without a place.
    """
    rows = np.flatnonzero((c.place == host) & (c.housing == COLLECTIVE) & (c.months_collective == 0))
    luck = np.empty(rows.shape[0])
    for k in range(rows.shape[0]):
        luck[k] = unit_interval(household_key(key, c.household_id[rows[k]]), 0)
        if vulnerable_first and not vulnerable(c.persons, rows[k]):
            luck[k] += 1.0
    short = np.int64(0)
    for turn in np.argsort(luck):
        i = rows[turn]
        persons = np.int64(members(c.persons, i) * c.stands_for[i])
        if persons <= free:
            free = free - persons
        else:
            short += persons
            if not duty:
                c.housing[i] = HOSTED
                c.triggers[i] |= HOUSING_LOSS
    return short
