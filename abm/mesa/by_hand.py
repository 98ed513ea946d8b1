"""Households a user brings along: they arrive in the month about to be simulated, booked as a flow."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from abm.arrays import Integers
from abm.codes import N_KINDS, PersonKind
from abm.errors import EweaError, nearest
from abm.kernels.layout import profile_rows
from abm.mesa.household_attributes import ATTRIBUTES
from abm.mesa.household_edits import set_attribute
from abm.month.turn import terms_of_entry
from abm.state import Flow, State

PERSONS = {kind.name.lower(): int(kind) for kind in PersonKind}
FIRST = ("place", "origin", "stands_for", *PERSONS)
"""Columns that decide how a household is created; the others are set afterwards."""

MOST_MEMBERS = 20
"""Largest number of persons of one kind in a household."""

BY_HAND = 35
"""Bit of the id that tells households brought along from those who arrived in the same month and host."""


def _whole(frame: pd.DataFrame, name: str, low: int, high: int) -> Integers:
    """Return a column of whole numbers, or refuse the first row that is none."""
    for row, value in enumerate(frame[name]):
        number = isinstance(value, (int, float, np.number)) and not isinstance(value, (bool, np.bool_))
        if not number or value % 1 != 0 or not low <= value <= high:
            raise EweaError(
                f"row {row}, {name}: found {value!r}; a whole number from {low} to {high} is needed. Nothing "
                "was changed."
            )
    return frame[name].to_numpy(np.int64)


def _codes(state: State, frame: pd.DataFrame, name: str) -> Integers:
    """Return host or unit numbers of names, or refuse the first that is none."""
    known = state.world.hosts.ids if name == "place" else state.world.origins.ids
    for row, value in enumerate(frame[name]):
        if value not in known:
            raise EweaError(f"row {row}, {name}: found {value!r}. {nearest(value, known)}")
    return np.array([known.index(value) for value in frame[name]], np.int64)


def _compositions(frame: pd.DataFrame) -> Integers:
    """Return persons by kind, int64[n, kind]; every household has somebody."""
    persons = np.zeros((len(frame), N_KINDS), np.int64)
    for name in PERSONS.keys() & set(frame):
        persons[:, PERSONS[name]] = _whole(frame, name, 0, MOST_MEMBERS)
    if len(nobody := np.flatnonzero(persons.sum(axis=1) == 0)):
        raise EweaError(f"row {nobody[0]}: nobody lives in this household; give {', '.join(PERSONS)}.")
    return persons


def create_by_hand(owner: type, model: Any, frame: pd.DataFrame) -> Integers:
    """Create a household per row; return their rows in the table. An error has changed nothing."""
    state: State = model.simulation.state
    if state.month >= state.settings.until:
        raise EweaError("the run has reached its horizon, so no month is left to arrive in.")
    if "place" not in frame:
        raise EweaError("place: a host code is needed for every household, for example place='NL'.")
    for name in frame:
        if name in ATTRIBUTES and name not in FIRST and (fixed := ATTRIBUTES[name].fixed):
            raise EweaError(f"{name} cannot be given: {fixed}. Give {', '.join(FIRST)} or what can be set.")
    kept, creator = state.households.copy(), state.creator.copy()
    try:
        rows = _filled(state, frame)
        for name in [name for name in ATTRIBUTES if name in frame and name not in FIRST]:
            set_attribute(state, name, rows, frame[name].tolist())
        if "months_displaced" in frame:
            columns = state.households
            columns["cohort"][rows] = np.maximum(
                state.month - columns["months_displaced"][rows].astype(int), 0
            )
        own = [name for name in frame if name not in (*FIRST, *ATTRIBUTES)]
        for name in own:
            model.own.check(owner, name, (*ATTRIBUTES, *PERSONS))
    except EweaError:
        state.households, state.creator = kept, creator
        raise
    for name in own:
        model.own.write(owner, name, rows, frame[name].tolist(), len(state.households))
    columns = state.households.columns()
    booked = np.zeros(state.n_hosts, np.int64)
    persons = columns.persons[rows].sum(axis=1, dtype=np.int64) * columns.stands_for[rows]
    np.add.at(booked, columns.place[rows].astype(np.int64), persons)
    state.book(Flow.ARRIVAL, booked)
    return rows


def _filled(state: State, frame: pd.DataFrame) -> Integers:
    """Append a household per row as other arrivals of the month are; return their rows in the table."""
    world, H = state.world, state.n_hosts
    hosts = _codes(state, frame, "place")
    units = _codes(state, frame, "origin") if "origin" in frame else np.full(len(frame), -1)
    weights = _whole(frame, "stands_for", 1, np.iinfo(np.int16).max) if "stands_for" in frame else None
    persons = _compositions(frame) if PERSONS.keys() & set(frame) else None
    protected, _ = terms_of_entry(world, state.month)
    cohorts = np.zeros((H, state.month + 1))
    cohorts[:, state.month] = 1.0
    households, found = state.households, np.zeros(len(frame), np.int64)
    earlier = int(np.count_nonzero(households["household_id"] >> BY_HAND & 1))
    for unit in np.unique(units):
        chosen = np.flatnonzero(units == unit)
        if persons is None:
            types, kind = world.composition.household_types, np.zeros(len(chosen), np.int64)
            shares = state.type_shares[state.month]
        else:
            # The kernel knows minors and people of 65 and over without their sex, which is set below.
            known = persons[chosen]
            six = np.column_stack([known[:, :4], known[:, 4] + known[:, 5], known[:, 6] + known[:, 7]])
            types, kind = np.unique(six, axis=0, return_inverse=True)
            shares = np.ones((H, len(types)))
            for host in np.unique(hosts[chosen]):
                shares[host] = np.bincount(kind[hosts[chosen] == host], minlength=len(types))
        origin = None if unit < 0 else np.tile(np.eye(len(world.origins.ids))[unit], (H, 1))
        begun = len(households)
        state.creator.fill(
            households,
            state.month,
            np.bincount(hosts[chosen], minlength=H),
            (types, shares, np.full(H, 0.5)),
            protected,
            np.zeros(H),
            cohorts,
            origin,
            taste=earlier + begun + 1,
        )
        # Rows stand by host, and inside a host by type.
        found[chosen[np.lexsort((kind, hosts[chosen]))]] = np.arange(begun, begun + len(chosen))
    columns = households.columns()
    columns.household_id[found] = (
        (np.int64(state.month + 1) << 44) | (hosts << 36) | (1 << BY_HAND) | (earlier + np.arange(len(found)))
    )
    if weights is not None:
        columns.stands_for[found] = weights
    if persons is not None:
        columns.persons[found] = persons
    profile_rows(columns, found)
    return found
