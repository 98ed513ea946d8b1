"""Find and read designs, and hold them against the model: whatever they name must exist there."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import compress
from pathlib import Path
from typing import Any

from abm.data.config import line_of, load_named, read_yaml
from abm.data.parameters import REGISTER, Coefficient, load_known, outside
from abm.data.world import World
from abm.errors import ConfigError, EweaError, nearest
from abm.months import month_label
from abm.places import hosts_of
from abm.policy.allowed import NotAllowedError, contradicts, lever_of_change, range_of_change
from abm.policy.change import DriverChange, LeverChange, Value
from abm.policy.lever import Lever, load_levers
from abm.policy.scenario import asked, changes_of, scenario_world
from experiments.designs.schema import (
    NOTHING,
    AllParameters,
    Design,
    DriverAxis,
    EveryLever,
    LeverAxis,
    LeverEntry,
    Package,
    ParameterAxis,
)
from experiments.designs.simulate import check_costs
from experiments.designs.worlds import joined_scenarios, line_of_axis
from experiments.ensemble.outcomes import PUBLIC_COST, load_definitions

type Axis = LeverAxis | DriverAxis | ParameterAxis
type Key = tuple[str | int, ...]
type Note = Callable[[Key, str], None]


@dataclass
class Settable:
    """What may be set in the worlds of a design; faults go to ``note``."""

    world: World
    levers: Mapping[str, Lever]
    priors: Mapping[str, Coefficient]
    until: int
    note: Note
    seen: list[tuple[Key, Axis]] = field(default_factory=list)

    def axis(self, axis: Axis, key: Key) -> None:
        """Check an axis: everything but its values once, then each of them."""
        self.seen.append((key, axis))
        if isinstance(axis, LeverAxis | DriverAxis) and not self._acts(axis, key):
            return
        if isinstance(axis, ParameterAxis) and not self._known(axis.parameter):
            said = f"found {axis.parameter!r}, which is no parameter. {nearest(axis.parameter, self.priors)}"
            self.note((*key, "parameter"), said)
            return
        if axis.values is not None:
            for number, value in enumerate(axis.values):
                if not self.value(axis, value, (*key, "values", number)):
                    return
            return
        lever = self.levers.get(axis.lever) if isinstance(axis, LeverAxis) else None
        if lever is not None and lever.is_switch:
            said = f"{lever.id} is a switch. Write values: [{lever.range.least}, {lever.range.most}]."
            self.note((*key, "low"), said)
            return
        for end in ("low", "high"):
            value = getattr(axis, end)
            if value is not None and not self.value(axis, value, (*key, end)):
                return

    def _known(self, name: str) -> bool:
        drawn = self.world.draws.names if self.world.draws is not None else ()
        return name in self.priors or (name.startswith(REGISTER) and name in drawn)

    def _acts(self, axis: LeverAxis | DriverAxis, key: Key) -> bool:
        """Note an axis whose dates lie in the recorded months, or begin at the horizon."""
        first = self.world.registers.last_month + 1
        change = written(axis, 0.0)
        if first <= change.first_month < self.until:
            return True
        early = change.first_month < first
        at = "announced" if early and isinstance(axis, LeverAxis) and axis.start_month >= first else "from"
        found = axis.announced if at == "announced" and isinstance(axis, LeverAxis) else axis.start
        allowed = f"{month_label(first)} to {month_label(self.until - 1)}, from the present to the horizon"
        self.note((*key, at), f"found {found}; allowed are {allowed}.")
        return False

    def value(self, axis: Axis, value: Value, key: Key) -> bool:
        """Note what is wrong with a value of an axis; return whether nothing is."""
        if isinstance(axis, ParameterAxis):
            said = "" if isinstance(value, float | int) else f"found {value!r}; a number is needed"
            said = said or outside(axis.parameter, float(value or 0), self.priors)
            if said:
                self.note(key, f"{said}.")
            return not said
        if value is None and isinstance(axis, LeverAxis):
            return True
        if isinstance(axis, DriverAxis) and not isinstance(value, float | int):
            self.note(key, f"found {value!r}; a number is needed.")
            return False
        try:
            change = written(axis, value)
            if isinstance(change, LeverChange):
                lever_of_change(self.world.hosts, self.levers, change)
            else:
                range_of_change(self.world.driver_cards, self.world.origins.ids, change)
        except NotAllowedError as error:
            self.note(key if error.key == "value" else (*key[:2], error.key), error.said)
            return False
        return True

    def refuse_twice(self) -> None:
        """Note axes that move the same thing, of which only one could count."""
        for (first, one), (second, other) in itertools.combinations(self.seen, 2):
            if isinstance(one, ParameterAxis) and isinstance(other, ParameterAxis):
                same = one.parameter == other.parameter
            elif isinstance(one, LeverAxis) and isinstance(other, LeverAxis) and one.lever == other.lever:
                ends = self.levers[one.lever].range
                a, b = written(one, ends.least), written(other, ends.most)
                assert isinstance(a, LeverChange) and isinstance(b, LeverChange)  # noqa: PT018
                same = contradicts(a, b, lambda: self.world.hosts)
            elif isinstance(one, DriverAxis) and isinstance(other, DriverAxis):
                x, y = written(one, 0.0), written(other, 1.0)
                assert isinstance(x, DriverChange) and isinstance(y, DriverChange)  # noqa: PT018
                same = x.contradicts(y)
            else:
                continue
            if same:
                self.note(
                    second, f"moves what {'.'.join(map(str, first))} moves; only one could count. Keep one."
                )


def written(axis: LeverAxis | DriverAxis, value: Value) -> LeverChange | DriverChange:
    """Return an axis at a value as a line of a scenario file."""
    schema = LeverChange if isinstance(axis, LeverAxis) else DriverChange
    return schema.model_validate(line_of_axis(axis, value))


FOLDER = Path(__file__).parent


def design_ids() -> list[str]:
    """Return the ids of the ready designs, sorted."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def file_of(name: str, what: str, folder: Path) -> Path:
    """Return the file of a design or search: by the id of a ready one in ``folder``, or by its path."""
    path, ready = Path(name), sorted(found.stem for found in folder.glob("*.yaml"))
    if path.suffix in (".yaml", ".yml"):
        if not path.is_file():
            raise EweaError(f"{path}: no such file. Name a {what} file, or one of {', '.join(ready)}.")
        return path
    if name not in ready:
        raise EweaError(
            f"{name!r} is not a {what}; there are {', '.join(ready)}. A {what} of your own is a YAML file: "
            "give its path, with .yaml at the end."
        )
    return folder / f"{name}.yaml"


