"""Scenarios as parts that build on one another and combine with ``+``."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from abm.data.config import line_of, load, read_yaml
from abm.errors import ConfigError, EweaError
from abm.policy.driver_changes import DriverChange, conflict
from abm.policy.lever import as_number
from abm.policy.scenario import Scenario
from abm.policy.setting import LeverSetting, announced_month, month_of

FOLDER = "scenarios"
BASELINE = "baseline"
JOIN = "+"


@dataclass(frozen=True)
class Contents:
    """What a scenario sets, in order; later settings win."""

    settings: tuple[LeverSetting, ...] = ()
    drivers: tuple[DriverChange, ...] = ()


def scenario_ids(root: Path) -> list[str]:
    """Return the ids of all scenarios: the baseline first, then one per file."""
    return [BASELINE, *sorted(p.stem for p in (root / FOLDER).glob("*.yaml") if p.stem != BASELINE)]


def load_scenario(root: Path, name: str) -> Scenario:
    """Return a scenario file.

    Raises
    ------
    EweaError
        If there is none of this name.
    ConfigError
        If the file is wrong.
    """
    path = root / FOLDER / f"{name}.yaml"
    if name not in scenario_ids(root):
        raise EweaError(
            f"{name!r} is not a scenario; there are: {', '.join(scenario_ids(root))}. A new one is a file "
            f"{root / FOLDER}/<name>.yaml; two are joined with {JOIN}."
        )
    scenario = load(path, Scenario)
    if scenario.id != path.stem:
        line = line_of(read_yaml(path), ("id",))
        raise ConfigError(f"{path}:{line}: id: found {scenario.id!r}; must be the file name {path.stem!r}.")
    return scenario


def contents_of(root: Path, name: str) -> Contents:
    """Return what a scenario, or several joined with ``+``, sets.

    A file wins over those it builds on. Parts joined with ``+`` add up; where two of them set the
    same lever in the same place, or the same driver in the same unit and month, to different
    values, they contradict each other.

    Raises
    ------
    ConfigError
        If two parts contradict each other (both places named), or files build on each other in a circle.
    """
    parts = []
    names = [part.strip() for part in name.split(JOIN)]
    if len(set(names)) < len(names):
        raise EweaError(f"{name!r}: a scenario is named twice. Name each part once.")
    for part in names:
        if part == BASELINE and not (root / FOLDER / f"{BASELINE}.yaml").is_file():
            parts.append(Contents())
        else:
            parts.append(_with_parents(root, part, ()))
    for number, later in enumerate(parts):
        for earlier in parts[:number]:
            _refuse_contradictions(earlier, later)
    return _joined(parts)


def _joined(parts: Sequence[Contents]) -> Contents:
    return Contents(
        tuple(setting for part in parts for setting in part.settings),
        tuple(change for part in parts for change in part.drivers),
    )


def _with_parents(root: Path, name: str, above: tuple[str, ...]) -> Contents:
    if name in above:
        circle = " -> ".join((*above[above.index(name) :], name))
        path = root / FOLDER / f"{above[-1]}.yaml"
        line = line_of(read_yaml(path), ("builds_on",))
        raise ConfigError(f"{path}:{line}: builds_on: scenarios build on each other in a circle: {circle}.")
    if name == BASELINE and not (root / FOLDER / f"{BASELINE}.yaml").is_file():
        return Contents()
    scenario = load_scenario(root, name)
    own = _own(root, scenario)
    return _joined([*(_with_parents(root, parent, (*above, name)) for parent in scenario.builds_on), own])


def _own(root: Path, scenario: Scenario) -> Contents:
    path = root / FOLDER / f"{scenario.id}.yaml"
    lines = read_yaml(path)
    settings = []
    for number, line in enumerate(scenario.levers):
        where = f"{path}:{line_of(lines, ('levers', number))}"
        for place in [line.place] if isinstance(line.place, str) else line.place:
            settings.append(
                LeverSetting(
                    lever=line.lever,
                    place=place,
                    start_month=month_of(line.start),
                    value=as_number(line.value),
                    announced_month=None if line.announced is None else announced_month(line.announced),
                    until_month=None if line.until is None else month_of(line.until),
                    who=line.who,
                    where=where,
                    scenario=scenario.id,
                )
            )
    drivers = [
        DriverChange(line, f"{path}:{line_of(lines, ('drivers', number))}", scenario.id)
        for number, line in enumerate(scenario.drivers)
    ]
    return Contents(tuple(settings), tuple(drivers))


def _refuse_contradictions(earlier: Contents, later: Contents) -> None:
    for one in earlier.settings:
        for other in later.settings:
            same_thing = (one.lever, one.place, one.who) == (other.lever, other.place, other.who)
            apart = (one.until_month is not None and one.until_month <= other.start_month) or (
                other.until_month is not None and other.until_month <= one.start_month
            )
            if same_thing and one.value != other.value and not apart and one.scenario != other.scenario:
                raise ConfigError(
                    f"{one.where} and {other.where}: contradict each other: lever {one.lever} in {one.place} "
                    f"is {one.value:g} in {one.scenario} and {other.value:g} in {other.scenario}. Leave one "
                    "out, or write a scenario that builds on the first and sets the value you want."
                )
    for a in earlier.drivers:
        for b in later.drivers:
            if a.scenario != b.scenario and conflict(a, b):
                raise ConfigError(
                    f"{a.where} and {b.where}: contradict each other: driver {a.line.driver} is set by "
                    f"{a.scenario} and by {b.scenario} in the same months. Leave one out."
                )
