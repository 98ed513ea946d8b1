"""Which bytes of a household a process touches, read off the kernels themselves."""

import sys
from collections.abc import Callable, Iterable
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

from abm.households import COLUMNS
from abm.month import processes


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
