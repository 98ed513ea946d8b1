"""Find and read searches, and hold them against the model."""

from pathlib import Path

import numpy as np

from abm.data.config import line_of, load, read_yaml
from abm.data.world import World
from abm.errors import ConfigError, EweaError
from abm.months import month_label
from abm.places import ALL, EU, UKRAINE, hosts_of
from abm.policy.change import month_of
from abm.policy.lever import Lever, Value, as_number, load_levers, same
from abm.policy.scenario import scenario_world
from experiments.analysis.search_schema import Search
from experiments.designs.files import FOLDER as DESIGNS
from experiments.designs.sweep import Sweep
from experiments.run_scenario import RESULTS

FOLDER = DESIGNS / "searches"
STORES = RESULTS / "searches"


def search_ids() -> list[str]:
    """Return the ids of the ready searches, sorted."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def load_search(name: str) -> tuple[Search, Path]:
    """Return a search and its file.

    Parameters
    ----------
    name : str
        Id of a ready search, or path of a YAML file.

    Raises
    ------
    EweaError
        If there is no such search.
    ConfigError
        If the file is wrong.
    """
    path = Path(name)
    if path.suffix not in (".yaml", ".yml"):
        if name not in search_ids():
            raise EweaError(
                f"{name!r} is not a search; there are {', '.join(search_ids())}. A search of your own is a "
                "YAML file: give its path, with .yaml at the end."
            )
        path = FOLDER / f"{name}.yaml"
    elif not path.is_file():
        raise EweaError(f"{path}: no such file. Name a search file, or one of {', '.join(search_ids())}.")
    search = load(path, Search)
    if search.id != path.stem:
        line = line_of(read_yaml(path), ("id",))
        raise ConfigError(f"{path}:{line}: id: found {search.id!r}; must be the file name {path.stem!r}.")
    return search, path


def sweep_of(search: Search, path: Path, root: Path, store: Path | None = None) -> Sweep:
    """Return the sweep over the space of a search; its worlds are those the search asks for, none so far.

    Parameters
    ----------
    search : Search
        Of :func:`load_search`.
    path : Path
        Its file, for messages.
    root : Path
        The ``configs`` folder.
    store : Path, optional
        Folder of the store; ``results/searches/<id>`` if absent.

    Raises
    ------
    ConfigError
        If it names what the model does not have, or says of a lever that a level is in force which is not.
    EweaError
        If it asks for a fit there is none of.
    """
    sweep = Sweep.without_worlds(search.design(), path, root, store or STORES / search.id)
    world = scenario_world(root, sweep.settings.until)
    _check_current(search, path, world, load_levers(root))
    return sweep


def _check_current(search: Search, path: Path, world: World, levers: dict[str, Lever]) -> None:
    """Refuse a level called current that is not in force on the day the lever may be set."""
    faults, lines = [], read_yaml(path)
    for name, axis in search.levers.items():
        lever = levers[axis.lever]
        for found in in_force(lever, axis.place, axis.start, world):
            if found is not None and not same(as_number(axis.current), as_number(found)):
                line = line_of(lines, ("levers", name, "current"))
                faults.append(
                    f"{path}:{line}: levers.{name}.current: found {axis.current!r}; in force in {axis.place} "
                    f"on {axis.start} is {found!r}. Write that, and choose low, high and step so that it is "
                    "a level."
                )
                break
    if faults:
        raise ConfigError("\n".join(faults))


def in_force(lever: Lever, place: str, day: str, world: World) -> list[Value]:
    """Return what is in force on a day in the hosts of a place, each value once; None where nobody can tell.

    Lines for newcomers or other groups only are left out: they are no value for everyone.
    """
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
            begun = month_of(line.start) <= month_of(day)
            if line.status == "in_force" and inside and begun and not line.who.selectors():
                value = line.value
        found += [value] if value not in found else []
    return found
