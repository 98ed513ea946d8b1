"""What changed between two versions of a register table, by host and month."""

from dataclasses import dataclass
from typing import Any

from abm.data.registers import Cells
from abm.months import month_label

MOST_LINES = 12
"""Revisions shown on a terminal, largest first; ``--json`` holds all."""

type Change = tuple[str, int, int | None, int | None]
"""Host, month, persons before, persons after."""


@dataclass(frozen=True)
class SeriesDiff:
    """Host-months added, removed and revised in one table.

    Attributes
    ----------
    table : str
        ``tp_stock`` or ``tp_decisions``.
    added, removed, revised : tuple of (host, month, before, after)
        Persons; None where there was or will be no row.
    n_before : int
        Host-months before.
    """

    table: str
    added: tuple[Change, ...]
    removed: tuple[Change, ...]
    revised: tuple[Change, ...]
    n_before: int

    def to_lines(self) -> list[str]:
        """Return the changes for a terminal."""
        n_same = self.n_before - len(self.removed) - len(self.revised)
        lines = [
            f"{self.table}: {len(self.added)} host-months added, {len(self.removed)} removed, "
            f"{len(self.revised)} revised, {n_same} unchanged"
        ]
        for word, changes in (("added", self.added), ("removed", self.removed)):
            if changes:
                lines.append(f"  {word}: {_by_month(changes)}")
        by_size = sorted(self.revised, key=lambda change: (-abs((change[3] or 0) - (change[2] or 0)), change))
        for host, month, before, after in by_size[:MOST_LINES]:
            lines.append(f"  revised: {host} {month_label(month)} {before:,} -> {after:,}")
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


def compare(table: str, old: Cells, new: Cells) -> SeriesDiff:
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
