"""The search itself: NSGA-II by its ask-and-tell interface, the front of all it tried, and how far it got.

NSGA-II (Deb et al. 2002) is pymoo's (Blank & Deb 2020). It only proposes; whoever evaluates may do so
anywhere. A package is one number of a level per lever. What it proposes depends on its seed and the
values it is told, on nothing else, so an interrupted search takes the same way again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from abm.band import HIGH, LOW
from abm.errors import EweaError
from experiments.analysis.search import Search
from experiments.analysis.words import AxisWords
from experiments.designs.axes import SCENARIO
from experiments.designs.sweep import Sweep, past_of
from experiments.designs.worlds import point_world, tasks_of
from experiments.ensemble.resume import run_tasks
from experiments.ensemble.store import Store
from experiments.options import progress_line

Array = NDArray[np.float64]
Packages = NDArray[np.int64]

type Evaluate = Callable[[Packages, int], Array]
"""Values float64[package, goal] of int64[package, lever]; the second argument is the generation, from 1."""


@dataclass(frozen=True)
class Tried:
    """Every package tried, once, in order; values float64[n, goal] as told, generations from 1."""

    packages: Packages
    values: Array
    generation: NDArray[np.int64]


def search_packages(
    levels: Sequence[int],
    current: Sequence[int],
    goals: Callable[[Array], Array],
    evaluate: Evaluate,
    *,
    population: int,
    generations: int,
    seed: int,
) -> Tried:
    """Return every package tried while searching for those that no other beats.

    ``goals`` turns values into what is to be made small, both float64[package, goal]; ``evaluate`` is asked
    once for every package. The package in force is in the first generation. Ends early when no new package
    can be made.
    """
    from pymoo.algorithms.moo.nsga2 import NSGA2
    from pymoo.core.evaluator import Evaluator
    from pymoo.core.problem import Problem
    from pymoo.operators.crossover.sbx import SBX
    from pymoo.operators.mutation.pm import PM
    from pymoo.operators.repair.rounding import RoundingRepair
    from pymoo.problems.static import StaticProblem

    known: dict[tuple[int, ...], tuple[Array, int]] = {}
    algorithm = problem = None
    for number in range(1, generations + 1):
        if algorithm is None:
            asked, packages = None, first_packages(levels, current, population, seed)
        else:
            asked = algorithm.ask()
            if asked is None or not len(asked):
                break
            packages = asked.get("X").astype(np.int64)
        new = [row for row in dict.fromkeys(map(tuple, packages.tolist())) if row not in known]
        if new:
            for row, told in zip(new, evaluate(np.array(new, np.int64), number), strict=True):
                known[row] = (told, number)
        values = goals(np.array([known[row][0] for row in map(tuple, packages.tolist())]))
        if algorithm is None:
            problem = Problem(
                n_var=len(levels),
                n_obj=values.shape[1],
                xl=np.zeros(len(levels)),
                xu=np.array(levels) - 1,
                vtype=int,
            )
            algorithm = NSGA2(
                pop_size=population,
                sampling=packages,
                crossover=SBX(repair=RoundingRepair(), vtype=float),
                mutation=PM(repair=RoundingRepair(), vtype=float),
            )
            algorithm.setup(problem, termination=("n_gen", generations), seed=seed)
            asked = algorithm.ask()
        Evaluator().eval(StaticProblem(problem, F=values), asked)
        algorithm.tell(infills=asked)
    return Tried(
        np.array(list(known), np.int64),
        np.array([told for told, _ in known.values()]),
        np.array([number for _, number in known.values()], np.int64),
    )


def first_packages(levels: Sequence[int], current: Sequence[int], size: int, seed: int) -> Packages:
    """Return the first generation: the package in force, then others at random, no two alike."""
    rng = np.random.default_rng(seed)
    chosen = dict.fromkeys([tuple(int(level) for level in current)])
    while len(chosen) < size:
        chosen[tuple(rng.integers(0, levels).tolist())] = None
    return np.array(list(chosen), np.int64)


def front(goals: Array) -> NDArray[np.bool_]:
    """Return which rows of float64[n, goal] no other row beats: none is as good everywhere and better once.

    >>> front(np.array([[0.0, 2.0], [1.0, 1.0], [2.0, 2.0], [0.0, 2.0]]))
    array([ True,  True, False,  True])
    """
    from pymoo.util.nds.non_dominated_sorting import NonDominatedSorting

    chosen = np.zeros(len(goals), np.bool_)
    chosen[NonDominatedSorting().do(goals, only_non_dominated_front=True)] = True
    return chosen


def simplest(goals: Array, packages: Packages, current: Sequence[int]) -> NDArray[np.bool_]:
    """Return one row for each value of the goals: the one that changes fewest levers, then the first."""
    changes = (packages != np.array(current)).sum(axis=1)
    chosen, seen = np.zeros(len(goals), np.bool_), set()
    for row in np.lexsort((np.arange(len(goals)), changes)):
        key = tuple(goals[row].tolist())
        chosen[row] = key not in seen
        seen.add(key)
    return chosen


def hypervolumes(goals: Array, generation: NDArray[np.int64]) -> Array:
    """Return the hypervolume reached after each generation, float64[generation], 0 to 1.

    The share of the box between the best and the worst value of every goal met in the whole search that is
    beaten by a package tried so far (Zitzler & Thiele 1998). When it no longer grows, the search has found
    what it can. A goal on which all packages are equal is left out.
    """
    from pymoo.indicators.hv import HV

    best, worst = goals.min(axis=0), goals.max(axis=0)
    moving = worst > best
    if not moving.any():
        return np.zeros(int(generation.max()))
    scaled = (goals[:, moving] - best[moving]) / (worst - best)[moving]
    measure = HV(ref_point=np.ones(int(moving.sum())))
    found = []
    for number in range(1, int(generation.max()) + 1):
        so_far = scaled[generation <= number]
        found.append(float(measure(so_far[front(so_far)])))
    return np.array(found)


NOW = "now"
"""Name of the current policy in the table."""


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
        """Return the means over seeds and scenarios; a failed run has no value."""
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
        point = self.search.settings(package)
        worlds = [
            point_world(self.sweep.design, {SCENARIO: scenario, **point}, {})
            for scenario in self.search.scenarios
        ]
        return list(tasks_of(self.sweep.design, worlds))


@dataclass(frozen=True)
class Front:
    """What a search found."""

    search: Search
    words: AxisWords
    # The current policy, then the packages of the front by the last goal, the best first, named A, B, ...:
    # for every goal its mean, ``_low``, ``_high``, ``_change`` against the current policy with a band of its
    # own, ``beats_current``, ``as_good`` (packages with the same goals that change as many levers or more),
    # ``generation``, and the level of every lever
    table: pd.DataFrame
    tried: pd.DataFrame  # All packages; the hypervolume (0 to 1) reached after each generation
    convergence: pd.DataFrame
    current_on_front: bool  # Whether no package beats the current policy

    @property
    def packages(self) -> pd.DataFrame:
        """The table without the current policy."""
        return self.table[self.table["package"] != NOW]


def front_of(search: Search, tried: Tried, runs: Mapping[tuple[int, ...], Array], words: AxisWords) -> Front:
    """Return the front of a search; ``runs`` come in the same order of runs for every package."""
    goals, current = search.goals(tried.values), search.current
    best = front(goals)
    shown = best & simplest(goals, tried.packages, current)
    here = int(np.flatnonzero((tried.packages == current).all(axis=1))[0])
    others = np.flatnonzero(shown & (np.arange(len(goals)) != here))
    order = [here, *sorted(others, key=lambda n: (*goals[n, ::-1], n))]
    policies = [words.policy(search.settings(package)) for package in tried.packages.tolist()]
    rows = []
    for number, at in enumerate(order):
        package = tried.packages[at].tolist()
        of = runs[tuple(package)]
        # Changes are taken run by run, on the same seed and scenario.
        change = of - runs[tuple(current)]
        row: dict[str, object] = {"package": letters(number - 1) if number else NOW, "policy": policies[at]}
        for column, goal in enumerate(search.objectives):
            row |= _with_band(goal.name, tried.values[at, column], of[:, column])
            row |= _with_band(f"{goal.name}_change", change[:, column].mean(), change[:, column])
        row["beats_current"] = bool((goals[at] <= goals[here]).all() and (goals[at] < goals[here]).any())
        row["as_good"] = int((goals == goals[at]).all(axis=1).sum()) - 1 if number else 0
        row["generation"] = int(tried.generation[at])
        for (lever, axis), level in zip(search.levers.items(), package, strict=True):
            row[f"level_{lever}"] = axis.levels[level]
        rows.append(row)
    volumes = hypervolumes(goals, tried.generation)
    generations = np.arange(1, len(volumes) + 1)
    counts = [(tried.generation <= number).sum() for number in generations]
    convergence = pd.DataFrame({"generation": generations, "packages": counts, "hypervolume": volumes})
    names = [goal.name for goal in search.objectives]
    everything = pd.DataFrame(tried.values, columns=names)
    everything[[f"{name}_change" for name in names]] = tried.values - tried.values[here]
    everything.insert(0, "policy", policies)
    everything = everything.assign(generation=tried.generation, on_front=best)
    return Front(search, words, pd.DataFrame(rows), everything, convergence, bool(best[here]))


def _with_band(name: str, middle: float, runs: Array) -> dict[str, float]:
    """Return a number with the ends of its band over runs."""
    low, high = np.quantile(runs, (LOW, HIGH))
    return {name: middle, f"{name}_low": low, f"{name}_high": high}


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
