"""The identity of a run: all that decides the bytes of its tables, and how two of them differ."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from abm.errors import EweaError
from abm.months import month_label
from abm.source import model_digest
from experiments.ensemble.identity import short_hash, source_digest

if TYPE_CHECKING:
    from abm.data.settings import RunSettings
    from abm.data.world import World

DECIDING = ("llvmlite", "numba", "numpy", "pandas", "pyarrow")
"""Libraries that compute or write the tables."""

REMEDIES = {
    "model_digest": "check out the commit the manifest names under code, or install that release",
    "tables_digest": "check out the commit the manifest names under code, or install that release",
    "config_digest": "name the configuration it was made with by --configs, or give the command anew",
    "libraries": "install that version, or give the command anew",
}
OTHERWISE = "the manifest was edited or comes from another version: give the command anew"


@cache
def _of_code() -> dict[str, Any]:
    return {
        "model_digest": model_digest(),
        "tables_digest": source_digest("experiments.run_tables"),
        "libraries": {name: version(name) for name in DECIDING},
    }


def run_identity(world: "World", settings: "RunSettings", seeds: Sequence[int]) -> dict[str, Any]:
    """Return all that decides the tables of a run; two runs with the same identity give the same bytes.

    Every setting but the number of threads is part of it, so that a new one cannot be forgotten.
    """
    given = asdict(settings)
    del given["threads"], given["scenario"]
    known = None if settings.known_until is None else month_label(settings.known_until)
    months = {"start": month_label(settings.start), "until": month_label(settings.until)}
    return {
        "scenario": settings.scenario,
        "settings": {**given, **months, "known_until": known, "seeds": list(seeds)},
        "config_digest": world.digest,
        **_of_code(),
    }


def run_name(identity: Mapping[str, Any]) -> str:
    """Return the usual name of the folder of a run: its scenario, and what stands for its identity."""
    return f"{identity['scenario']}-{short_hash(identity)}"


def refuse_another(path: Path, found: Mapping[str, Any], identity: Mapping[str, Any], at: str = "") -> None:
    """Refuse what was made by a run of another identity: file, key, found, allowed and remedy."""
    for key, needed in identity.items():
        name = f"{at}.{key}" if at else key
        there = found.get(key)
        if isinstance(needed, Mapping) and isinstance(there, Mapping):
            refuse_another(path, there, needed, name)
        elif there != needed:
            remedy = REMEDIES.get(name.split(".", maxsplit=1)[0], OTHERWISE)
            raise EweaError(
                f"{path}: {name}: found {there!r}; allowed is {needed!r}, what this run has: {remedy}."
            )
