"""The worker processes of a server: started with one core each, replaced when they die."""

import logging
import multiprocessing
import time
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any

from dashboard.engine.limits import Limits
from dashboard.engine.worker import serve
from experiments.child_processes import starting_children

log = logging.getLogger(__name__)

SOONEST_RESTART = 1.0
"""Seconds between two starts of the same worker, so that one that cannot start does not spin."""


@dataclass
class Member:
    """One worker process.

    Attributes
    ----------
    number : int
        Its place; seeds have a home worker by this number.
    ready : bool
        Whether it has loaded the model.
    unit : object, optional
        What it works on.
    since : float
        Monotonic time at which that began.
    """

    number: int
    pipe: Connection
    process: SpawnProcess
    started: float
    ready: bool = False
    unit: Any = None
    since: float = field(default_factory=time.monotonic)

    @property
    def idle(self) -> bool:
        """Whether it can take a task."""
        return self.ready and self.unit is None


class Crew:
    """All workers.

    Parameters
    ----------
    root : Path
        The ``configs`` folder.
    limits : Limits
        Number of workers and more.
    """

    def __init__(self, root: Path, limits: Limits) -> None:
        self._root, self._limits = root, limits
        self.members: list[Member] = []

    def start(self) -> None:
        """Start every worker."""
        self.members = [self._new(number) for number in range(self._limits.workers)]

    def _new(self, number: int) -> Member:
        context = multiprocessing.get_context("spawn")
        with starting_children():
            ours, theirs = context.Pipe()
            process = context.Process(
                target=serve,
                args=(theirs, self._root, self._limits),
                daemon=True,
                name=f"ewea-worker-{number}",
            )
            process.start()
            theirs.close()
        return Member(number, ours, process, time.monotonic())

    def replace(self, member: Member) -> Member:
        """End a worker and start another in its place."""
        log.warning("worker %d is replaced (exit code %s)", member.number, member.process.exitcode)
        self._end(member)
        wait = SOONEST_RESTART - (time.monotonic() - member.started)
        if wait > 0:
            time.sleep(wait)
        fresh = self._new(member.number)
        self.members[self.members.index(member)] = fresh
        return fresh

    @staticmethod
    def _end(member: Member) -> None:
        member.pipe.close()
        member.process.kill()  # workers write no file: nothing is lost
        member.process.join()

    def stop(self) -> None:
        """End every worker."""
        for member in self.members:
            self._end(member)
        self.members = []
