"""``ewea sweep``: from the options of a user to a filled store and a summary."""

import sys
from collections.abc import Mapping, Sequence
from math import isnan
from pathlib import Path
from typing import Any

import pandas as pd

from abm.errors import EweaError
from experiments.designs.files import design_ids
from experiments.designs.sweep import Sweep
from experiments.ensemble.store import Store
from experiments.options import console
from experiments.progress import duration, progress_line
from experiments.wording.phrases import count_of

SHOWN_FAILURES = 3


def run_sweep(
    configs: Path,
    name: str,
    out: Path | None,
    *,
    workers: int = 0,
    scheduler: str | None = None,
    resume: bool = False,
    retry_failed: bool = False,
    repair: bool = False,
    quiet: bool = False,
) -> dict[str, Any]:
    """Run what is missing of a design.

    Parameters
    ----------
    configs : Path
        The ``configs`` folder.
    name : str
        Id of a ready design, or path of a file.
    out : Path, optional
        Folder of the store.
    workers, scheduler, retry_failed
        Of :func:`experiments.ensemble.resume.run_tasks`.
    resume : bool
        Go on with a store that holds rows; otherwise it is refused unless it is complete.
    repair : bool
        Move a damaged file aside and run what is lost again.
    quiet : bool
        Show no progress.

    Returns
    -------
    dict
        ``design``, ``worlds``, ``seeds``, ``runs``, ``done``, ``skipped``, ``failed``, ``failures``,
        ``seconds``, ``rows`` and ``folder``.
    """
    sweep = Sweep.of(name, configs, out)
    with sweep.open(repair=repair) as store:
        keys = [store.key(task) for task in sweep.tasks()]
        there = sum(map(store.has, keys))
        if there and not resume and there < len(set(keys)):
            raise EweaError(
                f"{sweep.folder}: has {there:,} of {len(set(keys)):,} runs of this design. Add --resume to "
                "run what is missing, or --out for another folder."
            )
        summary = sweep.run(
            store,
            workers=workers,
            scheduler=scheduler,
            on_progress=progress_line(sweep.design.id, quiet=quiet),
            retry_failed=retry_failed,
        )
        return {
            "design": sweep.design.id,
            "label": sweep.design.label,
            "worlds": len(sweep.worlds),
            "seeds": sweep.design.seeds.count,
            "runs": len(set(keys)),
            "done": summary.done,
            "skipped": summary.skipped,
            "failed": summary.failed,
            "failures": _failures(store),
            "seconds": round(summary.seconds, 2),
            "rows": len(store.keys()),
            "folder": str(sweep.folder),
        }


def _failures(store: Store) -> dict[str, int]:
    """Return what went wrong and how often, the most frequent first."""
    counts: dict[str, int] = {}
    for error in store.failures().values():
        counts[error] = counts.get(error, 0) + 1
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:SHOWN_FAILURES])


def list_designs(configs: Path) -> list[dict[str, Any]]:
    """Return id, label, question and size of every ready design."""
    found = []
    for name in design_ids():
        sweep = Sweep.of(name, configs)
        design = sweep.design
        found.append(
            {
                "id": name,
                "label": design.label,
                "question": design.question,
                "worlds": len(sweep.worlds),
                "runs": len(sweep.worlds) * design.seeds.count,
            }
        )
    return found


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
