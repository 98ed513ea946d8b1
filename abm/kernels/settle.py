"""What changes in a household's row when it enters a host country or comes home."""

import numba as nb
import numpy as np

from abm.codes import Employment, Housing, Schooling, Status
from abm.kernels.draws import unit_interval

PROTECTED = int(Status.TEMPORARY_PROTECTION)
ASYLUM = int(Status.ASYLUM_PENDING)
NOT_NEEDED = int(Status.NOT_NEEDED)
NO_JOB = int(Employment.NONE)
COLLECTIVE = int(Housing.COLLECTIVE)
HOSTED = int(Housing.HOSTED)
INDEPENDENT = int(Housing.INDEPENDENT)
NO_MINORS = int(Schooling.NO_MINORS)
UKRAINIAN_ONLINE = int(Schooling.UKRAINIAN_ONLINE)


@nb.njit
def first_housing(u, collective_share):
    """Return the first dwelling: collective with the host's share, otherwise hosted or rented."""
    if u < collective_share:
        return COLLECTIVE
    # The rest splits evenly between private hosts and own rent until the housing process moves them.
    return HOSTED if u < 0.5 + 0.5 * collective_share else INDEPENDENT


@nb.njit
def enter_host(c, i, host, protected, collective_share, key):
    """Put household ``i`` into ``host``: new status, no job, first dwelling, schooling restarts."""
    c.last_place[i] = c.place[i]
    c.place[i] = host
    c.ukraine_unit[i] = -1
    c.months_here[i] = 0
    c.status[i] = PROTECTED if protected else ASYLUM
    c.employed[i] = 0
    c.employment[i] = NO_JOB
    c.integration[i] = np.float32(0.0)
    c.housing[i] = first_housing(unit_interval(key, 900), collective_share)
    c.months_collective[i] = 0
    c.triggers[i] = 0
    if c.schooling[i] != NO_MINORS:
        c.schooling[i] = UKRAINIAN_ONLINE


@nb.njit
def come_home(c, i, n_hosts, unit):
    """Put household ``i`` into origin unit ``unit`` of Ukraine."""
    c.last_place[i] = c.place[i]
    c.place[i] = n_hosts
    c.ukraine_unit[i] = unit
    c.months_here[i] = 0
    c.status[i] = NOT_NEEDED
    c.employed[i] = 0
    c.employment[i] = NO_JOB
    c.housing[i] = INDEPENDENT
    c.months_collective[i] = 0
    c.triggers[i] = 0
    c.ties[i] = np.float32(1.0)
    if c.schooling[i] != NO_MINORS:
        c.schooling[i] = UKRAINIAN_ONLINE


@nb.njit
def members(c, i):
    """Return the persons of household ``i``."""
    total = 0
    for k in range(c.persons.shape[1]):
        total += c.persons[i, k]
    return total


@nb.njit
def working_age(c, i):
    """Return the members aged 18 to 64 of household ``i``."""
    return c.persons[i, 0] + c.persons[i, 1] + c.persons[i, 2] + c.persons[i, 3]
