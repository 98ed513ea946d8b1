"""Runs (what is simulated; several users may wait for one) and which is served next: users in turn."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dashboard.engine.bundle import Axes, Bundle, Measured, bundle_of
from dashboard.engine.choice import Choices
from dashboard.engine.jobs import Work
from dashboard.engine.limits import Limits

if TYPE_CHECKING:
    from dashboard.engine.jobs import Job

FIRST, FULL, WARM = 0, 1, 2
"""Order in which tasks are served: first answers, then the rest, then keeping simulations ready."""


@dataclass(eq=False)
class Task:
    """One piece of a run. Its ``home`` is the worker that has the seed ready; any may take it if None."""

    run: "Run"
    work: Work
    phase: int
    home: int | None = None
    tries: int = 0


class Run(ABC):
    """Something that takes several tasks."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.jobs: list[Job] = []  # Who waits for it
        self.pending: list[Task] = []  # Not yet given to a worker
        self.n_done = self.n_all = 0
        self.answer: Any = None  # The latest
        self.admitted = False  # Whether it may be refined; first answers need no admission
        self.began: float | None = None
        self.arrived = time.monotonic()
        self.over = False

    def plan(self, tasks: list[Task]) -> None:
        """Set the tasks."""
        self.pending, self.n_all = tasks, len(tasks)

    @property
    def progress(self) -> float:
        """Share of tasks done."""
        return self.n_done / max(self.n_all, 1)

    def next_for(self, worker: int, phase: int) -> Task | None:
        """Return the next task of a phase that a worker may take."""
        fits = (task for task in self.pending if task.phase == phase and task.home in (None, worker))
        return next(fits, None)

    @abstractmethod
    def take(self, task: Task, result: Any) -> bool:
        """Take a result; return whether there is a new answer."""

    @property
    def finished(self) -> bool:
        """Whether nothing is left to do."""
        return self.n_done >= self.n_all


class AnswerRun(Run):
    """A choice with and without: a coarse first answer, then the full band.

    ``known(choice, phase)`` gives the bundle of the baseline if it is known, ``make(choice, mine, theirs,
    final)`` the answer.
    """

    def __init__(
        self,
        key: str,
        choice: Choices,
        limits: Limits,
        known: Callable[[Choices, int], Bundle | None],
        make: Callable[[Choices, Bundle, Bundle, bool], Any],
    ) -> None:
        super().__init__(key)
        self.choice, self._make = choice, make
        self._samples = {FIRST: limits.first, FULL: limits.full}
        self.bases: dict[int, Bundle] = {}
        self.found: dict[int, Bundle] = {}
        self._mine: dict[int, dict[int, Measured]] = {FIRST: {}, FULL: {}}
        self._theirs: dict[int, dict[int, Measured]] = {FIRST: {}, FULL: {}}
        tasks = []
        for phase, sample in self._samples.items():
            base = None if choice.is_baseline else known(Choices(until=choice.until), phase)
            if base is not None:
                self.bases[phase] = base
            unknown = base is None and not choice.is_baseline
            for seed in range(1, sample.seeds + 1):
                work = Work("pair", sample.resolution, seed, choice, (unknown,))
                tasks.append(Task(self, work, phase, seed % limits.workers))
        self.plan(tasks)

    def take(self, task: Task, result: Any) -> bool:
        """Take one seed; a phase that is complete gives an answer."""
        axes, mine, theirs = result
        assert isinstance(axes, Axes)
        phase, seed = task.phase, task.work.seed
        sample = self._samples[phase]
        self._mine[phase][seed] = mine
        if theirs is not None:
            self._theirs[phase][seed] = theirs
        if len(self._mine[phase]) < sample.seeds:
            return False
        bundle = bundle_of(axes, sample.scale, self._mine[phase])
        if self.choice.is_baseline:
            self.bases[phase] = bundle
        elif phase not in self.bases:
            self.bases[phase] = bundle_of(axes, sample.scale, self._theirs[phase])
        self.found[phase] = bundle
        self._mine[phase], self._theirs[phase] = {}, {}
        # A late seed of the first sample must not replace the full answer.
        if phase == FIRST and FULL in self.found:
            return False
        self.answer = self._make(self.choice, bundle, self.bases[phase], phase == FULL)
        return True


