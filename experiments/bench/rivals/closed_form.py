"""The logit probabilities of every household in closed form, from the factors' utilities of all 33 hosts."""

import numpy as np

from abm.arrays import Booleans, Floats
from abm.kernels.layout import MOST_MONTHS, ROW_FACTORS
from experiments.bench.rivals.tables import DecisionColumns, MonthTables

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
