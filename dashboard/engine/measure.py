"""What is kept of one finished run."""

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from abm.kernels.end_month import COUNTS
from abm.state import State
from dashboard.engine.bundle import Axes, Measured
from experiments.ensemble.counts import group_totals, outcomes_of
from experiments.ensemble.outcomes import CHANNELS, OUTCOMES, STOCKS

Array = NDArray[np.float32]

REGISTER = "register"
"""Persons a register would show at the end of the month: to be laid beside recorded points."""

OF_COUNTS = {
    "work": {"employed": "employed"},
    "housing": {
        "collective": "housing_collective",
        "hosted": "housing_hosted",
        "subsidised": "housing_subsidised",
        "independent": "housing_independent",
    },
    "intention": {
        "stay": "intention_stay",
        "undecided": "intention_undecided",
        "return": "intention_return",
        "onward": "intention_onward",
    },
    "schooling": {
        "minors": "minors",
        "host_school": "minors_in_host_school",
        "both": "minors_in_both",
        "online_only": "minors_online_only",
    },
    "family": {"in_ukraine": "family_in_ukraine"},
    "return_type": {
        "energetic": "return_energetic",
        "exhausted": "return_exhausted",
        "virtual": "return_virtual",
        "disconnected": "return_disconnected",
    },
}
"""Attributes and values that stand in the second array of the model's counts."""


class Period(IntEnum):
    """Parts of the flows."""

    BEFORE = 0
    SINCE = 1


def axes_of(state: State, since: int) -> Axes:
    """Return the axes of everything measured on runs of this kind."""
    world = state.world
    return Axes(
        hosts=tuple(world.hosts.ids),
        in_eu=tuple(bool(eu) for eu in world.hosts.is_eu),
        units=tuple(world.origins.ids),
        outcomes=(*OUTCOMES, REGISTER),
        stocks=(*STOCKS, REGISTER),
        channels=dict(CHANNELS),
        groups=tuple(_groups(state)),
        first=state.settings.start,
        since=since,
    )


def _groups(state: State) -> dict[tuple[str, str], NDArray[np.float64]]:
    found = group_totals(state)
    counts = state.history.counts[state.index].astype(float)

    def column(name: str) -> NDArray[np.float64]:
        return np.asarray(counts[:, COUNTS.index(name)])

    for attribute, values in OF_COUNTS.items():
        for value, name in values.items():
            found[attribute, value] = column(name)
    found["work", "working_age_without_job"] = np.maximum(column("working_age") - column("employed"), 0.0)
    return found


def measure(state: State, since: int) -> Measured:
    """Return what is kept of a finished run whose flows are kept apart before and after a month."""
    outcomes = outcomes_of(state, 0)
    done = state.index
    # Whole persons lose nothing anyone could see and keep the files small.
    outcomes[REGISTER] = np.rint(state.history.register[:done])
    flows = state.history.flows[:done]
    cut = max(since - state.settings.start, 0)
    moved = np.stack([flows[:cut].sum(axis=(0, 1)), flows[cut:].sum(axis=(0, 1))])
    return Measured(
        np.array([outcomes[name] for name in (*OUTCOMES, REGISTER)], np.float32),
        np.array(list(_groups(state).values()), np.float32),
        moved.astype(np.float32),
        _origins(state),
    )


def _origins(state: State) -> Array:
    """Return persons abroad by origin unit and host, float32[U, H]."""
    households, H = state.households, state.n_hosts
    n = len(households)
    place, origin = households["place"][:n].astype(int), households["origin"][:n].astype(int)
    people = households["persons"][:n].astype(np.int64).sum(axis=1) * households["stands_for"][:n]
    abroad = (place >= 0) & (place < H)
    U = len(state.world.origins.ids)
    cells = origin[abroad] * H + place[abroad]
    return np.bincount(cells, people[abroad], U * H).reshape(U, H).astype(np.float32)
