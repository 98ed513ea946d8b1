"""Rebuild the derived parts of the registers: arrivals nobody published, stocks outside Eurostat.

The records and the numbers of the method are data (``configs/registers``); this file holds the rules. A
test keeps the shipped tables equal to what these functions return.
"""

import calendar
import datetime as dt
import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from abm.arrays import Floats
from abm.data.hosts import load_countries
from abm.data.registers import SERIES_COLUMNS, read_cells
from abm.data.tables import STATUSES, SeriesCard, TableColumn, line_with, load_card, read_rows
from abm.errors import ConfigError
from abm.months import first_day, month_index, month_label
from experiments.ensemble.files import comment_lines, table_text

DERIVED_HEADER = ("host", "month", "value", "status", "method")

type DerivedRow = tuple[str, int, int, str, str]
"""Host, month, persons, status, method."""

type Persons = Mapping[tuple[str, int], int]
"""Persons by host and month."""

WAR_START = dt.date(2022, 2, 24)
FIRST_REGISTER_MONTH = month_index("2022-03")
"""First month of temporary protection (Council Implementing Decision (EU) 2022/382 of 4 March 2022)."""
FIRST_DAY = first_day(FIRST_REGISTER_MONTH)


def month_end(month: int) -> dt.date:
    """Return the last day of a month.

    >>> month_end(1)
    datetime.date(2022, 2, 28)
    """
    day = first_day(month)
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def recorded_individuals(root: Path) -> list[dict[str, Any]]:
    """Return the recorded individuals outside Eurostat, by country and date."""
    table = root / "registers" / "inputs" / "unhcr_recorded.csv"
    columns = {
        "host": TableColumn(allowed=[country.id for country in load_countries(root)]),
        **dict.fromkeys(("country", "as_of", "publisher"), TableColumn()),
        "persons": TableColumn("integer", least=0),
        "kind": TableColumn(allowed=("level", "recount", "left_out")),
        "status": TableColumn(allowed=STATUSES),
        "note": TableColumn(optional=True),
    }
    rows = read_rows(table, columns, key=("country", "as_of", "publisher"))
    for row in rows:
        try:
            row["day"] = dt.date.fromisoformat(row["as_of"])
        except ValueError as error:
            line = line_with(table, row["country"], row["as_of"])
            said = f"as_of: {row['as_of']!r} is not a date; write YYYY-MM-DD."
            raise ConfigError(f"{table}:{line}: {said}") from error
    return rows


def other_stocks(root: Path, host: str, last_month: int) -> tuple[Floats, frozenset[int]]:
    """Return month-end stocks of a host outside Eurostat, interpolated, and the months a recount moved."""
    ends = np.array([month_end(month).toordinal() for month in range(last_month + 1)])
    total = np.zeros(len(ends))
    recounted: set[int] = set()
    rows = [row for row in recorded_individuals(root) if row["host"] == host and row["kind"] != "left_out"]
    if not rows:
        raise ConfigError(f"{root / 'registers' / 'inputs' / 'unhcr_recorded.csv'}: no record of {host}.")
    for country in sorted({str(row["country"]) for row in rows}):
        points = sorted(
            (row["day"].toordinal(), row["persons"], row["kind"]) for row in rows if row["country"] == country
        )
        days = [WAR_START.toordinal(), *(day for day, _, _ in points)]
        persons = [0, *(count for _, count, _ in points)]
        total += np.interp(ends, days, persons, left=0.0)
        for (before, _, _), (after, _, kind) in itertools.pairwise(points):
            if kind == "recount":
                recounted |= {month for month, end in enumerate(ends) if before < end <= after}
    return total, frozenset(recounted)


def derive_other_stock(root: Path, first_month: int, last_month: int) -> list[DerivedRow]:
    """Return the rows of ``stock_other.csv``: records at month ends."""
    stocks = {host: other_stocks(root, host, last_month)[0] for host in hosts_outside_eurostat(root)}
    return [
        (host, month, _to(10, stock[month]), "derived", "records interpolated to month ends")
        for host, stock in stocks.items()
        for month in range(first_month, last_month + 1)
    ]


def hosts_outside_eurostat(root: Path) -> tuple[str, ...]:
    """Return the hosts whose figures come from other records, in alphabetical order."""
    return tuple(sorted({str(row["host"]) for row in recorded_individuals(root)}))


def read_persons(root: Path, name: str, host_ids: Sequence[str], first_month: int) -> Persons:
    """Return the persons of a published register table by host and month."""
    cells = read_cells(root, name, host_ids, SERIES_COLUMNS, first_month)
    return {key: row["value"] for key, row in cells.items()}


