"""Schooling of minors, ties to Ukraine and to other households, births, and young men who leave home."""

import numba as nb
import numpy as np

from abm.codes import N_KINDS, Employment, FamilyInUkraine, PersonKind, Schooling
from abm.kernels.draws import BLOCK, draw_rows, household_key, rows_where, unit_interval
from abm.kernels.layout import PARTNER_CALL, SCHOOL_YEAR_END, members, profile_of, working_age

NO_MINORS = int(Schooling.NO_MINORS)
IN_HOST_SCHOOL = int(Schooling.HOST)
BOTH = int(Schooling.BOTH)
UKRAINIAN_ONLINE = int(Schooling.UKRAINIAN_ONLINE)


@nb.njit(nogil=True, cache=True)
def update_schooling(c, key, n_hosts, enter_school, leave_online, ends, low, high):
    """Update ``schooling`` in the rows ``low <= i < high``.

    Parameters
    ----------
    enter_school, leave_online : float
        Monthly probability that minors taught online enter a host school as well, and that those
        in both drop the Ukrainian one.
    ends : bool
        Whether a school year has ended.
    """
    ids, place, schools, triggers = c.household_id, c.place, c.schooling, c.triggers
    if ends:
        for i in range(low, high):
            abroad = place[i] < n_hosts and schools[i] != NO_MINORS
            triggers[i] |= SCHOOL_YEAR_END if abroad else 0
    u = np.empty(BLOCK)
    for first in range(low, high, BLOCK):
        last = min(first + BLOCK, high)
        draw_rows(ids[first:last], key, 0, u)
        for i in range(first, last):
            abroad, old = place[i] < n_hosts, schools[i]
            enters = abroad & (old == UKRAINIAN_ONLINE) & (u[i - first] < enter_school)
            leaves = abroad & (old == BOTH) & (u[i - first] < leave_online)
            schools[i] = BOTH if enters else (IN_HOST_SCHOOL if leaves else old)


NOBODY = int(FamilyInUkraine.NOBODY)
PARTNER = int(FamilyInUkraine.PARTNER)
MEN_23_60 = int(PersonKind.MEN_23_60)


@nb.njit(nogil=True, cache=True, error_model="numpy")
def update_ties(c, key, n_hosts, visit, joins, terms, joined, low, high):
    """Update contacts, ``ties`` and ``family`` in the rows ``low <= i < high``.

    Parameters
    ----------
    c : Columns
        Household columns; ``place`` of contacts is only read, so the order of rows cannot matter.
    visit, joins : float64[host]
        Monthly probability of a visit to Ukraine, and that a partner joins.
    terms : tuple of float
        Monthly fading of ties; what a visit restores; probability that a couple separates, that a
        partner calls home.
    joined : int64[host]
        Added to: partners who joined.
    """
    fade, visit_gain, separates, calls = terms
    ids, place, contacts, family, triggers = c.household_id, c.place, c.contacts, c.family, c.triggers
    share_returned, share_onward, bond = c.contacts_returned, c.contacts_onward, c.ties
    for i in range(low, high):
        here = place[i]
        if here >= n_hosts:
            continue
        known, returned, onward = 0, 0, 0
        for k in range(contacts.shape[1]):
            # Without branches the places of all contacts are fetched at once.
            met = contacts[i, k] >= 0
            there = place[contacts[i, k] if met else 0]
            known += met
            returned += met & (there == n_hosts)
            onward += met & (there != n_hosts) & (there != here)
        if known > 0:
            share_returned[i] = np.float32(returned / known)
            share_onward[i] = np.float32(onward / known)
        own = household_key(key, ids[i])
        ties = bond[i] * (1.0 - fade)
        if unit_interval(own, 0) < visit[here]:
            ties = min(1.0, ties + visit_gain)
        bond[i] = np.float32(ties)
        if family[i] == PARTNER:
            u = unit_interval(own, 1)
            if u < joins[here]:
                family[i] = NOBODY
                c.persons[i, MEN_23_60] += 1
                c.profile[i] = profile_of(c, i)
                joined[here] += np.int64(c.stands_for[i])
            elif u < joins[here] + separates:
                family[i] = NOBODY
                c.profile[i] = profile_of(c, i)
            elif u > 1.0 - calls:
                triggers[i] |= PARTNER_CALL


WOMEN, GIRLS, BOYS = int(PersonKind.WOMEN_18_64), int(PersonKind.GIRLS), int(PersonKind.BOYS)
AGED = np.array(
    [
        (PersonKind.MEN_61_64, PersonKind.MEN_65),
        (PersonKind.MEN_23_60, PersonKind.MEN_61_64),
        (PersonKind.MEN_18_22, PersonKind.MEN_23_60),
        (PersonKind.BOYS, PersonKind.MEN_18_22),
        (PersonKind.WOMEN_18_64, PersonKind.WOMEN_65),
        (PersonKind.GIRLS, PersonKind.WOMEN_18_64),
    ],
    np.int64,
)
"""Kinds of persons before and after a birthday; the older first, so that nobody has two in a month."""

HEADS, NO_WORK = len(AGED), int(Employment.NONE)
DEATH = HEADS + 1
"""Number of the draw of a death, after those of the birthdays and of the head."""


