"""Plan and apply an update of the registers from official files: what changes, and what it must pass."""

import datetime as dt
import hashlib
import math
import re
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import Field

from abm.arrays import Booleans
from abm.data.config import Strict, load, read_text
from abm.data.hosts import load_countries
from abm.data.registers import (
    BREAK_COLUMNS,
    DERIVED_COLUMNS,
    SERIES_COLUMNS,
    Cells,
    last_register_month,
    published,
    read_cells,
    read_estimate,
)
from abm.errors import ConfigError, EweaError
from abm.months import month_label
from experiments.data.derive_registers import FIRST_REGISTER_MONTH, derive_arrivals, derived_text
from experiments.data.eurostat import DECISIONS, STOCK, EurostatTable, fetch_eurostat, read_eurostat
from experiments.data.find_breaks import BreakRules, FoundBreak, find_breaks
from experiments.data.table_file import comment_lines, replace_files, table_text

MOST_LINES = 12
"""Revisions shown on a terminal, largest first; ``--json`` holds all."""

type Change = tuple[str, int, int | None, int | None]
"""Host, month, persons before, persons after."""


@dataclass(frozen=True)
class SeriesDiff:
    """Host-months added, removed and revised in one table."""

    table: str  # ``tp_stock`` or ``tp_decisions``
    added: tuple[Change, ...]  # Persons; None where there was or will be no row
    removed: tuple[Change, ...]
    revised: tuple[Change, ...]
    n_before: int  # Host-months before

    def to_lines(self) -> list[str]:
        """Return the changes for a terminal."""
        n_same = self.n_before - len(self.removed) - len(self.revised)
        lines = [
            f"{self.table}: {len(self.added)} host-months added, {len(self.removed)} removed, "
            f"{len(self.revised)} revised, {n_same} unchanged"
        ]
        pairs = (("added", self.added), ("removed", self.removed))
        lines += [f"  {word}: {_by_month(changes)}" for word, changes in pairs if changes]
        by_size = sorted(self.revised, key=lambda change: (-abs((change[3] or 0) - (change[2] or 0)), change))
        lines += [
            f"  revised: {host} {month_label(month)} {before:,} -> {after:,}"
            for host, month, before, after in by_size[:MOST_LINES]
        ]
        if len(by_size) > MOST_LINES:
            lines.append(f"  ... and {len(by_size) - MOST_LINES} smaller revisions")
        return lines

    def to_dict(self) -> dict[str, Any]:
        """Return the changes for ``--json``."""
        return {
            word: [
                {"host": host, "month": month_label(month), "before": before, "after": after}
                for host, month, before, after in changes
            ]
            for word, changes in (("added", self.added), ("removed", self.removed), ("revised", self.revised))
        }


def series_diff(table: str, old: Cells, new: Cells) -> SeriesDiff:
    """Return what changed from one version of a table to another."""
    return SeriesDiff(
        table=table,
        added=tuple((*key, None, new[key]["value"]) for key in sorted(new.keys() - old.keys())),
        removed=tuple((*key, old[key]["value"], None) for key in sorted(old.keys() - new.keys())),
        revised=tuple(
            (*key, old[key]["value"], new[key]["value"])
            for key in sorted(old.keys() & new.keys())
            if old[key]["value"] != new[key]["value"]
        ),
        n_before=len(old),
    )


def _by_month(changes: tuple[Change, ...]) -> str:
    """Return hosts by month: ``2024-08 CY, FR; 2024-09 31 hosts``."""
    hosts: dict[int, list[str]] = {}
    for host, month, _, _ in changes:
        hosts.setdefault(month, []).append(host)
    return "; ".join(
        f"{month_label(month)} {', '.join(names) if len(names) <= MOST_LINES else f'{len(names)} hosts'}"
        for month, names in sorted(hosts.items())
    )


class UpdateRules(Strict):
    """Thresholds of the update; meanings in ``configs/registers/update_rules.yaml``."""

    id: str
    fall_shown_share: float = Field(gt=0, lt=1)
    fall_visible_share: float = Field(gt=0, lt=1)
    rise_restored_share: float = Field(gt=0)
    rise_shown_share: float = Field(gt=0, lt=1)
    rise_shown_persons: int = Field(ge=0)
    removed_most_share: float = Field(gt=0, lt=1)


