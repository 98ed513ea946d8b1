"""The month of one household: status, work, housing, schooling, ties and split, and all steps in order.

Twins of the kernels of the same names. One uniform number decides between opposite events (a job
found or lost): low values mean the first, high values the second, so that a policy which changes
one rate does not disturb the other.
"""

import copy
import math
from collections.abc import Sequence

from abm.codes import (
    AgeBand,
    Choice,
    Employment,
    FamilyInUkraine,
    Housing,
    PersonKind,
    Schooling,
    Status,
    Stream,
)
from abm.kernels.layout import (
    GOES_HOME,
    GOES_ON,
    HOUSING_LOSS,
    JOB_LOSS,
    MOST_MONTHS,
    PARTNER_CALL,
    SCHOOL_YEAR_END,
    STATUS_LOSS,
)
from abm.kernels.status import CLAIMS, LEAVES, WHEN
from abm.month.family import SPLIT_SHIFT, SUMMER
from abm.month.work import learning_rate
from abm.months import calendar_month
from abm.reference.choice import answer, decide, move, refuse
from abm.reference.household import HouseholdRecord, concerned, single
from abm.reference.surroundings import Surroundings


def start_month(h: HouseholdRecord) -> None:
    """Begin the month without the events of the last one."""
    h.triggers = 0


def update_status(h: HouseholdRecord, s: Surroundings) -> None:
    """Let protection expire or lapse, claims be made and ruled on, and plans to leave be carried out."""
    u = s.draw(Stream.STATUS, h.household_id, 0)
    rates, here = s.titles, h.place
    without = Status.ASYLUM_PENDING if s.plan(h.household_id, CLAIMS) < rates.at_end[here] else Status.NONE
    old = Status(h.status)
    new = old
    if old == Status.NONE:
        if s.draw(Stream.STATUS, h.household_id, WHEN) < rates.departure:
            leaves, home = s.plan(h.household_id, LEAVES), rates.home[here]
            if leaves < home:
                h.triggers |= GOES_HOME
            elif leaves < home + rates.onward[here]:
                h.triggers |= GOES_ON
    elif old == Status.TEMPORARY_PROTECTION and s.environment.expired[here]:
        new = without
    elif old == Status.TEMPORARY_PROTECTION and u > 1.0 - rates.claims[here]:
        new = Status.ASYLUM_PENDING
    elif old == Status.ASYLUM_PENDING and u < rates.rulings[here]:
        new = Status.REFUGEE if u < rates.rulings[here] * rates.grants[here] else Status.NONE
    for rule in s.world.policy.refusing(s.month, holders=True):
        if new == Status.TEMPORARY_PROTECTION and rule.host == here and concerned(h, rule):
            new = without
    if new != old:
        h.status = int(new)
        if new == Status.NONE:
            h.triggers |= STATUS_LOSS


def update_work(h: HouseholdRecord, s: Surroundings) -> None:
    """Find a job, lose one, or rise to the own level."""
    if h.adults == 0:
        return
    u = s.draw(Stream.WORK, h.household_id, 0)
    base = float(s.work.find[h.place, min(h.months_here, MOST_MONTHS)])
    if h.status == Status.NONE:
        base *= s.coefficient("job_without_status")
    language = 1.0 + s.coefficient("job_language_gain") * h.integration
    finds = min(0.9, (h.adults - h.employed) * base * language)
    loses = h.employed * float(s.work.lose[h.place])
    rises = float(s.work.upgrade[h.place]) * h.integration
    if u < finds:
        h.employed += 1
        if h.employed == 1:
            at_level = s.draw(Stream.WORK, h.household_id, 1) < s.coefficient("job_at_level_share")
            h.employment = int(Employment.AT_LEVEL if at_level else Employment.BELOW_LEVEL)
    elif u > 1.0 - loses:
        h.employed -= 1
        if h.employed == 0:
            h.employment = int(Employment.NONE)
            h.triggers |= JOB_LOSS
    elif h.employment == Employment.BELOW_LEVEL and s.draw(Stream.WORK, h.household_id, 2) < rises:
        h.employment = int(Employment.AT_LEVEL)


