"""Load the registers of temporary protection: stocks, decisions, breaks and completed arrivals.

``month`` is the month whose last day is counted (Eurostat). A host-month that was not published has no
row. Rows after ``last_month`` are checked but left out: the settings decide how far the data reach, so
that a forecast from an earlier origin uses only what was known there.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from abm.arrays import Booleans, Floats
from abm.data.tables import STATUSES, SeriesCard, TableColumn, load_card, read_rows
from abm.data.world import Registers
from abm.errors import ConfigError
from abm.months import month_label

BREAK_KINDS = ("clean_up", "recount")
MOST_NAMED = 8
"""Host-months named in a message before it is cut."""

type Cells = dict[tuple[str, int], dict[str, Any]]
"""Rows of a register table by host and month."""


def read_cells(
    root: Path, name: str, host_ids: Sequence[str], extra: Mapping[str, TableColumn], first_month: int
) -> Cells:
    """Return the rows of ``registers/<name>.csv`` by host and month; ``extra`` are its other columns."""
    card = load_card(root / "registers" / f"{name}.yaml", SeriesCard)
    table = root / "registers" / card.table
    columns = {"host": TableColumn(allowed=list(host_ids)), "month": TableColumn("month"), **extra}
    cells: Cells = {}
    for row in read_rows(table, columns, key=("host", "month")):
        if row["month"] < first_month:
            raise ConfigError(
                f"{table}: host {row['host']}: {month_label(row['month'])} is before the first month "
                f"{month_label(first_month)} of the registers. Remove the row."
            )
        cells[row["host"], row["month"]] = row
    return cells


def series_columns() -> dict[str, TableColumn]:
    """Return the columns of the tables of stocks and decisions, besides host and month."""
    return {
        "value": TableColumn("integer", least=0),
        "vintage": TableColumn(),
        "status": TableColumn(allowed=STATUSES),
    }


def derived_columns() -> dict[str, TableColumn]:
    """Return the columns of the tables of derived arrivals and other stocks."""
    return {
        "value": TableColumn("integer", least=0),
        "status": TableColumn(allowed=("derived", "assumed")),
        "method": TableColumn(),
    }


def break_columns() -> dict[str, TableColumn]:
    """Return the columns of the table of register breaks, besides host and month."""
    return {
        "kind": TableColumn(allowed=BREAK_KINDS),
        "completeness": TableColumn("share"),
        "status": TableColumn(allowed=STATUSES),
        "publisher": TableColumn(),
        "note": TableColumn(),
    }


def to_array(cells: Cells, column: str, host_ids: Sequence[str], n_months: int, last_month: int) -> Floats:
    """Return one column as float64[T, H]; NaN where there is no row or after ``last_month``."""
    number_of = {host: number for number, host in enumerate(host_ids)}
    array = np.full((n_months, len(host_ids)), np.nan)
    for (host, month), row in cells.items():
        if month <= last_month and month < n_months:
            array[month, number_of[host]] = row[column]
    return array


def load_registers(
    root: Path,
    host_ids: Sequence[str],
    n_months: int,
    first_month: int,
    last_month: int,
    *,
    deregistration_share: Floats,
    deregistration_lag: Floats,
    double_share: Floats,
) -> Registers:
    """Return the registers of all hosts; keyword arguments are priors by host (shares, months of lag)."""
    if not 0 <= first_month <= last_month < n_months:
        raise ConfigError(
            f"registers: first month {month_label(first_month)}, last month {month_label(last_month)}, "
            f"horizon {month_label(n_months - 1)}; they must rise and start in 2022-01 or later."
        )
    folder = root / "registers"
    stock = read_cells(root, "tp_stock", host_ids, series_columns(), first_month)
    decisions = read_cells(root, "tp_decisions", host_ids, series_columns(), first_month)
    derived = read_cells(root, "arrivals_derived", host_ids, derived_columns(), first_month)
    breaks = read_cells(root, "breaks", host_ids, break_columns(), first_month)
    if not any(month == last_month for _, month in stock):
        newest = month_label(max(month for _, month in stock))
        raise ConfigError(
            f"{folder / 'tp_stock.csv'}: no stock in {month_label(last_month)}, the last register month of "
            f"the settings; the newest is {newest}. Move the setting back or update the data."
        )
    if both := sorted(set(decisions) & set(derived)):
        raise ConfigError(
            f"{folder / 'arrivals_derived.csv'}: {_named(both)} also in tp_decisions.csv. "
            "A published figure needs no derived one: remove the derived rows."
        )
    months = range(first_month, last_month + 1)
    known = set(decisions) | set(derived)
    if absent := sorted({(host, month) for host in host_ids for month in months} - known):
        raise ConfigError(
            f"{folder / 'arrivals_derived.csv'}: no arrivals for {_named(absent)}: neither published in "
            "tp_decisions.csv nor derived. Add a derived row with its method."
        )
    published = to_array(decisions, "value", host_ids, n_months, last_month)
    completed = to_array(derived, "value", host_ids, n_months, last_month)
    completeness = to_array(breaks, "completeness", host_ids, n_months, last_month)
    is_break: Booleans = ~np.isnan(completeness)
    return Registers(
        first_month=first_month,
        last_month=last_month,
        stock=to_array(stock, "value", host_ids, n_months, last_month),
        decisions=published,
        arrivals=np.where(np.isnan(published), completed, published),
        arrivals_derived=~np.isnan(completed),
        break_completeness=np.nan_to_num(completeness),
        is_break=is_break,
        deregistration_share=_per_host("deregistration_share", deregistration_share, len(host_ids), 1.0),
        deregistration_lag=_per_host("deregistration_lag", deregistration_lag, len(host_ids), np.inf),
        double_share=_per_host("double_share", double_share, len(host_ids), 1.0),
    )


def load_other_stock(
    root: Path, host_ids: Sequence[str], n_months: int, first_month: int, last_month: int
) -> Floats:
    """Return recorded individuals of hosts outside Eurostat as float64[T, H], persons.

    Derived by interpolation of UNHCR records (UK, MD, ``elsewhere``); NaN for all other hosts. A
    yardstick for reading a run, never scored like the Eurostat registers.
    """
    cells = read_cells(root, "stock_other", host_ids, derived_columns(), first_month)
    return to_array(cells, "value", host_ids, n_months, last_month)


def _per_host(name: str, value: Floats, n_hosts: int, most: float) -> Floats:
    """Return a prior per host after checking its shape and bounds."""
    array = np.asarray(value, dtype=np.float64)
    if array.shape != (n_hosts,):
        raise ConfigError(f"{name}: {array.shape} values; one per host ({n_hosts}) is needed.")
    if not bool(np.all((array >= 0) & (array <= most))):
        raise ConfigError(f"{name}: all values must lie from 0 to {most:g}.")
    return array


def _named(cells: Sequence[tuple[str, int]]) -> str:
    """Return host-months as text, cut after a few."""
    shown = ", ".join(f"{host} {month_label(month)}" for host, month in cells[:MOST_NAMED])
    return shown + (f" and {len(cells) - MOST_NAMED} more" if len(cells) > MOST_NAMED else "")
