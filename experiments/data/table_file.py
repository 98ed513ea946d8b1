"""Write configuration tables whole or not at all; round shares so that the parts still make the whole."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from abm.arrays import Floats
from abm.errors import EweaError
from experiments.ensemble.files import whole


def comment_lines(path: Path) -> list[str]:
    """Return the ``#`` lines before the header of a table; none if there is no table yet."""
    if not path.is_file():
        return []
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.startswith("#")]


def table_text(comments: Sequence[str], header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a CSV text; a cell with a comma or a quote is quoted."""
    text = io.StringIO("".join(f"{line}\n" for line in comments), newline="")
    text.seek(0, io.SEEK_END)
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    return text.getvalue()


def replace_files(texts: Mapping[Path, str]) -> None:
    """Write several files, all or none: they are flushed beside their targets before one is replaced."""
    target = Path()
    try:
        with ExitStack() as stack:
            for target, text in texts.items():
                stack.enter_context(whole(target)).write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise EweaError(
            f"{target}: cannot be written ({error.strerror}). Check the space and the rights of the folder."
        ) from error


DIGITS = 5
"""Decimals of a derived share."""


def round_shares(shares: Floats, digits: int = DIGITS) -> Floats:
    """Return shares rounded so that the last axis still sums to 1 (largest remainders).

    >>> round_shares(np.array([1 / 3, 1 / 3, 1 / 3]), 2).tolist()
    [0.34, 0.33, 0.33]
    """
    scale = 10**digits
    rows = np.atleast_2d(shares) * scale
    whole = np.floor(rows)
    for row, floor in zip(rows, whole, strict=True):
        missing = round(row.sum() - floor.sum())
        largest = np.argsort(-(row - floor), kind="stable")[:missing]
        floor[largest] += 1
    return np.asarray((whole / scale).reshape(np.shape(shares)))
