"""The rows of a sweep: as one table, as answers to SQL, on the terminal and in a file."""

import errno
import json
import sys
from math import isnan
from pathlib import Path
from typing import Any

import pandas as pd

from abm.band import HIGH, LOW, key
from abm.errors import EweaError
from abm.files import plain_refusal, whole
from experiments.designs.simulate import CHANGE
from experiments.designs.sweep import Sweep
from experiments.designs.worlds import POLICY, point_of, policy_of
from experiments.ensemble.outcomes import entries
from experiments.ensemble.store import Store
from experiments.run_tables import METADATA, about_table


def table_of(sweep: Sweep, *, complete: bool = True) -> pd.DataFrame:
    """Return one row per task: world, axes, seed, policy, outcomes with changes; a gap is refused."""
    sweep.refuse_another_design()
    if not sweep.folder.is_dir():
        raise EweaError(
            f"{sweep.folder}: no results yet. Run 'ewea sweep {sweep.design.id}' first, or name the "
            "folder of its results."
        )
    store = Store.reading(sweep.folder)
    tasks = sweep.tasks()
    keys = [store.key(task) for task in tasks]
    there = set(store.keys())
    missing = sum(key not in there for key in keys)
    if missing and complete:
        failed = next(iter(store.failures().values()), None)
        why = f"; the first failure: {failed}" if failed else ""
        raise EweaError(
            f"{sweep.folder}: {missing:,} of {len(keys):,} runs are missing{why}. Run 'ewea sweep "
            f"{sweep.design.id} --resume' to the end."
        )
    wanted = [number for number, key in enumerate(keys) if key in there]
    columns = [name for name in store.columns if not store.columns[name].shape]
    values = store.read(columns, [keys[number] for number in wanted])
    points: list[dict[str, Any]] = [
        {**point_of(sweep.design, tasks[number]), POLICY: policy_of(tasks[number])} for number in wanted
    ]
    table = pd.DataFrame(points)
    table.insert(0, "world", [number % len(sweep.worlds) for number in wanted])
    names = [outcome.name for outcome in sweep.design.outcomes]
    ordered = [column for name in names for column in columns if column in (name, f"{name}_change")]
    return pd.concat([table, pd.DataFrame(values)[ordered]], axis=1)


def outcome_units(sweep: Sweep, table: pd.DataFrame) -> dict[str, str]:
    """Return the unit of every outcome of a table, and of its change."""
    units = {one.name: entries()[one.outcome].unit for one in sweep.design.outcomes}
    return {
        str(column): unit
        for column in table
        if (unit := units.get(str(column).removesuffix(CHANGE))) is not None
    }


SHARES = (LOW, 0.5, HIGH)


def answer_query(sweep: Sweep, sql: str | None, *, rows: bool) -> pd.DataFrame:
    """Return what a query finds in the store of a sweep; without one, every row or a summary of them."""
    if sql is not None:
        sweep.refuse_another_design()  # rows of other data or another design would answer without a word
        return ask(sweep.folder, sql)
    table = table_of(sweep, complete=False)
    return table if rows else summary_of(table, sweep)


def ask(folder: Path, sql: str) -> pd.DataFrame:
    """Return what a query finds in a store: it sees ``results`` and ``failures``, no file of the machine."""
    import duckdb

    with plain_refusal(folder):
        store = Store.reading(folder)
    results, failures = store.tables()
    if not results.num_rows + failures.num_rows:
        raise EweaError(f"{folder}: no row yet. Run the sweep first.")
    database = duckdb.connect(config={"enable_external_access": "false"})
    try:
        database.register("results", results)
        database.register("failures", failures)
        found = database.execute(sql)
        if found is None or not found.description:
            raise EweaError(
                f"the query: found {sql!r}, which asks for nothing. Ask for columns of the table results, or "
                "leave it out for a summary."
            )
        return found.df()
    except duckdb.Error as error:
        columns = ", ".join(results.column_names)
        raise EweaError(
            f"the query is not understood: {str(error).splitlines()[0]}. Tables: results (columns {columns}) "
            "and failures (key, task, error)."
        ) from error
    finally:
        database.close()


