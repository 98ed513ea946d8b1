"""What an update of the registers changes, and the checks that the new figures must pass."""

import math
import statistics
from dataclasses import dataclass
from typing import Any

from abm.data.registers import Cells
from abm.errors import ConfigError
from abm.months import month_label
from experiments.data.eurostat import DECISIONS, STOCK, EurostatTable
from experiments.data.find_breaks import UpdateRules

MOST_LINES = 12
"""Revisions shown on a terminal, largest first; ``--json`` holds all."""

DOUBLED = 2.0
"""Factor by which no revision moves many figures at once."""

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


def check_dataset(table: EurostatTable, wanted: str, old: Cells, old_other: Cells) -> None:
    """Refuse a file of another dataset, by its stated code or, without one, by its figures."""
    remedy = f"Give the stock file ({STOCK}) as stock and the file of decisions ({DECISIONS}) as decisions."
    if table.dataset and table.dataset != wanted:
        raise ConfigError(f"{table.name}: is dataset {table.dataset}; {wanted} is needed here. {remedy}")
    if _distance(table, old_other) < _distance(table, old):
        raise ConfigError(
            f"{table.name}: the figures are those of the other dataset, not of {wanted}. {remedy}"
        )


def check_months(
    name: str,
    old: Cells,
    new: Cells,
    diff: SeriesDiff,
    rules: UpdateRules,
    span: tuple[int, int],
    vintage: str,
) -> list[str]:
    """Return the reasons to refuse a file: nothing of ours, hosts or months gone, too much gone, too old."""
    first, last = span
    inside = {key for key in new if first <= key[1] <= last}
    if not inside:
        return [f"{name}: no figure of any host of this project. Download the dataset without filters."]
    faults = []
    known = {key for key in old if first <= key[1] <= last}
    if missing := sorted({month for _, month in known} - {month for _, month in inside}):
        shown = ", ".join(month_label(month) for month in missing)
        faults.append(f"{name}: no figure at all for {shown}, which the table has. Download the file again.")
    if hosts := sorted({host for host, _ in known} - {host for host, _ in inside}):
        faults.append(
            f"{name}: no figure for {', '.join(hosts)}, which the table has. Download all countries."
        )
    later = [
        (host, month, old[host, month]["vintage"])
        for host, month, *_ in (*diff.revised, *diff.removed)
        if old[host, month]["vintage"][:7] > vintage[:7]
    ]
    if later:
        host, month, newest = max(later, key=lambda one: (one[2], one[0]))
        faults.append(
            f"{name}: vintage {vintage}, but the table holds {len(later)} other figures of a later vintage "
            f"({host} {month_label(month)}: {newest}); they would be undone. Download the file again, or "
            "give its true month with --vintage."
        )
    moved = [
        change for change in diff.revised
        if change[2] and change[3] and not 1 / DOUBLED <= change[3] / change[2] <= DOUBLED
    ]  # fmt: skip
    if len(moved) > rules.removed_most_share * len(old):
        host, month, before, after = moved[0]
        faults.append(
            f"{name}: {len(moved)} of {len(old)} host-months more than doubled or halved ({host} "
            f"{month_label(month)}: {before} -> {after}); this looks like another unit. Download it again."
        )
    if len(diff.removed) > rules.removed_most_share * len(old):
        faults.append(
            f"{name}: {len(diff.removed)} of {len(old)} host-months would be lost; this looks like a "
            "filtered download. Download the dataset without filters."
        )
    return faults


def check_stocks(
    stock: Cells, decisions: Cells, changed: set[tuple[str, int]], rules: UpdateRules
) -> list[str]:
    """Return notes: rises nobody decided (of what is ``changed``), gaps, hosts that end early."""
    notes: list[str] = []
    if not stock:
        return notes
    for (host, month), row in sorted(stock.items()):
        before = stock.get((host, month - 1))
        if (host, month) not in changed or before is None or before["value"] == 0:
            continue
        change, share = row["value"] - before["value"], row["value"] / before["value"] - 1
        where = f"{host} {month_label(month)}: stock {before['value']:,} -> {row['value']:,} ({share:+.1%})"
        decided = decisions.get((host, month))
        if decided is not None:
            open_rise = change - decided["value"]
            if open_rise > max(rules.rise_shown_persons, rules.rise_shown_share * before["value"]):
                notes.append(f"{where}, {open_rise:,} more than the decisions explain.")
    first, last = min(month for _, month in stock), max(month for _, month in stock)
    if gaps := sorted(set(range(first, last + 1)) - {month for _, month in stock}):
        notes.append(f"no stock of any host in {', '.join(map(month_label, gaps))}: a gap stays a gap.")
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
