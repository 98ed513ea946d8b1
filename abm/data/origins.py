"""The 27 origin units of Ukraine, their people, and who would live in Ukraine had nobody left.

That is the population of 2022, older, with births and deaths. Less those who are abroad they are the people
who can still leave (:mod:`abm.month.pool`).
"""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np

from abm.arrays import Floats
from abm.codes import N_KINDS, PersonKind
from abm.data.tables import COUNT, STATUS, TEXT, TableColumn, columns_of, line_with, read_carded
from abm.data.world import Origins, Registers
from abm.errors import ConfigError
from abm.months import month_label

ORIGIN_GROUPS = ("occupied", "near_front", "kyiv", "lviv", "west", "central")
"""Groups of the Dutch survey, in the order of the table."""

MACROREGIONS = ("crimea", "centre", "west", "east", "north", "south", "kyiv")


@dataclass(frozen=True)
class OriginUnit:
    """One origin unit, as ``configs/origin_units.csv`` has it."""

    pcode: str
    name_en: str
    name_nl: str
    name_uk: str
    macroregion: Annotated[str, TableColumn(allowed=MACROREGIONS)]
    origin_group: Annotated[str, TableColumn(allowed=ORIGIN_GROUPS)]
    population_2022: Annotated[int, TableColumn("integer", least=1)]  # Persons on 1 January
    population_status: Annotated[str, STATUS]
    date: Annotated[str, TableColumn("date")]


def load_origin_units(root: Path) -> tuple[OriginUnit, ...]:
    """Return the origin units in code order."""
    path = root / "origin_units.csv"
    _, rows = read_carded(path, columns_of(OriginUnit), key=("pcode",))
    units = tuple(OriginUnit(**row) for row in sorted(rows, key=lambda row: str(row["pcode"])))
    if empty := [group for group in ORIGIN_GROUPS if group not in {unit.origin_group for unit in units}]:
        raise ConfigError(f"{path}: origin_group: no unit in {', '.join(empty)}. Restore the rows.")
    return units


def load_age_sex(root: Path, units: tuple[OriginUnit, ...]) -> tuple[tuple[str, ...], Floats]:
    """Return the labels of the ``A`` age bands and the residents, float64[U, A, 2] (male, female)."""
    path = root / "population_age_sex.csv"
    number_of = {unit.pcode: number for number, unit in enumerate(units)}
    columns = {
        "pcode": TableColumn(allowed=tuple(number_of)),
        "age_group": TEXT,
        "male": COUNT,
        "female": COUNT,
        "status": STATUS,
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
        if persons != unit.population_2022:
            raise ConfigError(
                f"{path}:{line_with(path, unit.pcode)}: pcode {unit.pcode}: {persons:.0f} persons in all "
                f"age groups, but origin_units.csv says {unit.population_2022}. Make the two agree."
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
        population=np.array([unit.population_2022 for unit in units], dtype=np.float64),
        age_sex=age_sex,
        age_bands=bands,
    )


YEAR = 12
MALE, FEMALE = 0, 1
OLDEST = 100.0

AGES = (
    (18.0, 65.0, FEMALE), (18.0, 23.0, MALE), (23.0, 61.0, MALE), (61.0, 65.0, MALE),
    (0.0, 18.0, FEMALE), (0.0, 18.0, MALE), (65.0, OLDEST, FEMALE), (65.0, OLDEST, MALE),
)  # fmt: skip
"""First age, age at which it ends, and sex of every :class:`~abm.codes.PersonKind`."""

COLUMNS = {
    "year": TableColumn("integer", least=2022, most=2100),
    "births": COUNT,
    "deaths": COUNT,
    "status": STATUS,
    "source": TEXT,
}


def load_residents(root: Path, origins: Origins, free_share: Floats, n_months: int) -> Floats:
    """Return residents by month, unit and kind, float64[T, U, K].

    ``free_share`` float64[U] is the part of a unit that was not occupied before the invasion.
    """
    path = root / "population_change.csv"
    card, rows = read_carded(path, COLUMNS, key=("year",))
    by_year = {row["year"]: row for row in rows}
    for year in range(2022, max(by_year) + 1):
        if year not in by_year:
            raise ConfigError(f"{path}: year: no row for {year}. Years run from 2022 without a gap; add it.")
    last = by_year[max(by_year)]
    monthly = [by_year.get(2022 + m // YEAR, last) for m in range(n_months)]
    births, deaths = (
        np.concatenate([[0.0], np.cumsum([row[name] / YEAR for row in monthly])])[:n_months]
        for name in ("births", "deaths")
    )
    people = origins.age_sex * free_share[:, None, None]
    share = people.sum(axis=(1, 2)) / people.sum()
    edges = np.array([float(band.split("-")[0].rstrip("+")) for band in origins.age_bands] + [OLDEST])
    older_than = np.concatenate([np.zeros_like(people[:, :1]), np.cumsum(people, axis=1)], axis=1)
    boys = card.number("boys_share")
    found = np.empty((n_months, len(share), N_KINDS))
    for kind, (least, end, sex) in enumerate(AGES):
        past = np.arange(n_months) / YEAR
        young, old = least - past, np.full(n_months, OLDEST) if end == OLDEST else end - past
        for unit, row in enumerate(older_than[:, :, sex]):
            found[:, unit, kind] = np.interp(old, edges, row) - np.interp(young, edges, row)
        if least == 0.0:
            found[:, :, kind] += births[:, None] * share * (boys if sex == MALE else 1.0 - boys)
    of_kind = dict.fromkeys(PersonKind, 0.0)
    at_65, men = card.number("deaths_65_share"), card.number("deaths_men_share")
    of_kind[PersonKind.WOMEN_65] = at_65 * card.number("deaths_women_65_share")
    of_kind[PersonKind.MEN_65] = at_65 - of_kind[PersonKind.WOMEN_65]
    of_kind[PersonKind.WOMEN_18_64] = (1.0 - at_65) * (1.0 - men)
    of_kind[PersonKind.MEN_23_60] = (1.0 - at_65) * men
    found -= deaths[:, None, None] * share[:, None] * np.array(list(of_kind.values()))
    for month, unit, kind in np.argwhere(found < 0)[:1]:
        raise ConfigError(
            f"{path}:{line_with(path, str(2022 + month // YEAR))}: deaths: by {month_label(int(month))} more "
            f"have died than there were {PersonKind(kind).name} in {origins.ids[unit]} "
            f"({found[month, unit, kind]:,.0f} are left; 0 and more are allowed). Lower the deaths."
        )
    return found


def check_pool(root: Path, origins: Origins, registers: Registers, origin_mix: Floats) -> None:
    """Refuse data by which more people have left a unit than lived there.

    First arrivals recorded so far by the origin mix of their hosts; who came back makes it no tighter.
    """
    months = slice(registers.first_month, registers.last_month + 1)
    first = 1.0 - registers.again_share[months] - registers.late_share[months]
    left = (np.nan_to_num(registers.arrivals[months]) * first).sum(axis=0) @ origin_mix
    # Who was at home in an area occupied before 2022 and lived elsewhere since counts there.
    there = np.maximum(origins.residents[registers.last_month].sum(axis=1), origins.population)
    path = root / "composition" / "origin_mix.csv"
    for unit in np.flatnonzero(left > there)[:1]:
        raise ConfigError(
            f"{path}: {origins.ids[unit]}: {left[unit]:,.0f} people have left by this mix and the registers, "
            f"but {there[unit]:,.0f} lived there (population_age_sex.csv). Lower the share of the unit, or "
            "mend the population."
        )
