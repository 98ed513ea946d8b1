"""What a choice changes in the model, with files that users brought: levers, drivers, places in reception."""

import threading
from collections import OrderedDict
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from abm.data.drivers import load_driver_cards
from abm.data.figures import as_lines
from abm.data.hosts import load_countries
from abm.data.settings import load_settings
from abm.errors import EweaError
from abm.months import month_index, month_label
from abm.places import hosts_of
from abm.policy.change import Changes, LeverChange, joined
from abm.policy.law import LawRow, LawState, end_of_protection, law_on, law_state
from abm.policy.lever import changes_in_force
from abm.policy.scenario import BASELINE, JOIN, Component, changes_of, components_of, scenario_ids
from dashboard.engine.choice import Choices
from dashboard.engine.rules import axis_of, levers_of, rule_now
from dashboard.messages.words import user_message
from experiments.scorecard import NETHERLANDS, Indicator, load_indicators, moving

OWN = "choice"
PROTECTION_END = "protection_end"
LATE = 10**4
"""A month after every rule."""


@lru_cache(maxsize=64)
def law_of(root: Path, place: str) -> tuple[LawState, list[LawRow], str | None]:
    """Return how well the law is known, the rules of a place, and the last day of protection there.

    No day where the countries of the place have different ones.
    """
    differ = rule_now(root, PROTECTION_END, place, LATE).mixed
    return law_state(root), law_on(root, place=place), None if differ else end_of_protection(root, place)


drivers_of = lru_cache(maxsize=2)(load_driver_cards)
"""The card of every driver; read once."""


@lru_cache(maxsize=64)
def law_since(root: Path, place: str, day: str) -> list[LawRow]:
    """Return the rules of a place that stand otherwise than on a day: new, changed, over without another."""

    def stands(row: LawRow) -> tuple[object, ...]:
        return row.rule, row.place, row.who, row.since, row.value, row.status

    before = law_on(root, day, place)
    then, rules = {stands(row) for row in before}, {(row.rule, row.place, row.since) for row in before}
    now = [row for row in law_on(root, place=place, lapsed=True) if stands(row) not in then]
    new = [row for row in now if row.status != "lapsed"]
    followed = {(row.rule, row.place) for row in new}
    over = [row for row in now if row.status == "lapsed" and (row.rule, row.place, row.since) in rules]
    return [*new, *(row for row in over if (row.rule, row.place) not in followed)]


@lru_cache(maxsize=2)
def indicators_of(root: Path) -> dict[str, Indicator]:
    """Return all indicators of the scorecard; read once."""
    return {item.id: item for item in load_indicators(root).indicators}


@lru_cache(maxsize=2)
def others_of(root: Path) -> tuple[str, ...]:
    """Return the members of the Union besides the Netherlands."""
    return tuple(c.id for c in load_countries(root) if c.eu_member and c.id != NETHERLANDS)


@lru_cache(maxsize=2)
def first_projected_month(root: Path) -> int:
    """Return the month after the last register month: nothing may act before it."""
    return load_settings(root).last_register_month + 1


@lru_cache(maxsize=2)
def today_month(root: Path) -> int:
    """Return the month of the day on which the question is asked: what is later is a projection."""
    return month_index(load_settings(root).as_of[:7])


@lru_cache(maxsize=2)
def fork_month(root: Path) -> int:
    """Return the first month in which a shipped scenario acts; simulations are kept ready there."""
    found = [changes_of(root, name).first_month for name in scenario_ids(root)]
    first = min((month for month in found if month is not None), default=first_projected_month(root))
    return max(first, first_projected_month(root))


def own_change(root: Path, change: LeverChange) -> LeverChange:
    """Return a lever set by hand, with what its file says of whom it concerns, and its name for messages."""
    about = levers_of(root)[change.lever]
    rule = rule_now(root, change.lever, str(change.place), change.start_month).line
    # It takes the place of the rule in force there, so it concerns the same people.
    who = None if rule is None or not rule.who.selectors() else about.who_of(rule)
    if change.who is not None:
        who = (who or about.who).model_copy(update={"arrived": change.who.arrived})
    return change.model_copy(update={"who": who}).found_at(about.label.en, OWN)


