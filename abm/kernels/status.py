"""Legal status: expiry of protection, asylum, loss by a rule on regions; a lost status is a trigger.

Other titles come from the routes (abm.month.routes), which run before.
"""

import numba as nb

from abm.codes import Status
from abm.kernels.draws import household_key, unit_interval
from abm.kernels.layout import STATUS_LOSS
from abm.kernels.refuse import concerned

PROTECTED = int(Status.TEMPORARY_PROTECTION)
ASYLUM = int(Status.ASYLUM_PENDING)
REFUGEE = int(Status.REFUGEE)
NO_STATUS = int(Status.NONE)


@nb.njit
def next_status(status, u, expired, to_asylum, claim_share, ruling, grant):
    """Return the status after this month."""
    if status == PROTECTED:
        if expired:
            return ASYLUM if u < claim_share else NO_STATUS
        return ASYLUM if u > 1.0 - to_asylum else PROTECTED
    if status == ASYLUM and u < ruling:
        return REFUGEE if u < ruling * grant else NO_STATUS
    return status


@nb.njit(nogil=True, cache=True)
def update_status(c, key, n_hosts, expired, to_asylum, claim_share, ruling, grant, low, high):
    """Update ``status`` and clear ``triggers`` in the rows ``low <= i < high``.

    Parameters
    ----------
    c : Columns
        Household columns.
    key : uint64
        Month key of the stream STATUS.
    n_hosts : int
        Number of hosts.
    expired : bool[host]
        Whether temporary protection has ended.
    to_asylum : float64[host]
        Monthly probability that a holder claims asylum.
    claim_share : float64[host]
        Share who claim asylum when protection ends.
    ruling, grant : float64[host]
        Monthly probability of a ruling; grant rate.
    low, high : int
        Rows to work on.
    """
    ids, place, triggers, status = c.household_id, c.place, c.triggers, c.status
    for i in range(low, high):
        here = place[i]
        if here >= n_hosts:
            continue
        triggers[i] = 0
        old = status[i]
        if old != PROTECTED and old != ASYLUM:
            continue
        u = unit_interval(household_key(key, ids[i]), 0)
        new = next_status(
            old, u, expired[here], to_asylum[here], claim_share[here], ruling[here], grant[here]
        )
        if new != old:
            status[i] = new
            if new == NO_STATUS:
                triggers[i] |= STATUS_LOSS


@nb.njit(nogil=True, cache=True)
def lapse(c, key, host, units, kinds, vulnerable_exempt, claim_share, low, high):
    """Take protection from the holders of ``host`` whom a rule concerns, as at its expiry."""
    ids, place, status, triggers = c.household_id, c.place, c.status, c.triggers
    for i in range(low, high):
        if place[i] != host or status[i] != PROTECTED:
            continue
        if not concerned(c, i, units, kinds, vulnerable_exempt):
            continue
        if unit_interval(household_key(key, ids[i]), 1) < claim_share:
            status[i] = ASYLUM
        else:
            status[i] = NO_STATUS
            triggers[i] |= STATUS_LOSS
