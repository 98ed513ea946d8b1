"""Ties: contacts who returned or moved on, family left behind, bonds that fade and visits."""

import numba as nb
import numpy as np

from abm.codes import FamilyInUkraine, PersonKind
from abm.kernels.draws import household_key, unit_interval
from abm.kernels.layout import PARTNER_CALL
from abm.kernels.profile import profile_of

NOBODY = int(FamilyInUkraine.NOBODY)
PARTNER = int(FamilyInUkraine.PARTNER)
MEN_23_60 = int(PersonKind.MEN_23_60)


@nb.njit(nogil=True, cache=True)
def update_ties(c, key, n_hosts, visit, joins, terms, joined, low, high):
    """Update contacts, ``ties`` and ``family`` in the rows ``low <= i < high``.

    Parameters
    ----------
    c : Columns
        Household columns; ``place`` of contacts is only read, so the order of rows cannot matter.
    key : uint64
        Month key of the stream TIES.
    n_hosts : int
        Number of hosts.
    visit, joins : float64[host]
        Monthly probability of a visit to Ukraine, and that a partner joins.
    terms : tuple of float
        Monthly fading of ties; what a visit restores; probability that a couple separates, that a
        partner calls home.
    joined : int64[host]
        Added to: partners who joined.
    low, high : int
        Rows to work on.
    """
    fade, visit_gain, separates, calls = terms
    ids, place, contacts, family, triggers = c.household_id, c.place, c.contacts, c.family, c.triggers
    share_returned, share_onward, bond = c.contacts_returned, c.contacts_onward, c.ties
    for i in range(low, high):
        here = place[i]
        if here >= n_hosts:
            continue
        known, returned, onward = 0, 0, 0
        for k in range(contacts.shape[1]):
            other = contacts[i, k]
            if other >= 0:
                known += 1
                there = place[other]
                if there == n_hosts:
                    returned += 1
                elif there != here:
                    onward += 1
        if known > 0:
            share_returned[i] = np.float32(returned / known)
            share_onward[i] = np.float32(onward / known)
        own = household_key(key, ids[i])
        ties = bond[i] * (1.0 - fade)
        if unit_interval(own, 0) < visit[here]:
            ties = min(1.0, ties + visit_gain)
        bond[i] = np.float32(ties)
        if family[i] == PARTNER:
            u = unit_interval(own, 1)
            if u < joins[here]:
                family[i] = NOBODY
                c.persons[i, MEN_23_60] += 1
                c.profile[i] = profile_of(c, i)
                joined[here] += np.int64(c.stands_for[i])
            elif u < joins[here] + separates:
                family[i] = NOBODY
                c.profile[i] = profile_of(c, i)
            elif u > 1.0 - calls:
                triggers[i] |= PARTNER_CALL
