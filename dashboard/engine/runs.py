"""Runs: what is simulated. Several jobs (of several users) may wait for the same run."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dashboard.engine.bundle import Axes, Bundle
from dashboard.engine.choice import Choice
from dashboard.engine.limits import Limits
from dashboard.engine.measured import Measured, bundle_of
from dashboard.engine.tasks import Pair, Prepare, Task

if TYPE_CHECKING:
    from dashboard.engine.jobs import Job

FIRST, FULL, WARM = 0, 1, 2
"""Order in which units are served: first answers, then the rest, then keeping simulations ready."""


@dataclass(eq=False)
class Unit:
    """One task of a run.

    Attributes
    ----------
    home : int, optional
        Worker that has the seed ready; any worker if absent.
    """

    run: "Run"
    task: Task | Prepare
    phase: int
    home: int | None = None
    tries: int = 0


class Run(ABC):
    """Something that takes several tasks.

    Attributes
    ----------
    jobs : list of Job
        Who waits for it.
    pending : list of Unit
        Tasks not yet given to a worker.
    flying : int
        Tasks at work.
    admitted : bool
        Whether it may be refined; first answers need no admission.
    """

    def __init__(self, key: str) -> None:
        self.key = key
        self.jobs: list[Job] = []
        self.pending: list[Unit] = []
        self.flying = 0
        self.n_done = 0
        self.n_all = 0
        self.admitted = False
        self.began: float | None = None
        self.arrived = time.monotonic()
        self.over = False

    def plan(self, units: list[Unit]) -> None:
        """Set the tasks."""
        self.pending, self.n_all = units, len(units)

    @property
    def progress(self) -> float:
        """Share of tasks done."""
        return self.n_done / max(self.n_all, 1)

    def next_for(self, worker: int, phase: int) -> Unit | None:
        """Return the next task of a phase that a worker may take."""
        for unit in self.pending:
            if unit.phase == phase and unit.home in (None, worker):
                return unit
        return None

    @abstractmethod
    def take(self, unit: Unit, result: Any) -> bool:
        """Take a result; return whether there is a new answer."""

    @property
    @abstractmethod
    def answer(self) -> Any:
        """The latest answer, None before the first."""

    @property
    def finished(self) -> bool:
        """Whether nothing is left to do."""
        return self.n_done >= self.n_all


class AnswerRun(Run):
    """A choice with and without: a coarse first answer, then the full band.

    Parameters
    ----------
    choice : Choice
        What is asked.
    limits : Limits
        Samples of both answers.
    known : callable
        ``known(phase)`` gives the bundle of the baseline if it is known.
    make : callable
        ``make(mine, theirs, final)`` gives the answer.
    """

    def __init__(
        self,
        key: str,
        choice: Choice,
        limits: Limits,
        known: Callable[[int], Bundle | None],
        make: Callable[[Bundle, Bundle, bool], Any],
    ) -> None:
        super().__init__(key)
        self.choice, self._make = choice, make
        self._samples = {FIRST: limits.first, FULL: limits.full}
        self.bases: dict[int, Bundle] = {}
        self.found: dict[int, Bundle] = {}
        self._mine: dict[int, dict[int, Measured]] = {FIRST: {}, FULL: {}}
        self._theirs: dict[int, dict[int, Measured]] = {FIRST: {}, FULL: {}}
        self._answer: Any = None
        units = []
        for phase, sample in self._samples.items():
            base = None if choice.is_baseline else known(phase)
            if base is not None:
                self.bases[phase] = base
            unknown = base is None and not choice.is_baseline
            for seed in range(1, sample.seeds + 1):
                task = Pair(choice, sample.fineness, seed, unknown)
                units.append(Unit(self, task, phase, seed % limits.workers))
        self.plan(units)

    @property
    def answer(self) -> Any:
        """The latest answer."""
        return self._answer

    def take(self, unit: Unit, result: Any) -> bool:
        """Take one seed; a phase that is complete gives an answer."""
        axes, mine, theirs = result
        assert isinstance(unit.task, Pair)
        assert isinstance(axes, Axes)
        phase, seed = unit.phase, unit.task.seed
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
        self._answer = self._make(bundle, self.bases[phase], phase == FULL)
        return True


class SideRun(Run):
    """Any other question: tasks, and a function that puts their results together."""

    def __init__(
        self,
        key: str,
        tasks: list[Task],
        combine: Callable[[list[Any]], Any],
        homes: list[int | None] | None = None,
    ) -> None:
        super().__init__(key)
        self._combine = combine
        self._results: list[Any] = [None] * len(tasks)
        chosen = homes or [None] * len(tasks)
        self._units = [Unit(self, task, FULL, home) for task, home in zip(tasks, chosen, strict=True)]
        self._answer: Any = None
        self.plan(list(self._units))

    @property
    def answer(self) -> Any:
        """What the question came to; None before the end."""
        return self._answer

    def take(self, unit: Unit, result: Any) -> bool:
        """Take one result; the last one completes the answer."""
        self._results[self._units.index(unit)] = result
        if self.n_done + 1 < self.n_all:
            return False
        self._answer = self._combine(self._results)
        return True


class WarmUp(Run):
    """Keeps simulations ready; nobody waits for it."""

    def __init__(self, limits: Limits, worker: int) -> None:
        super().__init__(f"warm-{worker}")
        units = []
        for sample in (limits.first, limits.full):
            for seed in range(1, sample.seeds + 1):
                if seed % limits.workers == worker:
                    units.append(Unit(self, Prepare(sample.fineness, seed), WARM, worker))
        self.plan(units)

    @property
    def answer(self) -> Any:
        """Nothing."""
        return None

    def take(self, unit: Unit, result: Any) -> bool:
        """Note that it is done."""
        return False
