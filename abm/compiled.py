"""Compile once: processes that start together would otherwise all compile the same kernels.

The first process compiles everything on a tiny run and leaves a mark in the cache folder; the
others wait for it and then read compiled code from disk.
"""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from abm.data.settings import RunSettings
from abm.data.world import World

MARK = "complete"
TINY_SCALE = 30_000
TINY_MONTHS = 3
"""A run that passes through every process, the hand-out of places and a return included."""


def cache_folder() -> Path:
    """Return the folder that holds compiled code."""
    return Path(os.environ["NUMBA_CACHE_DIR"])


@contextlib.contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    """Let one process at a time in; where the system has no file locks, let all in."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(lock, fcntl.LOCK_UN)


def compile_once(world: World) -> None:
    """Make sure compiled code is on disk; of the world only the types of its arrays matter."""
    folder = cache_folder()
    if (folder / MARK).exists():
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _only_one(folder):
            if not (folder / MARK).exists():
                _run_everything(world)
                (folder / MARK).touch()
    except OSError:
        # A cache that cannot be written only costs time: every process compiles for itself.
        return


def _run_everything(world: World) -> None:
    from abm.month.choice import wishes_of
    from abm.simulation import Simulation

    no_places = replace(world.hosts, collective_places=np.zeros_like(world.hosts.collective_places))
    settings = RunSettings(scale=TINY_SCALE, until=RunSettings.start + TINY_MONTHS, households_per_host=1)
    wishes_of(Simulation(replace(world, hosts=no_places), settings, 0).run_to_end().state)
