"""What a run was made of, so that anyone can repeat it and trust what it is compared with."""

import datetime as dt
import hashlib
import os
import platform
import shutil
import subprocess
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from abm.months import month_label
from experiments.ensemble.identity import model_digest
from experiments.run_folder import KIND

if TYPE_CHECKING:
    from abm.data.settings import RunSettings
    from abm.data.world import World

FORMAT = 1
"""Raised when a table or a key changes its meaning."""

LIBRARIES = ("mesa", "numba", "numpy", "pandas", "pyarrow", "pydantic", "ruamel.yaml", "matplotlib")

CONVENTIONS = {
    "stocks": "persons on day 1 of the month",
    "flows": "persons who move in the course of the month; stock of the next month = stock + in - out",
    "register": "persons a register would show on the last day of the month, as Eurostat counts",
    "intentions": "persons by the answer they would give in the month",
    "persons": "simulated households times scale times persons in the household",
}


def run_identity(world: "World", settings: "RunSettings", seeds: Sequence[int]) -> dict[str, Any]:
    """Return all that decides the tables of a run; two runs with the same identity give the same bytes."""
    return {
        "scenario": settings.scenario,
        "settings": {
            "scale": settings.scale,
            "start": month_label(settings.start),
            "until": month_label(settings.until),
            "arrivals": settings.arrivals,
            "seeds": list(seeds),
        },
        "config_digest": world.digest,
        "model_digest": model_digest(),
    }


def run_manifest(
    world: "World",
    settings: "RunSettings",
    seeds: Sequence[int],
    *,
    started: dt.datetime,
    processes: int,
    files: dict[str, dict[str, Any]],
) -> dict[str, Any]:
    """Return the manifest of a run that has just ended.

    Parameters
    ----------
    seeds : sequence of int
        The seeds run.
    started : datetime
        When the run began, with its time zone.
    processes : int
        Processes that shared the work (no influence on the tables).
    files : dict
        Checksum and size per file of the folder, from :func:`describe_files`.
    """
    return {
        "kind": KIND,
        "format": FORMAT,
        **run_identity(world, settings, seeds),
        "data_date": world.data_date,
        "periods": periods(world, settings),
        "conventions": CONVENTIONS,
        "code": code_version(),
        "libraries": {name: version(name) for name in LIBRARIES},
        "machine": {
            "python": platform.python_version(),
            "system": platform.system(),
            "processor": platform.machine(),
            "cores": os.cpu_count(),
            "processes": processes,
            "threads": settings.threads,
        },
        "started": started.isoformat(timespec="seconds"),
        "finished": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "files": files,
    }


def periods(world: "World", settings: "RunSettings") -> dict[str, dict[str, str] | None]:
    """Return which months of flows are hindcast and which projection (None: no such month)."""
    last_data = world.registers.last_month
    first, last = settings.start, settings.until - 1
    return {
        "hindcast": _period(first, min(last, last_data)),
        "projection": _period(max(first, last_data + 1), last),
    }


def _period(first: int, last: int) -> dict[str, str] | None:
    return {"first": month_label(first), "last": month_label(last)} if first <= last else None


def describe_files(folder: Path) -> dict[str, dict[str, Any]]:
    """Return SHA-256 and size in bytes of every file in a folder."""
    return {
        path.name: {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "bytes": path.stat().st_size}
        for path in sorted(folder.iterdir())
        if path.is_file()
    }


def code_version() -> dict[str, Any]:
    """Return the version of the package and, in a git working tree, the commit and whether it was edited."""
    try:
        release = version("ewea-displacement")
    except PackageNotFoundError:  # run from a copy that is not installed
        release = "unknown"
    root = Path(__file__).parent.parent
    git = shutil.which("git") if (root / ".git").exists() else None
    commit = _git(git, root, "rev-parse", "--verify", "HEAD") if git else None
    edited = _git(git, root, "status", "--porcelain", "--untracked-files=no") if git and commit else None
    return {"version": release, "git_commit": commit, "git_edited": None if edited is None else bool(edited)}


def _git(git: str, root: Path, *words: str) -> str | None:
    """Return what a git command prints, or None if it fails (no commit yet, foreign owner)."""
    done = subprocess.run([git, "-C", str(root), *words], capture_output=True, text=True, check=False)  # noqa: S603
    return done.stdout.strip() if done.returncode == 0 else None
