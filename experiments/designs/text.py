"""What ``ewea sweep`` and ``ewea results`` print."""

import sys
from collections.abc import Mapping, Sequence
from math import isnan
from typing import Any

import pandas as pd

from experiments.progress import duration

WIDE = 200
"""Columns of text where nobody watches a terminal."""

MOST_ROWS = 40
"""Rows shown on a terminal; all are written by --export."""


def print_designs(found: Sequence[Mapping[str, Any]]) -> None:
    """Print the ready designs."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title="Ready designs (experiments/designs)")
    for heading in ("design", "runs", "what it asks"):
        table.add_column(heading, overflow="fold", justify="right" if heading == "runs" else "left")
    for one in found:
        table.add_row(one["id"], f"{one['runs']:,}", f"{one['label']}. {one['question']}")
    Console().print(table)


def print_summary(summary: Mapping[str, Any]) -> None:
    """Print what became of a sweep and what to do next."""
    runs = f"{summary['worlds']:,} worlds with {summary['seeds']:,} seed{'s' * (summary['seeds'] > 1)} each"
    print(f"{summary['label']}: {runs}, {summary['runs']:,} different runs.")
    print(
        f"{summary['done']:,} run now in {duration(summary['seconds'])}, {summary['skipped']:,} were there, "
        f"{summary['failed']:,} failed."
    )
    for error, count in summary["failures"].items():
        print(f"  failed {count:,} times: {error}")
    if summary["failed"]:
        print("Failed worlds stay out of the results; --resume --retry-failed runs them again.")
    name = summary["design"]
    print(f"Results: {summary['folder']} ('ewea results {name}' reads them, --export hands them on)")


def print_table(table: pd.DataFrame) -> None:
    """Print a table, its numbers rounded for reading."""
    from rich.console import Console
    from rich.table import Table

    shown = Table()
    for name in table:
        number = pd.api.types.is_numeric_dtype(table[name])
        shown.add_column(str(name), justify="right" if number else "left", no_wrap=True)
    for row in table.head(MOST_ROWS).itertuples(index=False):
        shown.add_row(*map(_cell, row))
    # Cut-off numbers mislead; a file or a pipe has room for whole ones.
    Console(width=None if sys.stdout.isatty() else WIDE).print(shown, highlight=False)
    if len(table) > MOST_ROWS:
        print(f"{len(table) - MOST_ROWS:,} more rows; --export FILE.csv writes all.")


def _cell(value: Any) -> str:
    if value is None or value is pd.NA or (isinstance(value, float) and isnan(value)):
        return ""
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
