"""Intention, decision and move of one household, and leaving Ukraine again after a return."""

import numpy as np

from abm.arrays import Floats
from abm.codes import Choice, Employment, Housing, Intention, Schooling, Status, Stream
from abm.kernels.status import CLAIMS
from abm.reference import draws
from abm.reference.household import HouseholdRecord, concerned
from abm.reference.surroundings import Surroundings, destinations

FIRST_DWELLING = 900
"""Alternative number of the draw that gives a newcomer its first dwelling."""


def answer(h: HouseholdRecord, s: Surroundings) -> None:
    """Set the answer to "do you plan to return when it is safe?".

    The wish and the personal error, which a household keeps, are cut by two thresholds. What it aims at is
    the same with only as much of the outlook as moves the deed.
    """
    wish = s.utility.of_wish(h) + h.opinion_return
    h.intention = _answer_to(wish, h, s)
    h.aim = _answer_to(wish + float(s.utility.tables["intent_deed"][h.place, h.status]), h, s)


def _answer_to(wish: float, h: HouseholdRecord, s: Surroundings) -> int:
    cut_stay, cut_return, _ = s.utility.tables["intent_cuts"]
    if wish > cut_return:
        return int(Intention.RETURN)
    if s.utility.of_onward_wish(h) + h.opinion_onward > 0.0:
        return int(Intention.ONWARD)
    return int(Intention.UNDECIDED if wish > cut_stay else Intention.STAY)


def decide(h: HouseholdRecord, s: Surroundings) -> None:
    """Take the alternative with the highest utility, each with its own Gumbel error."""
    if h.place == s.ukraine or h.months_here == 0:
        h.choice = int(Choice.STAY)
        return
    key = s.key(Stream.DECIDE, h.household_id)
    utilities = {
        Choice.STAY: draws.gumbel(key, Choice.STAY),
        Choice.RETURN: draws.gumbel(key, Choice.RETURN) + s.utility.of_return(h),
        Choice.ONWARD: draws.gumbel(key, Choice.ONWARD) + s.utility.of_onward(h),
    }
    h.choice = int(max(utilities, key=lambda alternative: utilities[alternative]))


def settlement_of(h: HouseholdRecord, s: Surroundings) -> int:
    """Return the unit of Ukraine a returning household settles in."""
    key = s.key(Stream.RETURN_PLACE, h.household_id)
    if draws.unit_interval(key, 0) < s.utility.origin_share(h):
        return h.origin
    cumulative = s.utility.elsewhere_cumulative
    unit = int(np.searchsorted(cumulative, draws.unit_interval(key, 1), side="right"))
    return min(unit, len(cumulative) - 1)


def destination_of(h: HouseholdRecord, s: Surroundings) -> int:
    """Return the host with the highest utility inside the onward nest."""
    key = s.key(Stream.DESTINATION, h.household_id)
    mu = s.utility.mu_onward
    utilities = {
        host: value / mu + draws.gumbel(key, host)
        for host, value in destinations(s.utility.tables, h).items()
    }
    return max(utilities, key=lambda host: utilities[host])


def first_housing(u: float, collective_share: float) -> Housing:
    """Return the first dwelling: collective with the host's share, the rest hosted or rented evenly."""
    if u < collective_share:
        return Housing.COLLECTIVE
    return Housing.HOSTED if u < 0.5 + 0.5 * collective_share else Housing.INDEPENDENT


def leave(h: HouseholdRecord, place: int) -> None:
    """Reset what every move resets."""
    h.last_place, h.place = h.place, place
    h.months_here = 0
    h.months_collective = 0
    h.employed = 0
    h.employment = int(Employment.NONE)
    h.triggers = 0
    if h.schooling != Schooling.NO_MINORS:
        h.schooling = int(Schooling.UKRAINIAN_ONLINE)


def refuse(h: HouseholdRecord, s: Surroundings) -> None:
    """Take protection from a newcomer whom a rule of its host excludes."""
    if h.status != Status.TEMPORARY_PROTECTION:
        return
    for rule in s.world.policy.refusing(s.month, holders=False):
        # A household can show compliance, or cannot, for good: one number whatever the month.
        luck = draws.draw(s.seed, Stream.COMPLIANCE, 0, h.household_id, 0)
        if rule.host == h.place and concerned(h, rule) and luck >= rule.share:
            claims = s.plan(h.household_id, CLAIMS) < s.titles.refused[h.place]
            h.status = int(Status.ASYLUM_PENDING if claims else Status.NONE)
            break


def enter_host(h: HouseholdRecord, s: Surroundings, host: int, key: int) -> None:
    """Enter a host: newcomer's status and dwelling, nothing invested there yet."""
    leave(h, host)
    h.ukraine_unit = -1
    h.integration = 0.0
    protected = bool(s.environment.protected[host])
    h.status = int(Status.TEMPORARY_PROTECTION if protected else Status.ASYLUM_PENDING)
    refuse(h, s)
    u = draws.unit_interval(key, FIRST_DWELLING)
    h.housing = int(first_housing(u, float(s.environment.collective_share[host])))


def come_home(h: HouseholdRecord, s: Surroundings, unit: int) -> None:
    """Come home to a unit of Ukraine."""
    leave(h, s.ukraine)
    h.ukraine_unit = unit
    h.status = int(Status.NOT_NEEDED)
    h.housing = int(Housing.INDEPENDENT)
    h.ties = 1.0


def move(h: HouseholdRecord, s: Surroundings) -> None:
    """Carry out the choice."""
    if h.place == s.ukraine:
        return
    if h.choice == Choice.RETURN:
        come_home(h, s, settlement_of(h, s))
    elif h.choice == Choice.ONWARD:
        key = s.key(Stream.DESTINATION, h.household_id)
        enter_host(h, s, destination_of(h, s), key)


def redepart(h: HouseholdRecord, s: Surroundings, hazard: Floats, attraction: Floats) -> None:
    """Let a returnee leave again, to the host with the highest utility.

    ``hazard`` float64[unit] is the monthly probability by unit of residence, ``attraction`` float64[host] the
    utility of every host for newcomers.
    """
    if h.place != s.ukraine or h.months_here == 0:
        return
    key = s.key(Stream.REDEPARTURE, h.household_id)
    if draws.unit_interval(key, 0) >= float(hazard[h.ukraine_unit]):
        return
    loyalty = s.coefficient("redeparture_loyalty")
    utilities = {
        host: float(value) + draws.gumbel(key, 1 + host) + (loyalty if host == h.last_place else 0.0)
        for host, value in enumerate(attraction)
    }
    enter_host(h, s, max(utilities, key=lambda host: utilities[host]), key)
