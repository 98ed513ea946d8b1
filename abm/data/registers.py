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

MOST_NAMED = 8
"""Host-months named in a message before it is cut."""

type Cells = dict[tuple[str, int], dict[str, Any]]
"""Rows of a register table by host and month."""


SERIES_COLUMNS = {
    "value": TableColumn("integer", least=0),
    "vintage": TableColumn(),
    "status": TableColumn(allowed=STATUSES),
}
"""Columns of the tables of stocks and decisions, besides host and month."""

DERIVED_COLUMNS = {
    "value": TableColumn("integer", least=0),
    "status": TableColumn(allowed=("derived", "assumed")),
    "method": TableColumn(),
}
"""Columns of the tables of derived arrivals and other stocks."""

BREAK_COLUMNS = {
    "kind": TableColumn(allowed=("clean_up", "recount")),
    "completeness": TableColumn("share"),
    "status": TableColumn(allowed=STATUSES),
    "publisher": TableColumn(),
    "note": TableColumn(),
}

PRIORS = ("deregistration_share", "deregistration_lag", "double_share")
"""How a register errs, by host: fields of :class:`abm.data.world.Registers`."""


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
    priors: Mapping[str, Floats] | None = None,
) -> Registers:
    """Return the registers of all hosts; without priors (:data:`PRIORS`, float64[H]) none of them errs."""
    if not 0 <= first_month <= last_month < n_months:
        raise ConfigError(
            f"registers: first month {month_label(first_month)}, last month {month_label(last_month)}, "
            f"horizon {month_label(n_months - 1)}; they must rise and start in 2022-01 or later."
        )
    folder = root / "registers"
    stock = read_cells(root, "tp_stock", host_ids, SERIES_COLUMNS, first_month)
    decisions = read_cells(root, "tp_decisions", host_ids, SERIES_COLUMNS, first_month)
    derived = read_cells(root, "arrivals_derived", host_ids, DERIVED_COLUMNS, first_month)
    breaks = read_cells(root, "breaks", host_ids, BREAK_COLUMNS, first_month)
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
        **(priors or {name: np.zeros(len(host_ids)) for name in PRIORS}),
    )


def load_other_stock(
    root: Path, host_ids: Sequence[str], n_months: int, first_month: int, last_month: int
) -> Floats:
    """Return recorded individuals of hosts outside Eurostat as float64[T, H], persons.

    Derived by interpolation of UNHCR records (UK, MD, ``elsewhere``); NaN for all other hosts. A
    comparison for reading a run, never scored like the Eurostat registers.
    """
    cells = read_cells(root, "stock_other", host_ids, DERIVED_COLUMNS, first_month)
    return to_array(cells, "value", host_ids, n_months, last_month)


def _named(cells: Sequence[tuple[str, int]]) -> str:
    """Return host-months as text, cut after a few."""
    shown = ", ".join(f"{host} {month_label(month)}" for host, month in cells[:MOST_NAMED])
    return shown + (f" and {len(cells) - MOST_NAMED} more" if len(cells) > MOST_NAMED else "")
