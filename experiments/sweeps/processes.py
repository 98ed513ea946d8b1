"""Tasks on processes of this machine, one core each. A process that is killed is replaced.

The driver talks to each process over a pipe. Results come back one by one, so that when a process dies it
is known which task it was at: that one is blamed, the others of its chunk are run elsewhere.
"""

import multiprocessing
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Any

from abm.errors import EweaError
from experiments.child_processes import starting_children
from experiments.sweeps.chunks import Chunks
from experiments.sweeps.task_calls import Job, Outcome, Outcomes, Todo, call, load

NAME = "ewea-sweep"
"""Name of every process of ours."""

TICK_SECONDS = 1.0
FALSE_STARTS = 5
"""Processes in a row that may end before they are ready; more than that is no accident."""


@dataclass(slots=True)
class _Member:
    process: SpawnProcess
    chunk: list[Todo] = field(default_factory=list)
    ready: bool = False


def run_processes(job: Job, size: int, retries: int) -> Outcomes:
    """Run a job on local processes.

    Parameters
    ----------
    job : Job
        What to do.
    size : int
        Number of processes.
    retries : int
        How often a task is run again whose process was ended from outside; then it is a failure.

    Yields
    ------
    Outcome or None
        None when nothing has ended for a second.

    Raises
    ------
    EweaError
        If the function cannot be imported, or processes end as soon as they start.
    """
    crew = _Crew(job, size, retries)
    try:
        crew.start()
        yield from crew.outcomes()
    finally:
        crew.stop()


class _Crew:
    def __init__(self, job: Job, size: int, retries: int) -> None:
        self._job, self._size, self._retries = job, size, retries
        self._chunks = Chunks(job.todo, size, job.groups)
        self._members: dict[Connection, _Member] = {}
        self._deaths: Counter[str] = Counter()
        self._false_starts = 0

    def start(self) -> None:
        """Bring the crew to its size."""
        context = multiprocessing.get_context("spawn")
        with starting_children():
            while len(self._members) < self._size:
                ours, theirs = context.Pipe()
                member = _Member(context.Process(target=_serve, args=(theirs,), name=NAME, daemon=True))
                self._members[ours] = member
                member.process.start()
                theirs.close()
                _send(ours, (self._job.function, self._job.context))

    def stop(self) -> None:
        """End every member: they write no file, so nothing is lost and nothing is left behind."""
        for ours, member in self._members.items():
            ours.close()
            if member.process.pid is not None:
                member.process.kill()
                member.process.join()
                member.process.close()
        self._members.clear()

    def outcomes(self) -> Iterator[Outcome | None]:
        """Give out chunks until all tasks are done."""
        while self._chunks or any(member.chunk for member in self._members.values()):
            for ours, member in self._members.items():
                if self._chunks and member.ready and not member.chunk:
                    member.chunk = self._chunks.take(ours)
                    _send(ours, member.chunk)
            ended = wait(list(self._members), timeout=TICK_SECONDS)
            if not ended:
                yield None
            for pipe in ended:
                assert isinstance(pipe, Connection)
                outcome = self._receive(pipe)
                if outcome is not None:
                    yield outcome

    def _receive(self, ours: Connection) -> Outcome | None:
        member = self._members[ours]
        try:
            content = ours.recv()
        except (EOFError, OSError):
            return self._replace(ours)
        if isinstance(content, Outcome):
            assert content.key == member.chunk[0][0]
            del member.chunk[0]
            self._chunks.learn(content)
            return content
        if content is not None:
            raise EweaError(content)
        member.ready, self._false_starts = True, 0
        return None

    def _replace(self, ours: Connection) -> Outcome | None:
        """Put a new member in the place of one that ended; return an outcome if it ended once too often."""
        member = self._members.pop(ours)
        self._chunks.forget(ours)
        ours.close()
        member.process.join()
        code = member.process.exitcode
        member.process.close()
        outcome = None
        if not member.ready:
            self._false_starts += 1
            if self._false_starts > FALSE_STARTS:
                raise EweaError(
                    f"{self._job.function}: processes end as soon as they start (exit code {code}); the "
                    "reason stands above, or memory is short. Try a smaller --workers."
                )
        elif member.chunk:
            key = member.chunk[0][0]
            self._deaths[key] += 1
            if self._deaths[key] > self._retries:
                del member.chunk[0]
                outcome = Outcome(key, None, ended_from_outside(self._deaths[key]), 0.0)
            self._chunks.put_back(member.chunk)
        if self._chunks:
            self.start()
        return outcome


def ended_from_outside(times: int) -> str:
    """Return the failure of a task whose worker was killed each time."""
    return f"the process that ran it was ended from outside, {times} times; most often memory ran out"


def _send(ours: Connection, content: Any) -> None:
    # One that has just died is noticed when we read from it, and replaced there.
    with suppress(BrokenPipeError, ConnectionResetError):
        ours.send(content)


def _serve(theirs: Connection) -> None:
    """Run tasks until the pipe closes. Runs in a process of its own."""
    try:
        name, context = theirs.recv()
        try:
            function = load(name)
        except EweaError as error:
            theirs.send(str(error))
            return
        theirs.send(None)
        while True:
            for todo in theirs.recv():
                theirs.send(call(function, context, todo))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return  # the driver is gone or has all it needs
