"""What ``ewea sweep`` and ``ewea results`` print."""

import sys
from collections.abc import Mapping, Sequence
from math import isnan
from typing import Any

import pandas as pd

from experiments.options import console
from experiments.progress import duration
from experiments.wording.sentences import count_of

WIDE = 200
"""Columns of text where nobody watches a terminal."""

MOST_ROWS = 40
"""Rows shown on a terminal; all are written by --export."""


def print_ready(kind: str, folder: str, found: Sequence[Mapping[str, Any]], runs: str = "runs") -> None:
    """Print what is ready to run: its id, how many runs it takes, and what it asks."""
    from rich.table import Table

    table = Table(title=f"Ready {kind} ({folder})", title_justify="left")
    for heading in ("id", "runs", "question"):
        table.add_column(heading, overflow="fold", justify="right" if heading == "runs" else "left")
    for one in found:
        table.add_row(one["id"], f"{one[runs]:,}", f"{one['label']}. {one['question']}")
    console().print(table)


def print_sweep(summary: Mapping[str, Any]) -> None:
    """Print what became of a sweep and what to do next."""
    runs = f"{count_of(summary['worlds'], 'world')} with {count_of(summary['seeds'], 'seed')} each"
    print(f"{summary['label']}: {runs}, {count_of(summary['runs'], 'distinct run')}.")
    print(runs_in_words(summary))
    for error, count in summary["failures"].items():
        print(f"  failed {count:,} times: {error}")
    if summary["failed"]:
        print("Failed worlds are left out of the results; --resume --retry-failed runs them again.")
    name = summary["design"]
    print(f"Results: {summary['folder']} ('ewea results {name}' reads them, --export writes them to a file)")


def runs_in_words(summary: Mapping[str, Any]) -> str:
    """Return how many tasks ran, how many the store already held and how many failed.

    >>> runs_in_words({"done": 40, "seconds": 30.0, "skipped": 0, "failed": 0})
    '40 completed in 30 s, 0 already stored, 0 failed.'
    """
    return (
        f"{summary['done']:,} completed in {duration(summary['seconds'])}, {summary['skipped']:,} already "
        f"stored, {summary.get('failed', 0):,} failed."
    )


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
