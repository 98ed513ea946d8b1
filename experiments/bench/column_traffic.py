"""Which bytes of a household a process touches, read off the kernels themselves."""

import sys
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from abm.households import COLUMNS
from abm.month import processes


def kernels_of(process: Callable[..., Any]) -> list[Any]:
    """Return the compiled functions a process file imports."""
    module = sys.modules[process.__module__]
    return [value for value in vars(module).values() if hasattr(value, "py_func")]


def columns_of(process: Callable[..., Any]) -> set[str]:
    """Return the columns the kernels of a process name.

    Columns only touched for the few who move (inside functions a kernel calls) are left out.
    """
    named = (kernel.py_func.__code__.co_names for kernel in kernels_of(process))
    return set(COLUMNS).intersection(*[set().union(*named)])


def width(names: Iterable[str]) -> int:
    """Return the bytes of some columns of one household."""
    return sum(np.dtype(COLUMNS[name].dtype).itemsize * COLUMNS[name].width for name in names)


def bytes_by_process() -> dict[str, int]:
    """Return the bytes per household every process streams if it reads its columns once, in order."""
    return {name: width(columns_of(process)) for name, process in processes()}
