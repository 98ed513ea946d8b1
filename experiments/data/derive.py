"""Rebuild every derived table of drivers and registers: ``python -m experiments.data.derive [configs]``.

The inputs, weights and their sources are data (``configs/drivers``); this file holds the formulas of the
drivers. A test keeps the shipped tables equal to what these functions return.
"""

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from abm.arrays import Floats
from abm.data.drivers import YEAR, read_driver
from abm.data.hosts import load_countries
from abm.data.origins import load_origin_units
from abm.data.tables import STATUSES, DriverCard, TableColumn, load_card, read_rows
from abm.errors import ConfigError
from abm.months import calendar_month, month_index, month_label
from abm.places import UKRAINE
from experiments.data.derive_registers import register_texts
from experiments.ensemble.files import comment_lines, replace_files, table_text

INDICATORS = ("gdp_level", "inflation", "unemployment")
DECIMALS = 2

MONTH, SHARE, TEXT = TableColumn("month"), TableColumn("share"), TableColumn()
ORIGIN = {"status": TableColumn(allowed=STATUSES), "source": TEXT}
"""Columns that say how sure a line is and where it is from."""


def straight_lines(points: Iterable[tuple[int, float]], n_months: int) -> Floats:
    """Return values float64[M] on straight lines between dated points, held flat outside them."""
    months, values = zip(*sorted(points), strict=True)
    return np.interp(np.arange(n_months), months, values)


def energy_deficit(root: Path, unit_ids: Sequence[str]) -> Floats:
    """Return the energy deficit as float64[M, U], index 0 to 1.

    ``judgement(month) x need(calendar month) x exposure(unit, month)``: the shortage of the whole grid as
    judged, what people need in that season, and how hard the unit itself is hit. Exposure is a floor,
    because one grid shares its shortage, plus the rest times the mean attack intensity of the last twelve
    months relative to the largest of all units. Units off the grid have 0.
    """
    folder = root / "drivers"
    card = load_card(folder / "energy_deficit.yaml", DriverCard)
    floor = card.number("exposure_floor")
    _, intensity = read_driver(folder / "attack_intensity.yaml", unit_ids)
    judged, needed = folder / "inputs" / "energy_judgement.csv", folder / "inputs" / "energy_need.csv"
    columns = {"month": MONTH, "judgement": SHARE, **ORIGIN}
    judgement = {row["month"]: row["judgement"] for row in read_rows(judged, columns, ("month",))}
    columns = {"calendar_month": TableColumn("integer", least=1, most=12), "need": SHARE, **ORIGIN}
    rows = read_rows(needed, columns, ("calendar_month",))
    need_of = {row["calendar_month"]: row["need"] for row in rows}
    columns = {"unit": TableColumn(allowed=list(unit_ids)), "source": TEXT}
    off_grid = read_rows(folder / "inputs" / "energy_off_grid.csv", columns, ("unit",))
    if len(need_of) < YEAR:
        raise ConfigError(f"{needed}: all twelve calendar months are needed.")
    n_months = min(len(intensity), max(judgement) + 1)
    if missing := [month for month in range(n_months) if month not in judgement]:
        raise ConfigError(f"{judged}: month {month_label(missing[0])} is missing.")
    deficit = np.zeros((n_months, len(unit_ids)))
    for month in range(n_months):
        recent = intensity[max(0, month + 1 - YEAR) : month + 1].mean(axis=0)
        exposure = floor + (1 - floor) * recent / max(recent.max(), np.finfo(np.float64).tiny)
        deficit[month] = judgement[month] * need_of[calendar_month(month)] * exposure
    for row in off_grid:
        deficit[:, list(unit_ids).index(row["unit"])] = 0.0
    return np.round(deficit, DECIMALS)


def economy(root: Path) -> Floats:
    """Return the economy index as float64[M], 0 = mean of 2022-03 to 2024-08.

    ``scale x (ln gdp_level - w_i x inflation - w_u x unemployment)``, each indicator interpolated between
    its quoted months and held flat after the last; rates as shares, so that the weights compare with log
    points of real GDP.
    """
    folder = root / "drivers"
    card = load_card(folder / "economy.yaml", DriverCard)
    table = folder / "inputs" / "economy_indicators.csv"
    columns = {
        "indicator": TableColumn(allowed=INDICATORS),
        "month": MONTH,
        "value": TableColumn("number", least=0.0),
        "unit": TableColumn(allowed=("percent", "index_2021_100")),
        "publisher": TEXT,
        **ORIGIN,
    }
    rows = read_rows(table, columns, ("indicator", "month"))
    n_months = max(row["month"] for row in rows) + 1
    level: dict[str, Floats] = {}
    for name in INDICATORS:
        points = [(row["month"], row["value"]) for row in rows if row["indicator"] == name]
        if min(points, default=(1, 0.0))[0] > 0:
            raise ConfigError(f"{table}: indicator {name}: no row of {month_label(0)}; add it.")
        level[name] = straight_lines(points, n_months)
    raw = (
        np.log(level["gdp_level"])
        - card.number("inflation_weight") * level["inflation"] / 100
        - card.number("unemployment_weight") * level["unemployment"] / 100
    )
    base = slice(month_index("2022-03"), month_index("2024-08") + 1)
    return np.round(card.number("scale") * (raw - raw[base].mean()), DECIMALS)


def war_weariness(root: Path) -> Floats:
    """Return the weariness of the war as float64[M], share: straight lines between the quoted polls."""
    columns = {"month": MONTH, "value": SHARE, "publisher": TEXT, **ORIGIN}
    rows = read_rows(root / "drivers" / "inputs" / "war_weariness_polls.csv", columns, ("month",))
    points = [(row["month"], row["value"]) for row in rows]
    return np.round(straight_lines(points, max(month for month, _ in points) + 1), DECIMALS)


def driver_texts(root: Path, unit_ids: Sequence[str]) -> dict[Path, str]:
    """Return the derived tables as text, as their inputs make them now."""
    tables = {
        "energy_deficit": (list(unit_ids), energy_deficit(root, unit_ids)),
        "economy": ([UKRAINE], economy(root)[:, None]),
        "war_weariness": ([UKRAINE], war_weariness(root)[:, None]),
    }
    texts = {}
    for name, (units, data) in tables.items():
        path = root / "drivers" / f"{name}.csv"
        rows = [
            (unit, month_label(month), f"{data[month, number] + 0.0:.{DECIMALS}f}")
            for number, unit in enumerate(units)
            for month in range(len(data))
        ]
        texts[path] = table_text(comment_lines(path), ("unit", "month", "value"), rows)
    return texts


def main(arguments: list[str]) -> None:
    """Rebuild the tables below a ``configs`` folder (default: the one beside the package)."""
    root = Path(arguments[0]) if arguments else Path(__file__).resolve().parents[2] / "configs"
    replace_files(driver_texts(root, [unit.pcode for unit in load_origin_units(root)]))
    replace_files(register_texts(root, [country.id for country in load_countries(root)]))


if __name__ == "__main__":
    main(sys.argv[1:])
