"""What a rival implementation is given: the utilities of one month, and the household columns.

The utilities come from the factor files, before the engine turns them into tables of its own, so a
rival shares the science with the model and nothing of its code.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from abm.codes import Stream
from abm.decision.tables import raw_tables
from abm.factors import MonthView
from abm.kernels.layout import ROW_FACTORS

if TYPE_CHECKING:
    from abm.state import State

Array = NDArray[np.float64]

DECISION_COLUMNS = {
    "household_id": "i8",
    "place": "i1",
    "months_here": "i2",
    "months_displaced": "i2",
    "origin": "i1",
    "home": "i1",
    "status": "i1",
    "employment": "i1",
    "housing": "i1",
    "profile": "i2",
    "schooling": "i1",
    "triggers": "i1",
    "intention": "i1",
    "kin_hosts": "i1",
    **dict.fromkeys(ROW_FACTORS, "f4"),
}
"""Columns the decision reads, and the types in which the rivals get them."""

DecisionColumns = dict[str, NDArray[np.generic]]


@dataclass(frozen=True)
class MonthTables:
    """Utilities of the alternatives in one month, and the keys of its draws.

    A household's utility of return is ``return_scale * log(sum(exp(place / return_scale)))`` over
    its two places in Ukraine, plus one entry of every other table; the same for onward moves over
    33 hosts with ``onward_scale``. The utility of staying is 0.

    Attributes
    ----------
    return_origin, return_elsewhere : float64[unit, home]
        Utility of the two places to return to.
    host_return, host_onward : float64[host, status, employment, housing]
        Without the value of the nest.
    entry_return, entry_onward : float64[host, employment, months here]
        What depends on the terms in force when the household entered its host.
    destination : float64[host, employment, host]
        Utility of every other host.
    kin : float64[1]
        Utility added to a host with close kin.
    row_return, row_onward : float64[row factor]
        Coefficients of the continuous columns.
    wish_origin, wish_elsewhere : float64[unit, home]
        As ``return_origin`` and ``return_elsewhere``, under "when it is safe".
    intent_host, intent_row, intent_cuts
        Of the answer to a survey (:mod:`abm.kernels.intention`).
    scales : float64[2]
        Dissimilarity of the return nest and of the onward nest.
    keys : uint64[2]
        Month keys of the streams DECIDE and DESTINATION.
    """

    return_origin: Array
    return_elsewhere: Array
    host_return: Array
    host_onward: Array
    entry_return: Array
    entry_onward: Array
    profile_return: Array
    profile_onward: Array
    duration_return: Array
    duration_onward: Array
    schooling_return: Array
    schooling_onward: Array
    trigger_return: Array
    trigger_onward: Array
    intention_return: Array
    intention_onward: Array
    row_return: Array
    row_onward: Array
    destination: Array
    kin: Array
    wish_origin: Array
    wish_elsewhere: Array
    intent_host: Array
    intent_row: Array
    intent_cuts: Array
    scales: Array
    keys: NDArray[np.uint64]

    @property
    def n_hosts(self) -> int:
        """Number of hosts; also the place number of Ukraine."""
        return len(self.destination)

    def as_lists(self) -> dict[str, list[float]]:
        """Return every table as nested lists, for plain Python."""
        return {field.name: getattr(self, field.name).tolist() for field in fields(self)}


def log_sum_exp(values: Array) -> Array:
    """Return log(sum(exp(values))) along the last axis."""
    top = values.max(axis=-1, keepdims=True)
    return np.asarray(np.log(np.exp(values - top).sum(axis=-1)) + top[..., 0])


def month_tables(state: State) -> MonthTables:
    """Return the tables of the month a run stands at.

    The engine folds the nests into its tables; here they are unfolded, so that a rival weighs
    every place itself. What is left of the engine's numbers is their level (constants and centring).
    """
    world, builder = state.world, state.decisions
    stock = state.displaced().astype(float)
    raw = raw_tables(MonthView(world, state.month, stock, base=builder.base), builder.without)
    safe = raw_tables(MonthView(world, state.month, stock, safe=True, base=builder.base), builder.without)
    built = builder.build(state.month, stock)
    mu, scale = (world.coefficients[f"{nest}_dissimilarity"] for nest in ("return", "onward"))
    cells = raw["return_origin"].shape

    def places_in_ukraine(of: dict[str, Array], value: Array) -> tuple[Array, Array]:
        both = np.stack([of["return_origin"], np.broadcast_to(of["return_elsewhere"], cells)], axis=-1)
        level = value - mu * log_sum_exp(both / mu)
        return both[..., 0] + level, both[..., 1] + level

    origin, elsewhere = places_in_ukraine(raw, built.return_value)
    wish_origin, wish_elsewhere = places_in_ukraine(safe, built.intent_return)
    reachable = raw["destination"] / scale
    reachable[np.arange(len(reachable)), :, np.arange(len(reachable))] = -np.inf
    tables = {
        "return_origin": origin,
        "return_elsewhere": elsewhere,
        "host_return": built.host_return,
        "host_onward": built.host_onward - scale * log_sum_exp(reachable)[:, None, :, None],
        "destination": raw["destination"],
        "kin": np.atleast_1d(raw["kin"]),
        "wish_origin": wish_origin,
        "wish_elsewhere": wish_elsewhere,
        "intent_host": built.intent_host,
        "scales": np.array([mu, scale]),
    }
    for name in MonthTables.__dataclass_fields__:
        if name not in tables and name != "keys":
            tables[name] = raw[name]
    keys = np.array([state.key(Stream.DECIDE), state.key(Stream.DESTINATION)], np.uint64)
    return MonthTables(**{name: np.ascontiguousarray(values) for name, values in tables.items()}, keys=keys)


def decision_columns(state: State) -> DecisionColumns:
    """Return the columns the decision reads, contiguous, in the types the rivals expect."""
    return {
        name: np.ascontiguousarray(state.households[name], dtype) for name, dtype in DECISION_COLUMNS.items()
    }
