"""split: young men who leave their household and form one of their own, an explicit flow."""

import numpy as np
from numpy.typing import NDArray

from abm.codes import AgeBand, Employment, FamilyInUkraine, PersonKind, Schooling, Stream
from abm.households import COLUMNS
from abm.kernels.family import mark_splits
from abm.kernels.household import profile_rows
from abm.state import Flow, State

SPLIT_SHIFT = 53
"""Bits of the parent's id below the month of the split; ids of arrivals use 52."""


def _found_households(state: State, parents: NDArray[np.int64]) -> None:
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


def run(state: State) -> None:
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
    _found_households(state, parents)
    moved = np.zeros(state.n_hosts, np.int64)
    np.add.at(moved, places, weights)
    host = np.arange(state.n_hosts)
    state.history.flows[state.index, Flow.SPLIT, host, host] += moved
