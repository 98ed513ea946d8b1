"""Scenarios: files that build on one another and combine with ``+``, and the worlds they make."""

import hashlib
import itertools
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import Field, model_validator

from abm.arrays import Booleans, Integers
from abm.data.config import Strict, line_of, load_named, read_yaml
from abm.data.drivers import load_driver_cards
from abm.data.figures import Text
from abm.data.folder import digest, load_settings, load_world
from abm.data.hosts import host_axis
from abm.data.origins import load_origin_units
from abm.data.tables import DriverCard, Label
from abm.data.world import World
from abm.errors import ConfigError, EweaError
from abm.places import UKRAINE, HostAxis, hosts_of
from abm.policy.allowed import all_allowed, check_once, check_span, contradicts
from abm.policy.apply import apply_drivers, apply_levers
from abm.policy.change import Changes, DriverChange, LeverChange, joined, refuse_twice
from abm.policy.lever import Lever, changes_in_force, check_levers, load_levers
from abm.policy.route import load_routes


def overruled(
    law: Sequence[LeverChange],
    changes: Sequence[LeverChange],
    levers: Mapping[str, Lever],
    hosts: HostAxis,
    n_months: int,
) -> tuple[list[LeverChange], dict[str, Integers]]:
    """Return the law without what changes for everybody replace, and the terms of entry that end with it.

    The second holds, by mechanism and month and host, int64[T, H], the month of entry from which terms still
    hold: newcomers keep theirs only until the rule is made anew for all.
    """
    kept = list(law)
    renewed: dict[str, Integers] = {}
    for change in changes:
        who = change.who or (levers[change.lever].who if change.lever in levers else None)
        if who is None or who.selectors() or change.place == UKRAINE:
            continue
        touched = np.zeros(len(hosts.ids), np.bool_)
        remaining: list[LeverChange] = []
        for rule in kept:
            shared = _shared(rule, change, hosts)
            touched |= shared
            remaining += _cut(rule, change, shared, hosts) if shared.any() else [rule]
        kept = remaining
        if touched.any():
            span = slice(change.start_month, change.until_month)
            for mechanism in (action.mechanism for action in levers[change.lever].acts_on):
                first = renewed.setdefault(mechanism, np.zeros((n_months, len(hosts.ids)), np.int64))
                first[span, touched] = change.start_month
    return kept, renewed


def _shared(rule: LeverChange, change: LeverChange, hosts: HostAxis) -> Booleans:
    """Return the hosts in which a change for everybody meets a rule for some, bool[H]."""
    nowhere = np.zeros(len(hosts.ids), np.bool_)
    for_some = rule.who is not None and rule.who.selectors()
    if rule.lever != change.lever or not for_some or not rule.meets(change):
        return nowhere
    return hosts_of(rule.place, hosts) & hosts_of(change.place, hosts)


def _cut(rule: LeverChange, change: LeverChange, shared: Booleans, hosts: HostAxis) -> Iterator[LeverChange]:
    """Yield a rule host by host, where shared only before the change begins and after it ends."""
    for host in np.flatnonzero(hosts_of(rule.place, hosts)).tolist():
        here = rule.model_copy(update={"place": hosts.ids[host]})
        if not shared[host]:
            yield here
            continue
        if rule.start_month < change.start_month:
            yield here.model_copy(update={"until": change.start})
        after = change.until_month
        if after is not None and (rule.until_month is None or after < rule.until_month):
            yield here.model_copy(update={"start": change.until, "announced": None})


