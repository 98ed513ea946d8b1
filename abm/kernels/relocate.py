"""Moving households that a user sends somewhere, by the same rules as a move they choose."""

import numba as nb

from abm.kernels.draws import household_key
from abm.kernels.settle import come_home, enter_host, members


@nb.njit(cache=True)
def relocate(c, rows, targets, key, protected, collective_share, n_hosts, flows):
    """Move the households ``rows`` to the places ``targets``; those already there stay as they are.

    Parameters
    ----------
    c : Columns
        Household columns; every column a move resets is written.
    rows, targets : int64[n]
        Row and place entered; ``n_hosts`` stands for Ukraine, where a household settles in its
        unit of origin.
    key : uint64
        Month key of the stream that draws the first dwelling.
    protected, collective_share, n_hosts
        As in :func:`abm.kernels.move.move`.
    flows : int64[place, place]
        Added to: persons by place left and place entered.
    """
    for position in range(rows.shape[0]):
        i, target = rows[position], targets[position]
        here = c.place[i]
        if here == target:
            continue
        flows[here, target] += members(c, i) * c.stands_for[i]
        if target == n_hosts:
            come_home(c, i, n_hosts, c.origin[i])
        else:
            own = household_key(key, c.household_id[i])
            enter_host(c, i, target, protected[target], collective_share[target], own)
