"""Kernels written in C++ with OpenMP, compiled on the spot for the sizes of one population.

A file in ``source`` is one kernel file of :mod:`abm.kernels` in C++: the same order of sums, the same keyed
draws. It takes what our kernel takes, so that tables and rates are handed over alike.
"""

import ctypes
import os
import shutil
import subprocess
from collections.abc import Iterator
from enum import IntEnum
from inspect import getmembers, isclass
from pathlib import Path
from typing import Any

import numpy as np

from abm import codes
from abm.errors import EweaError
from abm.households import COLUMNS, Columns
from abm.kernels import create, decide, end_month, layout, work
from abm.kernels.create import Creation
from abm.kernels.layout import DecisionTables
from abm.month.work import NEAR
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
    yield from (("PIECE", ROWS_PER_PIECE), ("BLOCK", decide.BLOCK), ("PARTS", work.PARTS))
    yield from (("MOST_FIND", work.MOST_FIND), ("NEAR", NEAR), ("TASTE_LIMIT", create.TASTE_LIMIT))
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
