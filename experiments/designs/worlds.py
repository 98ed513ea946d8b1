"""From a design to the worlds its workers build: points, worlds as plain JSON, and the columns of a row.

The points are the levels of the grid crossed with a sample over the ranges.

Samples live in the unit cube; an axis turns a share into a value by its quantile function. Sobol (Saltelli et
al. 2010) and Morris (1991, with the spread of Campolongo et al. 2007) come from SALib, so that its analysis
fits; the Latin hypercube from SciPy.
"""

import itertools
import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.data.world import Draws
from abm.errors import EweaError
from abm.policy.lever import Value
from calibration.fit.prior import rounded_parameter
from experiments.designs.axes import SCENARIO, Axis
from experiments.designs.schema import (
    NOTHING,
    AllParameters,
    Design,
    DriverAxis,
    LeverAxis,
    Package,
    ParameterAxis,
    Sampling,
)

type Point = Mapping[str, Value]

MORRIS_LEVELS = 4
"""Levels of the grid of Morris, as Campolongo et al. (2007) recommend."""


def points_of(design: Design, axes: Sequence[Axis]) -> list[Point]:
    """Return a mapping of axis to value per world; every cell of the grid gets the whole sample."""
    if design.sampling.method == "list":
        return [{axes[0].name: scenario, **world} for scenario in design.scenarios for world in design.worlds]
    if design.sampling.method == "one_at_a_time":
        return [
            {axes[0].name: scenario, **point}
            for scenario in design.scenarios
            for point in [{}, *({axis.name: value} for axis in axes[1:] for value in axis.values or ())]
        ]
    gridded = [axis for axis in axes if axis.values is not None]
    ranged = [axis for axis in axes if axis.quantile is not None]
    cells = [
        dict(zip([axis.name for axis in gridded], levels, strict=True))
        for levels in itertools.product(*(axis.values or () for axis in gridded))
    ]
    if not ranged:
        return cells
    shares = unit_sample(design.sampling, ranged)
    columns: dict[str, list[float]] = {}
    for number, axis in enumerate(ranged):
        assert axis.quantile is not None
        values = np.asarray(axis.quantile(shares[:, number])).tolist()
        columns[axis.name] = [rounded_parameter(one) if math.isfinite(one) else one for one in values]
    sampled = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    return [{**cell, **point} for cell in cells for point in sampled]


def unit_sample(sampling: Sampling, axes: Sequence[Axis]) -> NDArray[np.float64]:
    """Return the sample of a design in the unit cube, float64[point, axis]."""
    assert sampling.size is not None
    if sampling.method == "latin_hypercube":
        from scipy.stats import qmc

        rng = np.random.default_rng(sampling.seed)
        return np.asarray(qmc.LatinHypercube(len(axes), rng=rng).random(sampling.size))
    problem = problem_of(sampling, axes)
    with warnings.catch_warnings():
        # SALib uses pandas and SciPy in ways that these announce to change; the numbers are not touched.
        warnings.simplefilter("ignore")
        if sampling.method == "sobol":
            from SALib.sample import sobol

            found = sobol.sample(
                problem, sampling.size, calc_second_order=sampling.second_order, seed=sampling.seed
            )
        else:
            from SALib.sample import morris

            found = morris.sample(problem, sampling.size, num_levels=MORRIS_LEVELS, seed=sampling.seed)
    # The ends of an unbounded spread are no values; SALib's own levels reach them.
    return np.clip(np.asarray(found, np.float64), *bounds_of(sampling))


def bounds_of(sampling: Sampling) -> tuple[float, float]:
    """Return least and largest share a sample may take."""
    return (0.05, 0.95) if sampling.method == "morris" else (0.0, 1.0)


def problem_of(sampling: Sampling, axes: Sequence[Axis]) -> dict[str, Any]:
    """Return the problem as SALib writes it; its variables are shares of 0 to 1."""
    low, high = bounds_of(sampling)
    problem: dict[str, Any] = {
        "num_vars": len(axes),
        "names": [axis.name for axis in axes],
        "bounds": [[low, high]] * len(axes),
    }
    if sampling.groups:
        problem["groups"] = [axis.group or axis.name for axis in axes]
    return problem