def check_dataset(table: EurostatTable, wanted: str, old: Cells, old_other: Cells) -> None:
    """Refuse a file of another dataset, by its stated code or, without one, by its figures."""
    remedy = f"Give the stock file ({STOCK}) as stock and the file of decisions ({DECISIONS}) as decisions."
    if table.dataset and table.dataset != wanted:
        raise ConfigError(f"{table.name}: is dataset {table.dataset}; {wanted} is needed here. {remedy}")
    if _distance(table, old_other) < _distance(table, old):
        raise ConfigError(
            f"{table.name}: the figures are those of the other dataset, not of {wanted}. {remedy}"
        )


def check_months(name: str, old: Cells, new: Cells, diff: SeriesDiff, rules: UpdateRules) -> list[str]:
    """Return the reasons to refuse a file: no host of ours, months or hosts missing, too much gone."""
    if not new:
        return [f"{name}: no figure of any host of this project. Download the dataset without filters."]
    faults = []
    months = {month for _, month in new}
    if missing := sorted(set(range(min(months), max(months) + 1)) - months):
        shown = ", ".join(month_label(month) for month in missing)
        faults.append(f"{name}: no figure at all for {shown}; months must be continuous.")
    if hosts := sorted({host for host, _ in old} - {host for host, _ in new}):
        faults.append(
            f"{name}: no figure for {', '.join(hosts)}, which the table has. Download all countries."
        )
    if len(diff.removed) > rules.removed_most_share * len(old):
        faults.append(
            f"{name}: {len(diff.removed)} of {len(old)} host-months would be lost; this looks like a "
            "filtered download. Download the dataset without filters."
        )
    return faults


def check_stocks(
    stock: Cells, decisions: Cells, breaks: Cells, changed: set[tuple[str, int]], rules: UpdateRules
) -> list[str]:
    """Return what a reader should know: possible breaks, rises nobody decided, hosts that end early.

    Breaks and rises are told of the host-months that are new or revised (``changed``).
    """
    notes: list[str] = []
    if not stock:
        return notes
    for (host, month), row in sorted(stock.items()):
        before = stock.get((host, month - 1))
        if (host, month) not in changed or before is None or before["value"] == 0:
            continue
        change, share = row["value"] - before["value"], row["value"] / before["value"] - 1
        where = f"{host} {month_label(month)}: stock {before['value']:,} -> {row['value']:,} ({share:+.1%})"
        if share < -rules.fall_shown_share and (host, month) not in breaks:
            notes.append(
                f"possible break, {where}. Add it to breaks.csv if a clean-up or recount is confirmed."
            )
        decided = decisions.get((host, month))
        if decided is not None:
            open_rise = change - decided["value"]
            if open_rise > max(rules.rise_shown_persons, rules.rise_shown_share * before["value"]):
                notes.append(f"{where}, {open_rise:,} more than the decisions explain.")
    last = max(month for _, month in stock)
    newest = {host: max(month for of, month in stock if of == host) for host, _ in stock}
    if late := sorted(host for host, month in newest.items() if month < last):
        shown = ", ".join(f"{host} ({month_label(newest[host])})" for host in late)
        notes.append(f"hosts that end before {month_label(last)}: {shown}.")
    return notes


def _distance(table: EurostatTable, cells: Cells) -> float:
    """Return the median absolute log ratio of a file's figures to a table's, over common host-months."""
    ratios = [
        abs(math.log((table.values[key] + 1) / (row["value"] + 1)))
        for key, row in cells.items()
        if key in table.values
    ]
    return statistics.median(ratios) if ratios else 0.0


def breaks_of(
    root: Path,
    host_ids: Sequence[str],
    is_eu: Booleans,
    stock: Cells | None = None,
    decisions: Cells | None = None,
) -> list[FoundBreak]:
    """Return the breaks that stocks show, those of the tables if no others are given."""
    rules = load(root / "registers" / "update_rules.yaml", UpdateRules)
    first = FIRST_REGISTER_MONTH
    stock = read_cells(root, "tp_stock", host_ids, SERIES_COLUMNS, first) if stock is None else stock
    if decisions is None:
        decisions = read_cells(root, "tp_decisions", host_ids, SERIES_COLUMNS, first)
    derived = read_cells(root, "arrivals_derived", host_ids, DERIVED_COLUMNS, first)
    listed = read_cells(root, "breaks", host_ids, BREAK_COLUMNS, first)
    last = max(month for _, month in [*stock, *decisions])
    known = published(root, host_ids, is_eu, (first, last), last + 1, stock, decisions, derived, listed)
    thresholds = BreakRules(rules.fall_shown_share, rules.fall_visible_share, rules.rise_restored_share)
    numbers = [(list(host_ids).index(host), month) for host, month in listed if month <= last]
    return find_breaks(known, read_estimate(root, host_ids)[0], thresholds, numbers)


