"""Searches over policies: the shape of ``experiments/designs/searches/<id>.yaml``, and how one is read."""

import math
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from abm.data.config import Strict, fault, load_named
from abm.data.figures import MonthText, Text
from abm.data.world import World
from abm.errors import ConfigError
from abm.months import month_index, month_label
from abm.places import ALL, EU, UKRAINE, hosts_of
from abm.policy.change import Place, Rule, month_of
from abm.policy.lever import Lever, Value, as_number, load_levers, same
from abm.policy.scenario import scenario_world
from experiments.data.told import warn_of_faults
from experiments.designs.files import FOLDER as DESIGNS
from experiments.designs.files import file_of
from experiments.designs.schema import Constants, Design, LeverAxis, Name, Outcome, Seeds
from experiments.designs.sweep import Sweep
from experiments.run_scenario import RESULTS

FOLDER = DESIGNS / "searches"
STORES = RESULTS / "searches"

MOST_LEVELS = 200
MOST_OBJECTIVES = 6
"""Of more goals at once nearly every package is on the front, and nobody can weigh them."""


class SearchLever(Rule):
    """A lever the search may set to one of a few levels; at the ``current`` one it is left alone."""

    lever: Name
    place: Place
    values: list[Value] | None = Field(None, min_length=2)
    low: float | MonthText | None = None
    high: float | MonthText | None = None
    step: float | None = Field(None, gt=0)
    current: Value

    @model_validator(mode="after")
    def _one_way(self) -> "SearchLever":
        ends = (self.low, self.high, self.step)
        if any(end is None for end in ends) and ends != (None, None, None):
            raise ValueError("give low, high and step together")
        if (self.values is None) == (self.low is None):
            raise ValueError("give either values, or low, high and step")
        if self.low is not None and self.high is not None and self.step is not None:
            _check_range(self.low, self.high, self.step)
        if len(set(self.levels)) != len(self.levels):
            raise ValueError("values: a level stands twice")
        if not any(_equal(level, self.current) for level in self.levels):
            raise ValueError(
                f"current: found {self.current!r}, which is none of the levels "
                f"{', '.join(map(str, self.levels[:8]))}; the search must be able to leave things as they are"
            )
        return self

    @cached_property
    def levels(self) -> list[Value]:
        """Every level the search may choose, from low to high."""
        if self.values is not None:
            return list(self.values)
        assert self.low is not None and self.high is not None and self.step is not None  # noqa: PT018
        count = round((as_number(self.high) - as_number(self.low)) / self.step) + 1
        if isinstance(self.low, str):
            return [month_label(month_index(self.low) + n * int(self.step)) for n in range(count)]
        return [float(f"{self.low + n * self.step:.9g}") for n in range(count)]

    @property
    def now(self) -> int:
        """Number of the level in force."""
        return next(n for n, level in enumerate(self.levels) if _equal(level, self.current))

    def written(self, number: int) -> Value:
        """Return a level as a world sets it: None for the one in force."""
        return None if number == self.now else self.levels[number]

    def axis(self) -> LeverAxis:
        """Return the lever as the axis of a design."""
        fixed = self.model_dump(
            exclude={"values", "low", "high", "step", "current"}, exclude_none=True, by_alias=True
        )
        return LeverAxis.model_validate(
            {**fixed, "values": [self.written(n) for n in range(len(self.levels))]}
        )


def _check_range(low: float | str, high: float | str, step: float) -> None:
    if isinstance(low, str) != isinstance(high, str):
        raise ValueError("low and high must both be numbers, or both be months such as 2027-04")
    width = as_number(high) - as_number(low)
    if width <= 0:
        raise ValueError(f"low {low} must lie below high {high}")
    steps = width / step
    if steps + 1 > MOST_LEVELS:
        raise ValueError(f"step {step:g} gives {steps + 1:,.0f} levels; at most {MOST_LEVELS}")
    if abs(steps - round(steps)) > 1e-9 * max(steps, 1) or (isinstance(low, str) and step % 1):
        raise ValueError(f"step {step:g} does not lead from {low} to {high}")


class SearchObjective(Outcome):
    """A goal; values are rounded to ``resolution`` (epsilon-dominance, Laumanns et al. 2002)."""

    goal: Literal["min", "max"] = "min"
    resolution: float = Field(gt=0)

    @property
    def sign(self) -> float:
        """1 if less is better, else -1."""
        return 1.0 if self.goal == "min" else -1.0

    def rounded(self, value: float) -> float:
        """Return a value rounded to the resolution."""
        return round(value / self.resolution) * self.resolution