def summary_of(table: pd.DataFrame, sweep: Sweep) -> pd.DataFrame:
    """Return one row per outcome and level of the grid: runs, mean, and the band."""
    outcomes = [column for outcome in sweep.design.outcomes for column in table if column == outcome.name]
    outcomes += [f"{name}_change" for name in outcomes if f"{name}_change" in table]
    grid = [
        a.name for a in sweep.axes if a.values is not None and len(a.values) > 1 and a.role != "uncertainty"
    ]
    cells = table.groupby(grid, dropna=False, sort=False) if grid else [((), table)]
    rows = []
    for levels, cell in cells:
        for outcome in outcomes:
            low, middle, high = cell[outcome].quantile(SHARES)
            rows.append(
                {
                    **dict(zip(grid, levels if isinstance(levels, tuple) else (levels,), strict=True)),
                    "outcome": outcome,
                    "runs": len(cell),
                    "mean": cell[outcome].mean(),
                    key("low"): low,
                    "median": middle,
                    key("high"): high,
                }
            )
    return pd.DataFrame(rows)


EXCEL_ROWS = 1_048_575
"""Rows an Excel sheet holds below its heading."""

SUFFIXES = (".csv", ".xlsx", ".parquet")


def write_table(table: pd.DataFrame, path: Path, sweep: Sweep) -> None:
    """Write a table whole or not at all; an Excel file gets a second sheet that says what it is."""
    if path.suffix not in SUFFIXES:
        raise EweaError(
            f"--export {path}: found {path.suffix or 'no ending'}; allowed are {', '.join(SUFFIXES)}."
        )
    if path.suffix == ".xlsx" and len(table) > EXCEL_ROWS:
        raise EweaError(
            f"{path}: {len(table):,} rows; an Excel sheet holds {EXCEL_ROWS:,}. Ask for fewer by a "
            "query, or write .csv or .parquet."
        )
    with plain_refusal(path):
        if not path.parent.is_dir():
            raise OSError(errno.ENOENT, "there is no such folder", str(path.parent))
        with whole(path) as part:
            if path.suffix == ".csv":
                table.to_csv(part, index=False)
            elif path.suffix == ".parquet":
                _to_parquet(table, part, sweep)
            else:
                with pd.ExcelWriter(part, engine="openpyxl") as book:
                    table.to_excel(book, sheet_name="results", index=False, freeze_panes=(1, 0))
                    _about(sweep).to_excel(book, sheet_name="about", index=False)


def _to_parquet(table: pd.DataFrame, part: Path, sweep: Sweep) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    provenance = {name: value for name, value in sweep.context.items() if name != "axes"}
    meaning = "one world of the design with one seed" if "seed" in table else "the answer to a query"
    about = about_table(meaning, outcome_units(sweep, table), provenance)
    arrow = pa.Table.from_pandas(table, preserve_index=False)
    metadata = {
        **(arrow.schema.metadata or {}),
        METADATA.encode(): json.dumps(about, sort_keys=True).encode(),
    }
    pq.write_table(arrow.replace_schema_metadata(metadata), part)


def _about(sweep: Sweep) -> pd.DataFrame:
    design, settings = sweep.design, sweep.settings
    rows = [
        ("design", design.id),
        ("what it is", design.label),
        ("question", design.question),
        ("worlds", len(sweep.worlds)),
        ("seeds", design.seeds.count),
        ("scale", f"one simulated household stands for up to {settings.scale}"),
        ("model version", sweep.context["model"]),
        ("configuration", sweep.context["configs"]),
        ("stocks", "persons on the first day of the month after the last one simulated"),
        ("flows", "persons over the whole run; _peak: the largest month; _mean: mean month"),
        ("_change", "difference to the same world and the same chance events without the levers"),
        ("public_cost", "million EUR; definition and prices in configs/outcomes.yaml, partly assumed"),
    ]
    return pd.DataFrame(rows, columns=["item", "meaning"])


WIDE = 200
"""Columns of text where nobody watches a terminal."""

MOST_ROWS = 40
"""Rows shown on a terminal; all are written by --export."""


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
