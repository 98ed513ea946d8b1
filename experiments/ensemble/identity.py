"""What a result depends on, as a hash: its task, what all tasks share, and the source that makes it.

The identity of a run is all that decides the bytes of its tables; two of them are compared key by key.
"""

import ast
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import cache, lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from abm.errors import EweaError
from abm.files import ROOT, digest_of_files, model_digest
from abm.months import month_label

if TYPE_CHECKING:
    from abm.data.settings import RunSettings
    from abm.data.world import World

type TaskJson = Mapping[str, Any]
"""One piece of work as plain JSON, for example ``{"row": 17, "seed": 3, "theta": {...}}``."""

PACKAGES = ("abm", "calibration", "experiments", "dashboard")


def canonical(content: Mapping[str, Any], name: str = "task") -> str:
    """Return a mapping of plain JSON as text, keys sorted, no spaces; ``name`` is what messages call it.

    >>> canonical({"seed": 3, "row": 17})
    '{"row":17,"seed":3}'
    """
    try:
        text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        same = json.loads(text) == content
    except (TypeError, ValueError) as error:
        raise EweaError(_not_plain(name, str(error))) from error
    if not same:  # a tuple, or a number used as a key: the worker would see another task than the caller
        raise EweaError(_not_plain(name, f"{dict(content)!r} comes back from JSON changed"))
    return text


def _not_plain(name: str, found: str) -> str:
    return (
        f"{name}: {found}; allowed are text, finite numbers, true, false, null, lists and mappings with text "
        "keys. Turn other values into these first."
    )


def fingerprint_of(context: Mapping[str, Any]) -> str:
    """Return the fingerprint of a context that holds everything that decides a result: 64 hex digits."""
    return hashlib.sha256(canonical(context, "context").encode()).hexdigest()


def short_hash(content: Any) -> str:
    """Return eight hexadecimal digits that stand for a document."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def task_key(function: str, fingerprint: str, text: str) -> str:
    """Return the key of a task, SHA-256 in hexadecimal digits.

    ``function`` is where the work is done, ``"package.module:function"``; ``fingerprint`` stands for what all
    tasks share: version of the model, digest of the data, settings; ``text`` is the task as canonical JSON.
    """
    whole = json.dumps([function, fingerprint, text], ensure_ascii=False)
    return hashlib.sha256(whole.encode()).hexdigest()


def first_difference(before: Any, now: Any, path: str = "") -> str | None:
    """Return the first place where two documents differ, in words, or None if they are equal.

    >>> first_difference({"a": 1, "b": {"scale": 100}}, {"a": 1, "b": {"scale": 50}})
    'b.scale: the store has 100, now it is 50'
    """
    if isinstance(before, Mapping) and isinstance(now, Mapping):
        for name in sorted({*before, *now}):
            place = f"{path}.{name}" if path else str(name)
            if name not in before:
                return f"{place}: the store has no such key, now it is {now[name]!r}"
            if name not in now:
                return f"{place}: the store has {before[name]!r}, now there is no such key"
            found = first_difference(before[name], now[name], place)
            if found is not None:
                return found
        return None
    return None if before == now else f"{path}: the store has {before!r}, now it is {now!r}"


def source_digest(*names: str) -> str:
    """Return a SHA-256 over packages, and over modules with all of the project that they import."""
    wanted: set[Path] = set()
    for name in names:
        package = ROOT.joinpath(*name.split("."))
        wanted |= set(package.rglob("*.py")) if package.is_dir() else _reached(_file_of(name), wanted)
    return digest_of_files(ROOT, wanted)


def _reached(start: Path | None, known: set[Path]) -> set[Path]:
    """Return the files a module imports, itself included; files known already are not followed."""
    if start is None:
        raise ValueError("a module whose source is asked for does not exist")
    found, new = {start}, [start]
    while new:
        for name in _imports(new.pop().read_bytes()):
            path = _file_of(name)
            if path is not None and path not in found | known:
                found.add(path)
                new.append(path)
    return found


@lru_cache(maxsize=1000)
def _imports(source: bytes) -> tuple[str, ...]:
    """Return the names that a source imports; every sweep asks the same hundreds of files."""
    found: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += (node.module, *(f"{node.module}.{alias.name}" for alias in node.names))
    return tuple(found)


def _file_of(name: str) -> Path | None:
    if name.split(".", maxsplit=1)[0] not in PACKAGES:
        return None
    path = ROOT.joinpath(*name.split("."))
    return next((one for one in (path.with_suffix(".py"), path / "__init__.py") if one.is_file()), None)


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
