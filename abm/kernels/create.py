"""Creating households: composition by systematic sampling, attributes by a low-discrepancy sequence.

Household ``r`` of ``n`` in a host takes the type at quantile ``(r + u) / n`` of the fitted type
shares, so every margin of the composition is met to within one household. Attribute ``a`` takes
the quantile ``frac(u_a + ordinal * alpha_a)``, an additive-recurrence sequence whose steps are the
fractional parts of square roots of primes (Richtmyer 1951), so every margin and every pair of
margins is met far closer than by independent draws, at any scale. Tastes and contacts are keyed
draws.
"""

from collections import namedtuple

import numba as nb
import numpy as np

from abm.codes import AgeBand, Employment, FamilyInUkraine, Housing, Intention, Schooling
from abm.kernels.draws import household_key, unit_interval
from abm.kernels.layout import members, profile_of, working_age
from abm.kernels.move import ASYLUM, PROTECTED, first_housing

CONTACT_TRIES = 6
"""Candidates looked at for a contact from the same origin unit before any is accepted."""


@nb.njit
def _block_row(starts, counts, n_blocks, rank):
    """Return the row of the ``rank``-th household a host received in earlier months."""
    low, high = 0, n_blocks
    while high - low > 1:
        middle = (low + high) // 2
        if counts[middle] <= rank:
            low = middle
        else:
            high = middle
    return starts[low] + rank - counts[low]


@nb.njit
def meet_earlier_arrivals(c, p, key, host):
    """Set contacts among households that came earlier, of the same origin where one is met."""
    contacts, kin, origin, ids = c.contacts, c.kin_hosts, c.origin, c.household_id
    starts, counts, n_blocks = p.blocks_start, p.blocks_cumulative, p.n_blocks
    first, row_of = p.first_row[host], p.row_of
    for r in range(p.n_rows[host]):
        i = first + r
        own = household_key(key, ids[i])
        for slot in range(contacts.shape[1]):
            contacts[i, slot] = -1
            where = host
            relative = np.int64(kin[i, slot % 2])
            if relative >= 0 and unit_interval(own, 100 + slot) < p.kin_contact_share:
                where = relative
            before = counts[where, n_blocks]
            known = before + (r if where == host else 0)
            if known == 0:
                continue
            for attempt in range(CONTACT_TRIES):
                u = unit_interval(own, 200 + slot * CONTACT_TRIES + attempt)
                rank = min(np.int64(u * known), known - 1)
                if rank >= before:
                    row = first + rank - before
                else:
                    row = _block_row(starts[where], counts[where], n_blocks, rank)
                    if row < row_of.shape[0]:
                        row = row_of[row]
                contacts[i, slot] = row
                if origin[row] == origin[i]:
                    break


ATTRIBUTES = (
    "origin", "age", "boys", "older_men", "home", "family", "income", "remote",
    "kin_1", "kin_2", "housing", "schooling", "employed", "cohort", "job_level",
)  # fmt: skip
"""Axes of the low-discrepancy sequence, in the order of ``Creation.offset``."""

N_ATTRIBUTES = len(ATTRIBUTES)

Creation = namedtuple(
    "Creation",
    [
        "month",  # int: month of creation
        "first_row",  # int64[host]: where the rows of a host begin
        "n_rows",  # int64[host]
        "ordinal",  # int64[host]: households the host created before
        "type_offset",  # float64[host]: start of the systematic sample, 0 to 1
        "offset",  # float64[host, attribute]: start of each sequence
        "alpha",  # float64[attribute]: step of each sequence
        "stands_for",  # int64[host]
        "types",  # int64[type, 6]: women, men 18-22, men 23-60, men 61-64, minors, 65+
        "type_cumulative",  # float64[host, type]
        "origin_cumulative",  # float64[host, unit]
        "age_cumulative",  # float64[class, age band]; class 0 with minors, 1 without, 2 only 65+
        "boys_share",  # float
        "older_men_share",  # float
        "home_cumulative",  # float64[unit, home]
        "family_cumulative",  # float64[class, family]; class 0 women with minors, 1 other women, 2 others
        "income_cumulative",  # float64[income]
        "remote_share",  # float
        "kin_cumulative",  # float64[host]
        "kin_shares",  # float64[2]: households with kin in one host, in a second
        "collective_share",  # float64[host]
        "schooling_cumulative",  # float64[2, 3]: host, both, Ukrainian only; on arrival and after years
        "schooling_months",  # float: months after which half of the way is gone
        "employment_share",  # float64[host]: employed among working-age adults (0 on arrival)
        "at_level_share",  # float
        "cohort_cumulative",  # float64[host, month]: month of first arrival
        "learn",  # float: monthly gain in integration
        "fade",  # float: monthly fading of ties
        "protected",  # bool[host]
        "blocks_start",  # int64[host, block]: rows of earlier arrivals
        "blocks_cumulative",  # int64[host, block + 1]
        "n_blocks",  # int
        "row_of",  # int64[m]: present row of the first m households created (Households.row_of)
        "kin_contact_share",  # float: contacts sought among kin hosts instead of the own host
    ],
)
"""Everything the creation of households needs besides the columns (built by abm.population)."""

