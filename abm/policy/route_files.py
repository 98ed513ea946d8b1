"""Read ``configs/routes/*.yaml``."""

from collections.abc import Sequence
from pathlib import Path

from abm.data.config import line_of, load, read_yaml
from abm.errors import ConfigError
from abm.places import ALL, EU
from abm.policy.route import Route

FOLDER = "routes"


def load_routes(root: Path, host_ids: Sequence[str]) -> tuple[Route, ...]:
    """Return all routes in alphabetical order.

    Raises
    ------
    ConfigError
        With every fault of all files: a condition on a column that does not exist, an unknown
        host, a share outside 0 to 1, a file name that is not the id.
    """
    routes, faults = [], []
    for path in sorted((root / FOLDER).glob("*.yaml")):
        try:
            route = load(path, Route)
        except ConfigError as error:
            faults.append(str(error))
            continue
        if route.id != path.stem:
            line = line_of(read_yaml(path), ("id",))
            faults.append(f"{path}:{line}: id: found {route.id!r}; must be the file name {path.stem!r}.")
        for key in ("hosts", "except_hosts"):
            for number, place in enumerate(getattr(route, key)):
                if place not in (*host_ids, EU, ALL):
                    line = line_of(read_yaml(path), (key, number))
                    faults.append(
                        f"{path}:{line}: {key}: found {place!r}; hosts are {', '.join(host_ids)}, EU and ALL."
                    )
        routes.append(route)
    if faults:
        raise ConfigError("\n".join(faults))
    return tuple(routes)
