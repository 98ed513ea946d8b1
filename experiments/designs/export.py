"""Hand rows on: CSV for every tool, Excel for people, Parquet for large tables."""

import errno
from pathlib import Path

import pandas as pd

from abm.errors import EweaError
from experiments.designs.sweep import Sweep
from experiments.ensemble.files import plain_refusal, whole

EXCEL_ROWS = 1_048_575
"""Rows an Excel sheet holds below its heading."""

SUFFIXES = (".csv", ".xlsx", ".parquet")


def write_table(table: pd.DataFrame, path: Path, configs: Path, name: str, out: Path | None) -> None:
    """Write a table whole or not at all; an Excel file gets a second sheet that says what it is.

    Raises
    ------
    EweaError
        If the kind of file is unknown, the table is too long for it, or the place cannot be written.
    """
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
