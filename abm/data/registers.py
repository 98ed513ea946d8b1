"""Load the registers of temporary protection: stocks, decisions, breaks and completed arrivals.

``month`` is the month whose last day is counted (Eurostat). A host-month that was not published has no
row and stays NaN, whatever the months around it say: stocks end in other months for every host, and often
only quarter ends are known. How far the data reach follows from the tables; a limit cuts them, so that a
forecast from an earlier origin uses only what was known there.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np

from abm.arrays import Booleans, Floats
from abm.data.estimated_arrivals import EstimateRules, Period, Published, estimate_arrivals
from abm.data.tables import COUNT, MONTH, STATUS, TEXT, Row, TableColumn, read_carded, read_rows
from abm.data.world import Registers
from abm.errors import ConfigError
from abm.months import month_label

MOST_NAMED = 8
"""Host-months named in a message before it is cut."""

type Cells = dict[tuple[str, int], Row]
"""Rows of a register table by host and month."""


VINTAGE = TableColumn("vintage")
SERIES_COLUMNS = {"value": COUNT, "vintage": VINTAGE, "status": STATUS}
"""Columns of the tables of stocks and decisions, besides host and month."""

DERIVED_COLUMNS = {"value": COUNT, "status": TableColumn(allowed=("derived", "assumed")), "method": TEXT}
"""Columns of the tables of derived arrivals and other stocks."""

BREAK_KINDS = ("clean_up", "recount", "restored")
"""Leavers taken off; another way to count; persons put back whose title had lapsed (completeness 0)."""

BREAK_COLUMNS = {
    "kind": TableColumn(allowed=BREAK_KINDS),
    "completeness": TableColumn("share"),
    "status": STATUS,
    "publisher": TEXT,
    "note": TEXT,
}


def read_cells(
    root: Path, name: str, host_ids: Sequence[str], extra: Mapping[str, TableColumn], first_month: int
) -> Cells:
    """Return the rows of ``registers/<name>.csv`` by host and month; ``extra`` are its other columns."""
    columns = {
        "host": TableColumn(allowed=host_ids),
        "month": TableColumn("month", least=first_month),
        **extra,
    }
    _, rows = read_carded(root / "registers" / f"{name}.csv", columns, key=("host", "month"))
    return {(row["host"], row["month"]): row for row in rows}


def to_array(cells: Cells, column: str, host_ids: Sequence[str], n_months: int, last_month: int) -> Floats:
    """Return one column as float64[T, H]; NaN where there is no row or after ``last_month``."""
    number_of = {host: number for number, host in enumerate(host_ids)}
    array = np.full((n_months, len(host_ids)), np.nan)
    for (host, month), row in cells.items():
        if month <= last_month and month < n_months:
            array[month, number_of[host]] = row[column]
    return array


EU_COLUMNS = {
    "month": MONTH,
    "sex": TableColumn(allowed=("T", "M", "F")),
    "age": TableColumn(allowed=("TOTAL", "Y_LT14", "Y14-17", "Y18-34", "Y35-64", "Y_GE65")),
    **SERIES_COLUMNS,
}

type EuDecisions = dict[tuple[str, str], dict[int, int]]
"""Decisions in the EU by sex and age, then by month, persons."""


def read_eu_decisions(root: Path) -> EuDecisions:
    """Return decisions of the EU by sex and age; months that were not published have no entry."""
    table = root / "registers" / "eu_decisions.csv"
    _, rows = read_carded(table, EU_COLUMNS, key=("month", "sex", "age"))
    found: EuDecisions = {}
    for row in rows:
        found.setdefault((row["sex"], row["age"]), {})[row["month"]] = row["value"]
    if ("T", "TOTAL") not in found:
        raise ConfigError(f"{table}: no row with sex T and age TOTAL. Restore the totals of the EU.")
    return found


def read_estimate(root: Path, host_ids: Sequence[str]) -> tuple[EstimateRules, list[Period]]:
    """Return the numbers of the estimate and the periods hosts count themselves."""
    table = root / "registers" / "arrivals_by_period.csv"
    columns = {
        "host": TableColumn(allowed=host_ids), "first_month": MONTH, "last_month": MONTH, "persons": COUNT,
        "status": STATUS, "publisher": TEXT, "note": TEXT,
    }  # fmt: skip

    def check(row: Row) -> str:
        first, last = month_label(row["first_month"]), month_label(row["last_month"])
        return f"last_month: {last} lies before first_month {first}. Exchange them" if last < first else ""

    card, rows = read_carded(table, columns, ("host", "first_month"), check)
    numbers = {name: card.number(name) for name in EstimateRules.__dataclass_fields__}
    rules = EstimateRules(
        int(numbers["share_months"]), int(numbers["exit_months"]),
        numbers["stock_weight"], numbers["late_rise_share"], numbers["most_published_share"],
    )  # fmt: skip
    names = list(host_ids)
    periods = [
        Period(names.index(row["host"]), row["first_month"], row["last_month"], float(row["persons"]))
        for row in rows
    ]
    return rules, periods


def last_register_month(root: Path) -> int:
    """Return the newest month with a figure of any host: where the recorded past ends."""
    tables = [root / "registers" / f"{name}.csv" for name in ("tp_stock", "tp_decisions")]
    stamps = tuple((path, path.stat().st_mtime_ns) for path in tables if path.is_file())
    return _newest_month(stamps)


@lru_cache(maxsize=8)
def _newest_month(stamps: tuple[tuple[Path, int], ...]) -> int:
    newest = -1
    for path, _ in stamps:
        columns = {"host": TEXT, "month": MONTH, **SERIES_COLUMNS}
        newest = max([newest, *(row["month"] for row in read_rows(path, columns, key=("host", "month")))])
    if newest < 0:
        raise ConfigError("registers/tp_stock.csv: no figure of any host. Restore the table.")
    return newest


def published(
    root: Path,
    host_ids: Sequence[str],
    is_eu: Booleans,
    span: tuple[int, int],
    n_months: int,
    stock: Cells,
    decisions: Cells,
    derived: Cells,
    breaks: Cells,
) -> Published:
    """Return what is known of the first to the last month of ``span``, from rows of the tables."""
    first, last = span
    decided = to_array(decisions, "value", host_ids, n_months, last)
    records = to_array(derived, "value", host_ids, n_months, last)
    broken = np.isfinite(to_array(breaks, "completeness", host_ids, n_months, last))
    eu = np.full(n_months, np.nan)
    for month, persons in read_eu_decisions(root)["T", "TOTAL"].items():
        if first <= month <= last:
            eu[month] = persons
    return Published(
        first=first,
        last=last,
        arrivals=np.where(np.isnan(decided), records, decided),
        decisions=decided,
        stock=to_array(stock, "value", host_ids, n_months, last),
        is_break=broken,
        eu_decisions=eu,
        is_eu=is_eu,
        periods=read_estimate(root, host_ids)[1],
    )


def load_registers(
    root: Path,
    host_ids: Sequence[str],
    n_months: int,
    first_month: int,
    is_eu: Booleans,
    last_month: int | None = None,
    deregistration_lag: Floats | None = None,
) -> Registers:
    """Return the registers of all hosts to their newest month, or only what was published to ``last_month``.

    Arrivals nobody published are estimated. How registers err by month is for :mod:`abm.data.folder` to add.
    """
    newest = last_register_month(root)
    last = newest if last_month is None else last_month
    if not 0 <= first_month <= last <= newest or last >= n_months:
        raise ConfigError(
            f"registers: first month {month_label(first_month)}, last month {month_label(last)} (newest "
            f"figure {month_label(newest)}), horizon {month_label(n_months - 1)}; the first three must rise "
            "and the horizon lie no earlier."
        )
    folder = root / "registers"
    stock = read_cells(root, "tp_stock", host_ids, SERIES_COLUMNS, first_month)
    decisions = read_cells(root, "tp_decisions", host_ids, SERIES_COLUMNS, first_month)
    derived = read_cells(root, "arrivals_derived", host_ids, DERIVED_COLUMNS, first_month)
    breaks = read_cells(root, "breaks", host_ids, BREAK_COLUMNS, first_month)
    if both := sorted(set(decisions) & set(derived)):
        raise ConfigError(
            f"{folder / 'arrivals_derived.csv'}: {_named(both)} also in tp_decisions.csv. "
            "A published figure needs no derived one: remove the derived rows."
        )
    if silent := [host for host in host_ids if not any(of == host for of, _ in {*decisions, *derived})]:
        raise ConfigError(
            f"{folder / 'tp_decisions.csv'}: {', '.join(silent)}: neither a decision nor a derived arrival. "
            "A host needs one of them: add its decisions, or its records to inputs/unhcr_recorded.csv and "
            "rebuild: python -m experiments.data.derive."
        )
    inputs = published(
        root, host_ids, is_eu, (first_month, last), n_months, stock, decisions, derived, breaks
    )
    rules, _ = read_estimate(root, host_ids)
    arrivals = estimate_arrivals(inputs, rules)
    if absent := [
        (host_ids[host], first_month + int(step))
        for step, host in np.argwhere(np.isnan(arrivals[first_month : last + 1]))
    ]:
        raise ConfigError(
            f"{folder / 'arrivals_derived.csv'}: no arrivals for {_named(absent)}: neither published in "
            "tp_decisions.csv nor derived, and no figure to estimate them from. Add a derived row."
        )
    no_share = np.zeros((n_months, len(host_ids)))
    return Registers(
        first_month=first_month,
        last_month=last,
        stock=inputs.stock,
        decisions=inputs.decisions,
        eu_decisions=inputs.eu_decisions,
        arrivals=arrivals,
        arrivals_derived=np.isfinite(arrivals) & np.isnan(inputs.decisions),
        break_completeness=np.nan_to_num(to_array(breaks, "completeness", host_ids, n_months, last)),
        is_break=inputs.is_break,
        deregistration_share=no_share,
        deregistration_lag=np.zeros(len(host_ids)) if deregistration_lag is None else deregistration_lag,
        again_share=no_share,
        late_share=no_share,
    )


KindOfMonth = Literal["register", "estimate", "projection"]
"""What a figure of a host and month is: published, an estimate up to today, or later than today."""

MOST_CARRIED = 0.1
"""Part of a group's register that may stand in hosts that ended earlier, for the group to be published."""


def period_of(last_published: int, month: int, today: int) -> KindOfMonth:
    """Return what a month is, given the last published month (-1: none) and the month of today.

    >>> period_of(47, 47, 58), period_of(47, 48, 58), period_of(-1, 58, 58), period_of(47, 59, 58)
    ('register', 'estimate', 'estimate', 'projection')
    """
    if month <= last_published:
        return "register"
    return "estimate" if month <= today else "projection"


def register_until(registers: Registers, chosen: Booleans) -> int:
    """Return the last month in which nearly all of the persons of hosts are published; -1 if none."""
    last = registers.last_stock_month
    there = chosen & (last >= 0)
    if not there.any():
        return -1
    size = np.nan_to_num(registers.stock_by(registers.last_month))
    months = sorted({int(month) for month in last[there]}, reverse=True)
    total = size[there].sum()
    return next(
        (month for month in months if size[there & (last < month)].sum() <= MOST_CARRIED * total), months[-1]
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
