"""A CSV table together with the card that says whose figures it holds."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from abm.config import read_text
from abm.loading.series_card import SeriesCard, load_card
from abm.tables import Column, read_table


class TableCard(SeriesCard):
    """Card of a table of static figures or of who the displaced are."""


def read_carded(
    path: Path, columns: Mapping[str, Column], key: Sequence[str] = ()
) -> tuple[TableCard, list[dict[str, Any]]]:
    """Return the card (``<stem>.yaml`` beside the table) and the rows of a table.

    Parameters and errors as :func:`abm.tables.read_table`, and those of the card.
    """
    card = load_card(path.with_suffix(".yaml"), TableCard)
    return card, read_table(path.parent / card.table, columns, key)


def line_with(path: Path, cell: str) -> int:
    """Return the 1-based line of the first row of a table that holds a cell; 1 if none does."""
    lines = read_text(path).splitlines()
    return next((number for number, line in enumerate(lines, 1) if cell in line.split(",")), 1)
