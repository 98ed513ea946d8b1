"""The search itself: NSGA-II by its ask-and-tell interface, the front of all it tried, and how far it got.

NSGA-II (Deb et al. 2002) is pymoo's (Blank & Deb 2020). It only proposes; whoever evaluates may do so
anywhere. A package is one number of a level per lever. What it proposes depends on its seed and the
values it is told, on nothing else, so an interrupted search takes the same way again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Packages = NDArray[np.int64]

type Evaluate = Callable[[Packages, int], Array]
"""Values float64[package, goal] of int64[package, lever]; the second argument is the generation, from 1."""


@dataclass(frozen=True)
class Tried:
    """Every package that was tried, in order, each once: the number of the level of each lever.

    ``values`` are float64[n, goal] as told, before rounding and signs; ``generation`` counts from 1.
    """

    packages: Packages
    values: Array
    generation: NDArray[np.int64]


def search(
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
