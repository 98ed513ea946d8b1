"""The whole month in C++: every pass over households is C++ with OpenMP, what lies between is as in ours.

Tables and rates of the month, bookings and the few households of a route are computed in Python for both;
that time is measured (``around``), so nobody has to guess how much of the month is the same.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import numpy as np

import abm.state
from abm.households import COLUMNS
from abm.month import arrivals, choice, family, housing, processes, status, work
from abm.population import creation
from abm.state import State
from experiments.bench.rivals.cpp import CppProgram

type Places = Mapping[tuple[ModuleType, str], Callable[..., Any]]
"""What stands for a function, by the module that calls it."""


@contextmanager
def standing_in(functions: Places) -> Iterator[None]:
    """Have modules call other functions for a while."""
    before = {(module, name): vars(module)[name] for module, name in functions}
    try:
        for (module, name), function in functions.items():
            vars(module)[name] = function
        yield
    finally:
        for (module, name), function in before.items():
            vars(module)[name] = function


def plan_of_month(state: State) -> Any:
    """Return the plan of this month's newcomers, having run the state up to their creation."""
    found: list[Any] = []
    create = creation.create

    def note(columns: Any, plan: Any, *rest: Any) -> None:
        found.append(plan)
        create(columns, plan, *rest)

    with standing_in({(creation, "create"): note}):
        for _, process in processes()[:2]:
            process(state)
    return found[0]


class CppMonth:
    """A month whose kernels are those of a C++ program."""

    def __init__(self, program: CppProgram) -> None:
        self.program = program
        # Of the last month: seconds in C++, seconds in Python around it, and of every process
        self.inside = self.around = 0.0
        self.seconds: dict[str, float] = {}
        self._places: Places = {
            (abm.state, "over_rows"): self._over_rows,
            (creation, "create"): lambda *given: self._call("create", *given),
            (creation, "persons_created"): self._persons_created,
            (arrivals, "newcomers"): self._newcomers,
            (arrivals, "refuse"): self._refuse,
            (status, "keyed_uniform"): self._keyed_uniform,
            (work, "factors_needed"): self._factors_needed,
            (choice, "holders_who_leave"): self._holders_who_leave,
            (housing, "allocate_places"): self._allocate_places,
            (family, "profile_rows"): lambda c, rows: self._call("profile_rows", c, rows, len(rows)),
        }

    def run(self, state: State) -> None:
        """Run every process of a month."""
        self.inside = 0.0
        self._call("set_threads", state.settings.threads)
        with standing_in(self._places):
            for name, process in processes():
                start = time.perf_counter()
                process(state)
                self.seconds[name] = time.perf_counter() - start
        self.around = sum(self.seconds.values()) - self.inside

    def _call(self, kernel: str, *arguments: Any) -> int:
        start = time.perf_counter()
        found = self.program(kernel, *arguments)
        self.inside += time.perf_counter() - start
        return found

    def _over_rows(
        self, kernel: Any, arguments: tuple[Any, ...], n: int, threads: int, totals: tuple[Any, ...] = ()
    ) -> None:
        self._call(kernel.__name__, *arguments, *totals, n)

    def _persons_created(self, columns: Any, first_row: Any, n_rows: Any) -> Any:
        total = np.zeros(len(n_rows), np.int64)
        self._call("persons_created", columns, first_row, n_rows, total)
        return total

    def _newcomers(self, columns: Any, moved: bool, low: int) -> Any:
        found = np.empty(len(columns.place) - low, np.int64)
        return found[: self._call("newcomers", columns, moved, low, found, len(columns.place))]

    def _refuse(self, columns: Any, rows: Any, keys: Any, hosts: Any, *rules: Any) -> None:
        self._call("refuse", columns, rows, keys, hosts, *rules, len(rows), len(hosts))

    def _allocate_places(self, columns: Any, *rest: Any) -> int:
        return self._call("allocate_places", columns, *rest, len(columns.place))

    def _keyed_uniform(self, ids: Any, key: Any, alternative: int) -> Any:
        out = np.empty(len(ids))
        self._call("keyed_uniform", ids, key, alternative, out, len(ids))
        return out

    def _factors_needed(self, state: State, wait: Any, needed: Any) -> Any:
        factor = np.empty(state.n_hosts)
        self._call("factors_needed", state.households.columns(), wait, needed, factor, len(wait))
        return factor

    def _holders_who_leave(self, state: State) -> Any:
        found = np.zeros(state.n_hosts, np.int64)
        self._call("holders_who_leave", state.households.columns(), found, len(state.households))
        return found


def values_that_differ(ours: State, theirs: State) -> dict[str, int]:
    """Return how many values differ, bit by bit, by column or count of the month in which any do."""
    tables = {name: (ours.households[name], theirs.households[name]) for name in COLUMNS}
    for name in ("stock", "counts", "flows", "register", "places_short", "applications"):
        tables[name] = getattr(ours.history, name), getattr(theirs.history, name)
    found = {}
    for name, (mine, other) in tables.items():
        if mine.shape != other.shape:
            found[name] = max(mine.size, other.size)
            continue
        bits = f"u{mine.dtype.itemsize}"
        a, b = (np.ascontiguousarray(values).view(bits) for values in (mine, other))
        if n := int(np.count_nonzero(a != b)):
            found[name] = n
    return found
