"""Jobs found, lost and improved; language and other capital built up in the host country."""

import numba as nb
import numpy as np

from abm.codes import Employment, Status
from abm.kernels.draws import household_key, unit_interval
from abm.kernels.layout import JOB_LOSS, MOST_MONTHS, working_age

NO_JOB = int(Employment.NONE)
BELOW_LEVEL = int(Employment.BELOW_LEVEL)
AT_LEVEL = int(Employment.AT_LEVEL)
NO_STATUS = int(Status.NONE)


MOST_FIND = 0.9
"""Largest monthly probability that one more member finds a job."""

PARTS = 2**20
"""Parts of one that expected jobs are counted in, so that their sum depends on no order."""


@nb.njit
def find_probability(jobless, integration, base, language):
    """Return the probability that one more member finds a job this month."""
    return min(MOST_FIND, jobless * base * (1.0 + language * integration))


@nb.njit(nogil=True, cache=True)
def seek_work(c, key, n_hosts, find, usual, lose, terms, wait, counts, low, high):
    """Say how much easier work must be to find until a household finds one, in the rows ``low <= i < high``.

    Parameters
    ----------
    find, usual : float64[host, stay]
        Monthly probability per jobless adult to find a job, by completed months in the host, with policy and
        without.
    lose, terms
        As in :func:`update_work`.
    wait : float64[n]
        Written: the factor on ``find`` from which on this household finds a job; infinite for nobody.
    counts : int64[5, host]
        Added to: adults, employed, jobs lost, and jobs found (in parts of one, :data:`PARTS`) with either
        probability.
    """
    language, _, without_status = terms
    ids, place, persons, jobs, status = c.household_id, c.place, c.persons, c.employed, c.status
    months, integration, stands_for = c.months_here, c.integration, c.stands_for
    for i in range(low, high):
        here = place[i]
        wait[i] = np.inf
        if here >= n_hosts:
            continue
        adults = working_age(persons, i)
        if adults == 0:
            continue
        weight = np.int64(stands_for[i])
        counts[0, here] += weight * adults
        counts[1, here] += weight * jobs[i]
        gain = (adults - jobs[i]) * (1.0 + language * integration[i])
        if status[i] == NO_STATUS:
            gain *= without_status
        stay = min(months[i], MOST_MONTHS)
        counts[3, here] += weight * np.int64(gain * find[here, stay] * PARTS)
        counts[4, here] += weight * np.int64(gain * usual[here, stay] * PARTS)
        u = unit_interval(household_key(key, ids[i]), 0)
        if u > 1.0 - jobs[i] * lose[here]:
            counts[2, here] += weight
        elif u < MOST_FIND and gain * find[here, stay] > 0.0:
            wait[i] = u / (gain * find[here, stay])


@nb.njit(cache=True)
def factors_of(wait, weights, begin, needed):
    """Return by host the factor at which households that find a job are nearest to ``needed``, float64[H].

    NaN where not even the last of them is beyond it.

    Parameters
    ----------
    wait, weights : float64[n]
        Factor from which on a household finds a job, rising within each host, and households it stands for.
    begin : int64[H + 1]
        First row of every host.
    needed : float64[H]
        Households that have to find one.
    """
    factor = np.full(len(needed), np.nan)
    for host in range(len(needed)):
        reached, before = 0.0, 0.0
        for i in range(begin[host], begin[host + 1]):
            reached += weights[i]
            # Half a household more than needed is as near as half a household less.
            if needed[host] <= 0.0:
                factor[host] = 0.0
                break
            if reached - 0.5 * weights[i] >= needed[host]:
                factor[host] = 0.5 * (before + wait[i])
                break
            before = wait[i]
    return factor


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
    there = np.append(learn, 0.0)  # Nobody learns in Ukraine
    for i in range(low, high):
        gain = there[place[i]] * (1.0 + work_gain if employed[i] > 0 else 1.0)
        integration[i] += np.float32(gain * (1.0 - integration[i]))
