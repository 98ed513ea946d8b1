"""Schooling of minors and the language and other capital a household builds up in its host."""

import numba as nb
import numpy as np

from abm.codes import Schooling
from abm.kernels.draws import household_key, unit_interval
from abm.kernels.layout import SCHOOL_YEAR_END

NO_MINORS = int(Schooling.NO_MINORS)
IN_HOST_SCHOOL = int(Schooling.HOST)
BOTH = int(Schooling.BOTH)
UKRAINIAN_ONLINE = int(Schooling.UKRAINIAN_ONLINE)


@nb.njit(nogil=True, cache=True)
def update_schooling(c, key, n_hosts, enter_school, leave_online, learn, work_gain, ends, low, high):
    """Update ``schooling`` and ``integration`` in the rows ``low <= i < high``.

    Parameters
    ----------
    c : Columns
        Household columns.
    key : uint64
        Month key of the stream SCHOOLING.
    n_hosts : int
        Number of hosts.
    enter_school, leave_online : float
        Monthly probability that minors taught online enter a host school as well, and that those
        in both drop the Ukrainian one.
    learn : float64[host]
        Share of the missing integration gained in a month.
    work_gain : float
        Relative gain in that share when somebody works.
    ends : bool
        Whether a school year has ended.
    low, high : int
        Rows to work on.
    """
    ids, place, employed = c.household_id, c.place, c.employed
    integration, schools, triggers = c.integration, c.schooling, c.triggers
    for i in range(low, high):
        if place[i] >= n_hosts:
            continue
        gain = learn[place[i]] * (1.0 + work_gain if employed[i] > 0 else 1.0)
        integration[i] += np.float32(gain * (1.0 - integration[i]))
        schooling = schools[i]
        if schooling == NO_MINORS:
            continue
        if ends:
            triggers[i] |= SCHOOL_YEAR_END
        if schooling == IN_HOST_SCHOOL:
            continue
        u = unit_interval(household_key(key, ids[i]), 0)
        if schooling == UKRAINIAN_ONLINE and u < enter_school:
            schools[i] = BOTH
        elif schooling == BOTH and u < leave_online:
            schools[i] = IN_HOST_SCHOOL
