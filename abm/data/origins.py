"""The 27 origin units of Ukraine: their people, and the monthly drivers of flight and return.

A driver is a card (``configs/drivers/<id>.yaml``) and a table (``unit,month,value``). The table covers
every origin unit in every month from 2022-01 to its last data month; after that the rule on the card
(``beyond_last_month``) holds. All rules say "nothing changes": scenarios say what does.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from abm.arrays import Floats
from abm.data.tables import (
    STATUSES,
    Beyond,
    DriverCard,
    TableColumn,
    line_with,
    load_card,
    read_carded,
    read_rows,
)
from abm.data.world import Origins
from abm.errors import ConfigError
from abm.months import month_label
from abm.places import UKRAINE

DRIVER_IDS = ("attack_intensity", "occupied_share", "energy_deficit", "economy", "war_weariness")
"""The drivers the model reads; each has a card and a table of this name."""

YEAR = 12


@dataclass(frozen=True)
class Drivers:
    """The driver series up to the horizon; ``T`` months from 2022-01, ``U`` origin units."""

    intensity: Floats  # [T, U] Attack intensity, index 0 to 1
    # [T, U] Share of the residents of 2022 whose community is under occupation, 0 to 1
    occupied_share: Floats
    energy_deficit: Floats  # [T, U] Shortage of power and heat, index 0 to 1
    economy: Floats  # [T] Livelihood prospects, index; 0 is the mean of 2022-03 to 2024-08
    # [T] Adults in Ukraine who want the war negotiated to an end as soon as possible, share
    war_weariness: Floats
    # Last month with data per driver; later months follow the rule on the card
    last_data_month: Mapping[str, int]


def load_drivers(root: Path, unit_ids: Sequence[str], n_months: int) -> Drivers:
    """Return the driver series from 2022-01 to the horizon."""
    folder = root / "drivers"
    if n_months < 1:
        raise ConfigError(f"n_months: found {n_months}; at least one month is needed.")
    faults = []
    if unknown := sorted(p.name for p in folder.glob("*.yaml") if p.stem not in DRIVER_IDS):
        faults.append(f"{folder}: unknown driver {', '.join(unknown)}; known are {', '.join(DRIVER_IDS)}.")
    series: dict[str, Floats] = {}
    last: dict[str, int] = {}
    for name in DRIVER_IDS:
        try:
            card, data = read_driver(folder / f"{name}.yaml", unit_ids)
        except ConfigError as error:
            faults.append(str(error))
            continue
        series[name] = extend(data, card.beyond_last_month, n_months)
        last[name] = len(data) - 1
    if faults:
        raise ConfigError("\n".join(faults))
    return Drivers(
        intensity=series["attack_intensity"],
        occupied_share=series["occupied_share"],
        energy_deficit=series["energy_deficit"],
        economy=series["economy"][:, 0],
        war_weariness=series["war_weariness"][:, 0],
        last_data_month=last,
    )


def read_driver(path: Path, unit_ids: Sequence[str]) -> tuple[DriverCard, Floats]:
    """Return the card of a driver and its months from 2022-01, float64[M, U], or [M, 1] for Ukraine."""
    card = load_card(path, DriverCard)
    units = [UKRAINE] if card.per == "ukraine" else list(unit_ids)
    table = path.parent / card.table
    columns = {
        "unit": TableColumn(allowed=units),
        "month": TableColumn("month"),
        "value": TableColumn("number", least=card.range[0], most=card.range[1]),
    }
    rows = read_rows(table, columns, key=("unit", "month"))
    if early := sorted({row["month"] for row in rows if row["month"] < 0}):
        raise ConfigError(f"{table}: month: {month_label(early[0])} is before 2022-01, the first month.")
    data = np.full((max(row["month"] for row in rows) + 1, len(units)), np.nan)
    column_of = {unit: number for number, unit in enumerate(units)}
    for row in rows:
        data[row["month"], column_of[row["unit"]]] = row["value"]
    faults = []
    for number, unit in enumerate(units):
        missing = np.flatnonzero(np.isnan(data[:, number]))
        if len(missing) == len(data):
            faults.append(f"{table}: unit {unit}: no row at all; every origin unit is needed.")
        elif missing.size:
            shown = ", ".join(month_label(int(month)) for month in missing[:6])
            faults.append(
                f"{table}: unit {unit}: no value in {missing.size} month(s) ({shown}); "
                f"every month from 2022-01 to {month_label(len(data) - 1)} is needed. Add the rows."
            )
    if faults:
        raise ConfigError("\n".join(faults))
    return card, data


def extend(data: Floats, rule: Beyond, n_months: int) -> Floats:
    """Return a series cut or extended to a number of months.

    >>> extend(np.arange(24.0)[:, None], "last_value", 26)[-2:, 0]
    array([23., 23.])
    >>> extend(np.arange(24.0)[:, None], "repeat_last_12_months", 26)[-2:, 0]
    array([12., 13.])
    """
    if n_months <= len(data):
        return np.ascontiguousarray(data[:n_months])
    n_new = n_months - len(data)
    year = data[-YEAR:]
    if rule == "last_value":
        tail = np.repeat(data[-1:], n_new, axis=0)
    elif rule == "mean_of_last_12_months":
        tail = np.repeat(year.mean(axis=0, keepdims=True), n_new, axis=0)
    else:
        tail = np.take(year, np.arange(n_new) % len(year), axis=0)
    return np.concatenate([data, tail])


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
