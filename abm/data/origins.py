"""The 27 origin units of Ukraine and their people."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from abm.data.drivers import Drivers
from abm.data.series_card import STATUSES
from abm.data.tables import Column, line_with, read_carded
from abm.data.world import Floats, Origins
from abm.errors import ConfigError

ORIGIN_GROUPS = ("occupied", "near_front", "kyiv", "lviv", "west", "central")
"""Groups of the Dutch survey, in the order of the table."""

MACROREGIONS = ("crimea", "centre", "west", "east", "north", "south", "kyiv")

UNIT_COLUMNS = {
    "pcode": Column(),
    "name_en": Column(),
    "name_nl": Column(),
    "name_uk": Column(),
    "macroregion": Column(allowed=MACROREGIONS),
    "origin_group": Column(allowed=ORIGIN_GROUPS),
    "population_2022": Column("integer", least=1),
    "population_status": Column(allowed=STATUSES),
    "date": Column(),
}


@dataclass(frozen=True)
class OriginUnit:
    """One origin unit; ``population`` in persons on 1 January 2022 (see its status)."""

    pcode: str
    name_en: str
    name_nl: str
    name_uk: str
    macroregion: str
    origin_group: str
    population: int
    population_status: str
    date: str


def load_origin_units(root: Path) -> tuple[OriginUnit, ...]:
    """Return the origin units in code order.

    Raises
    ------
    ConfigError
        If the table or its card is wrong, or an origin group has no unit.
    """
    path = root / "origin_units.csv"
    _, rows = read_carded(path, UNIT_COLUMNS, key=("pcode",))
    units = tuple(
        OriginUnit(population=row.pop("population_2022"), **row)
        for row in sorted(rows, key=lambda row: str(row["pcode"]))
    )
    if empty := [group for group in ORIGIN_GROUPS if group not in {unit.origin_group for unit in units}]:
        raise ConfigError(f"{path}: origin_group: no unit in {', '.join(empty)}. Restore the rows.")
    return units


def load_age_sex(root: Path, units: tuple[OriginUnit, ...]) -> tuple[tuple[str, ...], Floats]:
    """Return the age bands and residents by unit, band and sex.

    Returns
    -------
    bands : tuple of str
        Labels of the ``A`` bands in rising order.
    age_sex : float64[U, A, 2]
        Persons; male, female.

    Raises
    ------
    ConfigError
        If a unit or band is missing, or the people of a unit do not add up to its population.
    """
    path = root / "population_age_sex.csv"
    number_of = {unit.pcode: number for number, unit in enumerate(units)}
    columns = {
        "pcode": Column(allowed=tuple(number_of)),
        "age_group": Column(),
        "male": Column("integer", least=0),
        "female": Column("integer", least=0),
        "status": Column(allowed=STATUSES),
    }
    _, rows = read_carded(path, columns, key=("pcode", "age_group"))
    bands = tuple(dict.fromkeys(row["age_group"] for row in rows))
    _check_complete(path, rows, units, len(bands))
    age_sex = np.zeros((len(units), len(bands), 2))
    for row in rows:
        age_sex[number_of[row["pcode"]], bands.index(row["age_group"])] = row["male"], row["female"]
    for unit, persons in zip(units, age_sex.sum(axis=(1, 2)), strict=True):
        if persons != unit.population:
            raise ConfigError(
                f"{path}:{line_with(path, unit.pcode)}: pcode {unit.pcode}: {persons:.0f} persons in all "
                f"age groups, but origin_units.csv says {unit.population}. Make the two agree."
            )
    return bands, age_sex


def _check_complete(
    path: Path, rows: list[dict[str, Any]], units: tuple[OriginUnit, ...], n_bands: int
) -> None:
    """Refuse a table in which a unit lacks an age group."""
    found = Counter(row["pcode"] for row in rows)
    if short := [unit.pcode for unit in units if found[unit.pcode] != n_bands]:
        raise ConfigError(
            f"{path}: age_group: {', '.join(short)} lack one of the {n_bands} age groups. Add the rows."
        )


def build_origins(root: Path, units: tuple[OriginUnit, ...], drivers: Drivers) -> Origins:
    """Return units, people and drivers as arrays."""
    bands, age_sex = load_age_sex(root, units)
    return Origins(
        ids=tuple(unit.pcode for unit in units),
        labels={unit.pcode: unit.name_en for unit in units},
        groups=ORIGIN_GROUPS,
        group_of_unit=np.array([ORIGIN_GROUPS.index(unit.origin_group) for unit in units], dtype=np.int64),
        population=np.array([unit.population for unit in units], dtype=np.float64),
        age_sex=age_sex,
        age_bands=bands,
        intensity=drivers.intensity,
        occupied_share=drivers.occupied_share,
        energy_deficit=drivers.energy_deficit,
        economy=drivers.economy,
    )
