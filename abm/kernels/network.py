"""Contacts: whom a newcomer meets among earlier arrivals."""

import numba as nb
import numpy as np

from abm.kernels.draws import household_key, unit_interval

CONTACT_TRIES = 6
"""Candidates looked at for a contact from the same origin unit before any is accepted."""


@nb.njit
def _block_row(starts, counts, n_blocks, rank):
    """Return the row of the ``rank``-th household a host received in earlier months."""
    low, high = 0, n_blocks
    while high - low > 1:
        middle = (low + high) // 2
        if counts[middle] <= rank:
            low = middle
        else:
            high = middle
    return starts[low] + rank - counts[low]


@nb.njit
def meet_earlier_arrivals(c, p, key, host):
    """Set contacts among households that came earlier, of the same origin where one is met."""
    contacts, kin, origin, ids = c.contacts, c.kin_hosts, c.origin, c.household_id
    starts, counts, n_blocks = p.blocks_start, p.blocks_cumulative, p.n_blocks
    first, row_of = p.first_row[host], p.row_of
    for r in range(p.n_rows[host]):
        i = first + r
        own = household_key(key, ids[i])
        for slot in range(contacts.shape[1]):
            contacts[i, slot] = -1
            where = host
            relative = np.int64(kin[i, slot % 2])
            if relative >= 0 and unit_interval(own, 100 + slot) < p.kin_contact_share:
                where = relative
            before = counts[where, n_blocks]
            known = before + (r if where == host else 0)
            if known == 0:
                continue
            for attempt in range(CONTACT_TRIES):
                u = unit_interval(own, 200 + slot * CONTACT_TRIES + attempt)
                rank = min(np.int64(u * known), known - 1)
                if rank >= before:
                    row = first + rank - before
                else:
                    row = _block_row(starts[where], counts[where], n_blocks, rank)
                    if row < row_of.shape[0]:
                        row = row_of[row]
                contacts[i, slot] = row
                if origin[row] == origin[i]:
                    break
