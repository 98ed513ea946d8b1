"""Contacts inside a cross-section, where everybody is there at once and nobody came first."""

import numba as nb
import numpy as np

from abm.kernels.create import CONTACT_TRIES
from abm.kernels.draws import household_key, unit_interval
from abm.kernels.household import profile_of


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
