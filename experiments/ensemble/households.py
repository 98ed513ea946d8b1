"""Whom changes concern: the kinds of households that live differently, and what is seen of one."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.codes import Choice, Employment, Housing, Intention, PersonKind, Schooling, Status
from abm.months import month_label
from abm.reference.explanation import explain
from abm.reference.household import household_of
from abm.reference.surroundings import MonthUtility
from abm.state import State

Array = NDArray[np.float64]

MOST_TYPES = 10


def describe(persons: NDArray, employment: int, housing: int, group: str) -> str:
    """Return a household type in words."""
    minors = persons[PersonKind.GIRLS] + persons[PersonKind.BOYS] > 0
    older = persons[PersonKind.WOMEN_65] + persons[PersonKind.MEN_65] > 0
    men = persons[PersonKind.MEN_18_22] + persons[PersonKind.MEN_23_60] + persons[PersonKind.MEN_61_64] > 0
    women = persons[PersonKind.WOMEN_18_64] > 0
    if women and men:
        adults = "couple or mixed adults"
    elif women:
        adults = "women"
    elif men:
        adults = "men"
    else:
        adults = "older people"
    children = " with children" if minors else ""
    elders = " and older people" if older and adults != "older people" else ""
    work = "no job" if employment == Employment.NONE else "with a job"
    home = "in reception" if housing == Housing.COLLECTIVE else "own or private housing"
    return f"{adults}{children}{elders}, {work}, {home}, from {group}"


def type_changes(base: State, other: State) -> list[tuple[str, float]]:
    """Return the types of household with most persons who end elsewhere, matched by id over both runs."""
    one, two = base.households, other.households
    ids_one, ids_two = one["household_id"], two["household_id"]
    _, rows_one, rows_two = np.intersect1d(ids_one, ids_two, return_indices=True)
    place = one["place"][rows_one] != two["place"][rows_two]
    title = one["status"][rows_one] != two["status"][rows_two]
    rows = rows_one[place | title]
    groups, unit_group = base.world.origins.groups, base.world.origins.group_of_unit
    people = one["persons"][rows].astype(np.int64).sum(axis=1) * one["stands_for"][rows]
    totals: Counter[str] = Counter()
    for row, persons in zip(rows, people, strict=True):
        group = groups[unit_group[one["origin"][row]]].replace("_", " ")
        name = describe(one["persons"][row], int(one["employment"][row]), int(one["housing"][row]), group)
        totals[name] += int(persons)
    return [(name, float(persons)) for name, persons in totals.most_common(MOST_TYPES)]


SHOWN_FACTORS = 6
"""Factors named per decision: those with the largest sums."""

ANY = "any"


def living_apart(
    one: State, two: State, known: NDArray[np.int64] | None = None, enough: int = 1
) -> list[int]:
    """Return ids whose place (where that is the same of nearly all, whose title) differs in two runs."""
    ids, a, b = np.intersect1d(
        one.households["household_id"], two.households["household_id"], return_indices=True
    )
    mine = np.ones(len(ids), np.bool_) if known is None else np.isin(ids, known)
    found: list[int] = []
    for column in ("place", "status"):
        differs = one.households[column][a] != two.households[column][b]
        found += [int(i) for i in ids[mine & differs] if int(i) not in found]
        if len(found) >= enough:
            break
    return found


@dataclass(frozen=True)
class Sight:
    """What is seen of a household in one month: where and how it lives, and its factor sums."""

    row: dict[str, Any]
    return_sums: dict[str, float]
    onward_sums: dict[str, float]


class Follower:
    """Listens to a run and keeps every month of one household, as it decided."""

    def __init__(self, household: int) -> None:
        self.household = household
        self.sights: list[Sight | None] = []

    def __call__(self, process: str, state: State) -> None:
        """Take note after a process of the month."""
        if process == "decide":
            self.sights.append(self._look(state))

    def _look(self, state: State) -> Sight | None:
        row = row_of_household(state, self.household)
        if row is None:
            return None
        h = household_of(state.households.columns(), row)
        parts = None
        if h.place < state.n_hosts:
            stock = state.displaced().astype(float)
            parts = explain(h, MonthUtility(state.decisions, state.month, stock))
        return Sight(
            {"month": month_label(state.month), **life_in_words(h, state.world.hosts.ids)},
            {} if parts is None else parts.of_return,
            {} if parts is None else parts.of_onward,
        )


def months_of(base: Follower, other: Follower) -> list[dict[str, Any]]:
    """Return the months of a household in two runs; sums only where months or sums differ."""
    found = []
    for one, two in zip(base.sights, other.sights, strict=True):
        if one is None and two is None:
            continue
        differs = one is None or two is None or one.row != two.row
        tell = one != two
        found.append(
            {
                "month": (one or two).row["month"],  # type: ignore[union-attr]
                "base": None if one is None else one.row,
                "other": None if two is None else two.row,
                "differs": differs,
                "return": _pairs(one, two, "return_sums") if tell else {},
                "onward": _pairs(one, two, "onward_sums") if tell else {},
            }
        )
    return found


def _pairs(one: Sight | None, two: Sight | None, name: str) -> dict[str, list[float | None]]:
    """Return the sums of both runs, the factors that differ most first."""
    a = {} if one is None else getattr(one, name)
    b = {} if two is None else getattr(two, name)

    def size(factor: str) -> float:
        return abs(a.get(factor, 0.0) - b.get(factor, 0.0)) * 1e3 + abs(a.get(factor, 0.0))

    chosen = sorted({*a, *b}, key=size, reverse=True)
    return {factor: [a.get(factor), b.get(factor)] for factor in chosen}


def row_of_household(state: State, household: int) -> int | None:
    """Return the row of a household, if it is there."""
    rows = np.flatnonzero(state.households["household_id"] == household)
    return int(rows[0]) if len(rows) else None


def life_in_words(h: Any, hosts: Sequence[str]) -> dict[str, Any]:
    """Return place, title, work, housing, schooling, intention and choice of a household."""
    place = "Ukraine" if h.place == len(hosts) else hosts[h.place]
    return {
        "place": place,
        "status": Status(h.status).name.lower(),
        "work": Employment(h.employment).name.lower(),
        "housing": Housing(h.housing).name.lower(),
        "schooling": Schooling(h.schooling).name.lower(),
        "intention": Intention(h.intention).name.lower(),
        "choice": Choice(h.choice).name.lower(),
    }
