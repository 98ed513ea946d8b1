"""Changing households by hand between two months, without breaking what the engine relies on.

Everything is checked before anything is written. Columns that belong together move together: a job
and its level, the slow attributes and their joint code, a move and all it resets. Moves are booked
as flows of the month about to be simulated, so stock(t + 1) = stock(t) + in - out still holds.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from abm.arrays import Integers
from abm.codes import Employment, Schooling, Status, Stream
from abm.data.settings import LAST_HORIZON
from abm.errors import EweaError
from abm.kernels.create import TASTE_LIMIT
from abm.kernels.layout import profile_rows
from abm.kernels.move import relocate
from abm.mesa.household_attributes import Array, Attribute, attribute
from abm.month.turn import terms_of_entry
from abm.state import Flow, State

MOST = np.iinfo(np.int16).max - LAST_HORIZON
"""Longest duration in months that can be set: the column counts on to the last horizon."""

BOUNDS: dict[str, tuple[float, float]] = {
    "months_here": (0, MOST),
    "months_displaced": (0, MOST),
    "months_collective": (0, MOST),
    "employed": (0, np.iinfo(np.int8).max),
    "integration": (0, 1),
    "ties": (0, 1),
    # The bounds of the decision (abm.decision) rest on these.
    "attachment": (-TASTE_LIMIT, TASTE_LIMIT),
    "readiness": (-TASTE_LIMIT, TASTE_LIMIT),
}
SLOW = ("age_band", "family", "income", "works_remotely")
"""Settable attributes that enter the joint code of :mod:`abm.factors`."""

ABROAD_ONLY = {
    "status", "employed", "employment", "housing", "months_collective", "integration", "schooling",
}  # fmt: skip


def _encoded(found: Attribute, state: State, value: Any, n: int) -> Array:
    """Return ``n`` stored values from one value for all or one for each."""
    if isinstance(value, str) or np.ndim(value) == 0:
        return np.full(n, found.code(state, value.item() if isinstance(value, np.ndarray) else value))
    if np.ndim(value) != 1 or len(value) != n:
        raise EweaError(
            f"{found.name}: found values of shape {np.shape(value)} for {n} households; give one for all "
            "or one for each."
        )
    stored = np.array([found.code(state, each) for each in value])
    return stored if n else stored.astype(np.int64)


def _refuse(state: State, rows: Integers, wrong: Array, name: str, why: str) -> None:
    """Raise an error that names the first household for which ``wrong`` is true."""
    if np.any(wrong):
        first = int(state.households["household_id"][rows[np.flatnonzero(wrong)[0]]])
        raise EweaError(f"{name}: household {first} {why}. Nothing was changed.")


def _check(state: State, name: str, rows: Integers, stored: Array) -> None:
    """Refuse values that the engine could not go on from."""
    abroad = attribute("is_abroad").values(state, rows)
    if name in BOUNDS:
        low, high = BOUNDS[name]
        if np.any((stored < low) | (stored > high)):
            worst = stored[(stored < low) | (stored > high)][0]
            raise EweaError(f"{name}: found {worst:g}; allowed are {low:g} to {high:g}. Nothing was changed.")
        if state.households[name].dtype.kind in "iu" and np.any(stored != np.floor(stored)):
            raise EweaError(f"{name}: found a fraction; whole numbers are needed. Nothing was changed.")
    if name in ABROAD_ONLY:
        _refuse(
            state, rows, ~abroad, name, "is in Ukraine, where this is not modelled; select is_abroad=True"
        )
    if name == "ukraine_unit":
        _refuse(state, rows, abroad, name, "is abroad; set place='UA' first")
        _refuse(state, rows, stored < 0, name, "needs a unit to live in")
    if name == "place":
        _refuse(state, rows, stored < 0, name, "needs a place: a host code, or UA for Ukraine")
    if name == "last_place":
        _refuse(state, rows, stored == state.households["place"][rows], name, "lives there now")
    if name == "status":
        _refuse(state, rows, stored == Status.NOT_NEEDED, name, "is abroad and cannot do without a status")
    if name == "schooling":
        minors = attribute("minors").values(state, rows) > 0
        _refuse(state, rows, minors & (stored == Schooling.NO_MINORS), name, "has minors")
        _refuse(state, rows, ~minors & (stored != Schooling.NO_MINORS), name, "has no minors")
    if name in ("employed", "employment", "works_remotely"):
        adults = attribute("working_age").values(state, rows)
        most = adults if name == "employed" else np.where(adults > 0, len(Employment), 0)
        _refuse(state, rows, stored > most, name, "has not that many members of working age")


def _move(state: State, rows: Integers, targets: Array) -> None:
    """Move households and book the flows of the month about to be simulated."""
    if state.month >= state.settings.until:
        raise EweaError("place: the run has reached its horizon, so no month is left to move in.")
    n = state.n_hosts
    flows = np.zeros((n + 1, n + 1), np.int64)
    relocate(
        state.households.columns(),
        rows,
        targets.astype(np.int64),
        state.key(Stream.RESETTLE),
        *terms_of_entry(state.world, state.month),
        n,
        flows,
    )
    state.book(Flow.REDEPARTURE, flows[n, :n])
    flows[n] = 0
    home = np.zeros_like(flows)
    home[:, n] = flows[:, n]
    state.book(Flow.RETURN, home)
    state.book(Flow.ONWARD, flows - home)


def _set_jobs(state: State, rows: Integers, stored: Array) -> None:
    """Set the persons with a job; the level of the best job follows where it must."""
    household = state.households
    household["employed"][rows] = stored
    level = np.maximum(household["employment"][rows], Employment.BELOW_LEVEL)
    household["employment"][rows] = np.where(stored > 0, level, Employment.NONE)


def _set_job_level(state: State, rows: Integers, stored: Array) -> None:
    """Set the best job; somebody works exactly if there is one."""
    household = state.households
    household["employment"][rows] = stored
    household["employed"][rows] = np.where(stored > 0, np.maximum(household["employed"][rows], 1), 0)


def _set_slow(name: str) -> Callable[[State, Integers, Array], None]:
    """Return a writer of a slow attribute, which also renews the joint code of all of them."""

    def write_slow(state: State, rows: Integers, stored: Array) -> None:
        state.households[name][rows] = stored
        profile_rows(state.households.columns(), rows)

    return write_slow


WRITERS: dict[str, Callable[[State, Integers, Array], None]] = {
    "place": _move,
    "employed": _set_jobs,
    "employment": _set_job_level,
    **{name: _set_slow(name) for name in SLOW},
}
"""Attributes whose change touches more than their own column."""


def set_attribute(state: State, name: str, rows: Integers, value: Any) -> None:
    """Set an attribute of the households ``rows`` int64[n]; an error has changed nothing.

    ``value`` is one for all, or one for each, written as it is read (``"NL"``, ``Status.NONE``, 0.5).
    """
    found = attribute(name)
    if found.fixed:
        raise EweaError(f"{name} cannot be set: {found.fixed}.")
    stored = _encoded(found, state, value, len(rows))
    _check(state, name, rows, stored)
    if name in WRITERS:
        WRITERS[name](state, rows, stored)
    else:
        state.households[name][rows] = stored
