"""Kernels written in C++ with OpenMP, compiled on the spot for the sizes of one population.

A file in ``source`` is one kernel file of :mod:`abm.kernels` in C++: the same order of sums, the same keyed
draws. It takes what our kernel takes, so that tables and rates are handed over alike.
"""

import ctypes
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import IntEnum
from inspect import getmembers, isclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

import abm.state
from abm import codes
from abm.errors import EweaError
from abm.households import COLUMNS, Columns
from abm.kernels import create, draws, end_month, layout
from abm.kernels.create import Creation
from abm.kernels.layout import DecisionTables
from abm.kernels.work import MOST_FIND, NEAR, PARTS
from abm.month import arrivals, choice, family, housing, processes, status, work
from abm.population import creation
from abm.state import State

SOURCES = Path(__file__).with_name("source")
FLAGS = ("-std=c++17", "-O3", "-march=native", "-fopenmp", "-fPIC")
COMPILERS = ("c++", "g++", "clang++")

NO_CONTRACTION = ("-ffp-contract=off",)
"""Without it a product and a sum may be rounded once instead of twice, and the last bit differs."""

ROWS_PER_PIECE = 16_384
"""Rows a thread takes at a time."""

CTYPES = {
    **{f"i{size}": f"int{8 * size}_t" for size in (1, 2, 4, 8)},
    **{f"u{size}": f"uint{8 * size}_t" for size in (1, 2, 4, 8)},
    **{"f4": "float", "f8": "double", "b1": "bool"},
}


def find_compiler() -> str | None:
    """Return the path of a C++ compiler (``CXX`` first), or None."""
    for name in (os.environ.get("CXX", ""), *COMPILERS):
        if name and (found := shutil.which(name)):
            return found
    return None


def _member(name: str, value: Any, *, writable: bool) -> str:
    """Return the declaration of one member: a pointer to an array with its further axes, or a number."""
    name = "protected_" if name == "protected" else name
    if not isinstance(value, np.ndarray):
        return f"{'double' if isinstance(value, float) else 'int64_t'} {name};"
    kind = f"{'' if writable else 'const '}{CTYPES[value.dtype.str[1:]]}"
    axes = "".join(f"[{size}]" for size in value.shape[1:])
    return f"{kind} (*{name}){axes};" if axes else f"{kind} *{name};"


def _struct(title: str, fields: dict[str, Any], *, writable: bool = False) -> str:
    members = "\n".join(f"    {_member(name, value, writable=writable)}" for name, value in fields.items())
    return f"struct {title} {{\n{members}\n}};\n"


def _sizes(state: State) -> Iterator[tuple[str, int | float]]:
    world = state.world
    yield from (("HOSTS", state.n_hosts), ("UNITS", len(world.origins.ids)), ("ROUTES", len(world.routes)))
    yield from (("GROUPS", len(world.origins.groups)), ("STATUSES", codes.N_STATUS))
    yield from (("INTENTIONS", len(codes.Intention)), ("N_COUNTS", len(end_month.COUNTS)))
    yield from (("PIECE", ROWS_PER_PIECE), ("BLOCK", int(draws.BLOCK)), ("PARTS", PARTS))
    yield from (("MOST_FIND", MOST_FIND), ("NEAR", NEAR), ("TASTE_LIMIT", create.TASTE_LIMIT))
    yield "CONTACT_TRIES", create.CONTACT_TRIES
    yield from ((name, n) for name, n in vars(layout).items() if isinstance(n, int | float))


