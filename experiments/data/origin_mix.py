"""Derive the origin of the displaced by host: 34 hosts x 27 units from a handful of quoted margins.

No survey gives this table. Iterative proportional fitting finds the table nearest to a seed (in relative
entropy) that meets every margin we do have. Run ``python -m experiments.data.origin_mix`` after a change
of its inputs; the test of the composition files derives it again and compares.

Source: Deming and Stephan (1940); margins and their publishers in ``configs/composition/origin_margins.csv``.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from abm.arrays import Booleans, Floats
from abm.data.composition import host_weights
from abm.data.config import load
from abm.data.folder import default_configs
from abm.data.hosts import load_countries
from abm.data.origins import ORIGIN_GROUPS, OriginUnit, load_origin_units
from abm.data.tables import STATUSES, SeriesCard, TableColumn, line_with, read_carded
from abm.errors import ConfigError
from abm.places import ALL
from experiments.ensemble.files import comment_lines, replace_files, round_shares, table_text

INDICATORS = ("host_share", "share_of_displaced", "share_of_unit_abroad", "share_of_unit_abroad_most")
LEVELS = {"unit": "pcode", "group": "origin_group", "macroregion": "macroregion"}
"""Attribute of a unit that the area of a margin names, by level."""

MOST_PASSES = 5_000
CLOSE = 1e-12
"""Largest change of a cell in one pass at which the fit has settled, share of all displaced."""

MOST_MISSED = 1e-6
"""Largest distance from a margin after the fit; more means that the margins contradict each other."""


@dataclass(frozen=True)
class Margins:
    """What the fitted table must meet; shares of all displaced unless stated."""

    area_units: Booleans  # [M, U] Units of every area with a known share
    area_share: Floats  # [M] Share of all displaced who come from the area
    unit_most: Floats  # [U] Upper bound of the share of a unit; 1 where none is known
    group_shares: dict[str, Floats]  # Shares of the origin groups among the displaced of one host


def read_margins(root: Path, units: tuple[OriginUnit, ...], hosts: tuple[str, ...]) -> Margins:
    """Return the quoted margins; shares of residents become shares of the displaced."""
    columns = {
        "host": TableColumn(allowed=(ALL, *hosts)),
        "level": TableColumn(allowed=tuple(LEVELS)),
        "area": TableColumn(),
        "share": TableColumn("share"),
        "indicator": TableColumn(allowed=INDICATORS),
        "publisher": TableColumn(),
        "status": TableColumn(allowed=STATUSES),
    }
    path = root / "composition" / "origin_margins.csv"
    _, rows = read_carded(path, columns, key=("host", "level", "area", "indicator"))
    pcodes = [unit.pcode for unit in units]
    population = np.array([unit.population_2022 for unit in units], dtype=np.float64)

    def members(level: str, area: str) -> Booleans:
        names = area.split()
        found = np.array([getattr(unit, level) in names for unit in units])
        if not found.any():
            known = ", ".join(sorted({getattr(unit, level) for unit in units}))
            raise ConfigError(
                f"{path}:{line_with(path, area)}: area: no unit of {level} {area!r}; allowed are {known}."
            )
        return found

    abroad: dict[str, float] = {}
    displaced: dict[str, float] = {}
    areas: list[tuple[Booleans, float]] = []
    most = np.full(len(units), np.inf)
    group_shares: dict[str, Floats] = {}
    for row in rows:
        inside = members(LEVELS[row["level"]], row["area"])
        named = [pcodes[number] for number in np.flatnonzero(inside)]
        if row["indicator"] == "host_share":
            shares = group_shares.setdefault(row["host"], np.zeros(len(ORIGIN_GROUPS)))
            shares[ORIGIN_GROUPS.index(row["area"])] = row["share"]
        elif row["indicator"] == "share_of_unit_abroad":
            abroad |= dict.fromkeys(named, row["share"])
        elif row["indicator"] == "share_of_unit_abroad_most":
            most[inside] = row["share"] * population[inside]
        elif row["level"] == "unit":
            displaced[row["area"]] = row["share"]
        else:
            areas.append((inside, row["share"]))
    size = dict(zip(pcodes, population, strict=True))
    total = float(
        np.mean([size[unit] * abroad[unit] / displaced[unit] for unit in displaced if unit in abroad])
    )
    shares_of_units = {unit: size[unit] * share / total for unit, share in abroad.items()} | displaced
    one = np.array(pcodes)
    areas += [(one == unit, share) for unit, share in sorted(shares_of_units.items())]
    return Margins(
        area_units=np.array([inside for inside, _ in areas]),
        area_share=np.array([share for _, share in areas]),
        unit_most=np.minimum(most / total, 1.0),
        group_shares=group_shares,
    )


def derive_origin_mix(root: Path) -> tuple[tuple[str, ...], tuple[str, ...], Floats]:
    """Return hosts, units and the origin of the displaced of a host, float64[H, U]; rows sum to 1."""
    units = load_origin_units(root)
    countries = load_countries(root)
    hosts = tuple(country.id for country in countries)
    group_of_unit = np.array([ORIGIN_GROUPS.index(unit.origin_group) for unit in units])
    margins = read_margins(root, units, hosts)
    # Not load_card: the table the card stands for may not have been written yet.
    card = load(root / "composition" / "origin_mix.yaml", SeriesCard)
    affinity = card.parameters["western_neighbour_affinity"].value
    weight = host_weights(root, hosts)
    weight = weight / weight.sum()

    population = np.array([unit.population_2022 for unit in units], dtype=np.float64)
    before = np.bincount(group_of_unit, weights=population) / population.sum()
    # The one host whose groups were surveyed also says how exposed each group was to displacement.
    exposure = np.mean([shares / before for shares in margins.group_shares.values()], axis=0)
    is_west = np.array([unit.macroregion == "west" for unit in units])
    is_neighbour = np.array([country.land_border for country in countries])
    table = np.outer(weight, population * exposure[group_of_unit])
    table *= np.where(np.outer(is_neighbour, is_west), affinity, 1.0)
    table /= table.sum()

    for _ in range(MOST_PASSES):
        start = table.copy()
        for inside, share in zip(margins.area_units, margins.area_share, strict=True):
            table[:, inside] *= share / table[:, inside].sum()
        table *= np.minimum(1.0, margins.unit_most / table.sum(axis=0))
        for host, shares in margins.group_shares.items():
            row = table[hosts.index(host)]
            row *= (shares / np.bincount(group_of_unit, weights=row))[group_of_unit]
        table *= (weight / table.sum(axis=1))[:, None]
        if np.abs(table - start).max() < CLOSE:
            break
    total = table.sum(axis=0)
    missed = np.abs(margins.area_units @ total - margins.area_share).max()
    missed = max(missed, (total - margins.unit_most).max())
    for host, shares in margins.group_shares.items():
        fitted = np.bincount(group_of_unit, weights=table[hosts.index(host)]) / weight[hosts.index(host)]
        missed = max(missed, np.abs(fitted - shares / shares.sum()).max())
    if missed > MOST_MISSED:
        raise ConfigError(
            f"{root / 'composition/origin_margins.csv'}: no table meets all margins; the best one misses one "
            f"by {missed:.1e}. Check that the shares of areas and the bounds can hold together."
        )
    return hosts, tuple(unit.pcode for unit in units), round_shares(table / table.sum(axis=1, keepdims=True))


def main(arguments: Sequence[str]) -> None:
    """Write ``composition/origin_mix.csv`` of a configuration folder (the default one if none is named)."""
    if len(arguments) > 1:
        raise SystemExit(f"origin_mix: found {len(arguments)} arguments; allowed is one folder.")
    root = Path(arguments[0]) if arguments else default_configs()
    if not (root / "composition").is_dir():
        raise SystemExit(f"origin_mix: {root}: no configuration folder. Name a folder as configs.")
    hosts, units, mix = derive_origin_mix(root)
    path = root / "composition" / "origin_mix.csv"
    rows = ([host, *(f"{share:.5f}" for share in row)] for host, row in zip(hosts, mix, strict=True))
    replace_files({path: table_text(comment_lines(path), ["host", *units], rows)})
    sys.stdout.write(f"{path}: {mix.shape[0]} hosts x {mix.shape[1]} units\n")


if __name__ == "__main__":
    main(sys.argv[1:])
