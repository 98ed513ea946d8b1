"""Find and read designs, and hold them against the model: whatever they name must exist there."""

from collections.abc import Callable, Mapping, Sequence
from itertools import compress
from pathlib import Path
from typing import Any

from abm.data.config import line_of, load_named, read_yaml
from abm.data.parameters import load_known
from abm.data.world import World
from abm.errors import ConfigError, EweaError, nearest
from abm.places import hosts_of
from abm.policy.lever import load_levers
from abm.policy.scenario import asked, changes_of, scenario_world
from experiments.designs.measures import check_costs
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
from experiments.designs.settable import Settable
from experiments.designs.worlds import joined_scenarios
from experiments.ensemble.outcomes import PUBLIC_COST, load_definitions

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


type Key = tuple[str | int, ...]
type Note = Callable[[Key, str], None]


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


def _outcomes(design: Design, root: Path, world: World, note: Callable[[Key, str], None]) -> None:
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
