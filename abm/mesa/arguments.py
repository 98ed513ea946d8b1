"""What a user gives a Mesa model, checked: coefficients, a scenario of Mesa, a seed; and their world."""

from __future__ import annotations

import math
import operator
from collections.abc import Mapping
from functools import lru_cache
from numbers import Real
from pathlib import Path
from typing import Any

import numpy as np
from mesa.experimental.scenarios import Scenario

from abm.data.folder import digest, load_settings
from abm.data.parameters import Coefficient, load_known, with_parameters
from abm.data.world import World
from abm.errors import EweaError, nearest
from abm.months import month_index
from abm.policy.scenario import BASELINE, scenario_ids, scenario_world


def _checked(known: Coefficient, value: object) -> float:
    """Return the value of one coefficient, or refuse what its unit and distribution rule out."""
    name = known.parameter
    if not isinstance(value, Real) or isinstance(value, bool) or not math.isfinite(value):
        raise EweaError(f"{name}: found {value!r}; a number is needed ({known.meaning}, {known.unit}).")
    number = float(value)
    if said := known.outside(number):
        raise EweaError(f"{name}: {said}: {known.meaning}.")
    return number


def checked_overrides(root: Path, given: Mapping[str, object]) -> dict[str, float]:
    """Return coefficients a user set, as numbers."""
    if not given:
        return {}
    known = load_known(root)
    if "seed" in given:
        raise EweaError("seed: the seed of a run is given as rng=, for example rng=1.")
    for name in given:
        if name not in known:
            raise EweaError(f"{name!r} is neither a setting nor a coefficient. {nearest(name, known)}")
    return {name: _checked(known[name], value) for name, value in sorted(given.items())}


@lru_cache(maxsize=8)
def _kept_world(
    root: Path, content: str, until: int, scenario: str, given: tuple[tuple[str, float], ...]
) -> World:
    """Return a world of some megabytes; the last ones are kept, for a sweep uses them again and again."""
    if given:
        return with_parameters(_kept_world(root, content, until, scenario, ()), dict(given))
    return scenario_world(root, until, scenario)


def world_with(root: Path, until: int, given: Mapping[str, object], scenario: str = BASELINE) -> World:
    """Return the world of a run with some coefficients replaced; the same object for the same question.

    The data reach at least to the last register month.
    """
    overrides = checked_overrides(root, given)
    horizon = max(until, load_settings(root).last_register_month)
    return _kept_world(root.resolve(), digest(root), horizon, scenario, tuple(overrides.items()))


class PolicyScenario(Scenario):  # type: ignore[misc]
    """Mesa's record of a run: seed, id of the scenario, and whatever else the model takes by name.

    False in a condition, so that SolaraViz does not put an empty one in the place of the scenario
    id when it creates the model anew.
    """

    id: str = BASELINE

    def __bool__(self) -> bool:
        return False


def with_scenario(
    scenario: Scenario, asked: dict[str, Any], usual: Mapping[str, Any]
) -> tuple[str, dict[str, Any]]:
    """Return the id and the arguments that a scenario of Mesa stands for; ``usual`` are the model's own."""
    named = {key: value for key, value in scenario if not (key == "rng" and value is None)}
    name = named.pop("id", BASELINE)
    for key, value in named.items():
        given = asked.get(key, usual.get(key))
        if given != usual.get(key) and given != value:
            raise EweaError(f"{key}: found {given!r} as an argument and {value!r} in the scenario; give one.")
    return name, {**asked, **named}


def checked_month(name: str, label: object) -> int:
    """Return a month, counted from 2022-01."""
    try:
        return month_index(str(label))
    except ValueError as error:
        raise EweaError(f"{name}: {error}.") from error


def checked_whole(name: str, value: Any) -> int:
    """Return a whole number."""
    if not isinstance(value, bool):
        try:
            return operator.index(value)
        except TypeError:
            pass
    raise EweaError(f"{name}: found {value!r}; a whole number is needed, for example 1000.")


def checked_scenario_id(root: Path, scenario: object) -> str:
    """Return an id, or several joined with +, that the folder has."""
    known = scenario_ids(root)
    parts = scenario.split("+") if isinstance(scenario, str) else [scenario]
    for part in parts:
        if part not in known:
            raise EweaError(f"scenario: found {part!r}. {nearest(part, sorted(known))}")
    return str(scenario)


def checked_rng(rng: Any) -> Any:
    """Return what Mesa takes as ``rng``, whole numbers as int; refuse what cannot be a seed."""
    if isinstance(rng, (int, np.integer)) and not 0 <= rng < np.iinfo(np.int64).max:
        raise EweaError(f"rng: found {rng}; a seed is a whole number from 0 to {np.iinfo(np.int64).max - 1}.")
    if isinstance(rng, bool):
        raise EweaError(f"rng: found {rng}; a seed is a whole number, for example rng=1.")
    try:
        np.random.default_rng(rng)
    except (TypeError, ValueError) as error:
        raise EweaError(f"rng: found {rng!r}; a seed is a whole number, for example rng=1.") from error
    return int(rng) if isinstance(rng, np.integer) else rng
