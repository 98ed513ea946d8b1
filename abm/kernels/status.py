"""Legal status: expiry of protection, other titles, asylum; a lost status is a trigger.

The national routes with their own eligibility tests replace the generic transitions here as
lever data; the hazards are host tables so that this file does not change when they do.
"""

import numba as nb

from abm.codes import Employment, Status
from abm.kernels.draws import household_key, unit_interval
from abm.kernels.layout import STATUS_LOSS

PROTECTED = int(Status.TEMPORARY_PROTECTION)
REGULAR = int(Status.REGULAR_PERMIT)
ASYLUM = int(Status.ASYLUM_PENDING)
REFUGEE = int(Status.REFUGEE)
NO_STATUS = int(Status.NONE)
NO_JOB = int(Employment.NONE)


@nb.njit
def next_status(status, works, u, expired, to_regular, to_asylum, pass_share, claim_share, ruling, grant):
    """Return the status after this month."""
    if status == PROTECTED:
        if expired:
            passed = pass_share if works else 0.0
            if u < passed:
                return REGULAR
            return ASYLUM if u < passed + (1.0 - passed) * claim_share else NO_STATUS
        if works and u < to_regular:
            return REGULAR
        return ASYLUM if u > 1.0 - to_asylum else PROTECTED
    if status == ASYLUM and u < ruling:
        return REFUGEE if u < ruling * grant else NO_STATUS
    if status == NO_STATUS and works and u < to_regular:
        return REGULAR
    return status


@nb.njit(nogil=True, cache=True)
def update_status(c, key, n_hosts, expired, to_regular, to_asylum, expiry, asylum, low, high):
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
    to_regular, to_asylum : float64[host]
        Monthly probability that a working holder changes to a regular title, and that a holder
        claims asylum.
    expiry : tuple of float
        At expiry: pass rate of workers for a regular title; share of the rest who claim asylum.
    asylum : tuple of float
        Monthly probability of a ruling; grant rate.
    low, high : int
        Rows to work on.
    """
    ids, place, triggers = c.household_id, c.place, c.triggers
    status, employment = c.status, c.employment
    pass_share, claim_share = expiry
    ruling, grant = asylum
    for i in range(low, high):
        here = place[i]
        if here >= n_hosts:
            continue
        triggers[i] = 0
        old = status[i]
        if old == REGULAR or old == REFUGEE:
            continue
        u = unit_interval(household_key(key, ids[i]), 0)
        new = next_status(
            old, employment[i] != NO_JOB, u, expired[here], to_regular[here], to_asylum[here],
            pass_share, claim_share, ruling, grant,
        )  # fmt: skip
        if new != old:
            status[i] = new
            if new == NO_STATUS:
                triggers[i] |= STATUS_LOSS