@nb.njit(nogil=True, cache=True)
def grow_older(c, key, n_hosts, hazards, deaths, died, low, high):
    """Let members of households abroad die or pass into the next age group, rows ``low <= i < high``.

    One member a month dies at most. The last adult beside minors does not; a household whose last member
    dies stands for nobody from then on.

    Parameters
    ----------
    hazards : float64[6 + 3]
        Monthly probability per person of each passage of ``AGED``, then per head of leaving each age band.
    deaths : float64[kind]
        Monthly probability of dying per person.
    died : int64[host]
        Added to: persons who died.
    """
    ids, place, persons, age_band = c.household_id, c.place, c.persons, c.age_band
    of_head = np.append(hazards[HEADS:], 0.0)  # By age band; the oldest stay in theirs
    u, rows, chosen = np.empty(BLOCK), np.empty(BLOCK + np.uint64(1), np.uint64), np.empty(BLOCK, np.bool_)
    for first in range(low, high, BLOCK):
        last = min(first + BLOCK, high)
        n, block = last - first, ids[first:last]
        draw_rows(block, key, HEADS, u)
        for j in range(n):
            chosen[j] = u[j] < of_head[age_band[first + j]]
        for k in range(HEADS):
            draw_rows(block, key, k, u)
            for j in range(n):
                chosen[j] |= u[j] < hazards[k] * persons[first + j, AGED[k, 0]]
        draw_rows(block, key, DEATH, u)
        for j in range(n):
            chance = 0.0
            for kind in range(N_KINDS):
                chance += deaths[kind] * persons[first + j, kind]
            chosen[j] = (chosen[j] | (u[j] < chance)) & (place[first + j] < n_hosts)
        for i in rows[: rows_where(chosen, first, n, rows)]:
            own, older = household_key(key, ids[i]), False
            luck, chance = unit_interval(own, DEATH), 0.0
            for kind in range(N_KINDS):
                chance += deaths[kind] * persons[i, kind]
                if luck < chance:
                    total, minors = members(persons, i), persons[i, GIRLS] + persons[i, BOYS]
                    if total == 1:
                        died[place[i]] += np.int64(c.stands_for[i])
                        c.stands_for[i] = 0
                    elif minors == 0 or total - minors > 1:
                        died[place[i]] += np.int64(c.stands_for[i])
                        persons[i, kind] -= 1
                        older = True
                    break
            for k in range(HEADS):
                many = persons[i, AGED[k, 0]]
                if many > 0 and unit_interval(own, k) < hazards[k] * many:
                    persons[i, AGED[k, 0]] -= 1
                    persons[i, AGED[k, 1]] += 1
                    older = True
            if unit_interval(own, HEADS) < of_head[age_band[i]]:
                age_band[i] += 1
                older = True
            if not older:
                continue
            if persons[i, GIRLS] + persons[i, BOYS] == 0:
                c.schooling[i] = NO_MINORS
            if c.employed[i] > working_age(persons, i):
                c.employed[i] = working_age(persons, i)
                if c.employed[i] == 0:
                    c.employment[i] = NO_WORK
            c.profile[i] = profile_of(c, i)


@nb.njit(nogil=True, cache=True)
def bear(c, key, n_hosts, hazard, boys_share, born, low, high):
    """Add a newborn to households abroad, in the rows ``low <= i < high``.

    Parameters
    ----------
    hazard : float
        Monthly probability of a birth per woman of 18 to 64.
    boys_share : float
        Boys among newborns.
    born : int64[host]
        Added to: children born.
    """
    ids, place, persons, schooling = c.household_id, c.place, c.persons, c.schooling
    u, rows, chosen = np.empty(BLOCK), np.empty(BLOCK + np.uint64(1), np.uint64), np.empty(BLOCK, np.bool_)
    for first in range(low, high, BLOCK):
        last = min(first + BLOCK, high)
        draw_rows(ids[first:last], key, 0, u)
        for j in range(last - first):
            chosen[j] = (place[first + j] < n_hosts) & (u[j] < hazard * persons[first + j, WOMEN])
        for i in rows[: rows_where(chosen, first, last - first, rows)]:
            boy = unit_interval(household_key(key, ids[i]), 1) < boys_share
            persons[i, BOYS if boy else GIRLS] += 1
            if schooling[i] == NO_MINORS:
                # Who is born abroad knows no other school.
                schooling[i] = IN_HOST_SCHOOL
            born[place[i]] += np.int64(c.stands_for[i])


MEN_18_22 = int(PersonKind.MEN_18_22)


@nb.njit(nogil=True, cache=True)
def mark_splits(c, key, n_hosts, hazard, marks, low, high):
    """Mark the households abroad that a young man leaves, in the rows ``low <= i < high``.

    Parameters
    ----------
    hazard : float
        Monthly probability per household with a man aged 18 to 22 and other members.
    marks : bool[n]
        Written: True where one leaves.
    """
    ids, place, persons = c.household_id, c.place, c.persons
    u = np.empty(BLOCK)
    for first in range(low, high, BLOCK):
        last = min(first + BLOCK, high)
        draw_rows(ids[first:last], key, 0, u)
        for i in range(first, last):
            if u[i - first] < hazard and place[i] < n_hosts and persons[i, MEN_18_22] > 0:
                marks[i] = members(persons, i) > 1