def changes_of_choice(root: Path, choice: Choices) -> Changes:
    """Return everything a choice sets; later changes win."""
    names = [name for name in (choice.war, *choice.presets) if name != BASELINE]
    packages = joined([changes_of(root, JOIN.join(names)) if names else Changes(), uploaded(choice.upload)])
    packages = Changes(
        tuple(one for one in packages.levers if one.lever not in choice.dropped),
        tuple(one for one in packages.drivers if one.driver not in choice.dropped),
    )
    own = Changes.of(*(own_change(root, lever) for lever in choice.levers))
    lasting = [lever.id for lever in levers_of(root).values() if lever.lasting]
    scores = [
        moving(item, item.step * score, fork_month(root), levers_of(root), drivers_of(root), others_of(root))
        for item, score in ((indicators_of(root)[name], score) for name, score in choice.scorecard)
    ]
    return joined([packages.without_replaced(own.levers, lasting), *scores, own])


def end_of_protection_of(root: Path, choice: Choices, place: str) -> str | None:
    """Return the first month without protection at a place under a choice; None where hosts differ."""
    axis = axis_of(root)
    wanted = hosts_of(place, axis)
    ends = [
        one.number
        for one in changes_of_choice(root, choice).levers
        if one.lever == PROTECTION_END and not (wanted & ~hosts_of(str(one.place), axis)).any()
    ]
    now = rule_now(root, PROTECTION_END, place, LATE)
    known = None if now.mixed or now.value is None else str(now.value)
    return month_label(int(ends[-1])) if ends else known


def components_of_choice(root: Path, choice: Choices) -> tuple[Component, ...]:
    """Return the levers and drivers a choice moves, one component each, to split its effect by."""
    return components_of(changes_of_choice(root, choice), levers_of(root), drivers_of(root))


MOST_UPLOADS = 200
"""Kept until the server restarts; the one used longest ago goes first."""

_kept: OrderedDict[str, Changes] = OrderedDict()
_lock = threading.Lock()


def keep(mark: str, changes: Changes) -> None:
    """Keep what a file sets."""
    with _lock:
        _kept[mark] = changes
        _kept.move_to_end(mark)
        while len(_kept) > MOST_UPLOADS:
            _kept.popitem(last=False)


def is_known(mark: str) -> bool:
    """Return whether a file is still kept."""
    with _lock:
        return mark in _kept


def uploaded(mark: str) -> Changes:
    """Return what a file sets; nothing for the empty mark."""
    if not mark:
        return Changes()
    with _lock:
        if mark not in _kept:
            raise EweaError(user_message("unknown_upload"))
        _kept.move_to_end(mark)
        return _kept[mark]


def upload_of(choice: Choices | None) -> Changes | None:
    """Return the upload of a choice, so that it can travel to a worker."""
    return uploaded(choice.upload) if choice is not None and is_known(choice.upload) else None


Floats = NDArray[np.float64]

MECHANISM = "collective_places"


@lru_cache(maxsize=256)
def places_available(root: Path, choice: Choices, first: int, months: int) -> Floats:
    """Return places by month from ``first`` on, float64[M, H]; NaN where nobody knows how many there are."""
    countries, end = load_countries(root), first + months
    known = [
        np.full(end, np.nan) if one.collective_places is None else as_lines(one.collective_places, end)
        for one in countries
    ]
    found = np.column_stack(known)
    axis, levers = axis_of(root), levers_of(root)
    factor = {
        lever.id: action.factor
        for lever in levers.values()
        for action in lever.acts_on
        if action.mechanism == MECHANISM
    }
    for change in (*changes_in_force(levers), *changes_of_choice(root, choice).levers):
        if change.lever in factor:
            for one in change.each_place():
                until = end if one.until_month is None else one.until_month
                found[one.start_month : until, hosts_of(str(one.place), axis)] = (
                    one.number * factor[one.lever]
                )
    found = found[first:]
    found.setflags(write=False)
    return found
