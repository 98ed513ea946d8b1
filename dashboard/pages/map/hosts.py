"""The map of hosts: displaced people, per thousand inhabitants, or the change against the baseline."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from abm.data.hosts import load_countries
from dashboard.engine.answer import Answer
from dashboard.engine.bands import Band, Difference, difference, display
from dashboard.engine.catalogue import Catalogue
from dashboard.messages.words import Words
from dashboard.pages.map.figure import Drawing, Item
from dashboard.pages.map.geometry import OFF_MAP, europe
from dashboard.pages.shared.wording import place_name

TOTAL, PER_THOUSAND, CHANGE = "total", "per-thousand", "change"
SHOWN = (TOTAL, PER_THOUSAND, CHANGE)

BREAKS: dict[str, tuple[int, ...]] = {TOTAL: (25_000, 75_000, 200_000, 500_000), PER_THOUSAND: (2, 5, 10, 25)}
"""Upper ends of all classes but the last: persons, or persons per 1,000 inhabitants."""

CLEAR = 0.05
"""Share of the people under the baseline from which a change has the darker colour."""

SPECIAL = {"UA": "home"}

NAMES_MOVED = {"NL": (-60.0, -150.0), "UK": (-60.0, -200.0)}
"""Names moved off the middle of a country, km: the Dutch one out to sea, so that the German one has room,
and the British one north of it."""

LABELS = 16


@dataclass(frozen=True)
class HostRow:
    """One host: persons with their band before rounding, per thousand inhabitants, change and its size.

    ``per_thousand`` is None where no number of inhabitants makes sense (the host *elsewhere*).
    """

    host: str
    name: str
    persons: Band
    per_thousand: tuple[float, float, float] | None
    change: Difference
    change_share: float


@cache
def inhabitants(root: Path) -> dict[str, float]:
    """Return inhabitants of every host on 1 January 2022, as configured; none for *elsewhere*."""
    return {c.id: float(c.population.value) for c in load_countries(root) if c.id != "elsewhere"}


def host_rows(answer: Answer, catalogue: Catalogue, words: Words, month: str | None = None) -> list[HostRow]:
    """Return every host at the horizon or in a month, the one with most people first."""
    persons = answer.by_host("stock", month=month)
    base = answer.by_host("stock", of="baseline", month=month)
    apart = answer.by_host("stock", against=True, month=month)
    people = inhabitants(catalogue.root)
    found = []
    for host, triple in persons.items():
        here = people.get(host)
        low, mid, high = (1000 * part / here if here else 0.0 for part in triple)
        share = apart[host][1] / base[host][1] if base[host][1] else 0.0
        found.append(
            HostRow(
                host,
                place_name(words, catalogue, host),
                triple,
                (low, mid, high) if here else None,
                difference(apart[host]),
                share,
            )
        )
    return sorted(found, key=lambda row: -row.persons[1])


def class_of(value: float, breaks: Sequence[float]) -> str:
    """Return the class of colour of a value.

    >>> class_of(3, (2, 5)), class_of(5, (2, 5))
    ('c2', 'c3')
    """
    return f"c{1 + sum(value >= edge for edge in breaks)}"


def change_class(row: HostRow) -> str:
    """Return the class of a change; none where its band does not tell its direction."""
    if not row.change.is_clear:
        return "same"
    way = "up" if row.change.kind == "more" else "down"
    return f"{way}{2 if abs(row.change_share) >= CLEAR else 1}"


def per_thousand_text(words: Words, triple: tuple[float, float, float] | None) -> str:
    """Return persons per thousand inhabitants: whole numbers, one decimal below ten."""
    if triple is None:
        return "–"
    return words.number(triple[1], 0 if round(triple[1], 1) >= 10 else 1)


def item_of(words: Words, row: HostRow, shown: str) -> Item:
    """Return what a host says on the map."""
    low, mid, high = display(row.persons)
    number = words.t("map.persons", n=mid)
    band = words.t("map.band", band=words.band(low, high))
    per_thousand = per_thousand_text(words, row.per_thousand)
    rate = "" if row.per_thousand is None else words.t("map.rate", value=per_thousand)
    if shown == CHANGE:
        lines = (row.change.band(words) and words.t("map.band", band=row.change.band(words)), number)
        return Item(change_class(row), row.name, row.change.value(words), tuple(filter(None, lines)))
    if shown == PER_THOUSAND:
        value = 0.0 if row.per_thousand is None else row.per_thousand[1]
        cls = "none" if row.per_thousand is None else class_of(value, BREAKS[PER_THOUSAND])
        return Item(cls, row.name, rate or "–", (number, band))
    return Item(class_of(mid, BREAKS[TOTAL]), row.name, number, tuple(filter(None, (band, rate))))


def _tile(words: Words, row: HostRow, shown: str) -> Item:
    """Return what a tile beside the map says: the number alone is seen, the rest is spoken."""
    item = item_of(words, row, shown)
    return Item(item.cls, item.name, _short(words, row, shown), (item.value, *item.lines))


def _short(words: Words, row: HostRow, shown: str) -> str:
    if shown == PER_THOUSAND:
        return per_thousand_text(words, row.per_thousand)
    return row.change.value(words) if shown == CHANGE else words.number(display(row.persons)[1])


def hosts_legend(words: Words, shown: str) -> list[tuple[str, str]]:
    """Return classes and their labels."""
    if shown == CHANGE:
        share = words.share(CLEAR)
        return [
            *(
                (cls, words.t(f"map.change_{cls}", share=share))
                for cls in ("down2", "down1", "same", "up1", "up2")
            ),
            ("land", words.t("map.no_host")),
        ]
    none = [("none", words.t("map.no_rate"))] if shown == PER_THOUSAND else []
    return [*class_labels(words, BREAKS[shown]), *none, ("land", words.t("map.no_host"))]


def class_labels(words: Words, breaks: Sequence[float], share: bool = False) -> list[tuple[str, str]]:
    """Return the labels of classes between breaks, the lowest first."""
    write = words.share if share else words.number
    middle = [
        words.t("map.class_between", low=write(low), high=write(high)) for low, high in pairwise(breaks)
    ]
    texts = [
        words.t("map.class_below", value=write(breaks[0])),
        *middle,
        words.t("map.class_from", value=write(breaks[-1])),
    ]
    return [(f"c{number}", text) for number, text in enumerate(texts, 1)]


def hosts_drawing(rows: Sequence[HostRow], catalogue: Catalogue, words: Words, shown: str) -> Drawing:
    """Return the map of hosts."""
    base = europe(catalogue.root, tuple(catalogue.hosts))
    ranked = sorted(rows, key=lambda row: -_rank(row, shown))
    first = [row for row in ranked if row.host == "NL"] + [row for row in ranked if row.host != "NL"]
    told = [row for row in first if shown != CHANGE or row.change.is_clear]
    labels = [
        (base.name_at(row.host, NAMES_MOVED), (row.name, _short(words, row, shown)))
        for row in told
        if row.host not in OFF_MAP
    ]
    areas = {row.host: item_of(words, row, shown) for row in rows}
    return Drawing(
        base=base,
        areas={**areas, **{place: Item(cls) for place, cls in SPECIAL.items()}},
        order=[row.host for row in ranked if row.host not in OFF_MAP],
        labels=[*labels[:LABELS], (base.places["UA"], (words.t("scenario.place_UA"),))],
        legend=[*hosts_legend(words, shown), ("home", words.t("scenario.place_UA"))],
        tiles=[(row.host, _tile(words, row, shown)) for row in ranked if row.host in OFF_MAP],
    )


def _rank(row: HostRow, shown: str) -> float:
    if shown == CHANGE:
        return abs(row.change.mid)
    if shown == PER_THOUSAND:
        return -1.0 if row.per_thousand is None else row.per_thousand[1]
    return row.persons[1]
