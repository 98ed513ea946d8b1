"""schooling, ties, ageing, births and split: school, bonds with Ukraine, birthdays and deaths, young men."""

from typing import NamedTuple

import numpy as np

from abm.arrays import Floats, Integers
from abm.codes import AgeBand, Employment, FamilyInUkraine, PersonKind, Schooling, Stream
from abm.data.world import World
from abm.households import COLUMNS
from abm.kernels.family import bear, grow_older, mark_splits, update_schooling, update_ties
from abm.kernels.layout import profile_rows
from abm.month.arrivals import refuse_newcomers
from abm.months import calendar_month
from abm.state import Flow, State

SUMMER = (6, 7, 8)
"""Months in which a school year has ended and a move does not break one off."""

SPLIT_SHIFT = 53
"""Bits of the parent's id below the month of the split; ids of arrivals use 52."""


def schooling(state: State) -> None:
    """Update the schooling of every household abroad that has minors."""
    c, summer = state.world.coefficients, calendar_month(state.month) in SUMMER
    hazards = (c["enter_school_hazard"], c["leave_online_hazard"])
    state.sweep(update_schooling, state.key(Stream.SCHOOLING), state.n_hosts, *hazards, summer)


class TieRates(NamedTuple):
    """Monthly probability of a visit to Ukraine, and that a partner joins, float64[H]."""

    visit: Floats
    joins: Floats


def tie_rates(world: World, month: int) -> TieRates:
    """Return the rates of a month; who may leave Ukraine decides on partners too."""
    policy, c = world.policy, world.coefficients
    return TieRates(
        visit=c["visit_hazard"] * policy.now("visits", month),
        joins=c["partner_joins_hazard"]
        * policy.now("family_reunion", month)
        * policy.ukraine("men_leave", month),
    )


def ties(state: State) -> None:
    """Update ties and book partners who join their household abroad."""
    c = state.world.coefficients
    terms = (
        c["ties_fade"],
        c["visit_gain"],
        c["partner_separates_hazard"],
        c["partner_call_hazard"],
    )
    rates = tie_rates(state.world, state.month)
    joined = np.zeros(state.n_hosts, np.int64)
    state.sweep(update_ties, state.key(Stream.TIES), state.n_hosts, *rates, terms, totals=(joined,))
    state.book(Flow.REUNIFICATION, joined)


PASSAGES = (
    "turn_65_men_hazard",
    "turn_61_hazard",
    "turn_23_hazard",
    "turn_18_hazard",
    "turn_65_women_hazard",
    "turn_18_hazard",
)
"""Coefficients of the passages of the kernel, in its order."""

HEADS = ("head_35_hazard", "head_50_hazard", "head_65_hazard")
"""Coefficients of heads who leave their age band, youngest first."""


DEATHS = {
    "death_women_hazard": (PersonKind.WOMEN_18_64,),
    "death_men_hazard": (PersonKind.MEN_18_22, PersonKind.MEN_23_60, PersonKind.MEN_61_64),
    "death_65_hazard": (PersonKind.WOMEN_65, PersonKind.MEN_65),
}
"""Coefficients of deaths, and whom they act on; minors do not die."""


def ageing(state: State) -> None:
    """Let members of households abroad die, and them and their heads pass into the next age group."""
    c, H = state.world.coefficients, state.n_hosts
    hazards = np.array([c[name] for name in (*PASSAGES, *HEADS)])
    deaths = np.zeros(len(PersonKind))
    for name, kinds in DEATHS.items():
        deaths[list(kinds)] = c[name]
    died, gone = np.zeros(H, np.int64), np.zeros((H + 1, H + 1), np.int64)
    state.sweep(grow_older, state.key(Stream.AGEING), H, hazards, deaths, totals=(died,))
    gone[:H, H] = died
    state.book(Flow.DEATH, gone)


def births(state: State) -> None:
    """Add newborns to households abroad and book them."""
    c, born = state.world.coefficients, np.zeros(state.n_hosts, np.int64)
    key, hazard = state.key(Stream.BIRTH), c["birth_hazard"]
    state.sweep(bear, key, state.n_hosts, hazard, c["boys_share"], totals=(born,))
    state.book(Flow.BIRTH, born)


def _found_households(state: State, parents: Integers) -> None:
    """Append one household per parent row: a copy of it with one young man, who leaves the parent."""
    households = state.households
    first = households.extend(len(parents))
    rows = np.arange(first, first + len(parents))
    columns = households.columns()
    for name in COLUMNS:
        column = getattr(columns, name)
        column[rows] = column[parents]
    columns.household_id[rows] += np.int64(state.month + 1) << np.int64(SPLIT_SHIFT)
    columns.persons[rows] = 0
    columns.persons[rows, PersonKind.MEN_18_22] = 1
    columns.persons[parents, PersonKind.MEN_18_22] -= 1
    columns.contacts[rows, 0] = parents
    columns.age_band[rows] = AgeBand.AGE_18_34
    columns.schooling[rows] = Schooling.NO_MINORS
    # Whoever of the family is in Ukraine (his father, most often) is a parent to him.
    left_behind = columns.family[parents] != FamilyInUkraine.NOBODY
    columns.family[rows] = np.where(left_behind, FamilyInUkraine.PARENT, FamilyInUkraine.NOBODY)
    columns.employed[rows] = 0
    columns.employment[rows] = Employment.NONE
    # He takes his job along only when nobody else is left in the parent household to hold it.
    adults = columns.persons[parents][:, :4].sum(axis=1)
    surplus = columns.employed[parents] > adults
    columns.employed[rows[surplus]] = 1
    columns.employment[rows[surplus]] = columns.employment[parents[surplus]]
    columns.employed[parents[surplus]] -= 1
    columns.employment[parents[columns.employed[parents] == 0]] = Employment.NONE
    profile_rows(columns, rows)
    profile_rows(columns, parents)


def split(state: State) -> None:
    """Split households and book the persons as a flow inside their host."""
    marks = np.zeros(len(state.households), np.bool_)
    hazard = state.world.coefficients["young_man_leaves_hazard"]
    state.sweep(mark_splits, state.key(Stream.SPLIT), state.n_hosts, hazard, marks)
    parents = np.flatnonzero(marks)
    if not len(parents):
        return
    ids = state.households["household_id"][parents]
    parents = parents[np.argsort(ids)]
    places = state.households["place"][parents].astype(np.int64)
    weights = state.households["stands_for"][parents].astype(np.int64)
    founded = len(state.households)
    _found_households(state, parents)
    # Who leaves the family in the month of arrival is looked at by himself.
    refuse_newcomers(state, since=founded)
    moved = np.zeros(state.n_hosts + 1, np.int64)
    np.add.at(moved, places, weights)
    state.book(Flow.SPLIT, np.diag(moved))
