"""Make a sensitivity analysis of a stored sweep: table, figure, sentences and JSON in one folder."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from experiments.analysis.figure_sensitivity import draw
from experiments.analysis.sensitivity import Sensitivity, sensitivity_of
from experiments.analysis.sensitivity_indices import CONFIDENCE
from experiments.analysis.sensitivity_sentences import sentences_of
from experiments.designs.sweep import Sweep
from experiments.designs.table import table_of
from experiments.run_scenario import RESULTS
from experiments.sweeps.folder import plain_refusal, write_json, write_whole

ANALYSES = RESULTS / "analysis"
ANALYSIS = "sensitivity"


@dataclass(frozen=True)
class Written:
    """An analysis and where it stands."""

    found: Sensitivity
    sentences: list[str]
    json: dict[str, Any]
    folder: Path


def run_sensitivity(
    configs: Path,
    design: str,
    *,
    outcome: str | None = None,
    top: int = 20,
    store: Path | None = None,
    out: Path | None = None,
) -> Written:
    """Analyse a sweep and write ``<outcome>`` ``.csv``, ``-cells.csv``, ``.png``, ``.svg`` and ``.json``.

    With second order also ``-pairs.csv``.

    Parameters
    ----------
    configs : Path
        The ``configs`` folder.
    design : str
        Id of a design, or path of its file.
    outcome : str, optional
        Column; see :func:`experiments.analysis.sensitivity.sensitivity_of`.
    top : int
        Inputs in figure and JSON; the table holds all.
    store : Path, optional
        Folder of the sweep, if it is not the usual one.
    out : Path, optional
        Folder to write; ``results/analysis/<design>-sensitivity`` if absent.

    Raises
    ------
    EweaError
        If the sweep is not complete, does not suit the analysis, or the folder cannot be written.
    """
    sweep = Sweep.of(design, configs, store)
    found = sensitivity_of(sweep, table_of(sweep), outcome)
    sentences = sentences_of(found)
    folder = out or ANALYSES / f"{sweep.design.id}-{ANALYSIS}"
    figures = as_json(found, sentences, top) | {"fingerprint": sweep.fingerprint}
    with plain_refusal(folder):
        folder.mkdir(parents=True, exist_ok=True)
        write_csv(folder / f"{found.outcome}.csv", found.table())
        write_csv(folder / f"{found.outcome}-cells.csv", found.cell_table())
        if len(pairs := found.pairs()):
            write_csv(folder / f"{found.outcome}-pairs.csv", pairs)
        draw(folder / found.outcome, found, top)
        write_json(folder / f"{found.outcome}.json", figures)
    return Written(found, sentences, figures, folder)


def as_json(found: Sensitivity, sentences: list[str], top: int) -> dict[str, Any]:
    """Return the analysis as plain JSON with the ``top`` inputs of every cell."""
    cells = []
    for cell, row in zip(found.cells, plain_rows(found.cell_table()), strict=True):
        indices = [] if cell.indices is None else plain_rows(cell.indices.head(top))
        pairs = plain_rows(cell.pairs.sort_values("S2", ascending=False).head(top)) if len(cell.pairs) else []
        cells.append({**row, "indices": indices, "pairs": pairs})
    return {
        "design": found.design,
        "method": found.method,
        "outcome": found.outcome,
        "meaning": found.outcome_words,
        "unit": found.unit,
        "confidence": CONFIDENCE,
        "sentences": sentences,
        "cells": cells,
    }


def plain_rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a table as plain JSON; what is missing becomes null."""
    return [
        {str(name): _plain(value) for name, value in row.items()} for row in table.to_dict(orient="records")
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not np.isfinite(value) else value


def write_csv(path: Path, table: pd.DataFrame) -> None:
    """Write a table as CSV, whole or not at all, with six significant digits."""
    write_whole(path, table.to_csv(index=False, float_format="%.6g", lineterminator="\n").encode())
