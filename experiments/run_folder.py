"""A run folder: it appears whole or not at all, and its manifest says how to repeat what it holds.

It is written under a hidden name beside its place, and moved there in one step at the end. A folder
that is already there is only replaced when it is a run folder and holds nothing but the files of that run.
An interrupted run may leave checkpoints beside it.
"""

import datetime as dt
import hashlib
import json
import os
import platform
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from abm.errors import EweaError
from abm.files import whole
from abm.months import month_label
from experiments.ensemble.files import write_json
from experiments.ensemble.identity import DECIDING

if TYPE_CHECKING:
    from abm.data.settings import RunSettings
    from abm.data.world import World
    from abm.simulation import Simulation
from dataclasses import dataclass

from abm.files import plain_refusal, read_state, write_state
from experiments.ensemble.files import Lock
from experiments.ensemble.identity import refuse_another

MANIFEST = "manifest.json"
KIND = "ewea-run"
"""Value of ``kind`` in the manifest of every run folder of ours."""


@contextmanager
def new_run_folder(place: Path) -> Iterator[Path]:
    """Give a hidden folder on the same disk to write to; move it to its place if the block ends well.

    If the block fails or is interrupted the folder is removed, with any parent folder made for it.
    """
    place = Path(os.path.abspath(place))  # noqa: PTH100 - Path.resolve would follow a link to a folder
    check_place(place)
    made = _make_parents(place.parent)
    try:
        with whole(place) as part:
            part.mkdir()
            yield part
            check_place(place)  # something may have come there while we were busy
    except BaseException:
        for parent in made:
            try:
                parent.rmdir()
            except OSError:  # somebody else uses it by now
                break
        raise


def check_place(place: Path) -> None:
    """Refuse a place where something stands that is not a run folder of ours."""
    if place.is_symlink():
        raise EweaError(f"--out {place}: is a link; it would be replaced. Name the folder itself.")
    if not place.exists():
        return
    if not place.is_dir():
        raise EweaError(f"--out {place}: is a file. Choose the name of a new folder.")
    present = {str(found.relative_to(place)) for found in place.rglob("*") if not found.is_dir()}
    if not any(place.iterdir()):
        return
    manifest = read_run_manifest(place)
    if manifest is None:
        raise EweaError(
            f"--out {place}: the folder is not empty and is not the folder of a run. Nothing was changed; "
            "choose another folder or move its content away."
        )
    if strange := sorted(present - set(manifest.get("files", {})) - {MANIFEST}):
        raise EweaError(
            f"--out {place}: the run folder also holds {', '.join(strange[:5])}, which would be lost. "
            "Move it away or choose another folder."
        )


def read_run_manifest(place: Path) -> dict[str, Any] | None:
    """Return the manifest of a run folder, named by the folder or itself; None if it is not one of ours."""
    path = place / MANIFEST if place.is_dir() else place
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, UnicodeDecodeError, json.JSONDecodeError):
        return None
    return content if isinstance(content, dict) and content.get("kind") == KIND else None


def _make_parents(folder: Path) -> list[Path]:
    """Create a folder and its parents; return those that are new, deepest first."""
    missing = []
    while not folder.exists():
        missing.append(folder)
        folder = folder.parent
    for new in reversed(missing):
        new.mkdir(exist_ok=True)
    return missing


FORMAT = 2
"""Raised when a table or a key changes its meaning."""

LIBRARIES = (*DECIDING, "matplotlib", "mesa", "pydantic", "ruamel.yaml")

CONVENTIONS = {
    "stocks": "persons on day 1 of the month",
    "flows": "persons who move in the course of the month; stock of the next month = stock + in - out",
    "register": "persons a register would show on the last day of the month, as Eurostat counts",
    "intentions": "persons by the answer they would give in the month",
    "indicators": "shares, persons and households of a host on day 1 of the month",
    "persons": "persons in the household times the real households it stands for (at most scale)",
}


def write_manifest(
    folder: Path,
    world: "World",
    settings: "RunSettings",
    identity: Mapping[str, Any],
    *,
    started: dt.datetime,
    processes: int,
    **more: Any,
) -> None:
    """Write the manifest of a run that has just ended over all files of its folder."""
    content = {
        "kind": KIND,
        "format": FORMAT,
        **identity,
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
        "files": describe_files(folder),
        **more,
    }
    write_json(folder / MANIFEST, content)


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


KEPT, ENDING = "ewea-checkpoints", ".checkpoints"
"""Kind of the manifest of checkpoints, and end of the name of their folder: it stands beside the run and goes
when that has been written. From the newest state of every seed a run goes on bit for bit."""


@dataclass(frozen=True)
class Checkpoints:
    """Where the states of a run are kept, and after how many months each."""

    folder: Path
    every: int
    identity: Mapping[str, Any]

    def path(self, seed: int) -> Path:
        """Return the file of a seed."""
        return self.folder / f"seed-{seed}.state"

    def newest(self, world: "World", settings: "RunSettings", seed: int) -> "Simulation":
        """Return the run of a seed at its checkpoint; at its start if there is none."""
        from abm.compiled import compile_once
        from abm.simulation import Simulation, unpacked

        compile_once(world)
        path = self.path(seed)
        if not path.exists():
            return Simulation(world, settings, seed)
        remedy = "Remove this file and give the command again: only this seed starts anew."
        about, content = read_state(path, remedy)
        refuse_another(path, about, {**self.identity, "seed": seed})
        return unpacked(content, world, settings, seed).fork(settings)

    def keep(self, run: "Simulation") -> None:
        """Keep the state of a run if its month is due, in place of the one before."""
        from abm.simulation import packed

        if run.finished or run.state.index % self.every == 0:
            about = {**self.identity, "seed": run.state.seed, "month": run.state.month}
            write_state(self.path(run.state.seed), about, packed(run))


def checkpoints_of(place: Path) -> Path:
    """Return the folder of the checkpoints of a run, by the place of the run or by itself."""
    return place if place.name.endswith(ENDING) else place.with_name(place.name + ENDING)


def read_checkpoints(place: Path) -> tuple[Path, dict[str, Any]]:
    """Return the manifest of checkpoints, and its path."""
    path = checkpoints_of(place) / MANIFEST
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise EweaError(
            f"{path}: no checkpoints ({error}). Name the folder that 'ewea run --checkpoint' said."
        ) from error
    if not isinstance(content, dict) or content.get("kind") != KEPT:
        found = content.get("kind") if isinstance(content, dict) else content
        raise EweaError(f"{path}: kind: found {found!r}; allowed is {KEPT!r}. Name a folder of checkpoints.")
    return path, content


@contextmanager
def kept_for(place: Path, every: int, identity: Mapping[str, Any], *, resume: bool) -> Iterator[Checkpoints]:
    """Keep checkpoints while the block lasts; they are removed if it ends well, and stay if it does not."""
    folder = checkpoints_of(place)
    with plain_refusal(folder):
        folder.mkdir(parents=True, exist_ok=True)
    lock = Lock(folder)
    try:
        if (folder / MANIFEST).exists() and not resume:
            raise EweaError(
                f"{folder}: holds checkpoints of this run. Continue it with 'ewea run --resume {folder}', or "
                "remove the folder to run anew."
            )
        if resume:
            path, content = read_checkpoints(folder)
            refuse_another(path, content, identity)
        else:
            write_json(folder / MANIFEST, {"kind": KEPT, "every": every, "place": str(place), **identity})
        yield Checkpoints(folder, every, identity)
        shutil.rmtree(folder, ignore_errors=True)
    finally:
        lock.release()