def world_header(state: State, plan: Any) -> str:
    """Return ``world.h``: sizes, codes and structs of a month; ``plan`` is a :class:`Creation` of it."""
    sizes = (
        f"constexpr {'double' if isinstance(value, float) else 'int64_t'} {name} = {value!r};"
        for name, value in _sizes(state)
    )
    enums = (
        f"namespace {name} {{ enum : int {{ {', '.join(f'{m.name} = {m.value}' for m in kind)} }}; }}"
        for name, kind in getmembers(codes, isclass)
        if issubclass(kind, IntEnum) and kind is not IntEnum
    )
    lengths = (
        f"constexpr int64_t N_{name} = {value.shape[-1]};"
        for name, value in plan._asdict().items()
        if isinstance(value, np.ndarray)
    )
    columns = {name: state.households[name] for name in COLUMNS}
    structs = (
        _struct("Columns", columns, writable=True),
        _struct("Tables", state.environment.tables._asdict()),
        _struct("Creation", plan._asdict()),
    )
    return "\n".join(("#pragma once", "#include <cstdint>", *sizes, *enums, *lengths, *structs))


def _shapes(fields: tuple[Any, ...]) -> list[tuple[int, ...]]:
    return [value.shape for value in fields if isinstance(value, np.ndarray)]


def _call(words: list[str], place: Path) -> None:
    done = subprocess.run(words, cwd=place, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise EweaError(f"{words[0]} did not compile {SOURCES.name}: {done.stderr.strip()[:500]}")


class CppProgram:
    """Compiled kernels; the library is put into a folder that the caller removes."""

    def __init__(
        self, folder: Path, state: State, plan: Any, *flags: str, only: tuple[str, ...] = ()
    ) -> None:
        compiler = find_compiler()
        if compiler is None:
            raise EweaError(f"no C++ compiler: none of {', '.join(COMPILERS)} was found; set CXX to yours.")
        place = folder / ("_".join((*only, *flags)).replace("=", "-") or "all")
        place.mkdir(parents=True, exist_ok=True)
        (place / "world.h").write_text(world_header(state, plan), encoding="utf-8")
        files = [path for path in sorted(SOURCES.glob("*.cpp")) if not only or path.stem in only]
        _call([compiler, *FLAGS, *flags, f"-I{place}", "-c", *map(str, files)], place)
        # Linked without the flags: with -ffast-math the library would round for the whole process.
        _call([compiler, *FLAGS, *(f"{path.stem}.o" for path in files), "-shared", "-o", "library.so"], place)
        self._library = ctypes.CDLL(str(place / "library.so"))
        self._plan_shapes = _shapes(plan)

    def __contains__(self, kernel: str) -> bool:
        return hasattr(self._library, kernel)

    def __call__(self, kernel: str, *arguments: Any) -> int:
        """Run a kernel; numbers, arrays (also in tuples) and columns, tables or a plan are handed over."""
        kept: list[Any] = []
        function = self._library[kernel]
        function.restype = ctypes.c_int64
        return int(function(*self._words(arguments, kept)))

    def _words(self, values: tuple[Any, ...], kept: list[Any]) -> Iterator[Any]:
        for value in values:
            if isinstance(value, Columns | DecisionTables | Creation):
                if isinstance(value, Creation) and _shapes(value) != self._plan_shapes:
                    raise ValueError("the program was compiled for another month")
                packed = np.array([_as_word(part, kept) for part in value], np.uint64)
                kept.append(packed)
                yield ctypes.c_void_p(packed.ctypes.data)
            elif isinstance(value, tuple):
                yield from self._words(value, kept)
            elif isinstance(value, np.ndarray):
                yield ctypes.c_void_p(_as_word(value, kept))
            elif isinstance(value, float | np.floating):
                yield ctypes.c_double(float(value))
            else:
                yield (ctypes.c_uint64 if isinstance(value, np.uint64) else ctypes.c_int64)(int(value))


def _as_word(value: Any, kept: list[Any]) -> int:
    """Return the address of an array, or the bits of a number."""
    if isinstance(value, np.ndarray):
        if not value.flags.c_contiguous:
            value = value.copy()
        kept.append(value)
        return int(value.ctypes.data)
    number = np.float64(value) if isinstance(value, float) else np.int64(value)
    return int(number.view(np.uint64))


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

    def _factors_needed(self, columns: Any, wait: Any, needed: Any) -> Any:
        factor = np.empty(len(needed))
        self._call("factors_needed", columns, wait, needed, factor, len(wait))
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
