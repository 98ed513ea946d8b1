"""Ask a store with SQL, or summarise it."""

import errno
from pathlib import Path

import pandas as pd

from abm.band import HIGH, LOW
from abm.errors import EweaError
from experiments.designs.sweep import Sweep
from experiments.designs.table import table_of
from experiments.ensemble.files import plain_refusal, whole
from experiments.ensemble.store import Store

SHARES = (LOW, 0.5, HIGH)


def answer_query(
    configs: Path, name: str, sql: str | None, out: Path | None, *, rows: bool = False
) -> pd.DataFrame:
    """Return what a query finds in the store of a design; without a query, a summary of its outcomes.

    Parameters
    ----------
    rows : bool
        Without a query, return every row instead of the summary.
    """
    sweep = Sweep.of(name, configs, out)
    if sql is None:
        table = table_of(sweep, whole=False)
        return table if rows else summary_of(table, sweep)
    return ask(sweep.folder, sql)


def ask(folder: Path, sql: str) -> pd.DataFrame:
    """Return what a query finds in a store.

    The query sees the tables ``results`` and ``failures`` and no file of the machine.
    """
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
        return database.execute(sql).df()
    except duckdb.Error as error:
        columns = ", ".join(results.column_names)
        raise EweaError(
            f"the query is not understood: {str(error).splitlines()[0]}. Tables: results (columns {columns}) "
            "and failures (key, task, error)."
        ) from error
    finally:
        database.close()


def summary_of(table: pd.DataFrame, sweep: Sweep) -> pd.DataFrame:
    """Return one row per outcome and level of the grid: runs, mean, and the middle 80 %."""
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
                    "low_80": low,
                    "median": middle,
                    "high_80": high,
                }
            )
    return pd.DataFrame(rows)


EXCEL_ROWS = 1_048_575
"""Rows an Excel sheet holds below its heading."""

SUFFIXES = (".csv", ".xlsx", ".parquet")


def write_table(table: pd.DataFrame, path: Path, configs: Path, name: str, out: Path | None) -> None:
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
                table.to_parquet(part, index=False)
            else:
                with pd.ExcelWriter(part, engine="openpyxl") as book:
                    table.to_excel(book, sheet_name="results", index=False, freeze_panes=(1, 0))
                    _about(Sweep.of(name, configs, out)).to_excel(book, sheet_name="about", index=False)


def _about(sweep: Sweep) -> pd.DataFrame:
    """Return what a reader of the table must know."""
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
