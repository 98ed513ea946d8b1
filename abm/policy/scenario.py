"""Scenarios: files that build on one another and combine with ``+``, and the worlds they make."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field

from abm.data.config import Strict, line_of, load_named, read_yaml
from abm.data.figures import Text
from abm.data.folder import digest, load_settings, load_world
from abm.data.tables import DriverCard, Label
from abm.data.world import World
from abm.errors import ConfigError, EweaError
from abm.policy.apply import apply_drivers, apply_levers
from abm.policy.change import Changes, DriverChange, LeverChange, joined
from abm.policy.lever import Lever, changes_in_force, check_levers, load_levers
from abm.policy.route import load_routes

FOLDER = "scenarios"
BASELINE = "baseline"
JOIN = "+"


class Scenario(Strict):
    """One scenario file."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    kind: Literal["policy", "war"]
    label: Label
    explanation: Label
    builds_on: list[str] = Field(default_factory=list)
    levers: list[LeverChange] = Field(default_factory=list)
    drivers: list[DriverChange] = Field(default_factory=list)
    source: Text
    note: Text | None = None


def scenario_ids(root: Path) -> list[str]:
    """Return the ids of all scenarios: the baseline first, then one per file."""
    return [BASELINE, *sorted(p.stem for p in (root / FOLDER).glob("*.yaml") if p.stem != BASELINE)]


def load_scenario(root: Path, name: str) -> Scenario:
    """Return a scenario file."""
    path = root / FOLDER / f"{name}.yaml"
    if name not in scenario_ids(root):
        raise EweaError(
            f"{name!r} is not a scenario; there are: {', '.join(scenario_ids(root))}. A new one is a file "
            f"{root / FOLDER}/<name>.yaml; two are joined with {JOIN}."
        )
    return load_named(path, Scenario)


def changes_of(root: Path, name: str) -> Changes:
    """Return what a scenario, or several joined with ``+``, sets.

    A file wins over those it builds on. Parts joined with ``+`` add up; where two of them set the
    same lever in the same place, or the same driver in the same unit and month, to different
    values, they contradict each other.
    """
    parts = []
    names = [part.strip() for part in name.split(JOIN)]
    if len(set(names)) < len(names):
        raise EweaError(f"{name!r}: a scenario is named twice. Name each part once.")
    for part in names:
        parts.append(_with_parents(root, part, ()))
    for number, later in enumerate(parts):
        for earlier in parts[:number]:
            _refuse_contradictions(earlier, later)
    return joined(parts)


def _with_parents(root: Path, name: str, above: tuple[str, ...]) -> Changes:
    if name in above:
        circle = " -> ".join((*above[above.index(name) :], name))
        path = root / FOLDER / f"{above[-1]}.yaml"
        line = line_of(read_yaml(path), ("builds_on",))
        raise ConfigError(f"{path}:{line}: builds_on: scenarios build on each other in a circle: {circle}.")
    if name == BASELINE and not (root / FOLDER / f"{BASELINE}.yaml").is_file():
        return Changes()
    scenario = load_scenario(root, name)
    parents = [_with_parents(root, parent, (*above, name)) for parent in scenario.builds_on]
    return joined([*parents, own_changes(root / FOLDER / f"{name}.yaml", scenario)])


def own_changes(path: Path, scenario: Scenario) -> Changes:
    """Return what a scenario file itself sets, each change with its line."""
    lines = read_yaml(path)

    def where(*key: str | int) -> str:
        return f"{path}:{line_of(lines, key)}"

    return Changes.of(
        *(c.found_at(where("levers", n), scenario.id) for n, c in enumerate(scenario.levers)),
        *(c.found_at(where("drivers", n), scenario.id) for n, c in enumerate(scenario.drivers)),
    )


