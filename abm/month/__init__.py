"""The steps of a month: a function ``word(state)`` for every word of :data:`abm.schedule.SCHEDULE`.

Each step computes the rates it needs; its kernel and its twin stand in the files of the same subject in
``abm/kernels`` and ``abm/reference``.
"""

import importlib
import pkgutil
from collections.abc import Callable
from functools import cache

from abm.errors import EweaError
from abm.schedule import SCHEDULE
from abm.state import State


@cache
def processes() -> tuple[tuple[str, Callable[[State], None]], ...]:
    """Return the steps in the order of the schedule, by name."""
    found: dict[str, Callable[[State], None]] = {}
    for file in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{file.name}")
        own = {name: step for name, step in vars(module).items() if name in SCHEDULE}
        found |= {name: step for name, step in own.items() if step.__module__ == module.__name__}
    if missing := sorted(set(SCHEDULE) - set(found)):
        raise EweaError(f"abm/schedule.py names {', '.join(missing)}, but no file in abm/month has it.")
    return tuple((name, found[name]) for name in SCHEDULE)
