"""Who does not come because a rule would refuse protection, and where they go instead.

A rule that was in force when the level of arrivals was recorded has done its work in that level: what counts
is the rule of the month against the rules of the known months.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from abm.arrays import Booleans, Floats, Integers
from abm.codes import PersonKind
from abm.data.world import World
from abm.month.arrival_level import jump_off, known_months
from abm.policy.policy import Selection
from abm.state import State

KINDS = (
    (PersonKind.WOMEN_18_64,),
    (PersonKind.MEN_18_22,),
    (PersonKind.MEN_23_60,),
    (PersonKind.MEN_61_64,),
    (PersonKind.GIRLS, PersonKind.BOYS),
    (PersonKind.WOMEN_65, PersonKind.MEN_65),
)
"""Kinds of persons that each column of the household types counts."""

MINOR, OLDER = 4, 5
"""Columns of the household types that count minors, and people of 65 and over."""


@dataclass(frozen=True, eq=False)
class LeftOut:
    """Shares of the households who would come that rules leave out, float64[H, K] each, by type."""

    persons: Floats  # All adults are left out by sex, age or what they cannot show
    families: Floats  # Some adults are
    regions: Floats  # Only the region they come from is left out


def adults_named(types: Integers, rule: Selection) -> tuple[Booleans, Booleans]:
    """Return of which household types a rule names every adult, and of which only some, bool[K] each.

    Where only minors came, the rule has to name minors.
    """
    named = np.array([all(rule.kinds[kind] for kind in kinds) for kinds in KINDS])
    there = types > 0
    adults = np.arange(len(KINDS)) != MINOR
    hit, missed = (there[:, adults & chosen].any(axis=1) for chosen in (named, ~named))
    every = ~missed & (hit | named[MINOR])
    some = hit & missed
    if rule.vulnerable_exempt:
        exempt = there[:, [MINOR, OLDER]].any(axis=1)
        every, some = every & ~exempt, some & ~exempt
    return np.asarray(every), np.asarray(some)


def left_out(world: World, month: int) -> LeftOut:
    """Return whom the rules of a month leave out."""
    return _left_out(world, world.policy.refusing(month, holders=False))


@lru_cache(maxsize=64)
def _left_out(world: World, rules: tuple[Selection, ...]) -> LeftOut:
    """Return whom rules leave out: who fails one about persons has failed the milder ones."""
    types = world.composition.household_types
    found = [np.zeros((len(world.hosts.ids), len(types))) for _ in range(3)]
    persons, families, regions = found
    for rule in rules:
        share = (1.0 - rule.share) * float(world.composition.origin[rule.host] @ rule.units)
        every, some = adults_named(types, rule)
        for kept, hit in ((persons, every), (families, some)) if rule.units.all() else ((regions, every),):
            kept[rule.host] = np.maximum(kept[rule.host], share * hit)
    return LeftOut(persons, families, regions * (1.0 - persons - families))


def staying_away(world: World, month: int) -> Floats:
    """Return which share of those who would come stays away for the rules of a month, float64[H, K]."""
    out, c = left_out(world, month), world.coefficients
    return np.asarray(
        c["deterred_men"] * out.persons
        + c["deterred_families"] * out.families
        + c["deterred_regions"] * out.regions
    )


@lru_cache(maxsize=16)
def _coming_then(world: World, known: int | None) -> Floats:
    """Return which share of those who would have come in the known months did, float64[H, K]."""
    months, weights = known_months(world, known)
    then = np.array([1.0 - staying_away(world, month) for month in months.tolist()])
    return np.asarray(np.tensordot(weights[:, 0], then, axes=1))


def deterred(state: State, wanted: Floats, type_shares: Floats) -> tuple[Floats, Floats]:
    """Return arrivals [H] and type shares [H, K] less those deterred, and with those diverted.

    Of the deterred ``deterred_divert`` go to hosts that leave such a household in, as far as there are any
    among those people come to; the others stay in Ukraine.
    """
    world, month = state.world, state.month
    ratio = (1.0 - staying_away(world, month)) / _coming_then(world, jump_off(state))
    if (ratio == 1.0).all():
        return wanted, type_shares
    sizes = world.composition.household_types.sum(axis=1)
    households = (np.maximum(wanted, 0.0) / (type_shares @ sizes))[:, None] * type_shares
    out = left_out(world, month)
    # Who cannot show compliance in one host cannot in another; a region is left out in some hosts only.
    open_ = np.where(out.persons + out.families > 0.0, 0.0, households * (1.0 - out.regions))
    lost = np.maximum(households * (1.0 - ratio), 0.0).sum(axis=0)
    # Where few hosts are open few find one: as many as the open have among all they would have gone to.
    most = np.maximum(households.sum(axis=0), 1e-12)
    left = households * ratio + world.coefficients["deterred_divert"] * lost * open_ / most
    total = left.sum(axis=1, keepdims=True)
    shares = np.where(total > 0.0, left / np.where(total > 0.0, total, 1.0), type_shares)
    return np.where(wanted > 0.0, left @ sizes, wanted), shares
