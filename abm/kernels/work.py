"""Jobs found, lost and improved; language and other capital built up in the host country."""

import numba as nb
import numpy as np

from abm.codes import Employment, Status
from abm.kernels.draws import BLOCK, draw_rows, household_key, rows_where, unit_interval
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
    u = np.empty(BLOCK)
    for first in range(low, high, BLOCK):
        last = min(first + BLOCK, high)
        draw_rows(ids[first:last], key, 0, u)
        for i in range(first, last):
            # Without branches: who is in Ukraine counts as a household without adults in the first host.
            host, adults = np.int64(0), np.int64(0)
            if place[i] < n_hosts:
                host, adults = np.int64(place[i]), np.int64(working_age(persons, i))
            weight, stay = np.int64(stands_for[i]), min(months[i], MOST_MONTHS)
            gain = (adults - jobs[i]) * (1.0 + language * integration[i])
            gain *= without_status if status[i] == NO_STATUS else 1.0
            chance = gain * find[host, stay]
            lost = u[i - first] > 1.0 - jobs[i] * lose[host]
            counts[0, host] += weight * adults
            counts[1, host] += weight * jobs[i]
            counts[2, host] += weight * lost
            counts[3, host] += weight * np.int64(chance * PARTS)
            counts[4, host] += weight * np.int64(gain * usual[host, stay] * PARTS)
            finds = (not lost) & (u[i - first] < MOST_FIND) & (chance > 0.0)
            wait[i] = u[i - first] / chance if finds else np.inf


@nb.njit
def factor_among(c, wait, rows, needed):
    """Return the factor at which the households ``rows``, which are reordered, are nearest to ``needed``.

    NaN where not even the last of them is beyond it. The search halves the rows as a quicksort does, and
    goes on where the households that find a job add up to those needed; equal ones follow their ids.
    """
    if needed <= 0.0:
        return 0.0
    ids, weights = c.household_id, c.stands_for
    low, high, reached, before, beyond = 0, len(rows), 0.0, 0.0, np.nan
    while low < high:
        pivot = rows[(low + high) // 2]
        rows[(low + high) // 2] = rows[high - 1]
        middle, left = low, 0.0
        for k in range(low, high - 1):
            row = rows[k]
            equal = wait[row] == wait[pivot] and ids[row] < ids[pivot]
            if wait[row] < wait[pivot] or equal:
                rows[k], rows[middle] = rows[middle], row
                middle += 1
                left += weights[row]
        rows[high - 1], rows[middle] = rows[middle], pivot
        # Half a household more than needed is as near as half a household less.
        if reached + left + 0.5 * weights[pivot] >= needed:
            high, beyond = middle, wait[pivot]
        else:
            low, before = middle + 1, wait[pivot]
            reached += left + weights[pivot]
    return 0.5 * (before + beyond)


NEAR = 4.0
"""Factor within which most hosts find whom they need, so that few households have to be looked at."""


@nb.njit(nogil=True, cache=True)
def factors_needed(c, wait, needed):
    """Return by host the factor at which households that find a job are nearest to ``needed``, float64[H].

    Where more are needed than there are, all find one; where nobody would find one it is 1.

    Parameters
    ----------
    wait : float64[n]
        Factor from which on a household finds a job; infinite for nobody.
    needed : float64[H]
        Households that have to find one.
    """
    place, n_hosts = c.place, len(needed)
    factor, found = np.full(n_hosts, np.nan), np.empty(len(wait) + 1, np.int64)
    for most in (NEAR, np.inf):
        short, n = np.append(np.isnan(factor), False), 0
        for i in range(len(wait)):
            found[n] = i
            n += (wait[i] < most) & short[place[i]]
        near, begin = found[:n], np.zeros(n_hosts + 1, np.int64)
        for i in near:
            begin[place[i] + 1] += 1
        begin = np.cumsum(begin)
        rows, end = np.empty_like(near), begin.copy()
        for i in near:
            rows[end[place[i]]] = i
            end[place[i]] += 1
        for host in range(n_hosts):
            own = rows[begin[host] : end[host]]
            if not np.isnan(factor[host]) or len(own) == 0:
                continue
            factor[host] = factor_among(c, wait, own, needed[host])
            if most == np.inf and np.isnan(factor[host]):
                last = wait[own].max()
                factor[host] = 0.5 * (last + (2.0 * last + 1.0))
        if not np.isnan(factor).any():
            break
    return np.where(np.isnan(factor), 1.0, factor)


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
    rows, chosen = np.empty(BLOCK + np.uint64(1), np.uint64), np.empty(BLOCK, np.bool_)
    u, v = np.empty(BLOCK), np.empty(BLOCK)
    for first in range(low, high, BLOCK):
        last = min(first + BLOCK, high)
        draw_rows(ids[first:last], key, 0, u)
        draw_rows(ids[first:last], key, 2, v)
        for i in range(first, last):
            j, abroad = i - first, place[i] < n_hosts
            host = place[i] if abroad else 0
            base = find[host, min(months[i], MOST_MONTHS)]
            base *= without_status if status[i] == NO_STATUS else 1.0
            jobless = working_age(persons, i) - jobs[i]
            found = u[j] < find_probability(jobless, integration[i], base, language)
            risen = (employment[i] == BELOW_LEVEL) & (v[j] < upgrade[host] * integration[i])
            chosen[j] = abroad & (found | (u[j] > 1.0 - jobs[i] * lose[host]) | risen)
        for i in rows[: rows_where(chosen, first, last - first, rows)]:
            j, here, employed = i - first, place[i], jobs[i]
            base = find[here, min(months[i], MOST_MONTHS)]
            base *= without_status if status[i] == NO_STATUS else 1.0
            jobless = working_age(persons, i) - employed
            if u[j] < find_probability(jobless, integration[i], base, language):
                jobs[i] = employed + 1
                if employed == 0:
                    level = unit_interval(household_key(key, ids[i]), 1)
                    employment[i] = AT_LEVEL if level < at_level_share else BELOW_LEVEL
            elif u[j] > 1.0 - employed * lose[here]:
                jobs[i] = employed - 1
                if employed == 1:
                    employment[i] = NO_JOB
                    triggers[i] |= JOB_LOSS
            else:
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
