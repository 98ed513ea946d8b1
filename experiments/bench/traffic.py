"""What a month has to move through memory, and how much the machine can move (STREAM's triad)."""

import sys
from collections.abc import Callable
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

from abm.households import COLUMNS
from experiments.bench.measure import TimedJob
from experiments.bench.rivals.cpp import CppProgram

TRIAD_VALUES = 16_000_000
"""Numbers per array of the triad: far more than caches hold."""

BYTES_PER_VALUE = 24
"""Two numbers read and one written, as STREAM counts."""


def triad_job(program: CppProgram, threads: int) -> TimedJob:
    """Return the triad ``a = b + factor * c`` as a job; its rate times 24 is the bandwidth in bytes/s."""
    a, b, c = (np.full(TRIAD_VALUES, float(k)) for k in range(3))

    def run(_: Any) -> None:
        program("set_threads", threads)
        program("triad", a, b, c, 3.0, TRIAD_VALUES)

    return TimedJob("triad", TRIAD_VALUES, run)


def streamed_columns(process: Callable[..., Any]) -> set[str]:
    """Return the columns a process' kernels name themselves: those touched for the few do not count."""
    named = (kernel.py_func.__code__.co_names for kernel in kernels_of(process))
    return set(COLUMNS).intersection(*[set().union(*named)])


def kernels_of(process: Callable[..., Any]) -> list[Any]:
    """Return the compiled functions that a process, or a helper in its file, names."""
    module, found, seen = sys.modules[process.__module__], [], {process.__name__}
    waiting = [process]
    while waiting:
        names = set(waiting.pop().__code__.co_names)
        for value in [vars(module).get(name) for name in names - seen]:
            # Either the kernel itself, or the room it stands in.
            kernels = [vars(value).get(one) for one in names] if isinstance(value, ModuleType) else [value]
            found += [kernel for kernel in kernels if hasattr(kernel, "py_func")]
            if isinstance(value, FunctionType) and value.__module__ == module.__name__:
                seen.add(value.__name__)
                waiting.append(value)
    return found


def width(names: set[str]) -> int:
    """Return the bytes of some columns of one household."""
    return sum(np.dtype(COLUMNS[name].dtype).itemsize * COLUMNS[name].width for name in names)
