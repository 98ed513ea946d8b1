"""Changes of the war, the economy and the outlook that a scenario makes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from abm.data.world import World
from abm.errors import ConfigError
from abm.months import month_index
from abm.policy.scenario import RANGES, UNIT_DRIVERS, DriverLine

OF_ORIGINS = {
    "attack_intensity": "intensity",
    "occupied_share": "occupied_share",
    "energy_deficit": "energy_deficit",
    "economy": "economy",
}
"""Fields of :class:`abm.data.world.Origins`; all other drivers are fields of the outlook."""


@dataclass(frozen=True)
class DriverChange:
    """A driver line with the place it was written in."""

    line: DriverLine
    where: str
    scenario: str = ""

    @property
    def id(self) -> str:
        """Name of the change as a player of a comparison."""
        return f"driver:{self.line.driver}"


def _series(world: World, driver: str) -> NDArray[np.float64]:
    if driver in OF_ORIGINS:
        return np.array(getattr(world.origins, OF_ORIGINS[driver]))
    return np.array(getattr(world.outlook, driver))


def columns_of(world: World, change: DriverChange) -> NDArray[np.int64]:
    """Return unit numbers of a change; one column for Ukraine as a whole.

    Raises
    ------
    ConfigError
        If an origin unit is unknown.
    """
    line = change.line
    if line.driver not in UNIT_DRIVERS:
        return np.array([0])
    if line.units == "all":
        return np.arange(len(world.origins.ids))
    assert line.units is not None
    if unknown := [unit for unit in line.units if unit not in world.origins.ids]:
        raise ConfigError(
            f"{change.where}: units: found {', '.join(unknown)}; origin units are "
            f"{', '.join(world.origins.ids)}."
        )
    return np.array([world.origins.ids.index(unit) for unit in line.units])


def months_of(world: World, line: DriverLine) -> range:
    """Return the months a change covers inside the horizon."""
    last = world.n_months - 1 if line.to is None else min(month_index(line.to), world.n_months - 1)
    return range(max(month_index(line.start), 0), last + 1)


def apply_drivers(world: World, changes: Sequence[DriverChange]) -> World:
    """Return the world with drivers changed, in order, each kept inside its range."""
    origins: dict[str, NDArray[np.float64]] = {}
    outlook: dict[str, NDArray[np.float64]] = {}
    for change in changes:
        line = change.line
        name = OF_ORIGINS.get(line.driver, line.driver)
        store = origins if line.driver in OF_ORIGINS else outlook
        series = store.get(name)
        if series is None:
            series = _series(world, line.driver)
        table = series[:, None] if series.ndim == 1 else series
        columns = columns_of(world, change)
        values = line.values()
        least, most = RANGES[line.driver]
        first = month_index(line.start)
        for month in months_of(world, line):
            value = values[min(month - first, len(values) - 1)]
            old = table[month, columns]
            new = {"set": np.full(len(columns), value), "add": old + value, "multiply": old * value}
            table[month, columns] = np.clip(new[line.operation], least, most)
        store[name] = series
    return replace(
        world,
        origins=replace(world.origins, **origins),  # type: ignore[arg-type]
        outlook=replace(world.outlook, **outlook),
    )


def conflict(one: DriverChange, other: DriverChange) -> bool:
    """Return whether two lines set the same driver, unit and month to different values."""
    a, b = one.line, other.line
    if a.driver != b.driver or a.operation != "set" or b.operation != "set":
        return False
    if a.values() == b.values() and a.start == b.start:
        return False
    if a.units not in (None, "all") and b.units not in (None, "all") and not set(a.units) & set(b.units):
        return False
    return a.start <= (b.to or "9999-12") and b.start <= (a.to or "9999-12")
