"""Packages of a search as tasks of the sweep runner, and their outcomes back from its store."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from abm.band import HIGH, LOW
from abm.errors import EweaError
from experiments.analysis.pareto_front import Array, Packages
from experiments.analysis.search_schema import Search
from experiments.designs.axes import SCENARIO
from experiments.designs.sweep import Sweep, past_of
from experiments.designs.worlds import tasks_of, world_of
from experiments.sweeps.progress_line import progress_line
from experiments.sweeps.runner import run_tasks
from experiments.sweeps.store import Store


@dataclass
class Evaluation:
    """Runs packages, a generation at a time; what the store holds is not run again.

    Attributes
    ----------
    done, skipped : int
        Runs of this process, and runs found in the store.
    runs : dict of package to float64[run, goal]
        Outcomes of every run; runs in the order seed, scenario.
    """

    search: Search
    sweep: Sweep
    store: Store
    workers: int = 0
    scheduler: str | None = None
    quiet: bool = False
    done: int = 0
    skipped: int = 0
    seconds: float = 0.0
    runs: dict[tuple[int, ...], Array] = field(default_factory=dict)

    def __call__(self, packages: Packages, generation: int) -> Array:
        """Return the means over seeds and scenarios, float64[package, goal].

        Raises
        ------
        EweaError
            If a run failed; its package has no value then.
        """
        rows = [tuple(row) for row in packages.tolist()]
        tasks = {row: self._tasks(row) for row in rows}
        # Tasks of one seed and scenario share their past; the runner is told and keeps them together.
        everything = [task for row in rows for task in tasks[row]]
        of = f"{self.search.id}, generation {generation} of {self.search.generations}"
        summary = run_tasks(
            self.store,
            everything,
            workers=self.workers,
            scheduler=self.scheduler,
            on_progress=progress_line(of, quiet=self.quiet),
            group_of=past_of,
        )
        self.done += summary.done
        self.skipped += summary.skipped
        self.seconds += summary.seconds
        if summary.failed:
            why = next(iter(self.store.failures().values()))
            raise EweaError(
                f"{self.sweep.folder}: {summary.failed:,} runs of generation {generation} failed; the first: "
                f"{why} Their packages cannot be judged; put right what the message names, or leave the "
                "lever out."
            )
        names = [goal.name for goal in self.search.objectives]
        found = self.store.read(names, [self.store.key(task) for task in everything])
        values = np.stack([found[name] for name in names], axis=1).reshape(len(rows), -1, len(names))
        self.runs |= dict(zip(rows, values, strict=True))
        return np.asarray(values.mean(axis=1))

    def _tasks(self, package: Sequence[int]) -> list[dict[str, object]]:
        """Return the tasks of a package: every seed, every scenario."""
        levers = zip(self.search.levers.items(), package, strict=True)
        point = {name: lever.written(number) for (name, lever), number in levers}
        worlds = [
            world_of(self.sweep.design, {SCENARIO: scenario, **point}, {})
            for scenario in self.search.scenarios
        ]
        return list(tasks_of(self.sweep.design, worlds))


def goals_of(search: Search) -> Callable[[Array], Array]:
    """Return how values become goals: rounded to what is worth a decision, and small when good."""
    resolution = np.array([goal.resolution for goal in search.objectives])
    sign = np.array([goal.sign for goal in search.objectives])

    def goals(values: Array) -> Array:
        return np.asarray(sign * np.round(values / resolution) * resolution)

    return goals


def current_of(search: Search) -> list[int]:
    """Return the package in force."""
    return [lever.now for lever in search.levers.values()]


def band(values: NDArray[np.float64]) -> tuple[Array, Array]:
    """Return the 80 % band of float64[run, goal] over runs."""
    low, high = np.quantile(values, (LOW, HIGH), axis=0)
    return low, high
