"""Who is concerned: stocks by group, and the kinds of households whose path changes most."""

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from abm.codes import AGE_OF_KIND, SEX_OF_KIND, Employment, Housing, PersonKind, Status
from abm.state import State

Array = NDArray[np.float64]

MOST_TYPES = 10


def group_totals(state: State) -> dict[tuple[str, str], Array]:
    """Return persons at the horizon by (attribute, value) and host, float64[H] each."""
    stock = state.history.stock[state.index].astype(float)
    found: dict[tuple[str, str], Array] = {}
    for status in Status:
        found["status", status.name.lower()] = stock[:, status].sum(axis=(1, 2))
    by_kind = stock.sum(axis=(1, 2))
    for attribute, names in (("sex", SEX_OF_KIND), ("age_group", AGE_OF_KIND)):
        for value in dict.fromkeys(names):
            kinds = [kind for kind, name in enumerate(names) if name == value]
            found[attribute, value] = by_kind[:, kinds].sum(axis=1)
    for number, group in enumerate(state.world.origins.groups):
        found["origin_group", group] = stock[:, :, number].sum(axis=(1, 2))
    return found


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
    """Return the household types with most persons who end somewhere else or with another title.

    Households of both runs are matched by their id: with common draws the same household lives in
    both. Those who exist in one run alone (arrivals that differ) are left out.
    """
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
