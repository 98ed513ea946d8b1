"""The same numbers as the maps, as tables on the page and as CSV files."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import solara

from dashboard.components import Column, DataTable, Download
from dashboard.components.table import Cell
from dashboard.engine import display
from dashboard.messages import Words
from dashboard.pages.map.hosts import HostRow, per_thousand_text
from dashboard.pages.map.moves import Flow, OriginRow
from dashboard.pages.shared.results import Difference
from dashboard.pages.shared.wording import place_name

if TYPE_CHECKING:
    from dashboard.engine.catalogue import Catalogue

BOM = "\ufeff"
"""Tells spreadsheets that the text is UTF-8."""


@dataclass(frozen=True)
class Table:
    """Columns and rows; a cell is a text, or a text with what it sorts by."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]

    def shown(self, caption: str) -> solara.Element:
        """Return the table for the page."""
        return DataTable(caption, self.columns, self.rows)

    def download(self, words: Words, name: str) -> solara.Element:
        """Return a button that downloads the table."""
        return Download(words.t("map.csv"), f"{name}.csv", self.csv)

    def csv(self) -> str:
        """Return the table as comma-separated text; numbers without separators of thousands.

        Returns
        -------
        str
            UTF-8 text with a byte-order mark, headings first.
        """
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow([column.label for column in self.columns])
        for row in self.rows:
            writer.writerow([_plain(cell, column) for cell, column in zip(row, self.columns, strict=True)])
        return BOM + out.getvalue()


def _plain(cell: Cell, column: Column) -> str:
    text, value = cell if isinstance(cell, tuple) else (cell, cell)
    # A range, and a change too small to tell, stay words: the file claims no more than the page.
    one_number = column.number and isinstance(value, (int, float)) and any(map(str.isdigit, text))
    return str(value) if one_number and " – " not in text else text


def _persons(words: Words, band: tuple[float, float, float]) -> list[Cell]:
    low, mid, high = display(*band)
    return [(words.number(mid), mid), (f"{words.number(low)} – {words.number(high)}", low)]


def _change(words: Words, change: Difference) -> list[Cell]:
    span = "–" if change.kind == "none" else f"{words.signed(change.low)} – {words.signed(change.high)}"
    return [(change.value(words), change.mid), (span, change.low)]


def _heads(words: Words, *keys: str) -> list[Column]:
    texts = ("country", "from", "to", "oblast")
    return [Column(words.t(f"map.column_{key}"), key not in texts) for key in keys]


def hosts_table(words: Words, rows: Sequence[HostRow], baseline: bool) -> Table:
    """Return every host; without the columns of change for the baseline itself."""
    keys = ["country", "persons", "range", "rate", *([] if baseline else ["change", "change_range"])]
    body = [
        [
            row.name,
            *_persons(words, row.persons),
            (
                per_thousand_text(words, row.per_thousand),
                None if row.per_thousand is None else round(row.per_thousand[1], 2),
            ),
            *([] if baseline else _change(words, row.change)),
        ]
        for row in rows
    ]
    return Table(_heads(words, *keys), body)


def flows_table(words: Words, catalogue: "Catalogue", found: Sequence[Flow], baseline: bool) -> Table:
    """Return the largest moves."""
    keys = ["from", "to", "persons", "range", *([] if baseline else ["change", "change_range"])]
    body = [
        [
            place_name(words, catalogue, flow.start),
            place_name(words, catalogue, flow.end),
            *_persons(words, flow.persons),
            *([] if baseline else _change(words, flow.change)),
        ]
        for flow in found
    ]
    return Table(_heads(words, *keys), body)


def origins_table(words: Words, rows: Sequence[OriginRow], baseline: bool) -> Table:
    """Return every unit of origin."""
    keys = ["oblast", "persons", "range", "share", *([] if baseline else ["change", "change_range"])]
    body = [
        [
            row.name,
            *_persons(words, row.persons),
            (words.share(row.share), round(row.share, 3)),
            *([] if baseline else _change(words, row.change)),
        ]
        for row in rows
    ]
    return Table(_heads(words, *keys), body)
