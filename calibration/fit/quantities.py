"""Observed quantities, measured in runs exactly as they were measured in the world."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.data.world import World
from abm.months import month_index
from calibration.targets.records import QuantityTarget

Floats = NDArray[np.float64]

END_OF_2022 = month_index("2022-12")


class Sums:
    """Monthly sums of runs over hosts and months.

    Parameters
    ----------
    runs : mapping
        Stacked results of :func:`calibration.fit.simulated.simulate`.
    first_month : int
        Month of their first row.
    """

    def __init__(self, runs: Mapping[str, NDArray[Any]], first_month: int) -> None:
        self._runs, self._first = runs, first_month
        self.months = runs["arrivals"].shape[1]

    def flow(self, name: str, hosts: tuple[int, ...], first: int | None, last: int) -> Floats:
        """Return persons of a flow over months and hosts, float64[run]; ``first`` None: from the start."""
        begin = 0 if first is None else max(first - self._first, 0)
        part = self._runs[name][:, begin : last - self._first + 1, list(hosts)]
        return np.asarray(part.sum(axis=(1, 2), dtype=np.float64))

    def stock(self, hosts: tuple[int, ...], month: int) -> Floats:
        """Return persons at the end of a month, float64[run]."""
        return np.asarray(
            self._runs["stock"][:, month - self._first + 1, list(hosts)].sum(axis=1, dtype=np.float64)
        )

    def left(self, hosts: tuple[int, ...], first: int | None, last: int) -> Floats:
        """Return persons who returned or moved on."""
        return self.flow("returns", hosts, first, last) + self.flow("onward_out", hosts, first, last)

    def ever(self, hosts: tuple[int, ...], last: int) -> Floats:
        """Return everybody who ever came, those who came again counted again."""
        names = ("arrivals", "onward_in", "redepartures")
        return np.asarray(sum(self.flow(name, hosts, None, last) for name in names))


def _left_share(s: Sums, t: QuantityTarget, _: World) -> Floats:
    if t.arrived_until is None:
        return s.left(t.hosts, None, t.last) / s.ever(t.hosts, t.last)
    return s.left(t.hosts, t.arrived_until + 1, t.last) / s.stock(t.hosts, t.arrived_until)


def _hazard(s: Sums, t: QuantityTarget, _: World) -> Floats:
    rates = [s.flow("returns", t.hosts, m, m) / s.stock(t.hosts, m - 1) for m in range(t.first, t.last + 1)]
    return np.asarray(np.mean(rates, axis=0))


def _from_neighbours(s: Sums, t: QuantityTarget, world: World) -> Floats:
    near = tuple(host for host in t.hosts if world.hosts.is_neighbour[host])
    return s.flow("returns", near, None, t.last) / s.flow("returns", t.hosts, None, t.last)


def _net_outflow(s: Sums, t: QuantityTarget, _: World) -> Floats:
    out = s.flow("arrivals", t.hosts, t.first, t.last) + s.flow("redepartures", t.hosts, t.first, t.last)
    return out - s.flow("returns", t.hosts, t.first, t.last)


MEASURES: Mapping[str, Callable[[Sums, QuantityTarget, World], Floats]] = {
    "returned_share": lambda s, t, _: s.flow("returns", t.hosts, None, t.last) / s.ever(t.hosts, t.last),
    "moved_on_share": lambda s, t, _: s.flow("onward_out", t.hosts, None, t.last) / s.ever(t.hosts, t.last),
    "left_share": _left_share,
    "return_of_leavers_share": lambda s, t, _: (
        s.flow("returns", t.hosts, None, t.last) / s.left(t.hosts, None, t.last)
    ),
    "return_hazard": _hazard,
    "returns_total": lambda s, t, _: (
        s.flow("returns", t.hosts, None, t.last) - s.flow("redepartures", t.hosts, None, t.last)
    ),
    "returned_in_2022_share": lambda s, t, _: (
        s.flow("returns", t.hosts, None, END_OF_2022) / s.flow("returns", t.hosts, None, t.last)
    ),
    "returned_from_neighbours_share": _from_neighbours,
    "net_outflow": _net_outflow,
    "exit_share": lambda s, t, _: s.left(t.hosts, t.last, t.last) / s.stock(t.hosts, t.last - 1),
    "share_of_hosts": lambda s, t, _: s.stock(t.hosts, t.last) / s.stock(t.of_hosts or t.hosts, t.last),
    "displaced_total": lambda s, t, _: s.stock(t.hosts, t.last),
}
"""Measures a run keeps enough for; the others are inputs of the model or not simulated by place."""


def measured(
    runs: Mapping[str, NDArray[Any]], first_month: int, target: QuantityTarget, world: World
) -> Floats | None:
    """Return a quantity by run in the unit of its target, float64[run].

    None where the runs do not reach its months, or do not keep what it needs.
    """
    sums = Sums(runs, first_month)
    begins = min(target.first, target.last if target.arrived_until is None else target.arrived_until)
    if target.measure not in MEASURES or begins < first_month or target.last - first_month >= sums.months:
        return None
    return MEASURES[target.measure](sums, target, world)
