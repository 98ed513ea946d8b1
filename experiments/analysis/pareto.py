"""``ewea pareto``: run a search to its end, and compare its front with the current policy on common draws."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from abm.band import HIGH, LOW
from abm.errors import EweaError
from experiments.analysis.pareto_front import Array, Packages, Tried, front, hypervolumes, simplest
from experiments.analysis.search import Search, load_search, search_ids
from experiments.analysis.words import AxisWords
from experiments.designs.axes import SCENARIO
from experiments.designs.sweep import Sweep, past_of
from experiments.designs.worlds import point_world, tasks_of
from experiments.ensemble.resume import run_tasks
from experiments.ensemble.store import Store
from experiments.progress import progress_line

NOW = "now"
"""Name of the current policy in the table."""


def list_searches() -> list[dict[str, Any]]:
    """Return id, label, question and size of every ready search."""
    found = []
    for name in search_ids():
        search, _ = load_search(name)
        most = search.population * search.generations * len(search.scenarios) * search.seeds.count
        found.append({"id": name, "label": search.label, "question": search.question, "most_runs": most})
    return found


@dataclass
class Evaluation:
    """Runs packages, a generation at a time; what the store holds is not run again.

    ``done`` and ``skipped`` count the runs of this process and those found in the store; ``runs`` holds
    float64[run, goal] by package, runs in the order seed, scenario.
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
        """Return the means over seeds and scenarios, float64[package, goal]; a failed run has no value."""
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
            point_world(self.sweep.design, {SCENARIO: scenario, **point}, {})
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


def _band(values: NDArray[np.float64]) -> tuple[Array, Array]:
    """Return the band of float64[run, goal] over runs."""
    low, high = np.quantile(values, (LOW, HIGH), axis=0)
    return low, high


@dataclass(frozen=True)
class Front:
    """What a search found."""

    # The current policy, then the packages of the front by the last goal, the best first, named A, B, ...:
    # for every goal its mean, ``_low``, ``_high``, ``_change`` against the current policy with a band of its
    # own, ``beats_current``, ``as_good`` (packages with the same goals that change as many levers or more),
    # ``generation``, and the level of every lever
    table: pd.DataFrame
    tried: pd.DataFrame  # All packages; the hypervolume (0 to 1) reached after each generation
    convergence: pd.DataFrame
    current_on_front: bool  # Whether no package beats the current policy


def front_of(search: Search, tried: Tried, runs: Mapping[tuple[int, ...], Array], words: AxisWords) -> Front:
    """Return the front of a search; ``runs`` come in the same order of runs for every package."""
    goals, current = goals_of(search)(tried.values), current_of(search)
    best = front(goals)
    shown = best & simplest(goals, tried.packages, current)
    here = int(np.flatnonzero((tried.packages == current).all(axis=1))[0])
    order = sorted(
        np.flatnonzero(shown & (np.arange(len(goals)) != here)), key=lambda n: (*goals[n, ::-1], n)
    )
    rows = [_row(search, tried, runs, here, here, words, NOW)]
    for number, at in enumerate(order):
        row = _row(search, tried, runs, at, here, words, letters(number))
        row["beats_current"] = bool((goals[at] <= goals[here]).all() and (goals[at] < goals[here]).any())
        row["as_good"] = int((goals == goals[at]).all(axis=1).sum()) - 1
        rows.append(row)
    table = pd.DataFrame(rows)
    table["beats_current"] = table["beats_current"].astype(bool)
    volumes = hypervolumes(goals, tried.generation)
    generations = np.arange(1, len(volumes) + 1)
    counts = [(tried.generation <= number).sum() for number in generations]
    convergence = pd.DataFrame({"generation": generations, "packages": counts, "hypervolume": volumes})
    return Front(table, _everything(search, tried, best, here, words), convergence, bool(best[here]))


def letters(number: int) -> str:
    """Return the name of a package.

    >>> letters(0), letters(25), letters(26)
    ('A', 'Z', 'AA')
    """
    text = ""
    while number >= 0:
        text = chr(ord("A") + number % 26) + text
        number = number // 26 - 1
    return text


def levels_of(search: Search, package: NDArray[np.int64]) -> dict[str, object]:
    """Return what a package sets each lever to; None where it is left as in force."""
    levers = zip(search.levers.items(), package.tolist(), strict=True)
    return {name: lever.written(number) for (name, lever), number in levers}


def _row(
    search: Search,
    tried: Tried,
    runs: Mapping[tuple[int, ...], Array],
    at: int,
    here: int,
    words: AxisWords,
    name: str,
) -> dict[str, object]:
    """Return the row of a package; changes are taken run by run, on the same seed and scenario."""
    of = runs[tuple(tried.packages[at].tolist())]
    change = of - runs[tuple(tried.packages[here].tolist())]
    bands, changes = _band(of), _band(change)
    row: dict[str, object] = {"package": name, "policy": words.policy(levels_of(search, tried.packages[at]))}
    for number, goal in enumerate(search.objectives):
        row[goal.name] = tried.values[at, number]
        row[f"{goal.name}_low"], row[f"{goal.name}_high"] = bands[0][number], bands[1][number]
        row[f"{goal.name}_change"] = change[:, number].mean()
        row[f"{goal.name}_change_low"], row[f"{goal.name}_change_high"] = (
            changes[0][number],
            changes[1][number],
        )
    row |= {"beats_current": False, "as_good": 0, "generation": int(tried.generation[at])}
    for (lever, axis), number in zip(search.levers.items(), tried.packages[at].tolist(), strict=True):
        row[f"level_{lever}"] = axis.levels[number]
    return row


def _everything(
    search: Search, tried: Tried, best: NDArray[np.bool_], here: int, words: AxisWords
) -> pd.DataFrame:
    """Return every package that was tried."""
    names = [goal.name for goal in search.objectives]
    table = pd.DataFrame(tried.values, columns=names)
    table[[f"{name}_change" for name in names]] = tried.values - tried.values[here]
    table.insert(0, "policy", [words.policy(levels_of(search, package)) for package in tried.packages])
    table["generation"], table["on_front"] = tried.generation, best
    return table