def _refuse_contradictions(earlier: Changes, later: Changes) -> None:
    for one in earlier.levers:
        for other in later.levers:
            same_thing = (one.lever, one.place, one.who) == (other.lever, other.place, other.who)
            apart = (one.until_month is not None and one.until_month <= other.start_month) or (
                other.until_month is not None and other.until_month <= one.start_month
            )
            if same_thing and one.number != other.number and not apart and one.scenario != other.scenario:
                raise ConfigError(
                    f"{one.where} and {other.where}: contradict each other: lever {one.lever} in "
                    f"{one.place} is {one.number:g} in {one.scenario} and {other.number:g} in "
                    f"{other.scenario}. Leave one out, or write a scenario that builds on the first and "
                    "sets the value you want."
                )
    for a in earlier.drivers:
        for b in later.drivers:
            if a.scenario != b.scenario and a.contradicts(b):
                raise ConfigError(
                    f"{a.where} and {b.where}: contradict each other: driver {a.driver} is set by "
                    f"{a.scenario} and by {b.scenario} in the same months. Leave one out."
                )


def _prepared(root: Path, until: int, fit: str | None = None) -> tuple[World, World, dict[str, Lever]]:
    """Return the raw world, the baseline world and the levers; read once however many runs use them."""
    return _read(root, digest(root), until, fit)


@lru_cache(maxsize=4)
def _read(root: Path, files: str, until: int, fit: str | None) -> tuple[World, World, dict[str, Lever]]:
    """Read the files that have the digest ``files``."""
    raw = load_world(root, until, fit)
    levers = load_levers(root)
    routes = load_routes(root, raw.hosts.ids)
    check_levers(root, levers, raw.hosts, raw.origins.ids, [r.id for r in routes], list(raw.coefficients))
    raw = replace(raw, routes=routes)
    return raw, apply_levers(raw, levers, changes_in_force(levers, load_settings(root).as_of)), levers


def baseline_world(root: Path, until: int) -> World:
    """Return the world with the levers in force and nothing else."""
    return _prepared(root, until)[1]


def scenario_world(root: Path, until: int, scenario: str = BASELINE, fit: str | None = None) -> World:
    """Return the world of a scenario, or of several joined with ``+``; arguments as of ``load_world``."""
    return changed_world(root, until, changes_of(root, scenario), fit)


def changed_world(root: Path, until: int, changes: Changes, fit: str | None = None) -> World:
    """Return the baseline with changes on top; later ones win."""
    raw, baseline, levers = _prepared(root, until, fit)
    if not changes:
        return baseline
    world = baseline
    if changes.levers:
        # What a scenario says about a lever in a place holds from its start on, whoever was concerned before.
        law = changes_in_force(levers, load_settings(root).as_of)
        world = apply_levers(raw, levers, [*law, *changes.levers])
    changed = apply_drivers(world, changes.drivers)
    mark = hashlib.sha256(
        f"{raw.digest}{changed.policy.digest}{list(changes.drivers)!r}".encode()
    ).hexdigest()
    return replace(changed, digest=mark, base=baseline)


@dataclass(frozen=True)
class Component:
    """One lever in one place, or one driver: what the effect of a scenario is split by."""

    id: str  # ``<lever>:<place>`` or ``driver:<driver>``
    label: dict[str, str]  # Name in the three languages
    changes: Changes  # Everything it stands for, in order


def components_of(
    changes: Changes, levers: Mapping[str, Lever], drivers: Mapping[str, DriverCard]
) -> tuple[Component, ...]:
    """Return the levers and drivers that changes move, one component each."""
    found: dict[str, Component] = {}
    for change in changes.each:
        if isinstance(change, DriverChange):
            known = change.driver in drivers
            label = drivers[change.driver].label.model_dump() if known else {"en": change.driver}
        else:
            names = (
                levers[change.lever].label.model_dump() if change.lever in levers else {"en": change.lever}
            )
            label = {language: f"{text} ({change.place})" for language, text in names.items()}
        before = found.get(change.id)
        own = Changes.of(change)
        found[change.id] = Component(
            change.id, label, own if before is None else joined([before.changes, own])
        )
    return tuple(found.values())
