"""Legal status: routes applied for, protection refused, expired or lapsed; asylum. Losing it is an event.

What a household does without protection is a plan: numbers of its own, kept whatever the month, against
shares that claim asylum, go back or move on. So a larger share is joined by others and left by nobody.
"""

import numba as nb
import numpy as np

from abm.codes import Choice, Status
from abm.kernels.draws import BLOCK, ULP, draw_rows, household_key, rows_where, unit_interval
from abm.kernels.layout import GOES_HOME, GOES_ON, STATUS_LOSS

PROTECTED = int(Status.TEMPORARY_PROTECTION)
NO_STATUS = int(Status.NONE)
ASYLUM = int(Status.ASYLUM_PENDING)
REFUGEE = int(Status.REFUGEE)
ONWARD = int(Choice.ONWARD)

CLAIMS, LEAVES, WHEN = 0, 1, 2
"""Questions of a plan: asylum or not; home, onward or neither; whether this is the month (of its own key)."""

FIRST_MINOR, FIRST_OLDER = 4, 6
"""Columns of ``persons`` from which minors, and people of 65 and over, are counted."""


@nb.njit(nogil=True, cache=True)
def choose_route(c, key, n_hosts, interest, rush, willing, out, low, high):
    """Write the route applied for, or -1, to ``out`` in the rows ``low <= i < high``.

    One keyed number decides over all open routes.

    Parameters
    ----------
    interest : float64[route, host]
        Monthly probability that a household which means to stay applies; 0 where not open.
    rush : float64[host]
        Probability that a holder whose protection ends this month applies at all; 0 otherwise.
    willing : float64[intention]
        Factor by what the household means to do.
    out : int8[n]
        Number of the route.
    """
    ids, place, status, intention = c.household_id, c.place, c.status, c.intention
    totals = np.zeros(n_hosts)
    for route in range(interest.shape[0]):
        totals += interest[route]
    most = max(totals.max(), rush.max()) * willing.max() * ULP
    out[low:high] = -1
    u, rows, chosen = np.empty(BLOCK), np.empty(BLOCK + np.uint64(1), np.uint64), np.empty(BLOCK, np.bool_)
    for first in range(low, high, BLOCK):
        last = min(first + BLOCK, high)
        draw_rows(ids[first:last], key, 0, u)
        for j in range(last - first):
            old = status[first + j]
            chosen[j] = (u[j] < most) & ((old == PROTECTED) | (old == NO_STATUS))
        for i in rows[: rows_where(chosen, first, last - first, rows)]:
            here = place[i]
            if here >= n_hosts or totals[here] <= 0.0:
                continue
            # In the last month all who mean to stay try the routes there are, in the same proportions.
            total, scale = totals[here], willing[intention[i]]
            if status[i] == PROTECTED and rush[here] > total:
                scale *= rush[here] / total
            if u[i - first] >= total * scale:
                continue
            reached = 0.0
            for route in range(interest.shape[0]):
                reached += interest[route, here] * scale
                if u[i - first] < reached:
                    out[i] = route
                    break


@nb.njit(cache=True)
def keyed_uniform(ids, key, alternative):
    """Return one U(0, 1) number per household id, float64[n]."""
    out = np.empty(ids.shape[0])
    for i in range(ids.shape[0]):
        out[i] = unit_interval(household_key(key, ids[i]), alternative)
    return out


@nb.njit
def concerned(c, i, units, kinds, vulnerable_exempt):
    """Return whether a rule concerns household ``i``: its origin, and every adult of it.

    Minors follow their parents; where only minors came, the rule has to name minors.
    """
    if not units[c.origin[i]]:
        return False
    adults, others = 0, 0
    for k in range(c.persons.shape[1]):
        if c.persons[i, k] == 0:
            continue
        minor = FIRST_MINOR <= k < FIRST_OLDER
        if vulnerable_exempt and k >= FIRST_MINOR:
            return False
        if minor:
            others += 0 if kinds[k] else 1
        else:
            adults += 1
            if not kinds[k]:
                return False
    return adults > 0 or others == 0


@nb.njit(nogil=True, cache=True)
def newcomers(c, moved, low):
    """Return the rows from ``low`` on of this month's newcomers with protection, int64[n].

    Those who move onward now, if ``moved``, instead of all who have just come.
    """
    choice, months, status = c.choice, c.months_here, c.status
    found, n = np.empty(len(choice) - low + 1, np.int64), 0
    for i in range(low, len(choice)):
        onward = choice[i] == ONWARD
        # Who moved onward last month has been looked at then; the family may have changed since.
        new = onward if moved else (months[i] == 0) & (not onward)
        found[n] = i
        n += new & (status[i] == PROTECTED)
    return found[:n]


