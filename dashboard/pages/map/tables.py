"""The same numbers as the maps, as tables on the page and as CSV files."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from dashboard.components.panels import ColumnHead, PageTable, TableCell
from dashboard.engine.bands import display
from dashboard.messages.words import Words
from dashboard.pages.map.hosts import HostRow, per_thousand_text
from dashboard.pages.map.moves import MapFlow, OriginRow
from dashboard.pages.shared.results import Difference
from dashboard.pages.shared.wording import place_name

if TYPE_CHECKING:
    from dashboard.engine.catalogue import Catalogue

TEXTS = ("country", "from", "to", "oblast")
"""Columns that hold no numbers."""


def _persons(words: Words, band: tuple[float, float, float]) -> list[TableCell]:
    low, mid, high = display(*band)
    return [(words.number(mid), mid), (f"{words.number(low)} – {words.number(high)}", low)]


def _change(words: Words, change: Difference) -> list[TableCell]:
    span = "–" if change.kind == "none" else f"{words.signed(change.low)} – {words.signed(change.high)}"
    return [(change.value(words), change.mid), (span, change.low)]


def _table[Row: (HostRow, MapFlow, OriginRow)](
    words: Words, keys: str, rows: Sequence[Row], cells: Callable[[Row], list[TableCell]], baseline: bool
) -> PageTable:
    """Return a table; without the columns of change for the baseline itself."""
    columns = [*keys.split(), *([] if baseline else ["change", "change_range"])]
    return PageTable(
        [ColumnHead(words.t(f"map.column_{key}"), key not in TEXTS) for key in columns],
        [[*cells(row), *([] if baseline else _change(words, row.change))] for row in rows],
    )


def hosts_table(words: Words, rows: Sequence[HostRow], baseline: bool) -> PageTable:
    """Return every host."""

    def cells(row: HostRow) -> list[TableCell]:
        rate = None if row.per_thousand is None else round(row.per_thousand[1], 2)
        return [row.name, *_persons(words, row.persons), (per_thousand_text(words, row.per_thousand), rate)]

    return _table(words, "country persons range rate", rows, cells, baseline)


def moves_table(words: Words, catalogue: "Catalogue", found: Sequence[MapFlow], baseline: bool) -> PageTable:
    """Return the largest moves."""

    def cells(flow: MapFlow) -> list[TableCell]:
        ends = [place_name(words, catalogue, place) for place in (flow.start, flow.end)]
        return [*ends, *_persons(words, flow.persons)]

    return _table(words, "from to persons range", found, cells, baseline)


def origins_table(words: Words, rows: Sequence[OriginRow], baseline: bool) -> PageTable:
    """Return every unit of origin."""

    def cells(row: OriginRow) -> list[TableCell]:
        return [row.name, *_persons(words, row.persons), (words.share(row.share), round(row.share, 3))]

    return _table(words, "oblast persons range share", rows, cells, baseline)
