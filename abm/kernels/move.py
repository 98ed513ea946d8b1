"""Moving between places: what a move resets in a row, the moves chosen, sent and made again; flows booked."""

import numba as nb
import numpy as np

from abm.codes import Choice, Employment, Housing, Schooling, Status
from abm.kernels.draws import BLOCK, draw_rows, gumbel, household_key, rows_where, unit_interval
from abm.kernels.layout import members

PROTECTED = int(Status.TEMPORARY_PROTECTION)
ASYLUM = int(Status.ASYLUM_PENDING)
NOT_NEEDED = int(Status.NOT_NEEDED)
NO_JOB = int(Employment.NONE)
COLLECTIVE = int(Housing.COLLECTIVE)
HOSTED = int(Housing.HOSTED)
INDEPENDENT = int(Housing.INDEPENDENT)
NO_MINORS = int(Schooling.NO_MINORS)
UKRAINIAN_ONLINE = int(Schooling.UKRAINIAN_ONLINE)
RETURN = int(Choice.RETURN)
ONWARD = int(Choice.ONWARD)


@nb.njit
def first_housing(u, collective_share):
    """Return the first dwelling: collective with the host's share, otherwise hosted or rented."""
    if u < collective_share:
        return COLLECTIVE
    # The rest splits evenly between private hosts and own rent until the housing process moves them.
    return HOSTED if u < 0.5 + 0.5 * collective_share else INDEPENDENT


@nb.njit
def leave(c, i, place):
    """Reset in row ``i`` what every move to another ``place`` resets."""
    c.last_place[i] = c.place[i]
    c.place[i] = place
    c.months_here[i] = 0
    c.months_collective[i] = 0
    c.employed[i] = 0
    c.employment[i] = NO_JOB
    c.triggers[i] = 0
    if c.schooling[i] != NO_MINORS:
        c.schooling[i] = UKRAINIAN_ONLINE


@nb.njit
def enter_host(c, i, host, protected, collective_share, key):
    """Put household ``i`` into ``host``: a newcomer's status and dwelling, nothing invested there yet."""
    leave(c, i, host)
    c.ukraine_unit[i] = -1
    c.status[i] = PROTECTED if protected else ASYLUM
    c.integration[i] = np.float32(0.0)
    c.housing[i] = first_housing(unit_interval(key, 900), collective_share)


@nb.njit
def come_home(c, i, n_hosts, unit):
    """Put household ``i`` into origin unit ``unit`` of Ukraine."""
    leave(c, i, n_hosts)
    c.ukraine_unit[i] = unit
    c.status[i] = NOT_NEEDED
    c.housing[i] = INDEPENDENT
    c.ties[i] = np.float32(1.0)


@nb.njit
def destination_of(c, t, i, own, n_hosts):
    """Return the host with the highest utility inside the onward nest."""
    here, employment = c.place[i], c.employment[i]
    kin_utility = np.log(1.0 + t.kin_boost[0])
    best, best_host = -np.inf, -1
    for host in range(n_hosts):
        if host == here:
            continue
        utility = t.destination[here, employment, host]
        for k in range(c.kin_hosts.shape[1]):
            if c.kin_hosts[i, k] == host:
                utility += kin_utility
        utility += gumbel(own, host)
        if utility > best:
            best, best_host = utility, host
    return best_host


@nb.njit
def settlement_of(c, t, i, own):
    """Return the unit of Ukraine a returning household settles in."""
    origin = np.int64(c.origin[i])
    if unit_interval(own, 0) < t.return_origin_share[origin, c.home[i]]:
        return origin
    u = unit_interval(own, 1)
    for unit in range(t.elsewhere_cumulative.shape[0]):
        if u < t.elsewhere_cumulative[unit]:
            return unit
    return t.elsewhere_cumulative.shape[0] - 1


@nb.njit(nogil=True, cache=True)
def move(c, t, keys, protected, collective_share, n_hosts, flows, low, high):
    """Move every household that decided to, in the rows ``low <= i < high``.

    Parameters
    ----------
    keys : uint64[2]
        Month keys of the streams RETURN_PLACE and DESTINATION.
    flows : int64[2, place, place]
        Added to: persons who returned and who moved onward, by place left and place entered.
    """
    places, choices, ids = c.place, c.choice, c.household_id
    for i in range(low, high):
        here, choice = places[i], choices[i]
        if here >= n_hosts:
            continue
        if choice == RETURN:
            own = household_key(keys[0], ids[i])
            flows[0, here, n_hosts] += members(c.persons, i) * np.int64(c.stands_for[i])
            come_home(c, i, n_hosts, settlement_of(c, t, i, own))
        elif choice == ONWARD:
            own = household_key(keys[1], ids[i])
            host = destination_of(c, t, i, own, n_hosts)
            flows[1, here, host] += members(c.persons, i) * np.int64(c.stands_for[i])
            enter_host(c, i, host, protected[host], collective_share[host], own)


@nb.njit(cache=True)
def relocate(c, rows, targets, key, protected, collective_share, n_hosts, flows):
    """Move the households ``rows`` to the places ``targets``; those already there stay as they are.

    Parameters
    ----------
    rows, targets : int64[n]
        Row and place entered; ``n_hosts`` stands for Ukraine, where a household settles in its
        unit of origin.
    key : uint64
        Month key of the stream that draws the first dwelling.
    flows : int64[place, place]
        Added to: persons by place left and place entered.
    """
    for position in range(rows.shape[0]):
        i, target = rows[position], targets[position]
        here = c.place[i]
        if here == target:
            continue
        flows[here, target] += members(c.persons, i) * c.stands_for[i]
        if target == n_hosts:
            come_home(c, i, n_hosts, c.origin[i])
        else:
            own = household_key(key, c.household_id[i])
            enter_host(c, i, target, protected[target], collective_share[target], own)


@nb.njit(nogil=True, cache=True)
def redepart(c, key, hazard, attraction, loyalty, protected, collective_share, n_hosts, flows, low, high):
    """Let households in Ukraine leave again, in the rows ``low <= i < high``.

    Parameters
    ----------
    hazard : float64[unit]
        Monthly probability to leave again by unit of residence.
    attraction : float64[host]
        Utility of every host for newcomers.
    loyalty : float
        Utility added to the host the household knows.
    flows : int64[host]
        Added to: persons by host entered.
    """
    ids, place, months, unit = c.household_id, c.place, c.months_here, c.ukraine_unit
    u, rows, chosen = np.empty(BLOCK), np.empty(BLOCK + np.uint64(1), np.uint64), np.empty(BLOCK, np.bool_)
    most = hazard.max()
    for first in range(low, high, BLOCK):
        last = min(first + BLOCK, high)
        draw_rows(ids[first:last], key, 0, u)
        for j in range(last - first):
            chosen[j] = (place[first + j] == n_hosts) & (u[j] < most)
        for i in rows[: rows_where(chosen, first, last - first, rows)]:
            if months[i] == 0 or u[i - first] >= hazard[unit[i]]:
                continue
            own = household_key(key, ids[i])
            best, best_host = -np.inf, 0
            for host in range(n_hosts):
                utility = attraction[host] + gumbel(own, 1 + host)
                if host == c.last_place[i]:
                    utility += loyalty
                if utility > best:
                    best, best_host = utility, host
            flows[best_host] += members(c.persons, i) * np.int64(c.stands_for[i])
            enter_host(c, i, best_host, protected[best_host], collective_share[best_host], own)
