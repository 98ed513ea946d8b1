"""The months of a simulated household in plain words: what happened, what it decided, and why.

Pure: takes the answer of ``engine.story``, gives texts.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from dashboard.engine.catalogue import Catalogue
from dashboard.messages.words import Words
from dashboard.pages.shared.wording import in_place

Row = Mapping[str, Any]
SIDES = ("base", "other")
UKRAINE = "Ukraine"
STAY = "stay"

SET_APART = ("base_rate", "choice_of_place")
"""Parts of the sum that are no circumstance of the household."""

NAMED = 3
NOTICEABLE = 0.05
"""Log odds below which a circumstance is not named: 5 % more or less likely."""

ROUND = (10, 100, 1_000, 10_000, 100_000)


@dataclass(frozen=True)
class MonthTold:
    """One month, or several in which nothing changed: when, and what happened without and with the choice."""

    when: str
    base: list[str]
    other: list[str]
    apart: bool


@dataclass(frozen=True)
class Reason:
    """Why in one month: a title, a sentence about chance, and lists of circumstances with their headings."""

    title: str
    chance: str
    lists: list[tuple[str, list[str]]]


def who(words: Words, about: Row) -> str:
    """Return who lives in the household."""
    return ", ".join(words.t(f"people.person_{kind}", n=n) for kind, n in about["persons"].items())


def begin(words: Words, catalogue: Catalogue, months: list[Row]) -> str:
    """Return how the household lives at the start."""
    first = months[0]["base"] or months[0]["other"]
    return words.t(
        "people.story_begin",
        month=words.month(months[0]["month"]),
        place=_in(words, catalogue, first["place"]),
        status=_state(words, "status", first),
        work=words.t(f"people.state_work_{first['work']}"),
        housing=_state(words, "housing", first),
        intention=_state(words, "intention", first),
    )


def end(words: Words, catalogue: Catalogue, months: list[Row], side: str) -> str:
    """Return where the household is at the end under one side."""
    last = months[-1][side]
    if last is None:
        return words.t("people.end_gone")
    if last["place"] == UKRAINE:
        return words.t("people.end_ukraine")
    where = _in(words, catalogue, last["place"])
    return words.t("people.end_place", place=where, status=_state(words, "status", last))


def told(words: Words, catalogue: Catalogue, months: list[Row]) -> list[MonthTold]:
    """Return the months; those in which nothing happens on either side are put together."""
    rows: list[tuple[str, list[str], list[str]]] = []
    before = months[0]
    for month in months:
        base, other = (
            _events(words, catalogue, before[side], month[side], first=month is months[0]) for side in SIDES
        )
        rows.append((month["month"], base, other))
        before = month
    found: list[MonthTold] = []
    for happened, group in groupby(rows, key=lambda row: bool(row[1] or row[2])):
        some = list(group)
        if happened:
            found += [MonthTold(words.month(label), *told, told[0] != told[1]) for label, *told in some]
        else:
            first, last = words.month(some[0][0]), words.month(some[-1][0])
            when = first if len(some) == 1 else words.t("people.span", first=first, last=last)
            found.append(MonthTold(when, [], [], apart=False))
    return found


def _events(
    words: Words, catalogue: Catalogue, before: Row | None, now: Row | None, first: bool
) -> list[str]:
    """Return what changed since the month before, and what was decided."""
    if now is None:
        return [] if before is None else [words.t("people.event_gone")]
    found = []
    if before is not None and not first:
        if now["place"] != before["place"]:
            where = _in(words, catalogue, now["place"])
            key = "event_in_ukraine" if now["place"] == UKRAINE else "event_place"
            found.append(words.t(f"people.{key}", place=where))
        if now["place"] != UKRAINE:
            found += _changes(words, before, now)
    if now["choice"] != STAY and now["place"] != UKRAINE:
        found.append(words.t(f"people.event_{now['choice']}"))
    return found


def _changes(words: Words, before: Row, now: Row) -> list[str]:
    found = []
    for name in ("status", "housing", "schooling", "intention"):
        if now[name] != before[name]:
            found.append(words.t(f"people.event_{name}", **{name: _state(words, name, now)}))
    if now["work"] != before["work"]:
        found.append(words.t(f"people.event_work_{now['work']}"))
    return found


def _state(words: Words, name: str, row: Row) -> str:
    prefix = "state_schooling" if name == "schooling" else name
    return words.t(f"people.{prefix}_{row[name]}")


def _in(words: Words, catalogue: Catalogue, place: str) -> str:
    return in_place(words, catalogue, "UA" if place == UKRAINE else place)


def reasons(words: Words, months: list[Row]) -> list[Reason]:
    """Return why: for every decision to leave, and for the month in which the stories part."""
    found = []
    parting = next((month for month in months if month["differs"]), None)
    for month in months:
        decided = False
        for number, side in enumerate(SIDES):
            row = month[side]
            if row is None or row["choice"] == STAY or row["place"] == UKRAINE or not month["return"]:
                continue
            decided = True
            found.append(_decision(words, month, number, row["choice"]))
        if month is parting and not decided:
            found.append(_parting(words, month))
    return found


def _decision(words: Words, month: Row, side: int, choice: str) -> Reason:
    sums = {way: {f: pair[side] or 0.0 for f, pair in month[way].items()} for way in ("return", "onward")}
    weight = {way: math.exp(sum(parts.values())) for way, parts in sums.items()}
    n, of = one_in(weight[choice] / (1 + sum(weight.values())))
    parts = {f: value for f, value in sums[choice].items() if f not in SET_APART}
    ranked = sorted(parts.items(), key=lambda pair: -abs(pair[1]))
    lists = []
    for key, sign in (("why_for", 1), ("why_against", -1)):
        chosen = [(f, v) for f, v in ranked if sign * v >= NOTICEABLE][:NAMED]
        if chosen:
            lists.append((words.t(f"people.{key}"), [_times(words, f, v) for f, v in chosen]))
    side_name = words.t(f"people.side_{SIDES[side]}")
    title = words.t(f"people.why_decision_{choice}", month=words.month(month["month"]), side=side_name)
    return Reason(title, words.t("people.why_chance", n=n, of=of), lists)


def _parting(words: Words, month: Row) -> Reason:
    lists = []
    for way in ("return", "onward"):
        apart = {f: b - a for f, (a, b) in month[way].items() if a is not None and b is not None}
        ranked = sorted(apart.items(), key=lambda pair: -abs(pair[1]))
        named = [(f, v) for f, v in ranked if abs(v) >= NOTICEABLE and f not in SET_APART][:NAMED]
        lines = [_times(words, *one) for one in named] or [words.t("people.why_small")]
        lists.append((words.t(f"people.why_difference_{way}"), lines))
    return Reason(words.t("people.why_parting", month=words.month(month["month"])), "", lists)


def _times(words: Words, factor: str, log_odds: float) -> str:
    key = "why_times" if log_odds > 0 else "why_less"
    times = math.exp(abs(log_odds))
    name = words.t_or(f"people.factor_{factor}", factor.replace("_", " "))
    return words.t(f"people.{key}", factor=name, x=words.number(times, 1 if times < 10 else 0))


def one_in(chance: float) -> tuple[int, int]:
    """Return a chance as so many out of a round number.

    >>> one_in(0.034), one_in(0.0004), one_in(0.5)
    ((3, 100), (4, 10000), (5, 10))
    """
    of = next((of for of in ROUND if chance * of >= 1), ROUND[-1])
    return round(chance * of), of
