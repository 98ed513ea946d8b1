"""The present of every run, kept on disk: one starting point for all that is asked.

Every run starts in March 2022 with the parameters of its seed. Up to the present, the first day after the
last register month, all that differ only later are the same run; it is simulated once, and whoever asks next
forks it there. A kept state equals a run from the start bit by bit, so keeping it changes nothing but time.
"""

import logging
import os
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

import pyarrow as pa

from abm.branches import Branches, Recorder
from abm.compiled import compile_once
from abm.data.folder import load_world
from abm.data.settings import RunSettings
from abm.data.world import World, as_known_at
from abm.errors import EweaError
from abm.files import model_digest, sealed, unsealed
from abm.months import month_label
from abm.policy.change import Changes
from abm.policy.scenario import scenario_world
from abm.simulation import Simulation, packed, unpacked
from experiments.ensemble.files import KeptFiles
from experiments.ensemble.identity import fingerprint_of

log = logging.getLogger(__name__)

FOLDER = "ewea-displacement/pasts"
MOST_BYTES = 1_500_000_000
"""Room on disk; a state at scale 100 takes some two megabytes."""

MOST_ROWS = 500_000
"""Simulated households beyond which keeping a state would cost more memory than the run itself."""

CODEC = "zstd"
SIZE = 8
"""Bytes in front of compressed content: its size before."""


def pasts() -> KeptFiles:
    """Return the folder of kept states, in the user's cache."""
    home = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    return KeptFiles(home / FOLDER, ".past", MOST_BYTES)


@lru_cache(maxsize=1)
def _model() -> str:
    return model_digest()


def present(world: World) -> int:
    """Return the first day after the last register month, as its month."""
    return world.registers.last_month + 1


def check_ahead(until: int, first: int) -> None:
    """Refuse a horizon that leaves nothing ahead of the present, ``first``."""
    if until <= first:
        raise EweaError(
            f"until: found {month_label(until)}, which is not after {month_label(first)}, the first day "
            "after the last register month: nothing is left to project. Choose a later month ('ewea run' "
            "shows earlier ones)."
        )


def before(changes: Changes, month: int) -> Changes:
    """Return the changes that can make a difference before a month."""
    return Changes(
        tuple(change for change in changes.levers if change.first_month < month),
        tuple(change for change in changes.drivers if change.first_month < month),
    )


@dataclass(frozen=True)
class KeptPast:
    """One world on one seed up to a month, read from disk or simulated and written there."""

    world: World
    settings: RunSettings
    seed: int
    month: int
    changes: Changes = field(default_factory=Changes)  # What the world sets on top of what is in force
    draw: int | None = None  # The seed whose draw the world already has, if it has one

    def run(self) -> Simulation:
        """Return the run on the first day of the month."""
        files, name, settings = pasts(), self.name, replace(self.settings, until=self.month)
        found = files.read(name)
        if found is not None:
            content = unsealed(found)
            if content is not None:
                size = int.from_bytes(content[:SIZE])
                state = pa.decompress(content[SIZE:], size, CODEC, asbytes=True)
                return unpacked(state, self.world, settings, self.seed)
            log.warning("%s: damaged; the past is simulated again.", files.path(name))
        for old in files.names(f"{self._question}-"):
            if old != name:
                files.remove(old)
                _say_once("the data or the model have changed: pasts kept before are simulated again.")
        run = Simulation(self.world, settings, self.seed).run_to(self.month)
        if len(run.state.households) <= MOST_ROWS:
            state = packed(run)
            body: bytes = pa.compress(state, CODEC, asbytes=True)
            files.write(name, sealed(len(state).to_bytes(SIZE) + body))
        return run

    @property
    def name(self) -> str:
        """What the state depends on, in short: the question, and the data and the model that answer it."""
        data = (self.world.base or self.world).digest
        return f"{self._question}-{fingerprint_of({'data': data, 'model': _model()})[:20]}"

    @property
    def _question(self) -> str:
        settings = self.settings
        draw = self.seed if settings.parameters == "posterior" else self.draw
        content = {
            "seed": self.seed,
            "month": self.month,
            "registers": self.world.registers.last_month,
            "scale": settings.scale,
            "households_per_host": settings.households_per_host,
            "arrivals": settings.arrivals,
            "known_until": settings.known_until,
            "clean_ups": settings.clean_ups,
            "shocks": settings.shocks,
            "changes": repr(before(self.changes, self.month)),
            "member": None if draw is None else _member(self.world, draw),
        }
        return fingerprint_of(content)[:20]


def _member(world: World, seed: int) -> int | None:
    """Return the member of the ensemble whose parameters and controls belong to a seed."""
    if world.controls is not None:
        return world.controls.member(seed)
    return None if world.draws is None else world.draws.number(seed)


@lru_cache(maxsize=8)
def _say_once(text: str) -> None:
    log.warning(text)


def branches_of(
    world: World,
    settings: RunSettings,
    seed: int,
    changes: Changes | None = None,
    *,
    recorder: Recorder | None = None,
    draw: int | None = None,
    month: int | None = None,
    keep: bool = True,
) -> Branches:
    """Return the branches of a world; unless ``keep`` is off, its past is kept on disk.

    ``changes`` are what the world sets on top of what is in force, ``draw`` the seed whose parameters it
    holds where the settings say central. Kept is the state at the present, or at ``month``.
    """
    compile_once(world)
    when = present(world) if month is None else month
    past = KeptPast(world, settings, seed, when, changes or Changes(), draw) if keep else None
    return Branches(world, settings, seed, recorder, past)


def world_known_at(root: Path, until: int, month: int, fit: str | None = None) -> World:
    """Return the baseline without anything that came later than a month.

    Registers, corrections and estimated arrivals end there, drivers and conditions of hosts are held, the law
    is what had been announced, and controls are the newest assimilated from data to no later month.
    """
    today = scenario_world(root, until, fit=fit)
    first, last = today.registers.first_month, today.registers.last_month
    if not first < month <= last:
        raise EweaError(
            f"no forecast as of {month_label(month)}: allowed are {month_label(first + 1)} to "
            f"{month_label(last)}, the last month of the registers."
        )
    past = load_world(root, until, fit, last_month=month)
    known = replace(
        today,
        registers=past.registers,
        controls=past.controls,
        data_date=month_label(month),
    )
    return as_known_at(known, month)
