"""Creating households: composition by systematic sampling, attributes by a low-discrepancy sequence.

Household ``r`` of ``n`` in a host takes the type at quantile ``(r + u) / n`` of the fitted type
shares, so every margin of the composition is met to within one household. Attribute ``a`` takes
the quantile ``frac(u_a + ordinal * alpha_a)``, an additive-recurrence sequence with the
generalised golden ratio (Niederreiter 1992; Roberts 2018), so every margin and every pair of
margins is met far closer than by independent draws, at any scale. Tastes and contacts are keyed
draws.
"""

from collections import namedtuple

import numba as nb
import numpy as np

from abm.codes import AgeBand, Employment, FamilyInUkraine, Housing, Intention, Schooling
from abm.kernels.draws import household_key, unit_interval
from abm.kernels.profile import profile_of
from abm.kernels.settle import ASYLUM, PROTECTED, first_housing, working_age

ATTRIBUTES = (
    "origin", "age", "boys", "older_men", "home", "family", "income", "remote",
    "kin_1", "kin_2", "housing", "schooling", "employed", "cohort", "visits",
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
        "kin_contact_share",  # float: contacts sought among kin hosts instead of the own host
    ],
)
"""Everything the creation of households needs besides the columns (built by abm.population)."""

CONTACT_TRIES = 6
"""Candidates looked at for a contact from the same origin unit before any is accepted."""

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
def quantile(p, host, attribute, ordinal):
    """Return the low-discrepancy number of one attribute of one household, 0 to 1."""
    value = p.offset[host, attribute] + p.alpha[attribute] * ordinal
    return value - np.floor(value)


@nb.njit
def normal(key, alternative):
    """Return a keyed standard normal cut at TASTE_LIMIT (Box and Muller 1958)."""
    radius = np.sqrt(-2.0 * np.log(unit_interval(key, alternative)))
    value = radius * np.cos(2.0 * np.pi * unit_interval(key, alternative + 1))
    return min(max(value, -TASTE_LIMIT), TASTE_LIMIT)


@nb.njit
def _fill_members(c, p, i, host, ordinal, kind):
    """Set persons, age band, income and family; return the number of minors."""
    minors, older = p.types[kind, 4], p.types[kind, 5]
    boys = np.int64(np.floor(minors * p.boys_share + quantile(p, host, 2, ordinal)))
    men = np.int64(np.floor(older * p.older_men_share + quantile(p, host, 3, ordinal)))
    for k in range(4):
        c.persons[i, k] = p.types[kind, k]
    c.persons[i, 4] = minors - boys
    c.persons[i, 5] = boys
    c.persons[i, 6] = older - men
    c.persons[i, 7] = men
    adults = working_age(c, i)
    age_class = 2 if adults == 0 else (0 if minors > 0 else 1)
    c.age_band[i] = pick(p.age_cumulative[age_class], quantile(p, host, 1, ordinal))
    women = p.types[kind, 0]
    men_present = p.types[kind, 1] + p.types[kind, 2] + p.types[kind, 3]
    family_class = 2
    if women > 0 and men_present == 0:
        family_class = 0 if minors > 0 else 1
    c.family[i] = pick(p.family_cumulative[family_class], quantile(p, host, 5, ordinal))
    c.income[i] = pick(p.income_cumulative, quantile(p, host, 6, ordinal))
    c.works_remotely[i] = 1 if adults > 0 and quantile(p, host, 7, ordinal) < p.remote_share else 0
    return minors


@nb.njit
def _fill_origin_and_kin(c, p, i, host, ordinal):
    """Set origin unit, home and hosts with close kin."""
    c.origin[i] = pick(p.origin_cumulative[host], quantile(p, host, 0, ordinal))
    c.home[i] = pick(p.home_cumulative[c.origin[i]], quantile(p, host, 4, ordinal))
    q = quantile(p, host, 8, ordinal)
    c.kin_hosts[i, 0] = -1
    c.kin_hosts[i, 1] = -1
    if q < p.kin_shares[0]:
        c.kin_hosts[i, 0] = pick(p.kin_cumulative, q / p.kin_shares[0])
        q = quantile(p, host, 9, ordinal)
        if q < p.kin_shares[1]:
            second = pick(p.kin_cumulative, q / p.kin_shares[1])
            if second != c.kin_hosts[i, 0]:
                c.kin_hosts[i, 1] = second