type World = dict[str, Any]
"""``scenario``, ``packages``, ``levers``, ``drivers``, ``parameters`` and ``draw``; those that are set."""

DRAW = "draw"
"""Column that names the draw of the posterior."""


def worlds_of(design: Design, axes: Sequence[Axis], draws: Draws | None) -> list[World]:
    """Return the worlds of a design, in a fixed order; seeds are not part of a world."""
    points = points_of(design, axes)
    parameters = {axis.name: axis.parameter for axis in axes if axis.parameter is not None}
    found = [point_world(design, point, parameters) for point in points]
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


def point_world(design: Design, point: Point, parameters: Mapping[str, str]) -> World:
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
            world.setdefault("levers", {})[name] = line_of_axis(axis, value)
        elif isinstance(axis, DriverAxis):
            world.setdefault("drivers", {})[name] = line_of_axis(axis, value)
        else:
            world.setdefault("parameters", {})[parameters[name]] = value
    return world


def line_of_axis(axis: LeverAxis | DriverAxis, value: Value) -> dict[str, Any]:
    """Return an axis at a value as a line of a scenario file."""
    fixed = axis.model_dump(exclude={"values", "low", "high"}, exclude_none=True, by_alias=True)
    return {**fixed, "value": value}


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


TEXT, NUMBER = "text", "number"

SEED, POLICY = "seed", "policy"
type Described = Sequence[Sequence[str]]
"""Column, section of the task, name in that section, and kind; one entry per axis."""


def world_columns(design: Design) -> list[list[str]]:
    """Return where a task holds the value of each axis; groups of parameters have no column."""
    found = []
    for name, lever in design.levers.items():
        if isinstance(lever, Package):
            found.append([name, "packages", name, TEXT])
        else:
            is_text = any(isinstance(value, str) for value in lever.values or ())
            found.append([name, "levers", name, TEXT if is_text else NUMBER])
    for name, item in design.uncertainties.items():
        if isinstance(item, DriverAxis):
            found.append([name, "drivers", name, NUMBER])
        elif isinstance(item, ParameterAxis):
            found.append([name, "parameters", item.parameter, NUMBER])
        else:
            assert isinstance(item, AllParameters)
    if design.sampling.method == "posterior":
        found.append([DRAW, "", DRAW, NUMBER])
    return found


def described(columns: Described, task: Mapping[str, Any]) -> dict[str, str | float | int]:
    """Return the world of a task in columns; NaN or ``none`` for what it does not set.

    >>> described([["cash", "levers", "cash", "number"]], {"scenario": "baseline", "seed": 1})
    {'scenario': 'baseline', 'policy': 'none', 'seed': 1, 'cash': nan}
    """
    found: dict[str, str | float | int] = {
        SCENARIO: task[SCENARIO],
        POLICY: policy_of(task),
        SEED: int(task[SEED]),
    }
    for column, section, name, kind in columns:
        value = task.get(section, {}).get(name) if section else task.get(name)
        if isinstance(value, Mapping):
            value = value["value"]
        if kind == TEXT:
            found[column] = NOTHING if value is None else str(value)
        else:
            found[column] = math.nan if value is None else float(value)
    return found


def policy_of(task: Mapping[str, Any]) -> str:
    """Return what a government sets in a world, in one text that tells policies apart.

    >>> policy_of({"packages": {"law": "rtb_end"}, "levers": {"cash": {"place": "NL", "value": 0.5}}})
    'rtb_end, cash=0.5'
    """
    parts = list(dict.fromkeys(task.get("packages", {}).values()))
    parts += [f"{name}={_short(line['value'])}" for name, line in task.get("levers", {}).items()]
    return ", ".join(parts) or NOTHING


def _short(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:g}"
