"""Load the monthly drivers: attack intensity, occupied share, energy deficit, economy.

A driver is a card (``configs/drivers/<id>.yaml``) and a table (``unit,month,value``). The table covers
every origin unit in every month from 2022-01 to its last data month; after that the rule on the card
(``beyond_last_month``) holds. All rules say "nothing changes": scenarios say what does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from abm.data.series_card import Beyond, DriverCard, load_card
from abm.data.tables import Column, read_table
from abm.data.world import Floats
from abm.errors import ConfigError
from abm.months import month_label

DRIVER_IDS = ("attack_intensity", "occupied_share", "energy_deficit", "economy", "war_weariness")
"""The drivers the model reads; each has a card and a table of this name."""

UKRAINE = "UA"
"""Unit written in tables that hold one value for the whole country."""

YEAR = 12


@dataclass(frozen=True)
class Drivers:
    """The driver series up to the horizon; ``T`` months from 2022-01, ``U`` origin units.

    Attributes
    ----------
    intensity : float64[T, U]
        Attack intensity, index 0 to 1.
    occupied_share : float64[T, U]
        Share of the residents of 2022 whose community is under occupation, 0 to 1.
    energy_deficit : float64[T, U]
        Shortage of power and heat, index 0 to 1.
    economy : float64[T]
        Livelihood prospects, index; 0 is the mean of 2022-03 to 2024-08.
    war_weariness : float64[T]
        Adults in Ukraine who want the war negotiated to an end as soon as possible, share.
    last_data_month : mapping of str to int
        Last month with data per driver; later months follow the rule on the card.
    """

    intensity: Floats
    occupied_share: Floats
    energy_deficit: Floats
    economy: Floats
    war_weariness: Floats
    last_data_month: Mapping[str, int]


def load_drivers(root: Path, unit_ids: Sequence[str], n_months: int) -> Drivers:
    """Return the driver series from 2022-01 to the horizon.

    Parameters
    ----------
    root : Path
        The ``configs`` folder.
    unit_ids : sequence of str
        Pcodes of the ``U`` origin units in code order.
    n_months : int
        ``T``; months from 2022-01 to the horizon.

    Raises
    ------
    ConfigError
        If a card or table is missing, unknown or wrong: unit unknown or absent, gap, month twice,
        value out of range, empty. All faults of all drivers are named together.
    """
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
    """Return the card of a driver and its data months.

    Parameters
    ----------
    path : Path
        The card; the table it names stands beside it.
    unit_ids : sequence of str
        Pcodes of the ``U`` origin units; not used by a driver per ``ukraine``.

    Returns
    -------
    card : DriverCard
        What the series is.
    data : float64[M, U] or float64[M, 1]
        ``M`` data months from 2022-01, without gaps.
    """
    card = load_card(path, DriverCard)
    units = [UKRAINE] if card.per == "ukraine" else list(unit_ids)
    table = path.parent / card.table
    columns = {
        "unit": Column(allowed=units),
        "month": Column("month"),
        "value": Column("number", least=card.range[0], most=card.range[1]),
    }
    rows = read_table(table, columns, key=("unit", "month"))
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
