"""Which forecasts are scored: every origin, every horizon, breaks kept apart.

A pair is one forecast: made at the end of month ``origin`` for the end of month ``origin + horizon``, from
the last register published by then (in month ``known``). The rule is fixed in ``configs/validation.yaml``;
the list of breaks comes with the register data.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np

from abm.arrays import Booleans, Floats, Integers
from abm.data.world import Registers


@dataclass(frozen=True)
class Pairs:
    """Scored forecasts, one entry each."""

    host: Integers  # [P] Number of the host in code order
    origin: Integers  # [P] Month whose end is the origin
    horizon: Integers  # [P] Months ahead
    known: Integers  # [P] Last month with a published register, at most the origin
    at_origin: Floats  # [P] Register last published and at the target, persons
    at_target: Floats
    # [P] A flagged break lies in the look-back months up to the origin or in the horizon
    crosses_break: Booleans

    @property
    def target(self) -> Integers:
        """Month whose end is forecast."""
        return self.origin + self.horizon

    def __len__(self) -> int:
        return len(self.host)

    def where(self, mask: Booleans) -> "Pairs":
        """Return the pairs of a mask ``bool[P]``."""
        return Pairs(**{field.name: getattr(self, field.name)[mask] for field in fields(self)})


def scored_pairs(
    registers: Registers,
    hosts: Sequence[int],
    horizons: Sequence[int],
    window: tuple[int, int],
    lookback: int,
) -> Pairs:
    """Return every pair of a window that has the data it needs.

    A pair needs a published register at the origin, at the target and ``lookback`` months before the
    origin (the constant-inflow baseline needs it; model and baselines are scored on the same pairs).
    """
    target, horizon, host = _grid(np.arange(window[0], window[1] + 1), horizons, hosts)
    origin = target - horizon
    known = (origin - lookback >= registers.first_month) & (target <= registers.last_month)
    host, horizon, target, origin = (part[known] for part in (host, horizon, target, origin))
    stock = registers.stock
    published = (
        np.isfinite(stock[origin, host])
        & np.isfinite(stock[target, host])
        & np.isfinite(stock[origin - lookback, host])
        & (stock[origin, host] > 0)
    )
    host, target, origin = (part[published] for part in (host, target, origin))
    return _pairs(registers, host, origin, target, origin, lookback)


def rolling_pairs(
    registers: Registers, hosts: Sequence[int], origins: Sequence[int], last_target: int, lookback: int
) -> Pairs:
    """Return every pair of an origin and a later published quarter end.

    A host is forecast from the last register published by the origin, at most a quarter before it. Single
    months that some hosts published in between are known at an origin, but are no targets: they would count
    these hosts three times.
    """
    last = min(last_target, registers.last_month)
    target, origin, host = _grid(range(min(origins) + 1, last + 1), origins, hosts)
    stock = registers.stock
    months = np.where(np.isfinite(stock), np.arange(len(stock))[:, None], -1)
    known = np.maximum.accumulate(months, axis=0)[origin, host]
    scored = (
        (target > origin) & (target % QUARTER == QUARTER - 1) & (known >= 0) & (origin - known <= QUARTER)
    )
    scored &= np.isfinite(stock[target, host]) & (stock[known, host] > 0)
    host, origin, target, known = (part[scored] for part in (host, origin, target, known))
    return _pairs(registers, host, origin, target, known, lookback)


QUARTER = 3
"""Months between two quarter ends: the most that the last published register may lie before an origin."""


def _grid(*axes: Sequence[int] | Integers) -> tuple[Integers, ...]:
    """Return every combination, int64[P] for each axis."""
    return tuple(np.asarray(a, np.int64).ravel() for a in np.meshgrid(*axes, indexing="ij"))


def _pairs(
    registers: Registers, host: Integers, origin: Integers, target: Integers, known: Integers, lookback: int
) -> Pairs:
    # breaks[t] counts flagged months up to and including t, so a difference counts those in between
    breaks = np.cumsum(registers.is_break, axis=0)
    return Pairs(
        host=host,
        origin=origin,
        horizon=target - origin,
        known=known,
        at_origin=registers.stock[known, host],
        at_target=registers.stock[target, host],
        crosses_break=breaks[target, host] > breaks[np.maximum(known - lookback, 0), host],
    )


@dataclass(frozen=True)
class Forecasts:
    """Register views of the model; ``S`` seeds, ``K`` origins, ``J`` months ahead, ``H`` hosts."""

    origins: Integers  # [K] Months at whose end a forecast is made, rising
    with_clean_up: Floats  # [S, K, J + 1, H] Forecast register, persons; clean-ups are drawn
    without_clean_up: Floats  # [S, K, J + 1, H] The same without any clean-up after the origin
    own_level: Floats  # [S, K, J + 1, H] As the first, not tied to the last published register
    # [S, T, H] Register view of the hindcast with recorded arrivals, persons at the end of the month;
    # never set back to the data. NaN in months before the run
    hindcast: Floats

    @classmethod
    def of(cls, views: Mapping[int, Floats], horizon: int, hindcast: Floats) -> "Forecasts":
        """Return forecasts from the three views of every origin, float64[S, 3, months ahead + 1, H]."""
        stacked = np.stack([view[:, :, : horizon + 1] for view in views.values()], axis=2)
        seen, blind, own_level = np.moveaxis(stacked, 1, 0)
        return cls(np.array(list(views), np.int64), seen, blind, own_level, hindcast)


def member_forecasts(view: Floats, origins: Integers, pairs: Pairs, anchored: bool) -> Floats:
    """Return the forecast of every pair by seed, persons, float64[S, P].

    ``view`` is one of the two of :class:`Forecasts`, with its ``origins``. ``anchored``: the last known
    register plus the change the model forecasts (jump-off adjusted), at least 0; else the model's own level.
    """
    at = np.searchsorted(origins, pairs.origin)
    if len(pairs) and (at.max() >= len(origins) or not np.array_equal(origins[at], pairs.origin)):
        raise ValueError("a pair starts at an origin without forecast")
    level = view[:, at, pairs.horizon, pairs.host]
    if not anchored:
        return np.asarray(level, dtype=np.float64)
    change = level - view[:, at, 0, pairs.host]
    return np.asarray(np.maximum(pairs.at_origin[None, :] + change, 0.0), dtype=np.float64)