class Search(Strict):
    """A search for packages that no other beats on all goals, as means over ``scenarios`` and ``seeds``."""

    id: Name
    label: Text
    question: Text
    constants: Constants = Field(default_factory=Constants)
    scenarios: list[Text] = Field(default_factory=lambda: ["baseline"], min_length=1)
    levers: dict[Name, SearchLever] = Field(min_length=1)
    objectives: list[SearchObjective] = Field(min_length=2, max_length=MOST_OBJECTIVES)
    population: int = Field(ge=4, le=1000)
    generations: int = Field(ge=1, le=1000)
    seed: int = Field(1, ge=0)
    seeds: Seeds

    @model_validator(mode="after")
    def _hangs_together(self) -> "Search":
        if self.n_packages <= self.population:
            raise ValueError(
                f"population: found {self.population}, but the levers allow {self.n_packages} packages only; "
                "run them all with a design of method grid, or make the population smaller"
            )
        self.design()  # what a design refuses, such as an outcome that stands twice
        return self

    @property
    def n_packages(self) -> int:
        """How many packages there are."""
        return math.prod(len(lever.levels) for lever in self.levers.values())

    @property
    def current(self) -> list[int]:
        """The package in force: the number of the level of every lever."""
        return [lever.now for lever in self.levers.values()]

    def settings(self, package: Sequence[int]) -> dict[str, Value]:
        """Return what a package sets each lever to; None where it is left as in force."""
        levers = zip(self.levers.items(), package, strict=True)
        return {name: lever.written(number) for (name, lever), number in levers}

    def goals(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return values [package, goal] rounded to what is worth a decision, and small when good."""
        resolution = np.array([goal.resolution for goal in self.objectives])
        sign = np.array([goal.sign for goal in self.objectives])
        return np.asarray(sign * np.round(values / resolution) * resolution)

    def design(self) -> Design:
        """Return the design whose grid is searched; a longer search goes on in the same store."""
        outcomes = [
            Outcome.model_validate(o.model_dump(exclude={"goal", "resolution"}, exclude_none=True))
            for o in self.objectives
        ]
        return Design(
            id=self.id,
            label=self.label,
            question=self.question,
            constants=self.constants,
            scenarios=self.scenarios,
            levers={name: lever.axis() for name, lever in self.levers.items()},
            seeds=self.seeds,
            outcomes=outcomes,
            differences=False,
        )


def _equal(one: Value, other: Value) -> bool:
    """Return whether two levels are the same; null equals null only."""
    if one is None or other is None:
        return one is other
    return isinstance(one, str) == isinstance(other, str) and same(as_number(one), as_number(other))


# --- reading a search, and holding it against the model


def search_ids() -> list[str]:
    """Return the ids of the ready searches, sorted."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def load_search(name: str) -> tuple[Search, Path]:
    """Return a search and its file, from the id of a ready search or the path of a YAML file."""
    path = file_of(name, "search", FOLDER)
    return load_named(path, Search), path


def list_searches() -> list[dict[str, Any]]:
    """Return id, label, question and size of every ready search."""
    found = []
    for name in search_ids():
        search, _ = load_search(name)
        most = search.population * search.generations * len(search.scenarios) * search.seeds.count
        found.append({"id": name, "label": search.label, "question": search.question, "most_runs": most})
    return found


def sweep_of(search: Search, path: Path, root: Path, store: Path | None = None) -> Sweep:
    """Return the sweep over the space of a search, still without worlds; ``current`` must be in force."""
    sweep = Sweep.without_worlds(search.design(), path, root, store or STORES / search.id)
    warn_of_faults(root)
    world, levers = scenario_world(root, sweep.settings.until), load_levers(root)
    faults = []
    for name, axis in search.levers.items():
        for found in in_force(levers[axis.lever], axis.place, axis.start, world):
            if found is not None and not same(as_number(axis.current), as_number(found)):
                said = (
                    f"found {axis.current!r}; in force in {axis.place} on {axis.start} is {found!r}. Write "
                    "that, and choose low, high and step so that it is a level."
                )
                faults.append(fault(path, ("levers", name, "current"), said))
                break
    if faults:
        raise ConfigError("\n".join(faults))
    return sweep


def in_force(lever: Lever, place: str, day: str, world: World) -> list[Value]:
    """Return the values in force for everyone on a day in a place; None where nobody can tell."""
    hosts = [] if place == UKRAINE else np.flatnonzero(hosts_of(place, world.hosts)).tolist()
    if lever.id == "protection_end":
        ends = np.unique(world.hosts.protection_end[hosts])
        return [month_label(int(end)) for end in ends]
    found: list[Value] = []
    for name in [world.hosts.ids[host] for host in hosts] or [UKRAINE]:
        value = lever.neutral
        for line in sorted(lever.lines, key=lambda line: month_of(line.start)):
            named = line.place if isinstance(line.place, list) else [line.place]
            inside = name in named or ALL in named or (EU in named and place == EU)
            day_in = month_of(line.start) <= month_of(day)
            day_in &= line.until is None or month_of(day) < month_of(line.until)
            if line.counts and inside and day_in and not line.who.selectors():
                value = line.value
        found += [value] if value not in found else []
    return found