def update_housing(h: HouseholdRecord, s: Surroundings, finds_no_place: bool = False) -> None:
    """Leave collective housing or private hosts; fall back on collective housing.

    ``finds_no_place`` is the outcome of the hand-out of scarce places, which no household decides
    alone: it then stays with private hosts and remembers the loss.
    """
    u = s.draw(Stream.HOUSING, h.household_id, 0)
    around, here = s.housing, h.place
    limit = float(around.stay_limit[here, min(h.months_here, MOST_MONTHS)])
    if around.exempt[here] and sum(h.persons[PersonKind.GIRLS :]) > 0:
        limit = math.inf
    if h.housing == Housing.COLLECTIVE:
        faster = float(around.worker_leaves[here]) if h.employed > 0 else 1.0
        leaves = h.months_collective > 0 and u < float(around.leave_collective[here]) * faster
        out = h.months_collective >= limit
        finds = s.draw(Stream.HOUSING, h.household_id, 2) < s.coefficient("limit_finds_home_share")
        if leaves or (out and finds):
            subsidised = s.draw(Stream.HOUSING, h.household_id, 1) < float(around.subsidised[here])
            h.housing = int(Housing.SUBSIDISED if subsidised else Housing.INDEPENDENT)
        elif out:
            h.housing = int(Housing.HOSTED)
            h.triggers |= HOUSING_LOSS
    elif h.housing == Housing.HOSTED:
        faster = s.coefficient("housing_work_factor") if h.employed > 0 else 1.0
        if u < s.coefficient("leave_hosted_hazard") * faster:
            h.housing = int(Housing.INDEPENDENT)
        elif u > 1.0 - float(around.hosting_ends[here]):
            if h.months_here >= limit:
                h.triggers |= HOUSING_LOSS
            else:
                h.housing = int(Housing.COLLECTIVE)
                h.months_collective = 0
    if finds_no_place:
        h.housing = int(Housing.HOSTED)
        h.triggers |= HOUSING_LOSS


def update_integration(h: HouseholdRecord, s: Surroundings) -> None:
    """Gain language and other capital, faster with a job."""
    gain = float(learning_rate(s.world, s.month)[h.place])
    if h.employed > 0:
        gain *= 1.0 + s.coefficient("integration_work_gain")
    h.integration = single(h.integration + single(gain * (1.0 - h.integration)))


def update_schooling(h: HouseholdRecord, s: Surroundings) -> None:
    """Let children enter host schools and drop online lessons."""
    if h.schooling == Schooling.NO_MINORS:
        return
    if calendar_month(s.month) in SUMMER:
        h.triggers |= SCHOOL_YEAR_END
    u = s.draw(Stream.SCHOOLING, h.household_id, 0)
    if h.schooling == Schooling.UKRAINIAN_ONLINE and u < s.coefficient("enter_school_hazard"):
        h.schooling = int(Schooling.BOTH)
    elif h.schooling == Schooling.BOTH and u < s.coefficient("leave_online_hazard"):
        h.schooling = int(Schooling.HOST)


def update_ties(h: HouseholdRecord, s: Surroundings, contact_places: Sequence[int]) -> None:
    """Look at contacts, let ties fade or be renewed, and let a partner join, part or call.

    ``contact_places`` are the present places of the contacts the household has.
    """
    if contact_places:
        known = len(contact_places)
        h.contacts_returned = single(sum(p == s.ukraine for p in contact_places) / known)
        h.contacts_onward = single(sum(p not in (s.ukraine, h.place) for p in contact_places) / known)
    ties = h.ties * (1.0 - s.coefficient("ties_fade"))
    if s.draw(Stream.TIES, h.household_id, 0) < float(s.ties.visit[h.place]):
        ties = min(1.0, ties + s.coefficient("visit_gain"))
    h.ties = single(ties)
    if h.family != FamilyInUkraine.PARTNER:
        return
    u = s.draw(Stream.TIES, h.household_id, 1)
    joins, parts = float(s.ties.joins[h.place]), s.coefficient("partner_separates_hazard")
    if u < joins:
        h.persons[PersonKind.MEN_23_60] += 1
    if u < joins + parts:
        h.family = int(FamilyInUkraine.NOBODY)
        h.profile = h.profile_now()
    elif u > 1.0 - s.coefficient("partner_call_hazard"):
        h.triggers |= PARTNER_CALL


BIRTHDAYS = (
    (PersonKind.MEN_61_64, PersonKind.MEN_65, "turn_65_men_hazard"),
    (PersonKind.MEN_23_60, PersonKind.MEN_61_64, "turn_61_hazard"),
    (PersonKind.MEN_18_22, PersonKind.MEN_23_60, "turn_23_hazard"),
    (PersonKind.BOYS, PersonKind.MEN_18_22, "turn_18_hazard"),
    (PersonKind.WOMEN_18_64, PersonKind.WOMEN_65, "turn_65_women_hazard"),
    (PersonKind.GIRLS, PersonKind.WOMEN_18_64, "turn_18_hazard"),
)
HEAD_BIRTHDAYS = {0: "head_35_hazard", 1: "head_50_hazard", 2: "head_65_hazard"}


DEATH_OF = {
    PersonKind.WOMEN_18_64: "death_women_hazard",
    PersonKind.MEN_18_22: "death_men_hazard",
    PersonKind.MEN_23_60: "death_men_hazard",
    PersonKind.MEN_61_64: "death_men_hazard",
    PersonKind.WOMEN_65: "death_65_hazard",
    PersonKind.MEN_65: "death_65_hazard",
}


def dies(h: HouseholdRecord, s: Surroundings) -> PersonKind | None:
    """Return the member who dies this month; the last adult beside minors does not."""
    u, chance = s.draw(Stream.AGEING, h.household_id, len(BIRTHDAYS) + 1), 0.0
    minors = h.persons[PersonKind.GIRLS] + h.persons[PersonKind.BOYS]
    for kind in PersonKind:
        chance += s.coefficient(DEATH_OF[kind]) * h.persons[kind] if kind in DEATH_OF else 0.0
        if u < chance:
            return None if minors and sum(h.persons) - minors == 1 else kind
    return None


