"""One seed of a comparison: the common past once, then one continuation per scenario."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from abm.compiled import compile_once
from abm.data.settings import RunSettings
from abm.data.world import World
from abm.policy.change import joined
from abm.policy.lever import load_levers
from abm.policy.scenario import Component, changed_world, changes_of, components_of, scenario_world
from abm.simulation import Simulation
from experiments.comparison.groups import group_totals, type_changes
from experiments.comparison.outcomes import outcomes_of, totals
from experiments.comparison.shapley import subsets_needed

Array = NDArray[np.float64]

COARSE_SCALE, COARSE_PER_HOST = 1000, 100
"""Fineness of the runs that split an effect by lever."""


@dataclass(frozen=True)
class Task:
    """Everything one seed needs; small, so that it travels to another process.

    Attributes
    ----------
    base : str
        Scenario the others are measured against.
    others : tuple of str
        Scenarios compared.
    start, until : int
        First month simulated, month on whose first day the run ends.
    split : bool
        Whether to run the subsets that split effects by lever.
    types : bool
        Whether to report the household types that change most.
    """

    root: Path
    base: str
    others: tuple[str, ...]
    settings: RunSettings
    seed: int
    coarse: bool = False
    types: bool = False


@dataclass(frozen=True)
class Found:
    """What one seed found.

    Attributes
    ----------
    levels : dict of scenario to float64[outcome, H]
        Stocks at the horizon and sums of flows.
    monthly : dict of scenario to float64[month, H]
        People to protect, from the first month that differs.
    groups : dict of scenario to dict of (attribute, value) to float64[H]
        Stock at the horizon by group.
    subsets : dict of scenario to dict of frozenset to float64[outcome, H]
        Totals of every subset of levers.
    types : dict of scenario to list
        Household types whose place changed, with persons.
    """

    seed: int
    levels: dict[str, Array]
    monthly: dict[str, Array]
    groups: dict[str, dict[tuple[str, str], Array]]
    subsets: dict[str, dict[frozenset[int], Array]]
    types: dict[str, list[tuple[str, float]]]


def components_of_scenario(root: Path, name: str) -> tuple[Component, ...]:
    """Return the levers and drivers a scenario moves."""
    return components_of(changes_of(root, name), load_levers(root))


def own_players(root: Path, base: str, other: str) -> tuple[Component, ...]:
    """Return the levers and drivers in which ``other`` differs from ``base``."""
    before = {p.id: p.changes for p in components_of_scenario(root, base)}
    return tuple(p for p in components_of_scenario(root, other) if before.get(p.id) != p.changes)


def first_month(players: Sequence[Component], start: int, until: int) -> int:
    """Return the first month in which any of the players can make a difference."""
    first = joined([player.changes for player in players]).first_month
    return int(np.clip(until if first is None else first, start, until))


@lru_cache(maxsize=2)
def _worlds(root: Path, until: int, names: tuple[str, ...]) -> tuple[World, ...]:
    return tuple(scenario_world(root, until, name) for name in names)


def run_seed(task: Task) -> Found:
    """Run one seed: the base in full, every other scenario from where it begins to differ."""
    settings, root = task.settings, task.root
    horizon = settings.until
    base_world, *other_worlds = _worlds(root, horizon, (task.base, *task.others))
    compile_once(base_world)
    players = {name: own_players(root, task.base, name) for name in task.others}
    of_base = components_of_scenario(root, task.base)
    named = {name: {p.id for p in components_of_scenario(root, name)} for name in task.others}
    dropped = {name: [p for p in of_base if p.id not in named[name]] for name in task.others}
    forks = {
        name: first_month((*players[name], *dropped[name]), settings.start, horizon) for name in task.others
    }
    common = min(forks.values(), default=horizon)
    simulation = Simulation(base_world, settings, task.seed)
    branches: dict[str, Simulation] = {}
    subsets: dict[str, dict[frozenset[int], Simulation]] = {}
    while not simulation.finished:
        for name, world in zip(task.others, other_worlds, strict=True):
            if forks[name] == simulation.state.month:
                branches[name] = simulation.fork(settings, world)
                if task.coarse and len(players[name]) > 1:
                    subsets[name] = _subset_runs(task, simulation, players[name])
        simulation.step()
    index = common - settings.start
    base = outcomes_of(simulation.state, min(index, simulation.state.index - 1))
    found = Found(task.seed, {task.base: totals(base)}, {task.base: base["stock"]}, {}, {}, {})
    found.groups[task.base] = group_totals(simulation.state)
    for name in task.others:
        branch = branches.get(name, simulation)
        _finish(branch)
        outcomes = outcomes_of(branch.state, min(index, branch.state.index - 1))
        found.levels[name], found.monthly[name] = totals(outcomes), outcomes["stock"]
        found.groups[name] = group_totals(branch.state)
        if task.types:
            found.types[name] = type_changes(simulation.state, branch.state)
        values = {}
        for subset, part in subsets.get(name, {}).items():
            _finish(part)
            values[subset] = totals(outcomes_of(part.state, min(index, part.state.index - 1)))
        everyone = frozenset(range(len(players[name])))
        if task.coarse:
            values[frozenset()], values[everyone] = found.levels[task.base], found.levels[name]
        found.subsets[name] = values
    return found


def _finish(simulation: Simulation) -> None:
    while not simulation.finished:
        simulation.step()


def _subset_runs(
    task: Task, simulation: Simulation, players: tuple[Component, ...]
) -> dict[frozenset[int], Simulation]:
    """Return one continuation per subset of levers, none and all left out."""
    base = components_of_scenario(task.root, task.base)
    needed = [s for s in subsets_needed(len(players)) if 0 < len(s) < len(players)]
    runs = {}
    for subset in needed:
        chosen = [*base, *(players[i] for i in sorted(subset))]
        world = changed_world(task.root, task.settings.until, joined([one.changes for one in chosen]))
        runs[subset] = simulation.fork(task.settings, world)
    return runs
