"""Carry out the decisions: where to, and every column that a move resets; book the flows."""

import numba as nb
import numpy as np

from abm.codes import Choice
from abm.kernels.draws import gumbel, household_key, unit_interval
from abm.kernels.settle import come_home, enter_host, members

RETURN = int(Choice.RETURN)
ONWARD = int(Choice.ONWARD)


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
    c : Columns
        Household columns; every column a move resets is written.
    t : DecisionTables
        Tables of the month.
    keys : uint64[2]
        Month keys of the streams RETURN_PLACE and DESTINATION.
    protected : bool[host]
        Whether temporary protection is open to newcomers this month.
    collective_share : float64[host]
        Share of newcomers who start in collective housing.
    n_hosts : int
        Number of hosts; Ukraine has this number as its place.
    flows : int64[2, place, place]
        Added to: persons who returned and who moved onward, by place left and place entered.
    low, high : int
        Rows to work on.
    """
    places, choices, ids = c.place, c.choice, c.household_id
    months_here, months_displaced = c.months_here, c.months_displaced
    for i in range(low, high):
        months_here[i] += 1
        here = places[i]
        if here >= n_hosts:
            continue
        months_displaced[i] += 1
        choice = choices[i]
        if choice == RETURN:
            own = household_key(keys[0], ids[i])
            flows[0, here, n_hosts] += members(c, i) * np.int64(c.stands_for[i])
            come_home(c, i, n_hosts, settlement_of(c, t, i, own))
        elif choice == ONWARD:
            own = household_key(keys[1], ids[i])
            host = destination_of(c, t, i, own, n_hosts)
            flows[1, here, host] += members(c, i) * np.int64(c.stands_for[i])
            enter_host(c, i, host, protected[host], collective_share[host], own)
