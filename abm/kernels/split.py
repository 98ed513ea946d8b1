"""A young man leaves his household and forms one of his own in the same host."""

import numba as nb

from abm.codes import PersonKind
from abm.kernels.draws import household_key, unit_interval

MEN_18_22 = int(PersonKind.MEN_18_22)


@nb.njit(nogil=True, cache=True)
def mark_splits(c, key, n_hosts, hazard, marks, low, high):
    """Mark the households abroad that a young man leaves, in the rows ``low <= i < high``.

    Parameters
    ----------
    c : Columns
        Household columns, only read.
    key : uint64
        Month key of the stream SPLIT.
    n_hosts : int
        Number of hosts.
    hazard : float
        Monthly probability per household with a man aged 18 to 22 and other members.
    marks : bool[n]
        Written: True where one leaves.
    low, high : int
        Rows to work on.
    """
    ids, place, persons = c.household_id, c.place, c.persons
    for i in range(low, high):
        if place[i] >= n_hosts or persons[i, MEN_18_22] == 0:
            continue
        others = -1
        for k in range(persons.shape[1]):
            others += persons[i, k]
        if others > 0 and unit_interval(household_key(key, ids[i]), 0) < hazard:
            marks[i] = True
