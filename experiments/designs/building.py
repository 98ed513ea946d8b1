"""Build the world of a task: scenario, packages, levers, drivers, and parameters on top."""

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from abm.data.parameters import with_parameters
from abm.data.world import World
from abm.errors import EweaError
from abm.policy.driver_changes import DriverChange
from abm.policy.lever import Who, as_number
from abm.policy.scenario import DriverLine
from abm.policy.scenario_files import contents_of
from abm.policy.scenario_world import scenario_world, world_with_settings
from abm.policy.setting import LeverSetting, announced_month, month_of
from experiments.designs.axes import SCENARIO
from experiments.designs.worlds import DRAW, joined_scenarios
from experiments.sweeps.keys import canonical

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
    contents = contents_of(folder, joined_scenarios(task))
    drivers = [
        DriverChange(DriverLine.model_validate(line), f"uncertainty {name}", name)
        for name, line in task.get("drivers", {}).items()
    ]
    settings = settings_of_task(folder, task)
    if settings or contents.drivers or drivers:
        return world_with_settings(folder, until, settings, [*contents.drivers, *drivers])
    return scenario_world(folder, until)


def settings_of_task(root: Path, task: Mapping[str, Any]) -> list[LeverSetting]:
    """Return what a world sets on top of what is in force: its scenario, packages, and levers."""
    return [*contents_of(root, joined_scenarios(task)).settings, *lever_settings(task)]


def lever_settings(task: Mapping[str, Any]) -> list[LeverSetting]:
    """Return the levers a world sets by themselves, in the order of their names."""
    found = []
    for name, line in task.get("levers", {}).items():
        announced, until = line.get("announced"), line.get("until")
        found.append(
            LeverSetting(
                lever=line["lever"],
                place=line["place"],
                start_month=month_of(line["from"]),
                value=as_number(line["value"]),
                announced_month=None if announced is None else announced_month(announced),
                until_month=None if until is None else month_of(until),
                who=None if line.get("who") is None else Who.model_validate(line["who"]),
                where=f"lever {name}",
                scenario=name,
            )
        )
    return found
