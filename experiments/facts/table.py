"""The table of facts: row, statement, expected, found."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from abm.errors import EweaError
from experiments.facts import hosts, persons, status, ukraine  # noqa: F401 - each enters its facts
from experiments.facts.bench import FACTS, Bench, found_by


def facts_table(root: Path, rows: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """Return ``{id, statement, expected, found, holds, kind, cannot}`` of every fact, or of those named."""
    if unknown := [row for row in rows or [] if row not in FACTS]:
        raise EweaError(f"--row: found {', '.join(unknown)}; there are {', '.join(sorted(FACTS))}.")
    bench = Bench(root)
    found = []
    for row in sorted(FACTS):
        if rows and row not in rows:
            continue
        item = FACTS[row]
        signs = found_by(item, bench)
        found.append(
            {
                "id": row,
                "statement": item.statement,
                "expected": item.expected,
                "found": signs,
                "holds": signs == item.expected,
                "kind": item.kind,
                "cannot": item.cannot,
            }
        )
    return found
