"""Households that came home and leave again, to a host of their choice."""

import numba as nb
import numpy as np

from abm.kernels.draws import gumbel, household_key, unit_interval
from abm.kernels.settle import enter_host, members


@nb.njit(nogil=True, cache=True)
def redepart(c, key, hazard, attraction, loyalty, protected, collective_share, n_hosts, flows, low, high):
    """Let households in Ukraine leave again, in the rows ``low <= i < high``.

    Parameters
    ----------
    c : Columns
        Household columns.
    key : uint64
        Month key of the stream REDEPARTURE.
    hazard : float64[unit]
        Monthly probability to leave again by unit of residence.
    attraction : float64[host]
        Utility of every host for newcomers.
    loyalty : float
        Utility added to the host the household knows.
    protected, collective_share, n_hosts
        As in :func:`abm.kernels.move.move`.
    flows : int64[host]
        Added to: persons by host entered.
    low, high : int
        Rows to work on.
    """
    ids, place, months, unit = c.household_id, c.place, c.months_here, c.ukraine_unit
    for i in range(low, high):
        if place[i] != n_hosts or months[i] == 0:
            continue
        own = household_key(key, ids[i])
        if unit_interval(own, 0) >= hazard[unit[i]]:
            continue
        best, best_host = -np.inf, 0
        for host in range(n_hosts):
            utility = attraction[host] + gumbel(own, 1 + host)
            if host == c.last_place[i]:
                utility += loyalty
            if utility > best:
                best, best_host = utility, host
        flows[best_host] += members(c, i) * np.int64(c.stands_for[i])
        enter_host(c, i, best_host, protected[best_host], collective_share[best_host], own)
