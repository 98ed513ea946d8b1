"""From a point of a design to a world a worker can build by itself, written as plain JSON."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from abm.data.world import Draws
from abm.errors import EweaError
from abm.policy.lever import Value
from experiments.designs.axes import SCENARIO, Axis
from experiments.designs.axis_schema import NOTHING, DriverAxis, LeverAxis, Package
from experiments.designs.samples import Point, points_of
from experiments.designs.schema import Design

type World = dict[str, Any]
"""``scenario``, ``packages``, ``levers``, ``drivers``, ``parameters`` and ``draw``; those that are set."""

DRAW = "draw"
"""Column that names the draw of the posterior."""


def worlds_of(design: Design, axes: Sequence[Axis], draws: Draws | None) -> list[World]:
    """Return the worlds of a design, in a fixed order; seeds are not part of a world.

    Raises
    ------
    EweaError
        If the design is empty, or asks for more draws than there are.
    """
    points = points_of(design, axes)
    parameters = {axis.name: axis.parameter for axis in axes if axis.parameter is not None}
    found = [world_of(design, point, parameters) for point in points]
    if design.sampling.method == "posterior":
        size = design.sampling.size or 0
        if draws is None or size > len(draws.values):
            there = "no fit" if draws is None else f"{len(draws.values)} draws"
            raise EweaError(
                f"sampling.size: found {size}; configs/coefficients holds {there}. Choose a smaller size."
            )
        found = [{**world, DRAW: number} for world in found for number in range(1, size + 1)]
    if not found:
        raise EweaError("the design has no world; give every axis at least one value.")
    return found


def world_of(design: Design, point: Point, parameters: Mapping[str, str]) -> World:
    """Return the world of a point: what it sets, under the names of the axes."""
    world: World = {SCENARIO: point[SCENARIO]}
    for name, value in point.items():
        axis = design.levers.get(name, design.uncertainties.get(name))
        if name == SCENARIO or value is None:
            continue
        if isinstance(axis, Package):
            if value != NOTHING:
                world.setdefault("packages", {})[name] = value
        elif isinstance(axis, LeverAxis):
            world.setdefault("levers", {})[name] = {**_written(axis), "value": value}
        elif isinstance(axis, DriverAxis):
            world.setdefault("drivers", {})[name] = {**_written(axis), "value": value}
        else:
            world.setdefault("parameters", {})[parameters[name]] = value
    return world


def _written(axis: LeverAxis | DriverAxis) -> dict[str, Any]:
    """Return an axis as a line of a scenario file, without its values."""
    return axis.model_dump(exclude={"values", "low", "high"}, exclude_none=True, by_alias=True)


def tasks_of(design: Design, worlds: Sequence[World]) -> Iterator[dict[str, Any]]:
    """Yield one task per seed and world; worlds of one seed follow one another, for they share its past."""
    for seed in range(design.seeds.first, design.seeds.first + design.seeds.count):
        for world in worlds:
            yield {"seed": seed, **world}


def point_of(design: Design, task: Mapping[str, Any]) -> dict[str, Value]:
    """Return the columns that describe the world of a task: scenario, levers, uncertainties, draw, seed."""
    found: dict[str, Value] = {SCENARIO: task[SCENARIO]}
    packages, levers, drivers = (task.get(name, {}) for name in ("packages", "levers", "drivers"))
    for name, lever in design.levers.items():
        if isinstance(lever, Package):
            found[name] = packages.get(name, NOTHING)
        else:
            found[name] = levers.get(name, {}).get("value")
    named = {}
    for name, item in design.uncertainties.items():
        if isinstance(item, DriverAxis):
            found[name] = drivers.get(name, {}).get("value")
        elif hasattr(item, "parameter"):
            named[item.parameter] = name
    for parameter, value in task.get("parameters", {}).items():
        found[named.get(parameter, parameter)] = value
    if DRAW in task:
        found[DRAW] = task[DRAW]
    return {**found, "seed": task["seed"]}


def joined_scenarios(world: Mapping[str, Any]) -> str:
    """Return scenario and packages of a world as one scenario, each part named once."""
    parts = "+".join([world[SCENARIO], *world.get("packages", {}).values()]).split("+")
    return "+".join(dict.fromkeys(parts))


def baseline_of(world: Mapping[str, Any]) -> World:
    """Return a world without its levers: the same scenario, drivers and parameters."""
    return {name: value for name, value in world.items() if name not in ("packages", "levers")}
