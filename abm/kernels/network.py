"""Contacts: whom a newcomer meets among earlier arrivals, and contacts inside a cross-section."""

import numba as nb
import numpy as np

from abm.kernels.draws import household_key, unit_interval
from abm.kernels.household import profile_of

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


@nb.njit(cache=True)
def connect(c, p, key):
    """Set contacts and profile of the rows named by ``p.first_row`` and ``p.n_rows``.

    A contact lives in the own host, or in a host with close kin; among a few candidates the first
    from the same origin unit is taken, otherwise the last. Nobody is a contact of itself.

    Parameters
    ----------
    c : Columns
        Household columns; ``contacts`` and ``profile`` are written.
    p : Creation
        Rows of every host and the share of contacts sought among kin hosts.
    key : uint64
        Key of the stream NETWORK in month 0.
    """
    contacts, kin, origin, ids = c.contacts, c.kin_hosts, c.origin, c.household_id
    first_row, n_rows = p.first_row, p.n_rows
    for host in range(n_rows.shape[0]):
        for i in range(first_row[host], first_row[host] + n_rows[host]):
            c.profile[i] = profile_of(c, i)
            own = household_key(key, ids[i])
            for slot in range(contacts.shape[1]):
                contacts[i, slot] = -1
                where = np.int64(host)
                relative = np.int64(kin[i, slot % 2])
                if relative >= 0 and unit_interval(own, 100 + slot) < p.kin_contact_share:
                    where = relative
                for attempt in range(CONTACT_TRIES):
                    u = unit_interval(own, 200 + slot * CONTACT_TRIES + attempt)
                    row = first_row[where] + np.int64(u * n_rows[where])
                    if n_rows[where] == 0 or row == i:
                        continue
                    contacts[i, slot] = row
                    if origin[row] == origin[i]:
                        break
