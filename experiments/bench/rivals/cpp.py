"""The decision in plain C++ with OpenMP, compiled on the spot where there is a compiler."""

import ctypes
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from abm.errors import EweaError
from abm.kernels.layout import MOST_MONTHS, ROW_FACTORS
from experiments.bench.rivals.tables import DECISION_COLUMNS, DecisionColumns, MonthTables

SOURCE = Path(__file__).with_name("decision.cpp")
FLAGS = ("-O3", "-march=native", "-fopenmp")
COMPILERS = ("c++", "g++", "clang++")

TABLES = tuple(
    name
    for name in MonthTables.__dataclass_fields__
    if not name.startswith(("wish", "intent_")) and name != "keys"
)
SINGLE_COLUMNS = tuple(name for name in DECISION_COLUMNS if name not in ROW_FACTORS)
SIZES = ("households", "hosts", "homes", "statuses", "employments", "housings", "most_months", "kin_hosts")


class _Columns(ctypes.Structure):
    _fields_ = (
        *((name, ctypes.c_void_p) for name in SINGLE_COLUMNS),
        ("tastes", ctypes.c_void_p * len(ROW_FACTORS)),
    )


class _Tables(ctypes.Structure):
    _fields_ = (*((name, ctypes.c_void_p) for name in TABLES), ("keys", ctypes.c_void_p))


class _Sizes(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_int64) for name in SIZES)


def find_compiler() -> str | None:
    """Return the path of a C++ compiler (``CXX`` first), or None."""
    for name in (os.environ.get("CXX", ""), *COMPILERS):
        if name and (found := shutil.which(name)):
            return found
    return None


class CppDecision:
    """The compiled program; its library is put into a folder that the caller removes."""

    def __init__(self, folder: Path) -> None:
        compiler = find_compiler()
        if compiler is None:
            raise EweaError(f"no C++ compiler: none of {', '.join(COMPILERS)} was found; set CXX to yours.")
        library = folder / "decision.so"
        words = [compiler, *FLAGS, "-shared", "-fPIC", str(SOURCE), "-o", str(library)]
        done = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            raise EweaError(f"{compiler} did not compile {SOURCE.name}: {done.stderr.strip()[:500]}")
        self._decide = ctypes.CDLL(str(library)).decide
        self._decide.restype = None

    def decide(
        self,
        columns: DecisionColumns,
        t: MonthTables,
        threads: int,
        choice: NDArray[np.int8],
        destination: NDArray[np.int8] | None = None,
    ) -> None:
        """Write the choice of every household, and (if asked) the host it moves to, -1 for none; int8[n]."""
        given = _Columns(*(columns[name].ctypes.data for name in SINGLE_COLUMNS))
        given.tastes[:] = [columns[name].ctypes.data for name in ROW_FACTORS]
        tables = _Tables(*(getattr(t, name).ctypes.data for name in (*TABLES, "keys")))
        hosts, statuses, employments, housings = t.host_return.shape
        sizes = _Sizes(
            len(choice),
            hosts,
            t.return_origin.shape[1],
            statuses,
            employments,
            housings,
            MOST_MONTHS,
            columns["kin_hosts"].shape[1],
        )
        self._decide(
            ctypes.byref(given),
            ctypes.byref(tables),
            ctypes.byref(sizes),
            ctypes.c_int(threads),
            ctypes.c_void_p(choice.ctypes.data),
            ctypes.c_void_p(None if destination is None else destination.ctypes.data),
        )