TABLES = {STOCK: "tp_stock", DECISIONS: "tp_decisions"}
SERIES_HEADER = ("host", "month", "value", "vintage", "status")


@dataclass(frozen=True)
class UpdatePlan:
    """What an update would change, and whether it may."""

    root: Path  # The ``configs`` folder
    diffs: tuple[SeriesDiff, ...]  # Changes of the stocks and of the decisions
    faults: tuple[str, ...]  # Reasons why the update is refused; empty if it may be applied
    # What a reader should know: scope, possible breaks, hosts that end early, what to set next
    notes: tuple[str, ...]
    texts: Mapping[Path, str] = field(repr=False)  # The new files, whole
    before: Mapping[Path, str] = field(repr=False)  # SHA-256 of every file as it was when the plan was made

    @property
    def is_empty(self) -> bool:
        """Return whether no file would change."""
        return not self.texts

    def to_text(self) -> str:
        """Return the plan for a terminal."""
        lines = [line for diff in self.diffs for line in diff.to_lines()]
        lines += [f"note: {note}" for note in self.notes]
        lines += [f"refused: {fault}" for fault in self.faults]
        if self.faults:
            lines.append("Nothing is written.")
        elif self.is_empty:
            lines.append("Nothing changes.")
        else:
            lines.append("Files: " + ", ".join(path.name for path in self.texts))
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Return the plan for ``--json``."""
        return {
            "may_apply": not self.faults,
            "files": [str(path.relative_to(self.root)) for path in self.texts],
            "series": {diff.table: diff.to_dict() for diff in self.diffs},
            "notes": list(self.notes),
            "faults": list(self.faults),
        }


def plan_update(
    root: Path, stock_path: Path | None = None, decisions_path: Path | None = None, vintage: str | None = None
) -> UpdatePlan:
    """Return what the official files would change in the register tables; writes nothing.

    Without both files (SDMX-CSV or TSV, plain or gzip) the datasets are fetched from Eurostat. ``vintage`` is
    the month of the figures; else the last update stated in the file counts, else its date.
    """
    if (stock_path is None) != (decisions_path is None):
        raise EweaError(f"Give both files, {STOCK} and {DECISIONS}, or none: they are checked together.")
    tables = {
        dataset: fetch_eurostat(dataset) if path is None else read_eurostat(path)
        for dataset, path in ((STOCK, stock_path), (DECISIONS, decisions_path))
    }
    rules = load(root / "registers" / "update_rules.yaml", UpdateRules)
    host_ids = [country.id for country in load_countries(root)]
    old = {
        dataset: read_cells(root, name, host_ids, SERIES_COLUMNS, FIRST_REGISTER_MONTH)
        for dataset, name in TABLES.items()
    }
    breaks = read_cells(root, "breaks", host_ids, BREAK_COLUMNS, FIRST_REGISTER_MONTH)
    diffs, notes, faults, new = [], [], [], {}
    for dataset, other, path in ((STOCK, DECISIONS, stock_path), (DECISIONS, STOCK, decisions_path)):
        table = tables[dataset]
        check_dataset(table, dataset, old[dataset], old[other])
        label = vintage or table.vintage or _file_month(path)
        cells, said = _own_cells(table, host_ids, old[dataset], label)
        diff = series_diff(TABLES[dataset], old[dataset], cells)
        diffs.append(diff)
        notes += said
        faults += check_months(table.name, old[dataset], cells, diff, rules)
        new[dataset] = cells
    changed = {change[:2] for diff in diffs for change in (*diff.added, *diff.revised)}
    notes += check_stocks(new[STOCK], new[DECISIONS], breaks, changed, rules)
    texts = {} if faults else _texts(root, host_ids, new, notes)
    before = {path: _digest(path) for path in texts}
    return UpdatePlan(root, tuple(diffs), tuple(faults), tuple(notes), texts, before)


def apply_update(plan: UpdatePlan) -> list[Path]:
    """Write the files of a plan, all or none, and return them."""
    if plan.faults:
        raise EweaError("The update is refused; nothing is written.\n" + "\n".join(plan.faults))
    if changed := [path.name for path, digest in plan.before.items() if _digest(path) != digest]:
        raise EweaError(f"{', '.join(changed)} changed since the plan was made. Plan the update again.")
    replace_files(plan.texts)
    return list(plan.texts)


def _own_cells(
    table: EurostatTable, host_ids: list[str], old: Cells, vintage: str
) -> tuple[Cells, list[str]]:
    """Return the rows of our table from a Eurostat table, and what to say about its scope.

    A figure that did not change keeps the vintage in which it was first read.
    """
    notes = [f"{table.name}: citizen {table.citizen}, vintage {vintage}."]
    if table.citizen != "TOTAL":
        notes.append(f"{table.name}: no citizen TOTAL; {table.citizen} is used, another scope than before.")
        vintage = f"{vintage} citizen {table.citizen}"
    geos = {geo for geo, _ in table.values}
    if strange := sorted(geo for geo in geos - set(host_ids) if not re.match(r"^(EU|EA|EFTA)", geo)):
        notes.append(f"{table.name}: left out, not a host of this project: {', '.join(strange)}.")
    if any(month < FIRST_REGISTER_MONTH for _, month in table.values):
        notes.append(f"{table.name}: months before {month_label(FIRST_REGISTER_MONTH)} left out.")
    if flagged := sorted(key for key, flag in table.flags.items() if "b" in flag and key[0] in host_ids):
        shown = ", ".join(f"{host} {month_label(month)}" for host, month in flagged)
        notes.append(f"{table.name}: Eurostat flags a break: {shown}. Add it to breaks.csv if it is one.")
    cells: Cells = {}
    for (host, month), value in sorted(table.values.items()):
        if host not in host_ids or month < FIRST_REGISTER_MONTH:
            continue
        row = {"host": host, "month": month, "value": value, "vintage": vintage, "status": "recorded"}
        known = old.get((host, month))
        same = known is not None and (known["value"], known["status"]) == (value, "recorded")
        cells[host, month] = known if same and known is not None and table.citizen == "TOTAL" else row
    return cells, notes


def _texts(root: Path, host_ids: list[str], new: Mapping[str, Cells], notes: list[str]) -> dict[Path, str]:
    """Return the files that change, whole: both tables, their cards' dates, the derived arrivals."""
    folder = root / "registers"
    last = max(month for cells in new.values() for _, month in cells)
    texts: dict[Path, str] = {}
    for dataset, name in TABLES.items():
        path = folder / f"{name}.csv"
        rows = [
            (host, month_label(month), row["value"], row["vintage"], row["status"])
            for (host, month), row in sorted(new[dataset].items())
        ]
        texts[path] = table_text(comment_lines(path), SERIES_HEADER, rows)
        newest = max(str(row[3]) for row in rows)[:7]
        card = folder / f"{name}.yaml"
        texts[card] = re.sub(r"(?m)^date: .*$", f"date: {newest}", read_text(card))
    persons = {d: {key: row["value"] for key, row in cells.items()} for d, cells in new.items()}
    months = {"first_month": FIRST_REGISTER_MONTH, "last_month": last}
    path = folder / "arrivals_derived.csv"
    texts[path] = derived_text(
        path, derive_arrivals(root, host_ids, persons[STOCK], persons[DECISIONS], **months)
    )
    used = last_register_month(root)
    if last != used:
        notes.append(
            f"the tables reach {month_label(last)} instead of {month_label(used)}: the recorded past ends "
            "and the projection starts there. What was fitted to the registers or assimilated is older."
        )
    return {path: text for path, text in texts.items() if text != read_text(path)}


def _file_month(path: Path | None) -> str:
    """Return the month in which a file was last written, for formats that state no update."""
    if path is None:
        raise ConfigError("vintage: Eurostat states no date; give it as YYYY-MM.")
    return f"{dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC):%Y-%m}"


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