TASTE_LIMIT = 3.0
"""Persistent tastes are normal, cut at this many SD so that the decision has a strict bound."""

NO_MINORS = int(Schooling.NO_MINORS)
UNDECIDED = int(Intention.UNDECIDED)
COLLECTIVE = int(Housing.COLLECTIVE)
OLDEST = int(AgeBand.AGE_65_PLUS)
NOBODY = int(FamilyInUkraine.NOBODY)
BELOW_LEVEL = int(Employment.BELOW_LEVEL)
AT_LEVEL = int(Employment.AT_LEVEL)


@nb.njit
def pick(cumulative, q):
    """Return the first index whose cumulative share exceeds ``q``."""
    last = cumulative.shape[0] - 1
    for k in range(last):
        if q < cumulative[k]:
            return k
    return last


@nb.njit
def quantile(offset, step, ordinal):
    """Return the low-discrepancy number of one attribute of one household, 0 to 1."""
    value = offset + step * ordinal
    return value - np.floor(value)


@nb.njit
def logistic(key, alternative):
    """Return a keyed standard logistic number."""
    u = unit_interval(key, alternative)
    return np.log(u / (1.0 - u))


@nb.njit
def normal(key, alternative):
    """Return a keyed standard normal cut at TASTE_LIMIT (Box and Muller 1958)."""
    radius = np.sqrt(-2.0 * np.log(unit_interval(key, alternative)))
    value = radius * np.cos(2.0 * np.pi * unit_interval(key, alternative + 1))
    return min(max(value, -TASTE_LIMIT), TASTE_LIMIT)


@nb.njit
def _fill_members(c, p, host):
    """Set persons, age band, income, remote work and family of the new rows of a host."""
    persons, age_band, family = c.persons, c.age_band, c.family
    income, remote, schooling = c.income, c.works_remotely, c.schooling
    types, type_cumulative = p.types, p.type_cumulative[host]
    age_cumulative, family_cumulative = p.age_cumulative, p.family_cumulative
    start, step = p.offset[host], p.alpha
    n, first, ordinal = p.n_rows[host], p.first_row[host], p.ordinal[host]
    kind = 0
    for r in range(n):
        i = first + r
        k = ordinal + r
        # Quantiles rise with r, so the type is found by walking on.
        while kind < types.shape[0] - 1 and (r + p.type_offset[host]) / n >= type_cumulative[kind]:
            kind += 1
        minors, older = types[kind, 4], types[kind, 5]
        boys = np.int64(np.floor(minors * p.boys_share + quantile(start[2], step[2], k)))
        men = np.int64(np.floor(older * p.older_men_share + quantile(start[3], step[3], k)))
        adults = 0
        for column in range(4):
            persons[i, column] = types[kind, column]
            adults += types[kind, column]
        persons[i, 4] = minors - boys
        persons[i, 5] = boys
        persons[i, 6] = older - men
        persons[i, 7] = men
        age_class = 2 if adults == 0 else (0 if minors > 0 else 1)
        age_band[i] = pick(age_cumulative[age_class], quantile(start[1], step[1], k))
        women = types[kind, 0]
        family_class = 2
        if women > 0 and adults == women:
            family_class = 0 if minors > 0 else 1
        family[i] = pick(family_cumulative[family_class], quantile(start[5], step[5], k))
        income[i] = pick(p.income_cumulative, quantile(start[6], step[6], k))
        works = adults > 0 and quantile(start[7], step[7], k) < p.remote_share
        remote[i] = 1 if works else 0
        schooling[i] = NO_MINORS if minors == 0 else NO_MINORS + 1


@nb.njit
def _fill_origin_and_kin(c, p, host):
    origin, home, kin = c.origin, c.home, c.kin_hosts
    origin_cumulative, home_cumulative = p.origin_cumulative[host], p.home_cumulative
    kin_cumulative, one, two = p.kin_cumulative, p.kin_shares[0], p.kin_shares[1]
    start, step = p.offset[host], p.alpha
    for r in range(p.n_rows[host]):
        i = p.first_row[host] + r
        k = p.ordinal[host] + r
        origin[i] = pick(origin_cumulative, quantile(start[0], step[0], k))
        home[i] = pick(home_cumulative[origin[i]], quantile(start[4], step[4], k))
        kin[i, 0] = -1
        kin[i, 1] = -1
        q = quantile(start[8], step[8], k)
        if q < one:
            kin[i, 0] = pick(kin_cumulative, q / one)
            q = quantile(start[9], step[9], k)
            if q < two:
                second = pick(kin_cumulative, q / two)
                if second != kin[i, 0]:
                    kin[i, 1] = second


