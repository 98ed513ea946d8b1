"""The monthly drivers of flight and return.

A driver is a card (``configs/drivers/<id>.yaml``) and a table (``unit,month,value``). The table covers
every origin unit in every month from 2022-01 to its last data month; after that the rule on the card
(``beyond_last_month``) holds. All rules say "nothing changes": scenarios say what does. A driver without a
table is 0 until a scenario sets it.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from abm.arrays import Floats
from abm.data.config import load_folder
from abm.data.tables import MONTH, Beyond, DriverCard, TableColumn, load_card, read_rows
from abm.errors import ConfigError, refuse_all
from abm.months import month_label
from abm.places import UKRAINE

FOLDER = "drivers"
YEAR = 12

READ = (
    "attack_intensity", "occupied_share", "energy_deficit", "contamination", "economy", "security_guarantee",
    "eu_accession", "reform", "war_weariness",
)  # fmt: skip
"""Drivers that formulas of the model read, so that each must be there; the folder may hold others."""


def load_driver_cards(root: Path) -> dict[str, DriverCard]:
    """Return the card of every driver."""
    return {card.id: card for card in load_folder(root / FOLDER, lambda path: load_card(path, DriverCard))}


def read_drivers(root: Path, unit_ids: Sequence[str]) -> dict[str, tuple[DriverCard, Floats]]:
    """Return card and recorded months of every driver; a fault names all that is wrong."""
    folder, faults = root / FOLDER, []
    for name in READ:
        if not (folder / f"{name}.yaml").is_file():
            faults.append(f"{folder / name}.yaml: no such file; the model reads this driver. Restore it.")
    try:
        found = load_folder(folder, lambda path: read_driver(path, unit_ids))
    except ConfigError as error:
        faults.append(str(error))
    refuse_all(faults)
    return {card.id: (card, data) for card, data in found}


def load_drivers(
    root: Path, unit_ids: Sequence[str], n_months: int
) -> tuple[dict[str, DriverCard], dict[str, Floats]]:
    """Return the cards, and the series from 2022-01 to the horizon, float64[T, U], or [T] for Ukraine."""
    if n_months < 1:
        raise ConfigError(f"n_months: found {n_months}; at least one month is needed.")
    found = read_drivers(root, unit_ids)
    series = {}
    for name, (card, data) in found.items():
        values = extend(data, card.beyond_last_month, n_months)
        series[name] = values[:, 0] if card.per == "ukraine" else values
    return {name: card for name, (card, _) in found.items()}, series


def read_driver(path: Path, unit_ids: Sequence[str]) -> tuple[DriverCard, Floats]:
    """Return the card of a driver and its months from 2022-01, float64[M, U], or [M, 1] for Ukraine."""
    card = load_card(path, DriverCard)
    units = [UKRAINE] if card.per == "ukraine" else list(unit_ids)
    if card.table is None or card.range is None:
        return card, np.zeros((1, len(units)))
    table = path.parent / card.table
    columns = {
        "unit": TableColumn(allowed=units),
        "month": MONTH,
        "value": TableColumn("number", least=card.range[0], most=card.range[1]),
    }
    rows = read_rows(table, columns, key=("unit", "month"))
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
    refuse_all(faults)
    return card, data


def extend(data: Floats, rule: Beyond | None, n_months: int) -> Floats:
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
    if rule in ("last_value", None):
        tail = np.repeat(data[-1:], n_new, axis=0)
    elif rule == "mean_of_last_12_months":
        tail = np.repeat(year.mean(axis=0, keepdims=True), n_new, axis=0)
    else:
        tail = np.take(year, np.arange(n_new) % len(year), axis=0)
    return np.concatenate([data, tail])
