"""Build the world of a task: scenario, packages, levers, drivers, and parameters on top."""

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from abm.data.parameters import with_parameters
from abm.data.world import World
from abm.errors import EweaError
from abm.policy.change import Changes, DriverChange, LeverChange, joined
from abm.policy.scenario import changed_world, changes_of
from experiments.designs.axes import SCENARIO
from experiments.designs.worlds import DRAW, joined_scenarios
from experiments.ensemble.identity import canonical

KEPT_WORLDS = 64
"""Worlds in memory before parameters; a grid uses the same ones with every seed."""

SHAPE = (SCENARIO, "packages", "levers", "drivers")
"""What decides a world besides its parameters."""


def world_of(root: Path, until: int, task: Mapping[str, Any], parameters: str) -> World:
    """Return the world of a task.

    Parameters
    ----------
    root : Path
        The ``configs`` folder.
    until : int
        Horizon.
    task : mapping
        A world, with its ``seed``.
    parameters : str
        ``posterior``: the seed names the draw where the world names none; else ``central``.

    Raises
    ------
    EweaError
        If a scenario or a parameter is unknown, or two parts contradict each other.
    """
    shape = {name: task[name] for name in SHAPE if name in task}
    world = _unfitted(str(root), until, canonical(shape))
    given: dict[str, float] = {}
    if DRAW in task or parameters == "posterior":
        if world.draws is None:
            raise EweaError("configs/coefficients holds no fit; write constants.parameters: central.")
        given |= world.draws.of_seed(int(task.get(DRAW, task["seed"])))
    given |= task.get("parameters", {})
    return with_parameters(world, given) if given else world


@lru_cache(maxsize=KEPT_WORLDS)
def _unfitted(root: str, until: int, shape: str) -> World:
    """Return the world of a scenario, packages, levers and drivers; parameters come on top."""
    task, folder = json.loads(shape), Path(root)
    drivers = [
        DriverChange.model_validate(line).found_at(f"uncertainty {name}", name)
        for name, line in task.get("drivers", {}).items()
    ]
    return changed_world(folder, until, joined([changes_of_task(folder, task), Changes.of(*drivers)]))


def changes_of_task(root: Path, task: Mapping[str, Any]) -> Changes:
    """Return what a world sets on top of what is in force: its scenario, packages, and levers."""
    return joined([changes_of(root, joined_scenarios(task)), own_levers(task)])


def own_levers(task: Mapping[str, Any]) -> Changes:
    """Return the levers a world sets by themselves, in the order of their names."""
    levers = task.get("levers", {}).items()
    return Changes.of(
        *(LeverChange.model_validate(line).found_at(f"lever {name}", name) for name, line in levers)
    )