def derive_arrivals(
    root: Path,
    host_ids: Sequence[str],
    stock: Persons,
    decisions: Persons,
    *,
    first_month: int,
    last_month: int,
) -> list[DerivedRow]:
    """Return the rows of ``arrivals_derived.csv``: host-months that no decision and no EU total covers.

    Hosts outside Eurostat by their stock plus replacement of leavers; months before a host's first decision
    from its first stock, spread as the decisions of the hosts that published them. Later months without a
    decision are estimated when the data are loaded. Rows come in order of host and month.
    """
    card = load_card(root / "registers" / "arrivals_derived.yaml", SeriesCard)
    replacement = card.number("replacement_share_month")
    n_mean = int(card.number("months_of_mean"))
    n_late = int(card.number("late_registration_months"))
    others = hosts_outside_eurostat(root)
    rows: list[DerivedRow] = []
    for host in sorted(host_ids):
        published = {month: persons for (of, month), persons in decisions.items() if of == host}
        if host in others:
            months = range(first_month, last_month + 1)
            rows.extend(_from_stock(root, host, months, replacement, n_mean))
            continue
        if not published:
            raise ConfigError(
                f"{root / 'registers' / 'tp_decisions.csv'}: {host} has no decision at all; add it to the "
                "Eurostat file or to unhcr_recorded.csv."
            )
        early = range(first_month, min(published))
        if early:
            total, note = _early_total(host, stock, published, n_late)
            shares = _mean_profile(decisions, host_ids, early)
            for month, share in zip(early, shares, strict=True):
                rows.append((host, month, _to(5, total * share), "derived", note))
    return rows


def _mean_before(host: str, values: Mapping[int, int], month: int, n_mean: int) -> float:
    """Return the mean of the figures of the ``n_mean`` months before a month."""
    before = [values[m] for m in range(month - n_mean, month) if m in values]
    if not before:
        raise ConfigError(f"registers: {host} {month_label(month)}: no figure in the months before it.")
    return sum(before) / len(before)


def derived_text(path: Path, rows: Sequence[DerivedRow]) -> str:
    """Return the text of a derived table, with the comments the file has now."""
    cells = [(host, month_label(month), value, status, method) for host, month, value, status, method in rows]
    return table_text(comment_lines(path), DERIVED_HEADER, cells)


def register_texts(root: Path, host_ids: Sequence[str]) -> dict[Path, str]:
    """Return both derived tables as text, as the published tables and the records make them now."""
    stock = read_persons(root, "tp_stock", host_ids, FIRST_REGISTER_MONTH)
    decisions = read_persons(root, "tp_decisions", host_ids, FIRST_REGISTER_MONTH)
    last = max(month for _, month in {**stock, **decisions})
    folder = root / "registers"
    newest = max(row["day"] for row in recorded_individuals(root) if row["kind"] != "left_out")
    n_recorded = (newest.year - FIRST_DAY.year) * 12 + newest.month - FIRST_DAY.month
    rows = derive_arrivals(
        root, host_ids, stock, decisions, first_month=FIRST_REGISTER_MONTH, last_month=last
    )
    arrivals, other = folder / "arrivals_derived.csv", folder / "stock_other.csv"
    others = derive_other_stock(root, FIRST_REGISTER_MONTH, FIRST_REGISTER_MONTH + n_recorded)
    return {arrivals: derived_text(arrivals, rows), other: derived_text(other, others)}


def _from_stock(root: Path, host: str, months: range, replacement: float, n_mean: int) -> list[DerivedRow]:
    """Return arrivals as rise of the recorded stock plus replacement of leavers."""
    stock, recounted = other_stocks(root, host, months[-1])
    newest = max(row["day"] for row in recorded_individuals(root) if row["host"] == host)
    values: dict[int, int] = {}
    rows: list[DerivedRow] = []
    for month in months:
        before = stock[month - 1] if month > months[0] else 0.0
        if month in recounted or first_day(month) > newest:
            values[month] = _to(10, _mean_before(host, values, month, n_mean))
            cause = "recount" if month in recounted else "no record yet"
            method = f"{cause}: mean of the {n_mean} months before"
        else:
            values[month] = _to(10, max(0.0, stock[month] - before + replacement * before))
            method = "rise of the recorded stock plus replacement of leavers"
        rows.append((host, month, values[month], "derived", method))
    return rows


def _early_total(host: str, stock: Persons, published: Mapping[int, int], n_late: int) -> tuple[float, str]:
    """Return arrivals before the first decision: the first stock, and later rises none explains."""
    first = min(published)
    if (host, first) not in stock:
        raise ConfigError(
            f"registers: {host} {month_label(first)}: a stock is needed beside its first decision."
        )
    total = float(stock[host, first] - published[first])
    for month in range(first + 1, first + 1 + n_late):
        if (host, month) in stock and (host, month - 1) in stock and month in published:
            rise = stock[host, month] - stock[host, month - 1]
            total += max(0.0, rise - published[month])
    return total, (
        f"stock {month_label(first)} minus its decisions, plus rises to {month_label(first + n_late)} that "
        "decisions do not explain; spread like the other hosts"
    )


def _mean_profile(decisions: Persons, host_ids: Sequence[str], months: range) -> Floats:
    """Return the mean share of each month in the sum over the months, over hosts with every month."""
    profiles = []
    for host in host_ids:
        values = np.array([decisions.get((host, month), np.nan) for month in months], dtype=np.float64)
        if np.isfinite(values).all() and values[0] > 0:
            profiles.append(values / values.sum())
    if not profiles:
        raise ConfigError(f"registers: no host has decisions from {month_label(months[0])} on to copy.")
    mean: Floats = np.mean(profiles, axis=0)
    return mean


def _to(step: int, value: float) -> int:
    """Round to so many persons; Eurostat rounds to five."""
    return step * round(value / step)