log = logging.getLogger(__name__)

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

    @model_validator(mode="after")
    def _does_what_it_says(self) -> "Scenario":
        if self.kind == "policy" and self.drivers:
            raise ValueError("drivers: a policy sets levers only; write kind: war")
        if not (self.levers or self.drivers or self.builds_on or self.id == BASELINE):
            raise ValueError("levers: sets nothing; give levers or drivers, or name what it builds on")
        refuse_twice(self.builds_on, "builds_on")
        return self


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

    A file wins over those it builds on; one that several build on counts once. Parts joined with ``+`` add
    up, in any order; where two of them set the same lever in the same place, or the same driver in the same
    unit and month, to different values, they contradict each other.
    """
    names = [part.strip() for part in name.split(JOIN)]
    if len(set(names)) < len(names):
        raise EweaError(f"{name!r}: a scenario is named twice. Name each part once.")
    found: dict[str, Changes] = {}
    for part in names:
        own = _with_parents(root, part, ())
        new = {file: changes for file, changes in own.items() if file not in found}
        # What both parts build on is no contradiction: the one that builds on it wins.
        _refuse_contradictions(
            root,
            joined([changes for file, changes in found.items() if file not in own]),
            joined(list(new.values())),
        )
        found |= new
    return joined(list(found.values()))


def asked(root: Path, name: str, until: int) -> Changes:
    """Return what a scenario sets in a run to a month; refused is what cannot be set or act there.

    What begins at the horizon or later is told once where the rest acts.
    """
    changes = changes_of(root, name)
    units = [unit.pcode for unit in load_origin_units(root)]
    all_allowed(changes, host_axis(root), units, load_levers(root), load_driver_cards(root))
    for said in check_span(changes, load_settings(root).last_register_month + 1, until):
        _tell(said)
    return changes


@lru_cache(maxsize=64)
def _tell(said: str) -> None:
    log.warning("%s", said)


def _with_parents(root: Path, name: str, above: tuple[str, ...]) -> dict[str, Changes]:
    """Return what each file sets by itself, those it builds on first."""
    if name in above:
        circle = " -> ".join((*above[above.index(name) :], name))
        path = root / FOLDER / f"{above[-1]}.yaml"
        line = line_of(read_yaml(path), ("builds_on",))
        raise ConfigError(f"{path}:{line}: builds_on: scenarios build on each other in a circle: {circle}.")
    if name == BASELINE and not (root / FOLDER / f"{BASELINE}.yaml").is_file():
        return {}
    scenario = load_scenario(root, name)
    found: dict[str, Changes] = {}
    for parent in scenario.builds_on:
        found |= _with_parents(root, parent, (*above, name))
    return found | {name: own_changes(root / FOLDER / f"{name}.yaml", scenario)}


def own_changes(path: Path, scenario: Scenario) -> Changes:
    """Return what a scenario file itself sets, each change with its line."""
    lines = read_yaml(path)

    def where(*key: str | int) -> str:
        return f"{path}:{line_of(lines, key)}"

    found = Changes.of(
        *(c.found_at(where("levers", n), scenario.id) for n, c in enumerate(scenario.levers)),
        *(c.found_at(where("drivers", n), scenario.id) for n, c in enumerate(scenario.drivers)),
    )
    check_once(found)
    return found


def _refuse_contradictions(root: Path, earlier: Changes, later: Changes) -> None:
    for one, other in itertools.product(earlier.levers, later.levers):
        if contradicts(one, other, lambda: host_axis(root)):
            raise ConfigError(
                f"{one.where} and {other.where}: contradict each other: lever {one.lever} in {one.place} is "
                f"{one.number:g} in {one.scenario} and in {other.place} {other.number:g} in "
                f"{other.scenario}. Leave one out, or write a scenario that builds on the first and sets the "
                "value you want."
            )
    for a, b in itertools.product(earlier.drivers, later.drivers):
        if a.contradicts(b):
            raise ConfigError(
                f"{a.where} and {b.where}: contradict each other: driver {a.driver} is set by {a.scenario} "
                f"and by {b.scenario} in the same months. Leave one out."
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
        kept, renewed = overruled(law, changes.levers, levers, raw.hosts, raw.n_months)
        world = apply_levers(raw, levers, [*kept, *changes.levers])
        world = replace(world, policy=replace(world.policy, renewed=renewed))
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
