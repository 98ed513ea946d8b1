"""Ask a store with SQL, or summarise it."""

from pathlib import Path

import pandas as pd

from abm.band import HIGH, LOW
from abm.errors import EweaError
from experiments.designs.sweep import Sweep
from experiments.designs.table import table_of
from experiments.ensemble.files import plain_refusal
from experiments.ensemble.store import Store

SHARES = (LOW, 0.5, HIGH)


def answer(
    configs: Path, name: str, sql: str | None, out: Path | None, *, rows: bool = False
) -> pd.DataFrame:
    """Return what a query finds in the store of a design; without a query, a summary of its outcomes.

    Parameters
    ----------
    rows : bool
        Without a query, return every row instead of the summary.

    Raises
    ------
    EweaError
        If the sweep was not run, the store is damaged, or the query is wrong.
    """
    sweep = Sweep.of(name, configs, out)
    if sql is None:
        table = table_of(sweep, whole=False)
        return table if rows else summary_of(table, sweep)
    return ask(sweep.folder, sql)


def ask(folder: Path, sql: str) -> pd.DataFrame:
    """Return what a query finds in a store.

    The query sees the tables ``results`` and ``failures`` and no file of the machine.

    Raises
    ------
    EweaError
        If there is no store, the store is damaged, or the query is wrong.
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
