"""What a rival without our tables is given: the utilities of one month, and the household columns.

The utilities come from the factor files, before the engine turns them into tables of its own. A household's
utility of return is ``mu * log(sum(exp(place / mu)))`` over its two places in Ukraine plus one entry of every
other table; the same for onward moves over all other hosts. The utility of staying is 0.
"""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from abm.arrays import Floats
from abm.decision.tables import log_sum_exp, raw_tables
from abm.factors import MonthView
from abm.kernels.layout import ROW_FACTORS
from abm.state import State

DECISION_COLUMNS = {
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
    "aim": "i1",
    "kin_hosts": "i1",
    **dict.fromkeys(ROW_FACTORS, "f4"),
}
"""Columns the decision reads, and the types in which the rivals get them."""

DecisionColumns = dict[str, NDArray[np.generic]]


@dataclass(frozen=True)
class MonthTables:
    """Utilities of the alternatives in one month.

    ``*_origin`` and ``*_elsewhere`` are float64[unit, home]: the two places to return to (``wish``: when it
    is safe). ``host_*`` is float64[host, status, employment, housing] without the value of the nest,
    ``entry_*`` float64[host, employment, months here], ``destination`` float64[host, employment, host],
    ``row_*`` the coefficients of the continuous columns, ``scales`` the dissimilarity of the return and the
    onward nest.
    """

    return_origin: Floats
    return_elsewhere: Floats
    host_return: Floats
    host_onward: Floats
    entry_return: Floats
    entry_onward: Floats
    profile_return: Floats
    profile_onward: Floats
    duration_return: Floats
    duration_onward: Floats
    schooling_return: Floats
    schooling_onward: Floats
    trigger_return: Floats
    trigger_onward: Floats
    intention_return: Floats
    intention_onward: Floats
    row_return: Floats
    row_onward: Floats
    destination: Floats
    kin: Floats
    wish_origin: Floats
    wish_elsewhere: Floats
    intent_host: Floats
    intent_deed: Floats
    intent_onward: Floats
    intent_duration: Floats
    intent_row: Floats
    intent_cuts: Floats
    scales: Floats

    @property
    def n_hosts(self) -> int:
        """Number of hosts; also the place number of Ukraine."""
        return len(self.destination)

    def as_lists(self) -> dict[str, list[float]]:
        """Return every table as nested lists, for plain Python."""
        return {field.name: getattr(self, field.name).tolist() for field in fields(self)}


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

    def places_in_ukraine(of: dict[str, Floats], value: Floats) -> tuple[Floats, Floats]:
        both = np.stack(np.broadcast_arrays(of["return_origin"], of["return_elsewhere"]), axis=-1)
        level = value - mu * log_sum_exp(both / mu)
        return both[..., 0] + level, both[..., 1] + level

    origin, elsewhere = places_in_ukraine(raw, built.return_value)
    wish_origin, wish_elsewhere = places_in_ukraine(safe, built.intent_return)
    reachable = raw["destination"] / scale
    reachable[np.arange(len(reachable)), :, np.arange(len(reachable))] = -np.inf
    tables = {
        **raw,
        "return_origin": origin,
        "return_elsewhere": elsewhere,
        "host_return": built.host_return,
        "host_onward": built.host_onward - scale * log_sum_exp(reachable)[:, None, :, None],
        "kin": np.atleast_1d(raw["kin"]),
        "wish_origin": wish_origin,
        "wish_elsewhere": wish_elsewhere,
        "intent_host": built.intent_host,
        "scales": np.array([mu, scale]),
    }
    return MonthTables(
        **{field.name: np.ascontiguousarray(tables[field.name]) for field in fields(MonthTables)}
    )


def decision_columns(state: State) -> DecisionColumns:
    """Return the columns the decision reads, contiguous, in the types the rivals expect."""
    return {
        name: np.ascontiguousarray(state.households[name], dtype) for name, dtype in DECISION_COLUMNS.items()
    }
