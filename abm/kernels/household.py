"""The profile code of a row; must match abm.decision.terms.AXES (a test compares the two)."""

import numba as nb
import numpy as np


@nb.njit
def profile_of(c, i):
    """Return the joint code of the slow attributes of household ``i``, uint16."""
    woman = 1 if c.persons[i, 0] + c.persons[i, 6] > 0 else 0
    draft_age_man = 1 if c.persons[i, 1] + c.persons[i, 2] > 0 else 0
    code = c.age_band[i]
    code = code * 3 + c.family[i]
    code = code * 3 + c.income[i]
    code = code * 2 + c.works_remotely[i]
    code = code * 2 + woman
    return np.uint16(code * 2 + draft_age_man)


@nb.njit(cache=True)
def profile_rows(c, rows):
    """Set the profile of the rows named."""
    for i in rows:
        c.profile[i] = profile_of(c, i)
