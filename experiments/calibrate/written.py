"""Write a fit: ``configs/coefficients/<fit>.csv`` and its draws, and the tables of the fit folder."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from abm.data.parameters import Coefficient

Floats = NDArray[np.float64]

DIGITS = 5
"""Significant digits of a draw: far finer than its uncertainty."""


def draws_text(names: Sequence[str], values: Floats, comment: str = "") -> str:
    """Return the draws as CSV: one column per parameter, one line per draw; first the comment, if any."""
    rows = ([f"{value:.{DIGITS}g}" for value in row] for row in values)
    return (f"# {comment}\n" if comment else "") + _csv([list(names), *rows])


def central_text(table: pd.DataFrame, known: dict[str, Coefficient], fit: str) -> str:
    """Return ``<fit>.csv``: median and 90 % interval of every parameter, in the columns of the priors."""
    header = ["parameter", "value", "unit", "distribution", "low", "high", "status", "source", "meaning"]
    rows: list[list[Any]] = [header]
    for entry in table.itertuples():
        prior = known.get(str(entry.parameter))
        status = "fitted" if entry.moved else ("assumed" if prior is None else prior.status)
        note = f"fit {fit}: posterior SD / prior SD = {entry.sd_ratio:.2f}"
        source = note if prior is None else f"{note}; prior: {prior.source}"
        rows.append(
            [
                entry.parameter,
                f"{entry.central:.6g}",
                entry.unit,
                "normal",
                f"{min(entry.low_90, entry.central):.6g}",
                f"{max(entry.high_90, entry.central):.6g}",
                status,
                source,
                entry.meaning,
            ]
        )
    return _csv(rows)


def _csv(rows: Iterable[Sequence[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