def grow_older(h: HouseholdRecord, s: Surroundings) -> None:
    """Let a member die, then members and the head pass into the next age group, one of each kind a month."""
    older = False
    if (dead := dies(h, s)) is not None:
        if sum(h.persons) == 1:
            h.stands_for = 0
        else:
            h.persons[dead] -= 1
            older = True
    for draw, (before, after, hazard) in enumerate(BIRTHDAYS):
        n = h.persons[before]
        if n and s.draw(Stream.AGEING, h.household_id, draw) < s.coefficient(hazard) * n:
            h.persons[before] -= 1
            h.persons[after] += 1
            older = True
    name = HEAD_BIRTHDAYS.get(h.age_band)
    if name and s.draw(Stream.AGEING, h.household_id, len(BIRTHDAYS)) < s.coefficient(name):
        h.age_band += 1
        older = True
    if not older:
        return
    if h.persons[PersonKind.GIRLS] + h.persons[PersonKind.BOYS] == 0:
        h.schooling = int(Schooling.NO_MINORS)
    if h.employed > h.adults:
        h.employed = h.adults
        if h.employed == 0:
            h.employment = int(Employment.NONE)
    h.profile = h.profile_now()


def bear(h: HouseholdRecord, s: Surroundings) -> None:
    """Let a child be born; it goes to school where it was born."""
    women = h.persons[PersonKind.WOMEN_18_64]
    if women == 0 or s.draw(Stream.BIRTH, h.household_id, 0) >= s.coefficient("birth_hazard") * women:
        return
    boy = s.draw(Stream.BIRTH, h.household_id, 1) < s.coefficient("boys_share")
    h.persons[PersonKind.BOYS if boy else PersonKind.GIRLS] += 1
    if h.schooling == Schooling.NO_MINORS:
        h.schooling = int(Schooling.HOST)


def split(h: HouseholdRecord, s: Surroundings, row: int) -> HouseholdRecord | None:
    """Let a young man leave; return the household he forms in the same host, or None.

    ``row`` is the row of the household he leaves, which becomes a contact of his.
    """
    others = sum(h.persons) - 1
    if h.persons[PersonKind.MEN_18_22] == 0 or others == 0:
        return None
    if s.draw(Stream.SPLIT, h.household_id, 0) >= s.coefficient("young_man_leaves_hazard"):
        return None
    own = copy.deepcopy(h)
    own.household_id += (s.month + 1) << SPLIT_SHIFT
    own.persons = [int(kind == PersonKind.MEN_18_22) for kind in PersonKind]
    own.age_band = int(AgeBand.AGE_18_34)
    own.schooling = int(Schooling.NO_MINORS)
    left_behind = h.family != FamilyInUkraine.NOBODY
    own.family = int(FamilyInUkraine.PARENT if left_behind else FamilyInUkraine.NOBODY)
    own.contacts[0] = row
    h.persons[PersonKind.MEN_18_22] -= 1
    # He takes a job along only if nobody is left in the household to hold it.
    own.employed = max(h.employed - h.adults, 0)
    own.employment = h.employment if own.employed else int(Employment.NONE)
    h.employed -= own.employed
    if h.employed == 0:
        h.employment = int(Employment.NONE)
    own.profile, h.profile = own.profile_now(), h.profile_now()
    if own.months_here == 0 and own.choice != Choice.ONWARD:
        # Who leaves the family in the month of arrival is looked at by himself.
        refuse(own, s)
    return own


def age(h: HouseholdRecord, s: Surroundings) -> None:
    """Let a month pass; who moved in it starts at 0 where it is now."""
    stayed, abroad = h.choice == Choice.STAY, h.place != s.ukraine
    h.months_here += stayed
    h.months_displaced += abroad or h.choice == Choice.RETURN
    h.months_collective += stayed and abroad and h.housing == Housing.COLLECTIVE


def live_one_month(
    h: HouseholdRecord,
    s: Surroundings,
    row: int,
    contact_places: Sequence[int],
    finds_no_place: bool = False,
) -> HouseholdRecord | None:
    """Change the record by all that follows ``arrivals``; return the household that splits off, or None.

    ``row`` is the row of the household, by which one that splits off remembers it; ``contact_places``
    are the present places of its contacts; ``finds_no_place`` says that it asked for a collective place
    and found none, which no household decides alone.
    """
    new = None
    if h.place != s.ukraine:
        update_status(h, s)
        update_work(h, s)
        update_integration(h, s)
        update_housing(h, s, finds_no_place)
        update_schooling(h, s)
        update_ties(h, s, contact_places)
        grow_older(h, s)
        bear(h, s)
        new = split(h, s, row)
    for each in [h] if new is None else [h, new]:
        if each.place != s.ukraine:
            answer(each, s)
        decide(each, s)
        move(each, s)
        age(each, s)
    return new
