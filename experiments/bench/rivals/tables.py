"""What a rival without our tables is given: the utilities of one month, and the household columns.

The utilities come from the factor files, before the engine turns them into tables of its own. A household's
utility of return is ``mu * log(sum(exp(place / mu)))`` over its two places in Ukraine plus one entry of every
other table; the same for onward moves over all other hosts. The utility of staying is 0.
"""

from types import SimpleNamespace

import numpy as np
from numpy.typing import NDArray

from abm.arrays import Booleans, Floats
from abm.decision import log_sum_exp, raw_tables
from abm.factors import MonthView
from abm.kernels.layout import MOST_MONTHS, ROW_FACTORS
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


LOOKED_UP = ("host", "entry", "profile", "duration", "schooling", "trigger", "intention", "row")
"""Tables of both alternatives, return and onward: ``host_return``, ``host_onward`` ..."""

TABLES = (
    *(f"{table}_{way}" for table in LOOKED_UP for way in ("return", "onward")),
    *("return_origin", "return_elsewhere", "wish_origin", "wish_elsewhere", "destination", "kin", "scales"),
    *("intent_host", "intent_deed", "intent_onward", "intent_duration", "intent_row", "intent_cuts"),
)


class MonthTables(SimpleNamespace):
    """Utilities of the alternatives in one month.

    ``*_origin`` and ``*_elsewhere`` are float64[unit, home]: the two places to return to (``wish``: when it
    is safe). ``host_*`` is float64[host, status, employment, housing] without the value of the nest,
    ``entry_*`` float64[host, employment, months here], ``destination`` float64[host, employment, host],
    ``row_*`` the coefficients of the continuous columns, ``scales`` the dissimilarity of the return and the
    onward nest.
    """

    @property
    def n_hosts(self) -> int:
        """Number of hosts; also the place number of Ukraine."""
        return len(self.destination)

    def as_lists(self) -> dict[str, list[float]]:
        """Return every table as nested lists, for plain Python."""
        return {name: table.tolist() for name, table in vars(self).items()}


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
    return MonthTables(**{name: np.ascontiguousarray(tables[name]) for name in TABLES})


def decision_columns(state: State) -> DecisionColumns:
    """Return the columns the decision reads, contiguous, in the types the rivals expect."""
    return {
        name: np.ascontiguousarray(state.households[name], dtype) for name, dtype in DECISION_COLUMNS.items()
    }


ROWS_AT_ONCE = 16_384
"""Rows per block, so that the table of 33 utilities stays in the cache."""


def utilities(columns: DecisionColumns, t: MonthTables, rows: slice) -> tuple[Floats, Floats]:
    """Return the utilities of return and of moving onward relative to staying, both float64[n]."""
    c = {name: column[rows].astype(np.int64 if column.dtype.kind == "i" else np.float64)
         for name, column in columns.items()}  # fmt: skip
    cell = c["origin"], c["home"]
    host = np.minimum(c["place"], t.n_hosts - 1), c["status"], c["employment"], c["housing"]
    entry = host[0], c["employment"], np.minimum(c["months_here"], MOST_MONTHS)
    tastes = np.stack([c[name] for name in ROW_FACTORS], axis=1)
    mu, scale = t.scales
    back = mu * np.log(np.exp(t.return_origin[cell] / mu) + np.exp(t.return_elsewhere[cell] / mu))
    back += (
        t.host_return[host] + t.entry_return[entry] + t.profile_return[c["profile"]] + tastes @ t.row_return
    )
    back += t.duration_return[np.minimum(c["months_displaced"], MOST_MONTHS)]
    back += t.schooling_return[c["schooling"]] + t.trigger_return[c["triggers"]]
    back += t.intention_return[c["aim"]]
    weights = np.exp(destination_utilities(c, t) / scale)
    on = scale * np.log(weights.sum(axis=1))
    on += t.host_onward[host] + t.entry_onward[entry] + t.profile_onward[c["profile"]] + tastes @ t.row_onward
    on += t.duration_onward[np.minimum(c["months_here"], MOST_MONTHS)]
    on += t.schooling_onward[c["schooling"]] + t.trigger_onward[c["triggers"]]
    on += t.intention_onward[c["aim"]]
    return back, on


def destination_utilities(c: DecisionColumns, t: MonthTables) -> Floats:
    """Return the utility of every host for every household, float64[n, host]; -inf for its own."""
    here = np.minimum(c["place"], t.n_hosts - 1)
    rows = np.arange(len(here))
    table = t.destination[here, c["employment"]]
    for kin in c["kin_hosts"].T:
        known = kin >= 0
        table[rows[known], kin[known]] += t.kin[0]
    table[rows, here] = -np.inf
    return table


def may_leave(columns: DecisionColumns, n_hosts: int) -> Booleans:
    """Return who decides at all: abroad, and not in the month of arrival."""
    return np.asarray((columns["place"] < n_hosts) & (columns["months_here"] > 0))


def probabilities(columns: DecisionColumns, t: MonthTables) -> Floats:
    """Return the closed-form logit probabilities of return and onward, float64[n, 2]."""
    n = len(columns["place"])
    p = np.empty((n, 2))
    for low in range(0, n, ROWS_AT_ONCE):
        rows = slice(low, low + ROWS_AT_ONCE)
        odds = np.exp(np.stack(utilities(columns, t, rows), axis=1))
        p[rows] = odds / (1.0 + odds.sum(axis=1, keepdims=True))
    p[~may_leave(columns, t.n_hosts)] = 0.0
    return p
