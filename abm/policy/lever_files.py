"""Read ``configs/levers/*.yaml``."""

from collections.abc import Collection, Mapping
from pathlib import Path

from abm.data.config import line_of, load, read_yaml
from abm.errors import ConfigError
from abm.places import ALL, EU, UKRAINE
from abm.policy.lever import Lever, Who, kinds_of

FOLDER = "levers"


def load_levers(root: Path) -> dict[str, Lever]:
    """Return all levers by id, in alphabetical order.

    Raises
    ------
    ConfigError
        With every fault of all files: unknown key or mechanism, value outside the range, dates that
        do not follow one another, a file name that is not the id.
    """
    levers: dict[str, Lever] = {}
    faults = []
    for path in sorted((root / FOLDER).glob("*.yaml")):
        try:
            lever = load(path, Lever)
        except ConfigError as error:
            faults.append(str(error))
            continue
        if lever.id != path.stem:
            line = line_of(read_yaml(path), ("id",))
            faults.append(f"{path}:{line}: id: found {lever.id!r}; must be the file name {path.stem!r}.")
        levers[lever.id] = lever
    if faults:
        raise ConfigError("\n".join(faults))
    return levers


def check_levers(
    root: Path,
    levers: Mapping[str, Lever],
    hosts: Collection[str],
    units: Collection[str],
    routes: Collection[str],
    coefficients: Collection[str],
) -> None:
    """Check what a lever file names elsewhere: hosts, origin units, routes, coefficients.

    Raises
    ------
    ConfigError
        With every unknown name, its file and line.
    """
    faults: list[str] = []
    for lever in levers.values():
        faults += _faults_of(root, lever, hosts, units, routes, coefficients)
    if faults:
        raise ConfigError("\n".join(faults))


def _faults_of(
    root: Path,
    lever: Lever,
    hosts: Collection[str],
    units: Collection[str],
    routes: Collection[str],
    coefficients: Collection[str],
) -> list[str]:
    path = root / FOLDER / f"{lever.id}.yaml"
    faults: list[str] = []

    def fault(location: tuple[int | str, ...], found: object, allowed: str) -> None:
        line = line_of(read_yaml(path), location)
        faults.append(f"{path}:{line}: {'.'.join(map(str, location))}: found {found!r}; {allowed}.")

    location: tuple[int | str, ...]
    for number, action in enumerate(lever.acts_on):
        if isinstance(action.at_example, str) and action.at_example not in coefficients:
            location = ("acts_on", number, "at_example")
            fault(location, action.at_example, "it must stand in configs/coefficients/priors.csv")
        if action.route is not None and action.route not in routes:
            fault(("acts_on", number, "route"), action.route, f"routes are {', '.join(sorted(routes))}")
    chosen: list[tuple[tuple[int | str, ...], Who]] = [(("who",), lever.who)]
    for number, line in enumerate(lever.lines):
        chosen.append((("lines", number, "who"), line.who))
        for place in [line.place] if isinstance(line.place, str) else line.place:
            if place not in (*hosts, EU, ALL, UKRAINE):
                fault(("lines", number, "place"), place, f"hosts are {', '.join(hosts)}, EU and ALL")
    for location, who in chosen:
        for unit in who.origins or []:
            if unit not in units:
                fault((*location, "origins"), unit, f"origin units are {', '.join(units)}")
        try:
            kinds_of(who)
        except ValueError as error:
            fault((*location, "ages"), who.ages, str(error))
    return faults
