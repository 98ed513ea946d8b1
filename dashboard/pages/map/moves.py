"""Moves between places: out of Ukraine, back to it, and from one host to another."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dashboard.engine.answer import Answer
from dashboard.engine.bands import Band, Difference, difference, display
from dashboard.engine.catalogue import Catalogue
from dashboard.messages.words import Words
from dashboard.pages.map.figure import Drawing, Item, Move
from dashboard.pages.map.geometry import OFF_MAP, arrow_head, curve, europe, ukraine
from dashboard.pages.map.hosts import class_labels, class_of
from dashboard.pages.shared.wording import place_name

UKRAINE = "UA"
OUT, BACK, BETWEEN, PLACE = "out", "back", "between", "place"
KINDS = (OUT, BACK, BETWEEN, PLACE)
BY_MONTH = (OUT, BACK)
"""Those that are known up to any date."""

DRAWN = 12
"""Moves drawn on the map; more cannot be told apart. The table has the rest."""

LISTED = 30
LEAST = 50.0
"""Persons below which a move is left out: no simulated household of its own stands behind it."""

WIDEST, THINNEST = 46.0, 7.0
"""Width of the line of the largest and of a very small move, km on the map."""


BREAKS = (0.02, 0.04, 0.07, 0.1)
"""Upper ends of all classes but the last: share of the people of the place."""

LABELS = 12
TINY = ("UA80", "UA85")
"""Cities inside an oblast: drawn last, so that they can be pointed at."""

SHIFTED = {"UA32": (-55.0, -60.0), "UA80": (0.0, 0.0)}
"""Names moved off the middle of a shape, km, so that the city of Kyiv keeps room."""


@dataclass(frozen=True)
class MapFlow:
    """Persons who moved from one place to another in the period, with band, and the change."""

    start: str
    end: str
    persons: Band
    change: Difference


def flows(answer: Answer, kind: str, place: str, date: str | None = None) -> list[MapFlow]:
    """Return the moves out of Ukraine, back to it, between hosts, or in and out of a place, largest first."""
    mine, theirs = answer.moved(date=date), answer.moved("baseline", date)
    ids = (*answer.hosts, UKRAINE)
    last = len(answer.hosts)
    found = []
    for row, start in enumerate(ids):
        for column, end in enumerate(ids):
            wanted = {
                OUT: row == last != column,
                BACK: column == last != row,
                BETWEEN: last not in (row, column) and row != column,
                PLACE: place in (start, end) and row != column,
            }[kind]
            here, before = mine[:, row, column], theirs[:, row, column]
            if wanted and np.median(here) >= LEAST:
                change = difference(answer.change(here - before))
                found.append(MapFlow(start, end, answer.level(here, before), change))
    return sorted(found, key=lambda flow: -flow.persons[1])


def moves_drawing(found: Sequence[MapFlow], catalogue: Catalogue, words: Words) -> Drawing:
    """Return the largest moves as bent lines on the map of Europe."""
    base = europe(catalogue.root, tuple(catalogue.hosts))
    shown = found[:DRAWN]
    largest = shown[0].persons[1] if shown else 1.0
    moves, numbers = [], []
    for flow in shown:
        width = max(THINNEST, WIDEST * flow.persons[1] / largest)
        path, middle, (control, end) = curve(base.places[flow.start], base.places[flow.end], gap=95.0 + width)
        head = arrow_head(control, end, 45.0 + 1.1 * width)
        low, mid, high = display(flow.persons)
        item = Item(
            "unsure" if high - low > mid else "flow",
            route_of(words, catalogue, flow),
            words.t("map.persons", n=mid),
            (words.t("map.band", band=words.band(low, high)),),
        )
        moves.append(Move(f"{flow.start}-{flow.end}", path, head, width, item))
        numbers.append((middle, (words.number(mid),)))
    ends = dict.fromkeys(place for flow in shown for place in (flow.start, flow.end))
    names = [(base.places[place], (place_name(words, catalogue, place),)) for place in ends]
    return Drawing(
        base=base,
        areas={
            host: Item("ends" if host in ends else "c0")
            for host in (*catalogue.hosts, UKRAINE)
            if host not in OFF_MAP
        },
        order=[],
        # A name first, then a number, by the size of the move: both are seen before smaller ones.
        labels=[*names[:2], *numbers[:1], *names[2:5], *numbers[1:5], *names[5:], *numbers[5:]],
        moves=moves,
        legend=[
            *((f"line{size}", text) for size, text in _widths(words, largest)),
            *([("unsure", words.t("map.flow_unsure"))] if any(m.item.cls == "unsure" for m in moves) else []),
        ],
    )


def _widths(words: Words, largest: float) -> list[tuple[int, str]]:
    """Return two example widths (pixels of the legend) with what they stand for."""
    if largest <= LEAST:
        return []
    big = float(10 ** np.floor(np.log10(largest)))
    big *= next(step for step in (5, 2, 1) if step * big <= largest)
    # A map of the usual width has about 5.4 km in a pixel.
    return [
        (max(2, round(max(THINNEST, WIDEST * n / largest) / 5.4)), words.t("map.persons", n=round(n)))
        for n in (big, big / 5)
    ]


def route_of(words: Words, catalogue: Catalogue, flow: MapFlow) -> str:
    """Return from where to where, such as "Poland → Germany"."""
    return f"{place_name(words, catalogue, flow.start)} → {place_name(words, catalogue, flow.end)}"


@dataclass(frozen=True)
class OriginRow:
    """One unit of origin: persons abroad in the place with their band, their share, the change."""

    unit: str
    name: str
    persons: Band
    share: float
    change: Difference


def origin_rows(answer: Answer, catalogue: Catalogue, words: Words, place: str) -> list[OriginRow]:
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
        (base.name_at(row.unit, SHIFTED), (row.name, words.number(display(row.persons)[1])))
        for row in rows
        if row.share > 0
    ]
    order = sorted((row.unit for row in rows), key=lambda unit: unit in TINY)
    legend = class_labels(words, BREAKS, share=True)
    if any(not row.share for row in rows):
        legend.append(("none", words.t("map.origin_none")))
    return Drawing(base=base, areas=areas, order=order, labels=labels[:LABELS], legend=legend)


def _item(words: Words, row: OriginRow) -> Item:
    if not row.share:
        return Item("none", row.name, words.t("map.origin_none"))
    low, mid, high = display(row.persons)
    lines = (
        words.t("map.band", band=words.band(low, high)),
        words.t("map.share_of", share=words.share(row.share)),
    )
    return Item(class_of(row.share, BREAKS), row.name, words.t("map.persons", n=mid), lines)
