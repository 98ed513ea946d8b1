"""The public door to the model: what the command ``ewea`` does, from Python, with typed results.

>>> import ewea
>>> found = ewea.law(place="NL")
>>> {"rule", "value", "unit", "from"} <= set(found.to_pandas().columns)
True

:func:`run`, :func:`compare`, :func:`sweep`, :func:`forecast`, :func:`law` and :func:`posterior` answer,
:func:`repeat` and :func:`resume` run again what ran before, :func:`load_results` reads what was written.
Every result has ``to_pandas()`` and ``to_xarray()`` with units. What is asked wrongly raises
:class:`EweaError`, one sentence with the remedy. Notices go to :mod:`logging`; nothing is printed.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from abm.errors import EweaError
    from ewea.answers import compare, forecast, sweep
    from ewea.lookups import law, load_results, posterior
    from ewea.results import (
        CompareResult,
        ForecastResult,
        LawResult,
        PosteriorResult,
        RunResult,
        SweepResult,
    )
    from ewea.runs import repeat, resume, run

__all__ = [
    "CompareResult",
    "EweaError",
    "ForecastResult",
    "LawResult",
    "PosteriorResult",
    "RunResult",
    "SweepResult",
    "compare",
    "forecast",
    "law",
    "load_results",
    "posterior",
    "repeat",
    "resume",
    "run",
    "sweep",
]


ROOMS = {
    "abm.errors": ("EweaError",),
    "ewea.runs": ("run", "repeat", "resume"),
    "ewea.answers": ("compare", "sweep", "forecast"),
    "ewea.lookups": ("law", "posterior", "load_results"),
}
"""Where the functions stand; results stand in :mod:`ewea.results`."""


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is asked for, so that ``import ewea`` takes no time."""
    if name == "__version__":
        from importlib.metadata import version

        return version("ewea-displacement")
    if name not in __all__:
        raise AttributeError(f"module 'ewea' has no attribute {name!r}; there are {', '.join(__all__)}")
    room = next((room for room, names in ROOMS.items() if name in names), "ewea.results")
    return getattr(import_module(room), name)


def __dir__() -> list[str]:
    """Return the public names."""
    return __all__