@nb.njit
def _fill_life_abroad(c, p, i, host, ordinal, minors, own):
    """Set duration, status, work, housing, schooling, integration and ties."""
    cohort = pick(p.cohort_cumulative[host], quantile(p, host, 13, ordinal))
    months = p.month - cohort
    c.cohort[i] = cohort
    c.months_here[i] = months
    c.months_displaced[i] = months
    c.status[i] = PROTECTED if p.protected[host] else ASYLUM
    c.housing[i] = first_housing(quantile(p, host, 10, ordinal), p.collective_share[host])
    c.months_collective[i] = months if c.housing[i] == COLLECTIVE else 0
    jobs = working_age(c, i) * p.employment_share[host] + quantile(p, host, 12, ordinal)
    c.employed[i] = min(np.int64(np.floor(jobs)), working_age(c, i))
    c.employment[i] = 0
    if c.employed[i] > 0:
        c.employment[i] = AT_LEVEL if unit_interval(own, 20) < p.at_level_share else BELOW_LEVEL
    c.schooling[i] = NO_MINORS
    if minors > 0:
        settled = months / (months + p.schooling_months)
        q = quantile(p, host, 11, ordinal)
        level = 0
        for k in range(p.schooling_cumulative.shape[1]):
            share = (1.0 - settled) * p.schooling_cumulative[0, k] + settled * p.schooling_cumulative[1, k]
            if q >= share:
                level = k + 1
        c.schooling[i] = min(level, p.schooling_cumulative.shape[1] - 1) + 1
    c.integration[i] = np.float32(1.0 - (1.0 - p.learn) ** months)
    c.ties[i] = np.float32((1.0 - p.fade) ** months)


@nb.njit
def _candidate(p, host, rank, own_first, own_count):
    """Return the row of the ``rank``-th household a host received, the newest last."""
    before = p.blocks_cumulative[host, p.n_blocks]
    if rank >= before:
        return own_first + min(rank - before, own_count - 1)
    low, high = 0, p.n_blocks
    while high - low > 1:
        middle = (low + high) // 2
        if p.blocks_cumulative[host, middle] <= rank:
            low = middle
        else:
            high = middle
    return p.blocks_start[host, low] + rank - p.blocks_cumulative[host, low]


@nb.njit
def _fill_contacts(c, p, i, host, r, own):
    """Set contacts among households that came earlier, of the same origin where one is met."""
    for slot in range(c.contacts.shape[1]):
        c.contacts[i, slot] = -1
        where = host
        kin = np.int64(c.kin_hosts[i, slot % 2])
        if kin >= 0 and unit_interval(own, 100 + slot) < p.kin_contact_share:
            where = kin
        own_count = r if where == host else 0
        known = p.blocks_cumulative[where, p.n_blocks] + own_count
        if known == 0:
            continue
        for attempt in range(CONTACT_TRIES):
            u = unit_interval(own, 200 + slot * CONTACT_TRIES + attempt)
            row = _candidate(p, where, np.int64(u * known), p.first_row[host], own_count)
            c.contacts[i, slot] = row
            if c.origin[row] == c.origin[i]:
                break


@nb.njit
def _create_in_host(c, p, key, host):
    """Fill the rows of one host."""
    n = p.n_rows[host]
    for r in range(n):
        i = p.first_row[host] + r
        ordinal = p.ordinal[host] + r
        household_id = (np.int64(p.month + 1) << 44) | (np.int64(host) << 36) | np.int64(r)
        own = household_key(key, household_id)
        c.household_id[i] = household_id
        c.stands_for[i] = p.stands_for[host]
        c.place[i] = host
        c.last_place[i] = -1
        c.ukraine_unit[i] = -1
        kind = pick(p.type_cumulative[host], (r + p.type_offset[host]) / n)
        minors = _fill_members(c, p, i, host, ordinal, kind)
        _fill_origin_and_kin(c, p, i, host, ordinal)
        _fill_life_abroad(c, p, i, host, ordinal, minors, own)
        c.profile[i] = profile_of(c, i)
        c.attachment[i] = np.float32(normal(own, 30))
        c.readiness[i] = np.float32(normal(own, 32))
        c.intention[i] = UNDECIDED
        c.triggers[i] = 0
        c.choice[i] = 0
        c.contacts_returned[i] = np.float32(0.0)
        c.contacts_onward[i] = np.float32(0.0)
        _fill_contacts(c, p, i, host, r, own)


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
    low, high : int
        Hosts to work on.
    """
    for host in range(low, high):
        _create_in_host(c, p, key, host)


@nb.njit(cache=True)
def persons_created(c, first_row, n_rows):
    """Return the persons in the rows of every host, int64[host]."""
    total = np.zeros(first_row.shape[0], np.int64)
    for host in range(first_row.shape[0]):
        for i in range(first_row[host], first_row[host] + n_rows[host]):
            members = 0
            for k in range(c.persons.shape[1]):
                members += c.persons[i, k]
            total[host] += members * c.stands_for[i]
    return total
