"""The map of origins: where in Ukraine the people of a place come from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dashboard.engine import display
from dashboard.messages import Words
from dashboard.pages_parts.difference import Difference, difference
from dashboard.pages_parts.map.figure import Drawing, Item
from dashboard.pages_parts.map.geometry import ukraine
from dashboard.pages_parts.map.hosts import class_labels, class_of

if TYPE_CHECKING:
    from dashboard.engine.answer import Answer
    from dashboard.engine.catalogue import Catalogue

BREAKS = (0.02, 0.04, 0.07, 0.1)
"""Upper ends of all classes but the last: share of the people of the place."""

LABELS = 12
TINY = ("UA80", "UA85")
"""Cities inside an oblast: drawn last, so that they can be pointed at."""

SHIFTED = {"UA32": (-55.0, -60.0), "UA80": (0.0, 0.0)}
"""Names moved off the middle of a shape, km, so that the city of Kyiv keeps room."""


@dataclass(frozen=True)
class OriginRow:
    """One unit of origin: persons abroad in the place with their band, their share, the change."""

    unit: str
    name: str
    persons: tuple[float, float, float]
    share: float
    change: Difference


def origin_rows(answer: "Answer", catalogue: "Catalogue", words: Words, place: str) -> list[OriginRow]:
    """Return every unit, the one most people come from first."""
    mine = answer.origin_units(place)
    apart = answer.origin_units(place, against=True)
    total = sum(band[1] for band in mine.values())
    rows = [
        OriginRow(
            unit,
            words.label(catalogue.units[unit]),
            band,
            band[1] / total if total else 0.0,
            difference(apart[unit]),
        )
        for unit, band in mine.items()
    ]
    return sorted(rows, key=lambda row: -row.persons[1])


def origins_drawing(rows: Sequence[OriginRow], words: Words) -> Drawing:
    """Return the oblasts coloured by share."""
    base = ukraine()
    areas = {row.unit: _item(words, row) for row in rows}
    labels = [
        (_middle(row.unit), (row.name, words.number(display(*row.persons)[1])))
        for row in rows
        if row.share > 0
    ]
    order = [row.unit for row in rows if row.unit not in TINY] + [
        row.unit for row in rows if row.unit in TINY
    ]
    legend = class_labels(words, BREAKS, share=True)
    if any(not row.share for row in rows):
        legend.append(("none", words.t("map.origin_none")))
    return Drawing(base=base, areas=areas, order=order, labels=labels[:LABELS], legend=legend)


def _item(words: Words, row: OriginRow) -> Item:
    if not row.share:
        return Item("none", row.name, words.t("map.origin_none"))
    low, mid, high = display(*row.persons)
    lines = (
        words.t("map.band", band=words.band(low, high)),
        words.t("map.share_of", share=words.share(row.share)),
    )
    return Item(class_of(row.share, BREAKS), row.name, words.t("map.persons", n=mid), lines)


def _middle(unit: str) -> tuple[float, float]:
    x, y = ukraine().places[unit]
    aside, down = SHIFTED.get(unit, (0.0, 0.0))
    return x + aside, y + down
