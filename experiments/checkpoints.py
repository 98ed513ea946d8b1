"""Checkpoints of a run: the newest kept state of every seed, from which it goes on bit for bit.

They stand in a folder beside the place of the run and go when the run has been written.
"""

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from abm.compiled import compile_once
from abm.data.settings import RunSettings
from abm.data.world import World
from abm.errors import EweaError
from abm.files import plain_refusal, read_state, write_state
from abm.simulation import Simulation, packed, unpacked
from experiments.ensemble.files import Lock, write_json
from experiments.ensemble.identity import refuse_another

KIND = "ewea-checkpoints"
MANIFEST = "manifest.json"
ENDING = ".checkpoints"


@dataclass(frozen=True)
class Checkpoints:
    """Where the states of a run are kept, and after how many months each."""

    folder: Path
    every: int
    identity: Mapping[str, Any]

    def path(self, seed: int) -> Path:
        """Return the file of a seed."""
        return self.folder / f"seed-{seed}.state"

    def newest(self, world: World, settings: RunSettings, seed: int) -> Simulation:
        """Return the run of a seed at its checkpoint; at its start if there is none."""
        compile_once(world)
        path = self.path(seed)
        if not path.exists():
            return Simulation(world, settings, seed)
        remedy = "Remove this file and give the command again: only this seed starts anew."
        about, content = read_state(path, remedy)
        refuse_another(path, about, {**self.identity, "seed": seed})
        return unpacked(content, world, settings, seed).fork(settings)

    def keep(self, run: Simulation) -> None:
        """Keep the state of a run if its month is due, in place of the one before."""
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
    if not isinstance(content, dict) or content.get("kind") != KIND:
        found = content.get("kind") if isinstance(content, dict) else content
        raise EweaError(f"{path}: kind: found {found!r}; allowed is {KIND!r}. Name a folder of checkpoints.")
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
            write_json(folder / MANIFEST, {"kind": KIND, "every": every, "place": str(place), **identity})
        yield Checkpoints(folder, every, identity)
        shutil.rmtree(folder, ignore_errors=True)
    finally:
        lock.release()
