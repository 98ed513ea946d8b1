"""The processes of a month, one file each; every file has ``run(state)``."""

import importlib
from collections.abc import Callable
from functools import cache

from abm.errors import EweaError
from abm.schedule import SCHEDULE
from abm.state import State


@cache
def processes() -> tuple[tuple[str, Callable[[State], None]], ...]:
    """Return the processes in the order of the schedule.

    Raises
    ------
    EweaError
        If a name of the schedule has no file.
    """
    found = []
    for name in SCHEDULE:
        try:
            module = importlib.import_module(f"{__name__}.{name}")
        except ModuleNotFoundError as error:
            raise EweaError(f"abm/schedule.py names {name!r}, but abm/month/{name}.py is absent.") from error
        found.append((name, module.run))
    return tuple(found)
