"""The state of one run: households, what was counted so far, the register view, and passes over the rows."""

from __future__ import annotations

import atexit
import copy
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, fields
from enum import IntEnum
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np

from abm.arrays import Booleans, Floats, Integers
from abm.codes import N_KINDS, N_STATUS, Stream
from abm.data.settings import RunSettings
from abm.data.world import World
from abm.decision import DecisionBuilder
from abm.households import Households
from abm.kernels.draws import month_key
from abm.kernels.end_month import COUNTS
from abm.kernels.layout import DecisionTables
from abm.population.creation import Creator

ROWS_PER_PIECE = 65_536
"""Smallest piece worth a hand-over to another thread."""


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    pool = ThreadPoolExecutor(threads, thread_name_prefix="ewea")
    atexit.register(pool.shutdown)
    return pool


def pieces(n: int, threads: int) -> list[tuple[int, int]]:
    """Return the row ranges a pass is cut into.

    >>> pieces(10, 2)
    [(0, 10)]
    """
    count = 1 if threads == 1 else min(4 * threads, max(n // ROWS_PER_PIECE, 1))
    edges = [n * k // count for k in range(count + 1)]
    return list(pairwise(edges))


def over_rows(
    kernel: Callable[..., None],
    arguments: tuple[Any, ...],
    n: int,
    threads: int,
    totals: tuple[Integers, ...] = (),
) -> None:
    """Run a kernel over ``n`` rows in pieces that the threads share.

    A kernel is compiled without the interpreter lock and takes ``arguments``, then one int64 array per entry
    of ``totals``, to which it adds, then the first row and the row after the last. Every piece counts into
    arrays of its own, which are summed as integers, so neither the pieces nor their order can change a total.
    """
    # Unsigned rows: a look-up needs no test for negative numbers, and loops can be vectorised.
    cuts = [(np.uint64(low), np.uint64(high)) for low, high in pieces(n, threads)]
    if len(cuts) == 1:
        kernel(*arguments, *totals, *cuts[0])
        return
    parts = [tuple(np.zeros_like(total) for total in totals) for _ in cuts]
    pool = _pool(threads)
    jobs = [
        pool.submit(kernel, *arguments, *part, low, high)
        for part, (low, high) in zip(parts, cuts, strict=True)
    ]
    for job in jobs:
        job.result()
    for position, total in enumerate(totals):
        for part in parts:
            np.add(total, part[position], out=total)


class Flow(IntEnum):
    """Kinds of flows; all but SPLIT, which stays inside a host, change its stock.

    LATE (people abroad already who register) and BIRTH enter a stock and DEATH leaves one, but nobody crosses
    a border; they are booked in the row or column of Ukraine. :data:`LEAVING_UKRAINE` names the flows out of
    the country.
    """

    ARRIVAL = 0
    RETURN = 1
    ONWARD = 2
    REDEPARTURE = 3
    REUNIFICATION = 4
    SPLIT = 5
    LATE = 6
    BIRTH = 7
    DEATH = 8


LEAVING_UKRAINE = (Flow.ARRIVAL, Flow.REDEPARTURE, Flow.REUNIFICATION)
"""Flows out of Ukraine; less returns they are the net outflow."""

ACROSS_BORDERS = (*LEAVING_UKRAINE, Flow.RETURN, Flow.ONWARD)
"""Flows of people who cross a border: no births, deaths or late registrations."""


@dataclass
class Environment:
    """What is in force in a month for more than one step of it; the rest each step computes itself."""

    protected: Booleans  # [H] Newcomers receive temporary protection, and holders keep it
    collective_share: Floats  # [H] Newcomers who start in collective housing
    tables: DecisionTables
    ahead: bool = True  # Whether the month comes after the last one with registers
    # Rates of the month once its step has solved them from who is there (abm.month.work, abm.month.housing)
    work: Any = None
    housing: Any = None

    @property
    def expired(self) -> Booleans:
        """Where holders have lost temporary protection, bool[H]."""
        return ~self.protected


@dataclass
class History:
    """Counts of every month so far; ``M`` months simulated, host axis ``H``, place axis ``H + 1``."""

    # [M + 1, H, status, group, kind] Persons on the first day of each month, the day after the last included
    stock: Integers
    counts: Integers  # [M + 1, H, len(COUNTS)] The counts of :mod:`abm.kernels.end_month` on the same days
    flows: Integers  # [M, flow kind, place, place] Persons who changed place in a month
    register: Floats  # [M, H] Persons a register would show at the end of the month
    # [M, H] Persons who registered for temporary protection during the month, grants again apart; who left
    # the host with it; who were taken off as they go (clean-ups apart)
    entered: Floats
    left: Floats
    deregistered: Floats
    # [M, H] Grants again after a lapse or a stay in Ukraine, and titles that lapsed: the register falls and
    # rises, the stock of people does not change
    again: Floats
    lapsed: Floats
    cleaned: Floats  # [M, H] Persons a clean-up took off
    offset: Floats  # [M, H] Part of ``register``: what it showed beyond its view at the last published month
    places_short: Integers  # [M, H] Persons who asked for a collective place and found none
    applications: Integers  # [M, route, H, 2] Persons who applied for a route, and who passed

    @classmethod
    def blank(cls, months: int, hosts: int, groups: int, routes: int) -> History:
        """Return a history of zeros."""
        counted: dict[str, tuple[int, ...]] = {
            "stock": (months + 1, hosts, N_STATUS, groups, N_KINDS),
            "counts": (months + 1, hosts, len(COUNTS)),
            "flows": (months, len(Flow), hosts + 1, hosts + 1),
            "places_short": (months, hosts),
            "applications": (months, routes, hosts, 2),
        }
        blank: dict[str, Any] = {one.name: np.zeros((months, hosts)) for one in fields(cls)}
        return cls(**blank | {name: np.zeros(shape, np.int64) for name, shape in counted.items()})

    def held(self, months: int, done: int, routes: int) -> History:
        """Return a copy with room for another number of months, of which ``done`` are filled."""
        hosts, groups = self.stock.shape[1], self.stock.shape[3]
        twin = History.blank(months, hosts, groups, routes)
        for name in (one.name for one in fields(self)):
            upto = min(done, months) + (1 if name in ("stock", "counts") else 0)
            getattr(twin, name)[:upto] = getattr(self, name)[:upto]
        return twin


def _carried(hosts: int, units: int) -> dict[str, Floats | Integers]:
    """Return the arrays that a month hands to the next, before the first: registers hide nobody."""
    persons = ("unseen", "leaving", "drift", "lapsed", "offset")
    return {
        **{name: np.zeros(hosts) for name in persons},
        **{name: np.zeros(hosts, np.int64) for name in ("refused", "leavers")},
        "trend": np.zeros((2, hosts)),
        "employment": np.full(hosts, np.nan),
        "reception": np.repeat([[1.0], [1.0], [0.0]], hosts, axis=1),
        "movers": np.zeros((2, units)),
    }


KEPT = tuple(_carried(0, 0))
"""Arrays that a copy of a state owns."""


@dataclass
class State:
    """Everything a process may read and write in a month; ``index`` months were simulated before it.

    Of the register, float64[H] persons: ``unseen`` left and are counted until a clean-up, ``leaving`` left
    and are taken off with a lag, ``lapsed`` are there without a title until it is granted again, ``drift``
    is what a forecast carries on (``trend`` [2, H] a month at its beginning: unexplained, and of the view),
    ``offset`` the register less its view at the last published month. ``employment`` float64[H] is the share
    the month aims at, NaN before the first; ``reception`` float64[3, H] the usual factors of
    :mod:`abm.month.housing` and what newcomers are short of. Of the month, int64[H] persons: ``refused``
    newcomers and ``leavers`` who had protection. ``movers`` float64[2, U] persons of :mod:`abm.month.pool`:
    at the jump-off, and now.
    """

    world: World
    settings: RunSettings
    seed: int
    households: Households
    creator: Creator
    decisions: DecisionBuilder
    type_shares: Floats
    month: int
    history: History
    environment: Environment = field(init=False)
    unseen: Floats = field(init=False)
    leaving: Floats = field(init=False)
    drift: Floats = field(init=False)
    lapsed: Floats = field(init=False)
    offset: Floats = field(init=False)
    trend: Floats = field(init=False)
    employment: Floats = field(init=False)
    reception: Floats = field(init=False)
    refused: Integers = field(init=False)
    leavers: Integers = field(init=False)
    movers: Floats = field(init=False)
    index: int = 0

    def __post_init__(self) -> None:
        """Start with what is carried over as it is before the first month."""
        for name, blank in _carried(len(self.world.hosts.ids), len(self.world.origins.ids)).items():
            setattr(self, name, blank)

    @property
    def n_hosts(self) -> int:
        """Number of hosts; also the place number of Ukraine."""
        return len(self.world.hosts.ids)

    @property
    def last_known_month(self) -> int:
        """Last month whose registers may be looked at."""
        known = self.settings.known_until
        return self.world.registers.last_month if known is None else known

    def displaced(self) -> Integers:
        """Return displaced persons by host on the first day of the month, int64[H]."""
        return np.asarray(self.history.stock[self.index].sum(axis=(1, 2, 3)))

    def book(self, kind: Flow, persons: Integers) -> None:
        """Add persons to a flow: int64[H] from Ukraine by host, or int64[place, place] left and entered."""
        booked = self.history.flows[self.index, kind]
        if persons.ndim == 1:
            booked = booked[self.n_hosts, : self.n_hosts]
        booked += persons

    def key(self, stream: Stream, month: int | None = None) -> np.uint64:
        """Return the key of a stream of draws in a month (this one if absent)."""
        when = self.month if month is None else month
        return np.uint64(month_key(self.seed, int(stream), when))

    def sweep(
        self, kernel: Callable[..., None], *arguments: object, totals: tuple[Integers, ...] = ()
    ) -> None:
        """Run a kernel over all households with the run's threads."""
        columns = self.households.columns()
        over_rows(kernel, (columns, *arguments), len(self.households), self.settings.threads, totals)

    def fork(self, settings: RunSettings, world: World, decisions: DecisionBuilder) -> State:
        """Return an independent copy that goes on by itself, with other settings in another world."""
        twin = copy.copy(self)
        twin.settings, twin.world, twin.decisions = settings, world, decisions
        for name in ("households", "creator", *KEPT):
            setattr(twin, name, getattr(self, name).copy())
        twin.creator.world = world
        months = settings.until - settings.start
        twin.history = self.history.held(months, self.index, len(world.routes))
        return twin