def load_design(name: str, root: Path) -> tuple[Design, Path]:
    """Return a design, every lever at its example an axis of its own, and its file; see :func:`check`."""
    path = file_of(name, "design", FOLDER)
    design = load_named(path, Design)
    return design.model_copy(update={"levers": _spelled_out(design, root)}), path


def _spelled_out(design: Design, root: Path) -> dict[str, LeverEntry]:
    """Return the levers of a design with every lever named."""
    found: dict[str, LeverEntry] = {}
    for name, item in design.levers.items():
        if not isinstance(item, EveryLever):
            found[name] = item
            continue
        for lever in load_levers(root).values():
            found[lever.id] = LeverAxis.model_validate(
                {
                    "lever": lever.id,
                    "place": lever.example_place,
                    "from": item.start,
                    "announced": item.announced,
                    "who": lever.example_who if lever.example_who.selectors() else None,
                    "values": [lever.example],
                }
            )
    return found


def check(design: Design, path: Path, root: Path, until: int) -> World:
    """Return the baseline world of a design, or refuse what the model does not have or that cannot act."""
    faults: list[str] = []
    lines = read_yaml(path)

    def note(key: Key, fault: str) -> None:
        faults.append(f"{path}:{line_of(lines, key)}: {'.'.join(map(str, key))}: {fault}")

    world = scenario_world(root, until)
    settable = Settable(world, load_levers(root), load_known(root), until, note)
    for number, name in enumerate(design.scenarios):
        _scenario(root, name, until, ("scenarios", number), note)
    for name, entry in design.levers.items():
        if isinstance(entry, Package):
            for number, package in enumerate(entry.packages):
                if package != NOTHING:
                    _scenario(root, package, until, ("levers", name, "packages", number), note)
        else:
            settable.axis(entry, ("levers", name))
    for name, item in design.uncertainties.items():
        if not isinstance(item, AllParameters):
            settable.axis(item, ("uncertainties", name))
    _outcomes(design, root, world, note)
    _listed(design, settable, note)
    if not faults:
        settable.refuse_twice()
    if faults:
        raise ConfigError("\n".join(faults))
    return world


def check_combinations(worlds: Sequence[Mapping[str, Any]], root: Path) -> None:
    """Refuse scenarios and packages that contradict each other, before the first run."""
    seen = {joined_scenarios(world) for world in worlds}
    for name in sorted(seen):
        changes_of(root, name)


def _scenario(root: Path, name: str, until: int, key: Key, note: Note) -> None:
    try:
        asked(root, name, until)
    except EweaError as error:
        note(key, str(error))


def _outcomes(design: Design, root: Path, world: World, note: Note) -> None:
    definitions = load_definitions(root)
    for number, outcome in enumerate(design.outcomes):
        key = ("outcomes", number, "place")
        try:
            hosts = list(compress(world.hosts.ids, hosts_of(outcome.place, world.hosts)))
            if outcome.outcome == PUBLIC_COST:
                check_costs(definitions, hosts, "")
        except EweaError as error:
            note(key, str(error).removeprefix("place: ").removeprefix(": "))


def _listed(design: Design, settable: Settable, note: Note) -> None:
    """Check the worlds of a list."""
    known = {**design.levers, **design.uncertainties}
    for number, world in enumerate(design.worlds):
        for name, value in world.items():
            key, axis = ("worlds", number, name), known.get(name)
            if axis is None:
                note(key, f"found {name!r}, which is no axis of this design. {nearest(name, known)}")
            elif isinstance(axis, LeverAxis | DriverAxis | ParameterAxis):
                settable.value(axis, value, key)
            elif isinstance(axis, Package) and value not in (*axis.packages, NOTHING):
                note(key, f"found {value!r}; allowed are {', '.join((*axis.packages, NOTHING))}.")
