"""Small questions about one row: who is in the household, and the joint code of its slow attributes."""

import numba as nb
import numpy as np


@nb.njit
def members(persons, i):
    """Return the persons in household ``i``."""
    total = 0
    for k in range(persons.shape[1]):
        total += persons[i, k]
    return total


@nb.njit
def working_age(persons, i):
    """Return the members aged 18 to 64 of household ``i``."""
    return persons[i, 0] + persons[i, 1] + persons[i, 2] + persons[i, 3]


@nb.njit
def vulnerable(persons, i):
    """Return whether household ``i`` has minors or people of 65 and over."""
    return persons[i, 4] + persons[i, 5] + persons[i, 6] + persons[i, 7] > 0


@nb.njit
def profile_of(c, i):
    """Return the joint code of the slow attributes of household ``i``, uint16.

    A test compares it with :data:`abm.decision.terms.AXES`.
    """
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
