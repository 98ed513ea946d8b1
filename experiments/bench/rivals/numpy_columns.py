"""The decision in vectorised NumPy with the month tables of our kernel and its bounds before logarithms."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.arrays import Booleans, Floats, Integers
from abm.codes import Choice
from abm.kernels.layout import MOST_MONTHS, ROW_FACTORS, TASTE_RANGE, TASTE_STEPS, DecisionTables
from experiments.bench.rivals.tables import LOOKED_UP, ROWS_AT_ONCE

Keys = NDArray[np.uint64]

GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def splitmix(z: Keys) -> Keys:
    """Return scrambled integers (splitmix64, as in :mod:`abm.kernels.draws`)."""
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def uniforms(month_key: np.uint64, household_id: Integers) -> Floats:
    """Return the U(0, 1) number of every alternative of every household, float64[3, n]."""
    own = splitmix((np.array([month_key]) + GOLDEN) ^ household_id.astype(np.uint64))
    steps = np.arange(1, len(Choice) + 1, dtype=np.uint64)[:, None] * GOLDEN
    z = splitmix(own[None, :] + steps)
    return np.asarray(((z >> np.uint64(12)).astype(np.float64) + 0.5) * 2.0**-52)


def duration_months(c: Any, way: int) -> Integers:
    """Return the months the duration of an alternative counts."""
    months = c.months_displaced if way == 0 else c.months_here
    return np.asarray(np.minimum(months, MOST_MONTHS))


def odds_bounds(c: Any, t: DecisionTables, way: int) -> Floats:
    """Return what the odds of an alternative never exceed, float64[n]; 0 in Ukraine."""
    host, weights = ((t.bound_return, t.row_return), (t.bound_onward, t.row_onward))[way]
    term = np.clip(weights[0] * c.attachment + weights[1] * c.readiness, -TASTE_RANGE, TASTE_RANGE)
    odds = host[c.place, c.status] * t.odds_profile[way][c.profile] * t.odds_event[way][c.triggers, c.aim]
    odds *= t.odds_duration[way][duration_months(c, way)]
    return np.asarray(odds * t.odds_taste[((term + TASTE_RANGE) * TASTE_STEPS).astype(np.int64)])


def column_odds(c: Any, t: DecisionTables, way: int) -> Floats:
    """Return the odds of an alternative against staying, float64[n]."""
    of = {name: getattr(t, f"{name}_{('return', 'onward')[way]}") for name in LOOKED_UP}
    total = t.return_value[c.origin, c.home] if way == 0 else 0.0
    total = total + of["host"][c.place, c.status, c.employment, c.housing]
    total += of["entry"][c.place, c.employment, np.minimum(c.months_here, MOST_MONTHS)]
    total += of["profile"][c.profile] + of["duration"][duration_months(c, way)] + of["schooling"][c.schooling]
    total += of["trigger"][c.triggers] + of["intention"][c.aim]
    total += np.stack([getattr(c, name) for name in ROW_FACTORS], axis=1) @ of["row"]
    odds = np.exp(total)
    if way == 0:
        return np.asarray(odds)
    share = t.destination_share[c.place[:, None], c.employment[:, None], c.kin_hosts]
    near = np.where((c.kin_hosts >= 0) & (c.kin_hosts != c.place[:, None]), share, 0.0).sum(axis=1)
    return np.asarray(odds * (1.0 + t.kin_boost[0] * near) ** t.onward_dissimilarity[0])


def some_rows(columns: Any, rows: slice | Integers) -> Any:
    """Return some rows of :class:`abm.households.Columns`."""
    return type(columns)(*(column[rows] for column in columns))


def numpy_choices(columns: Any, t: DecisionTables, key: np.uint64, n_hosts: int) -> NDArray[np.int8]:
    """Return the choice of every household, int8[n]; ``key`` is that of the stream DECIDE."""
    n = len(columns.place)
    choice = np.full(n, Choice.STAY, np.int8)
    for low in range(0, n, ROWS_AT_ONCE):
        c = some_rows(columns, slice(low, low + ROWS_AT_ONCE))
        u = uniforms(key, c.household_id)
        least = (1.0 - u[0]) / u[0]
        may_leave: Booleans = least * odds_bounds(c, t, 0) >= 1.0 - u[1]
        may_leave |= least * odds_bounds(c, t, 1) >= 1.0 - u[2]
        rows = np.flatnonzero(may_leave & (c.place < n_hosts) & (c.months_here > 0))
        c, waits = some_rows(c, rows), -np.log(u[:, rows])
        for way in range(2):
            waits[1 + way] /= column_odds(c, t, way)
        choice[low + rows] = np.argmin(waits, axis=0)
    return choice