@nb.njit
def _fill_life_abroad(c, p, key, host):
    """Set duration, status, work, housing, schooling, integration and ties of the new rows."""
    cohorts, months_here, months_displaced = c.cohort, c.months_here, c.months_displaced
    status, housing, months_collective = c.status, c.housing, c.months_collective
    persons, employed, employment, schooling = c.persons, c.employed, c.employment, c.schooling
    integration, ties, ids = c.integration, c.ties, c.household_id
    cohort_cumulative, schools = p.cohort_cumulative[host], p.schooling_cumulative
    start, step, collective = p.offset[host], p.alpha, p.collective_share[host]
    share, title = p.employment_share[host], PROTECTED if p.protected[host] else ASYLUM
    for r in range(p.n_rows[host]):
        i = p.first_row[host] + r
        k = p.ordinal[host] + r
        cohort = pick(cohort_cumulative, quantile(start[13], step[13], k))
        months = p.month - cohort
        cohorts[i] = cohort
        months_here[i] = months
        months_displaced[i] = months
        status[i] = title
        housing[i] = first_housing(quantile(start[10], step[10], k), collective)
        months_collective[i] = months if housing[i] == COLLECTIVE else 0
        adults = working_age(persons, i)
        jobs = np.int64(np.floor(adults * share + quantile(start[12], step[12], k)))
        employed[i] = min(jobs, adults)
        employment[i] = 0
        if employed[i] > 0:
            luck = unit_interval(household_key(key, ids[i]), 20)
            employment[i] = AT_LEVEL if luck < p.at_level_share else BELOW_LEVEL
        if schooling[i] != NO_MINORS:
            settled = months / (months + p.schooling_months)
            q = quantile(start[11], step[11], k)
            level = 0
            for way in range(schools.shape[1] - 1):
                if q >= (1.0 - settled) * schools[0, way] + settled * schools[1, way]:
                    level = way + 1
            schooling[i] = NO_MINORS + 1 + level
        integration[i] = np.float32(1.0 - (1.0 - p.learn) ** months)
        ties[i] = np.float32((1.0 - p.fade) ** months)


@nb.njit
def _fill_identity_and_tastes(c, p, key, host):
    """Set ids, place, tastes and personal errors, and clear what a new household has not yet."""
    ids, stands_for, place, last_place = c.household_id, c.stands_for, c.place, c.last_place
    unit, intention, aim = c.ukraine_unit, c.intention, c.aim
    triggers, choice = c.triggers, c.choice
    returned, onward = c.contacts_returned, c.contacts_onward
    attachment, readiness = c.attachment, c.readiness
    opinion_return, opinion_onward = c.opinion_return, c.opinion_onward
    for r in range(p.n_rows[host]):
        i = p.first_row[host] + r
        ids[i] = (np.int64(p.month + 1) << 44) | (np.int64(host) << 36) | np.int64(r)
        own = household_key(key, ids[i])
        stands_for[i] = p.stands_for[host]
        place[i] = host
        last_place[i] = -1
        unit[i] = -1
        attachment[i] = np.float32(normal(own, 30))
        readiness[i] = np.float32(normal(own, 32))
        opinion_return[i] = np.float32(logistic(own, 34))
        opinion_onward[i] = np.float32(logistic(own, 35))
        intention[i] = UNDECIDED
        aim[i] = UNDECIDED
        triggers[i] = 0
        choice[i] = 0
        returned[i] = np.float32(0.0)
        onward[i] = np.float32(0.0)


@nb.njit(nogil=True, cache=True)
def create(c, p, key, low, high):
    """Fill the rows of the hosts ``low <= host < high``, named by ``p.first_row`` and ``p.n_rows``.

    Parameters
    ----------
    c : Columns
        Household columns, already long enough; the named rows are written whole.
    p : Creation
        Shares, offsets and rows.
    key : uint64
        Key of the stream TASTE in month 0: tastes do not depend on the month of creation.
    """
    for host in range(low, high):
        _fill_members(c, p, host)
        _fill_origin_and_kin(c, p, host)
        _fill_identity_and_tastes(c, p, key, host)
        _fill_life_abroad(c, p, key, host)
        meet_earlier_arrivals(c, p, key, host)
        for i in range(p.first_row[host], p.first_row[host] + p.n_rows[host]):
            c.profile[i] = profile_of(c, i)


@nb.njit(cache=True)
def persons_created(c, first_row, n_rows):
    """Return the persons in the rows of every host, int64[host]."""
    total = np.zeros(first_row.shape[0], np.int64)
    for host in range(first_row.shape[0]):
        for i in range(first_row[host], first_row[host] + n_rows[host]):
            total[host] += members(c.persons, i) * c.stands_for[i]
    return total
