"""What every analysis leaves behind: tables, a figure, sentences and JSON in a folder, and what it prints."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import shorten, wrap
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from experiments.ensemble.files import plain_refusal, write_json, write_whole
from experiments.options import console, print_json

if TYPE_CHECKING:
    from rich.table import Table

SIX_DIGITS = "%.6g"


@dataclass(frozen=True)
class Analysis:
    """What a method found, ready to be written and printed."""

    folder: Path  # Where it goes
    stem: str  # Name of its figure, sentences and JSON
    tables: Mapping[str, pd.DataFrame]  # By name of the file
    sentences: Sequence[str]  # What it says
    json: dict[str, Any]  # The same as plain JSON, in the file
    draw: Callable[[Path], None]  # Writes the figure, given the path without suffix
    printed: Sequence["Table"] = ()  # Tables for the terminal
    # What belongs to this call and not to the result, such as its folder: in ``--json``, not in the file
    of_run: dict[str, Any] = field(default_factory=dict)
    float_format: str | None = SIX_DIGITS  # How numbers stand in the tables; as they are if absent

    def write(self) -> "Analysis":
        """Write the folder: ``.csv`` of every table, ``.png``, ``.svg``, ``.txt`` and ``.json``."""
        with plain_refusal(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            for name, table in self.tables.items():
                text = table.to_csv(index=False, float_format=self.float_format, lineterminator="\n")
                write_whole(self.folder / f"{name}.csv", text.encode())
            self.draw(self.folder / self.stem)
            write_whole(self.folder / f"{self.stem}.txt", ("\n".join(self.sentences) + "\n").encode())
            write_json(self.folder / f"{self.stem}.json", self.json)
        return self

    def show(self, as_json: bool) -> None:
        """Print tables and sentences, or the JSON and nothing else."""
        if as_json:
            print_json(self.json | self.of_run)
            return
        out = console()
        for table in self.printed:
            out.print(table)
        for sentence in self.sentences:
            out.print(f"{sentence}\n", markup=False, soft_wrap=True)
        out.print(f"Tables, figure and these sentences: {self.folder}", markup=False, soft_wrap=True)


def at_most(text: str, letters: int, lines: int) -> str:
    """Return a text wrapped to some lines at most; what is too long ends in an ellipsis."""
    return "\n".join(wrap(shorten(text, letters * lines - 8, placeholder=" …"), letters)[:lines])


def plain_rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a table as plain JSON; what is missing becomes null."""
    return [
        {str(name): _plain(value) for name, value in row.items()} for row in table.to_dict(orient="records")
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not np.isfinite(value) else value
