"""The same numbers as the maps, as tables on the page and as CSV files."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from dashboard.components.panels import Cell, Column, Table
from dashboard.engine.bands import display
from dashboard.messages.words import Words
from dashboard.pages.map.hosts import HostRow, per_thousand_text
from dashboard.pages.map.moves import Flow, OriginRow
from dashboard.pages.shared.results import Difference
from dashboard.pages.shared.wording import place_name

if TYPE_CHECKING:
    from dashboard.engine.catalogue import Catalogue

TEXTS = ("country", "from", "to", "oblast")
"""Columns that hold no numbers."""


def _persons(words: Words, band: tuple[float, float, float]) -> list[Cell]:
    low, mid, high = display(*band)
    return [(words.number(mid), mid), (f"{words.number(low)} – {words.number(high)}", low)]


def _change(words: Words, change: Difference) -> list[Cell]:
    span = "–" if change.kind == "none" else f"{words.signed(change.low)} – {words.signed(change.high)}"
    return [(change.value(words), change.mid), (span, change.low)]


def _table[Row: (HostRow, Flow, OriginRow)](
    words: Words, keys: str, rows: Sequence[Row], cells: Callable[[Row], list[Cell]], baseline: bool
) -> Table:
    """Return a table; without the columns of change for the baseline itself."""
    columns = [*keys.split(), *([] if baseline else ["change", "change_range"])]
    return Table(
        [Column(words.t(f"map.column_{key}"), key not in TEXTS) for key in columns],
        [[*cells(row), *([] if baseline else _change(words, row.change))] for row in rows],
    )


def hosts_table(words: Words, rows: Sequence[HostRow], baseline: bool) -> Table:
    """Return every host."""

    def cells(row: HostRow) -> list[Cell]:
        rate = None if row.per_thousand is None else round(row.per_thousand[1], 2)
        return [row.name, *_persons(words, row.persons), (per_thousand_text(words, row.per_thousand), rate)]

    return _table(words, "country persons range rate", rows, cells, baseline)


def flows_table(words: Words, catalogue: "Catalogue", found: Sequence[Flow], baseline: bool) -> Table:
    """Return the largest moves."""

    def cells(flow: Flow) -> list[Cell]:
        ends = [place_name(words, catalogue, place) for place in (flow.start, flow.end)]
        return [*ends, *_persons(words, flow.persons)]

    return _table(words, "from to persons range", found, cells, baseline)


def origins_table(words: Words, rows: Sequence[OriginRow], baseline: bool) -> Table:
    """Return every unit of origin."""

    def cells(row: OriginRow) -> list[Cell]:
        return [row.name, *_persons(words, row.persons), (words.share(row.share), round(row.share, 3))]

    return _table(words, "oblast persons range share", rows, cells, baseline)
