"""Tables: real ``<table>`` elements with a caption, headings of rows and columns, and sorting."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import solara

from dashboard.shell.session import use_session

type Cell = str | tuple[str, float | str | None]
"""What is shown, or (what is shown, what is sorted by)."""


@dataclass(frozen=True)
class Column:
    """A column: its heading, and whether it holds numbers (aligned right)."""

    label: str
    number: bool = False


@solara.component_vue(str(Path("vue") / "table.vue"), vuetify=False)
def _Table(
    caption: str,
    hide_caption: bool,
    columns: list[Any],
    rows: list[Any],
    sortable: bool,
    sort_words: str,
    scroll_words: str,
    row_headings: bool,
) -> None:
    """Vue side of :func:`DataTable`."""


@solara.component
def DataTable(
    caption: str,
    columns: Sequence[Column | str],
    rows: Sequence[Sequence[Cell]],
    sortable: bool = True,
    hide_caption: bool = False,
    row_headings: bool = True,
) -> None:
    """Show a table.

    Parameters
    ----------
    caption : str
        What the table holds; read by screen readers even when hidden.
    columns : sequence of Column or str
        Headings.
    rows : sequence of sequence of Cell
        Texts written for the language; give numbers as ``(text, number)`` so that they sort.
    sortable : bool
        Whether headings sort.
    hide_caption : bool
        When a heading right above says the same.
    row_headings : bool
        Whether the first cell names its row.
    """
    words = use_session().words
    heads = [column if isinstance(column, Column) else Column(column) for column in columns]
    written = [[list(cell) if isinstance(cell, tuple) else [cell, cell] for cell in row] for row in rows]
    _Table(
        caption=caption,
        hide_caption=hide_caption,
        columns=[[head.label, head.number] for head in heads],
        rows=written,
        sortable=sortable and len(rows) > 1,
        sort_words=words.t("shell.table_sort", column="{column}"),
        scroll_words=words.t("shell.table_scroll", name=caption),
        row_headings=row_headings,
    )
