"""Jobs found, lost and improved; language and other capital built up in the host country."""

import numba as nb
import numpy as np

from abm.codes import Employment, Status
from abm.kernels.draws import household_key, unit_interval
from abm.kernels.household import working_age
from abm.kernels.layout import JOB_LOSS, MOST_MONTHS

NO_JOB = int(Employment.NONE)
BELOW_LEVEL = int(Employment.BELOW_LEVEL)
AT_LEVEL = int(Employment.AT_LEVEL)
NO_STATUS = int(Status.NONE)


@nb.njit
def find_probability(jobless, integration, base, language):
    """Return the probability that one more member finds a job this month."""
    return min(0.9, jobless * base * (1.0 + language * integration))


@nb.njit(nogil=True, cache=True)
def update_work(c, key, n_hosts, find, lose, upgrade, terms, low, high):
    """Update ``employed`` and ``employment`` in the rows ``low <= i < high``.

    Parameters
    ----------
    find : float64[host, stay]
        Monthly probability per jobless adult to find a job, by completed months in the host.
    lose : float64[host]
        Monthly probability per worker to lose it.
    upgrade : float64[host]
        Monthly probability to rise to the worker's level at full integration.
    terms : tuple of float
        Gain in the finding rate at full integration; share of first jobs at the worker's level;
        factor on finding without status.
    """
    language, at_level_share, without_status = terms
    ids, place, persons, jobs = c.household_id, c.place, c.persons, c.employed
    employment, status, integration, triggers = c.employment, c.status, c.integration, c.triggers
    months = c.months_here
    for i in range(low, high):
        here = place[i]
        if here >= n_hosts:
            continue
        adults = working_age(persons, i)
        if adults == 0:
            continue
        own = household_key(key, ids[i])
        u = unit_interval(own, 0)
        employed = jobs[i]
        base = find[here, min(months[i], MOST_MONTHS)] * (without_status if status[i] == NO_STATUS else 1.0)
        if u < find_probability(adults - employed, integration[i], base, language):
            jobs[i] = employed + 1
            if employed == 0:
                employment[i] = AT_LEVEL if unit_interval(own, 1) < at_level_share else BELOW_LEVEL
        elif u > 1.0 - employed * lose[here]:
            jobs[i] = employed - 1
            if employed == 1:
                employment[i] = NO_JOB
                triggers[i] |= JOB_LOSS
        elif employment[i] == BELOW_LEVEL and unit_interval(own, 2) < upgrade[here] * integration[i]:
            employment[i] = AT_LEVEL


@nb.njit(nogil=True, cache=True)
def update_integration(c, n_hosts, learn, work_gain, low, high):
    """Update ``integration`` in the rows ``low <= i < high``.

    Parameters
    ----------
    learn : float64[host]
        Share of the missing integration gained in a month.
    work_gain : float
        Relative gain in that share when somebody works.
    """
    place, employed, integration = c.place, c.employed, c.integration
    for i in range(low, high):
        if place[i] >= n_hosts:
            continue
        gain = learn[place[i]] * (1.0 + work_gain if employed[i] > 0 else 1.0)
        integration[i] += np.float32(gain * (1.0 - integration[i]))