@nb.njit(nogil=True, cache=True)
def refuse(c, rows, keys, hosts, units, kinds, vulnerable_exempt, share, claim_share):
    """Refuse protection to the newcomers whom a rule of their host concerns and who do not comply.

    One keyed number per household, the same in every month and host, says who can show compliance.

    Parameters
    ----------
    rows : int64[n]
        Newcomers of all hosts (:func:`newcomers`).
    keys : uint64[2]
        Keys of the streams COMPLIANCE and PLAN in month 0.
    hosts : int64[R]
        Host of each rule.
    units : bool[R, unit]
        Origin units concerned.
    kinds : bool[R, 8]
        Kinds of persons concerned.
    vulnerable_exempt : bool[R]
        Households with minors or older people are left out.
    share : float64[R]
        Households concerned that comply and are not refused, 0 to 1.
    claim_share : float64[R]
        Share of those refused who claim asylum; the others have no status.
    """
    ids, place, title = c.household_id, c.place, c.status
    for i in rows:
        for rule in range(len(hosts)):
            if place[i] != hosts[rule] or title[i] != PROTECTED:
                continue
            if not concerned(c, i, units[rule], kinds[rule], vulnerable_exempt[rule]):
                continue
            if unit_interval(household_key(keys[0], ids[i]), 0) >= share[rule]:
                claims = unit_interval(household_key(keys[1], ids[i]), CLAIMS) < claim_share[rule]
                title[i] = ASYLUM if claims else NO_STATUS


@nb.njit
def next_status(status, u, plan, expired, to_asylum, claim_share, ruling, grant):
    """Return the status after this month."""
    if status == PROTECTED:
        if expired:
            return ASYLUM if unit_interval(plan, CLAIMS) < claim_share else NO_STATUS
        return ASYLUM if u > 1.0 - to_asylum else PROTECTED
    if status == ASYLUM and u < ruling:
        return REFUGEE if u < ruling * grant else NO_STATUS
    return status


@nb.njit
def due(u, plan, departure, home, onward):
    """Return the event of a household without a title whose plan to leave is carried out this month, or 0."""
    if u >= departure:
        return 0
    v = unit_interval(plan, LEAVES)
    if v < home:
        return GOES_HOME
    return GOES_ON if v < home + onward else 0


@nb.njit(nogil=True, cache=True)
def update_status(
    c, keys, n_hosts, expired, to_asylum, claim_share, ruling, grant, departure, home, onward, low, high
):  # fmt: skip
    """Update ``status`` in the rows ``low <= i < high``.

    Parameters
    ----------
    keys : uint64[2]
        Keys of the streams STATUS this month and PLAN in month 0.
    expired : bool[host]
        Whether temporary protection has ended.
    to_asylum : float64[host]
        Monthly probability that a holder claims asylum.
    claim_share : float64[host]
        Share who claim asylum when protection ends.
    ruling, grant : float64[host]
        Monthly probability of a ruling; grant rate.
    departure : float
        Monthly probability that who leaves without a title leaves now; 0 in the months on record.
    home, onward : float64[host]
        Of those without a title: shares who go back, who move on.
    """
    ids, place, triggers, status = c.household_id, c.place, c.triggers, c.status
    least = -1.0 if expired.any() else 1.0 - to_asylum.max()
    u, rows, chosen = np.empty(BLOCK), np.empty(BLOCK + np.uint64(1), np.uint64), np.empty(BLOCK, np.bool_)
    for first in range(low, high, BLOCK):
        last = min(first + BLOCK, high)
        draw_rows(ids[first:last], keys[0], 0, u)
        for j in range(last - first):
            old = status[first + j]
            chosen[j] = ((old == PROTECTED) & (u[j] > least)) | (old == ASYLUM) | (old == NO_STATUS)
        for i in rows[: rows_where(chosen, first, last - first, rows)]:
            here, old = place[i], status[i]
            if here >= n_hosts:
                continue
            plan = household_key(keys[1], ids[i])
            if old == NO_STATUS:
                when = unit_interval(household_key(keys[0], ids[i]), WHEN)
                triggers[i] |= due(when, plan, departure, home[here], onward[here])
                continue
            new = next_status(
                old, u[i - first], plan, expired[here], to_asylum[here], claim_share[here], ruling[here],
                grant[here],
            )  # fmt: skip
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
        if unit_interval(household_key(key, ids[i]), CLAIMS) < claim_share:
            status[i] = ASYLUM
        else:
            status[i] = NO_STATUS
            triggers[i] |= STATUS_LOSS