class SideRun(Run):
    """Any other question: pieces of work, and what puts their results together, in order."""

    def __init__(
        self, key: str, pieces: Sequence[Work], workers: int, combine: Callable[[list[Any]], Any]
    ) -> None:
        super().__init__(key)
        self._combine = combine
        self._results: list[Any] = [None] * len(pieces)
        self._tasks = [Task(self, work, FULL, work.seed % workers) for work in pieces]
        self.plan(list(self._tasks))

    def take(self, task: Task, result: Any) -> bool:
        """Take one result; the last one completes the answer."""
        self._results[self._tasks.index(task)] = result
        if self.n_done + 1 < self.n_all:
            return False
        self.answer = self._combine(self._results)
        return True


class WarmUp(Run):
    """Keeps simulations ready; nobody waits for it."""

    def __init__(self, limits: Limits, worker: int) -> None:
        super().__init__(f"warm-{worker}")
        self.plan(
            [
                Task(self, Work("prepare", sample.resolution, seed), WARM, worker)
                for sample in (limits.first, limits.full)
                for seed in range(1, sample.seeds + 1)
                if seed % limits.workers == worker
            ]
        )

    def take(self, task: Task, result: Any) -> bool:
        """Note that it is done."""
        return False


class Queue:
    """Runs that are not over, in order of arrival.

    First answers of all users come before any refinement; within a phase the user served longest ago
    comes first. At most ``concurrent_runs`` are refined at the same time, so that some are finished
    soon instead of all being late.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.runs: list[Run] = []
        self._turn: dict[str, int] = {}
        self._clock = 0

    def remove(self, run: Run) -> None:
        """Take a run out."""
        if run in self.runs:
            self.runs.remove(run)

    def forget(self, session: str) -> None:
        """Forget when a user was served."""
        self._turn.pop(session, None)

    def by_key(self, key: str) -> Run | None:
        """Return the run of a key."""
        return next((run for run in self.runs if run.key == key), None)

    def _turn_of(self, run: Run) -> tuple[int, float]:
        turns = [self._turn.get(job.session, 0) for job in run.jobs]
        return min(turns, default=0), run.arrived

    def _in_turn(self, phase: int) -> list[Run]:
        if phase != FIRST:
            return sorted(self.runs, key=self._turn_of)
        # A first answer that was begun is finished before another begins: all are sooner on average.
        return sorted(self.runs, key=lambda run: (run.began is None, self._turn_of(run)))

    def next_for(self, worker: int) -> Task | None:
        """Return the task a worker shall do next, taken out of its run; None if there is none."""
        self._admit()
        for phase in (FIRST, FULL, WARM):
            for run in self._in_turn(phase):
                if phase == FULL and not run.admitted:
                    continue
                task = run.next_for(worker, phase)
                if task is not None:
                    self._note(run, phase)
                    run.pending.remove(task)
                    return task
        return None

    def _note(self, run: Run, phase: int) -> None:
        if phase == FIRST and run.began is not None:
            return
        self._clock += 1
        for job in run.jobs:
            self._turn[job.session] = self._clock

    def _admit(self) -> None:
        waiting = self._waiting()
        n_admitted = sum(run.admitted for run in self.runs)
        served = [job.session for run in self.runs if run.admitted for job in run.jobs]
        # Who has nothing under way comes before who has; then in order of arrival.
        waiting.sort(
            key=lambda run: (min((served.count(j.session) for j in run.jobs), default=0), run.arrived)
        )
        for run in waiting[: max(self._limits.concurrent_runs - n_admitted, 0)]:
            run.admitted = True

    def positions(self) -> dict[Run, int]:
        """Return the place in the queue of every run that waits, 1 is next."""
        waiting = sorted(self._waiting(), key=lambda run: run.arrived)
        return {run: number for number, run in enumerate(waiting, 1)}

    def _waiting(self) -> list[Run]:
        return [run for run in self.runs if not run.admitted and not isinstance(run, WarmUp)]

    @property
    def n_waiting(self) -> int:
        """Runs that users wait for."""
        return sum(isinstance(run, AnswerRun) or bool(run.jobs) for run in self.runs)
