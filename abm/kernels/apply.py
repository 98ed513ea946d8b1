"""Who applies for which route this month: one keyed number decides over all open routes."""

import numba as nb
import numpy as np

from abm.codes import Status
from abm.kernels.draws import household_key, unit_interval

PROTECTED = int(Status.TEMPORARY_PROTECTION)
NO_STATUS = int(Status.NONE)
ASYLUM = int(Status.ASYLUM_PENDING)


@nb.njit(nogil=True, cache=True)
def choose_route(c, key, n_hosts, interest, rush, willing, out, low, high):
    """Write the route applied for, or -1, to ``out`` in the rows ``low <= i < high``.

    Parameters
    ----------
    c : Columns
        Household columns.
    key : uint64
        Month key of the stream ROUTE.
    n_hosts : int
        Number of hosts.
    interest : float64[route, host]
        Monthly probability that a household which means to stay applies; 0 where not open.
    rush : float64[host]
        Probability that a holder whose protection ends this month applies at all; 0 otherwise.
    willing : float64[intention]
        Factor by what the household means to do.
    out : int8[n]
        Number of the route.
    low, high : int
        Rows to work on.
    """
    ids, place, status, intention = c.household_id, c.place, c.status, c.intention
    for i in range(low, high):
        out[i] = -1
        here = place[i]
        if here >= n_hosts or not (status[i] == PROTECTED or status[i] == NO_STATUS):
            continue
        total = 0.0
        for route in range(interest.shape[0]):
            total += interest[route, here]
        if total <= 0.0:
            continue
        # In the last month all who mean to stay try the routes there are, in the same proportions.
        scale = willing[intention[i]]
        if status[i] == PROTECTED and rush[here] > total:
            scale *= rush[here] / total
        u = unit_interval(household_key(key, ids[i]), 0)
        if u >= total * scale:
            continue
        reached = 0.0
        for route in range(interest.shape[0]):
            reached += interest[route, here] * scale
            if u < reached:
                out[i] = route
                break


@nb.njit(cache=True)
def keyed_uniform(ids, key, alternative):
    """Return one U(0, 1) number per household id, float64[n]."""
    out = np.empty(ids.shape[0])
    for i in range(ids.shape[0]):
        out[i] = unit_interval(household_key(key, ids[i]), alternative)
    return out
