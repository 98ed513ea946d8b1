"""The 27 origin units of Ukraine and their people."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from abm.arrays import Floats
from abm.data.tables import STATUSES, TableColumn, line_with, read_carded
from abm.data.world import Origins
from abm.errors import ConfigError

ORIGIN_GROUPS = ("occupied", "near_front", "kyiv", "lviv", "west", "central")
"""Groups of the Dutch survey, in the order of the table."""

MACROREGIONS = ("crimea", "centre", "west", "east", "north", "south", "kyiv")

UNIT_COLUMNS = {
    "pcode": TableColumn(),
    "name_en": TableColumn(),
    "name_nl": TableColumn(),
    "name_uk": TableColumn(),
    "macroregion": TableColumn(allowed=MACROREGIONS),
    "origin_group": TableColumn(allowed=ORIGIN_GROUPS),
    "population_2022": TableColumn("integer", least=1),
    "population_status": TableColumn(allowed=STATUSES),
    "date": TableColumn(),
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
    """Return the origin units in code order."""
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
    """Return the labels of the ``A`` age bands and the residents, float64[U, A, 2] (male, female)."""
    path = root / "population_age_sex.csv"
    number_of = {unit.pcode: number for number, unit in enumerate(units)}
    columns = {
        "pcode": TableColumn(allowed=tuple(number_of)),
        "age_group": TableColumn(),
        "male": TableColumn("integer", least=0),
        "female": TableColumn("integer", least=0),
        "status": TableColumn(allowed=STATUSES),
    }
    _, rows = read_carded(path, columns, key=("pcode", "age_group"))
    bands = tuple(dict.fromkeys(row["age_group"] for row in rows))
    found = Counter(row["pcode"] for row in rows)
    if short := [unit.pcode for unit in units if found[unit.pcode] != len(bands)]:
        raise ConfigError(
            f"{path}: age_group: {', '.join(short)} lack one of the {len(bands)} age groups. Add the rows."
        )
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


def build_origins(root: Path, units: tuple[OriginUnit, ...]) -> Origins:
    """Return units and people as arrays."""
    bands, age_sex = load_age_sex(root, units)
    return Origins(
        ids=tuple(unit.pcode for unit in units),
        labels={unit.pcode: unit.name_en for unit in units},
        groups=ORIGIN_GROUPS,
        group_of_unit=np.array([ORIGIN_GROUPS.index(unit.origin_group) for unit in units], dtype=np.int64),
        population=np.array([unit.population for unit in units], dtype=np.float64),
        age_sex=age_sex,
        age_bands=bands,
    )
