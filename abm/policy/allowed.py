"""What may be set: the one check of levers and drivers at every door.

Scenario files, designs, searches, links, uploads and code all come through here; a door adds only where its
line stands. :class:`NotAllowedError` keeps the parts of the message, so that a page can say them in its
language.
"""

import itertools
from collections.abc import Callable, Collection, Mapping, Sequence

from abm.data.tables import DriverCard
from abm.errors import ConfigError, nearest, refuse_all
from abm.months import month_label
from abm.places import ALL, EU, UKRAINE, HostAxis, hosts_of, unknown
from abm.policy.change import Changes, DriverChange, LeverChange
from abm.policy.lever import Lever, overlapping, same

MOST_FACTOR = 10.0
"""Largest factor on a driver: 50 is fifty times what the data say, and was meant as a percentage."""


class NotAllowedError(ConfigError):
    """Something cannot be set so; ``key`` is the key at fault, ``where`` the place it was written in."""

    def __init__(self, where: str, key: str, said: str) -> None:
        super().__init__(f"{where}: {key}: {said}")
        self.where, self.key, self.said = where, key, said

    def __reduce__(self) -> tuple[type["NotAllowedError"], tuple[str, str, str]]:
        """Travel between processes with all parts."""
        return type(self), (self.where, self.key, self.said)


def lever_of_change(hosts: HostAxis, levers: Mapping[str, Lever], change: LeverChange) -> Lever:
    """Return the lever that a change sets; NotAllowedError where it cannot be set so."""
    where = change.where or f"lever {change.lever}"
    if change.lever not in levers:
        raise NotAllowedError(where, "lever", f"found {change.lever!r}. {nearest(change.lever, levers)}")
    lever = levers[change.lever]
    try:
        number = lever.check_value(change.value, "value")
    except ValueError as error:
        raise NotAllowedError(
            where, "value", f"{str(error).removeprefix('value: ')} ({lever.unit})."
        ) from error
    for place in change.places:
        if lever.ukraine:
            if place != UKRAINE:
                raise NotAllowedError(where, "place", f"found {place}; lever {lever.id} takes UA.")
        elif place not in (*hosts.ids, EU, ALL):
            raise NotAllowedError(where, "place", unknown(place, hosts.ids))
    if change.until_month is not None and change.until_month <= change.start_month:
        said = f"found {change.until}; it must lie at least one month after from {change.start}."
        raise NotAllowedError(where, "until", said)
    if change.until is not None and lever.lasting:
        raise NotAllowedError(
            where, "until",
            f"found {change.until}; lever {lever.id} names the month in which protection ends and has no "
            "end itself. Leave until out, or set the lever again from that month on.",
        )  # fmt: skip
    if lever.lasting and number < change.start_month:
        raise NotAllowedError(
            where, "value",
            f"found {change.value!r}, which lies before from {change.start}: the past stays as it was. Write "
            "a month from then on.",
        )  # fmt: skip
    if change.who is not None:
        try:
            lever.check_who(change.who, "who")
        except ValueError as error:
            raise NotAllowedError(where, "who", f"{str(error).removeprefix('who: ')}.") from error
    return lever


def range_of_change(
    cards: Mapping[str, DriverCard], units: Collection[str], change: DriverChange
) -> tuple[float, float]:
    """Return the range in which a driver may be changed; NotAllowedError where it cannot be changed so."""
    where = change.where or f"driver {change.driver}"
    allowed = {name: card.change_range for name, card in cards.items() if card.change_range is not None}
    if change.driver not in allowed:
        known = "no scenario may change it" if change.driver in cards else "no such driver"
        raise NotAllowedError(
            where, "driver", f"found {change.driver!r}, {known}. {nearest(change.driver, allowed)}"
        )
    card = cards[change.driver]
    if (change.units is None) != (card.everywhere is None):
        needs = "takes no units" if change.units is not None else "needs units: all, or a list"
        raise NotAllowedError(where, "units", f"driver {change.driver} {needs}.")
    if isinstance(change.units, list) and (odd := [unit for unit in change.units if unit not in units]):
        raise NotAllowedError(where, "units", f"found {', '.join(odd)}; origin units are {', '.join(units)}.")
    least, most = allowed[change.driver]
    ends, what = {
        "set": ((least, most), f"driver {change.driver} allows {{}} to {{}} ({card.unit})"),
        "add": ((least - most, most - least), f"to driver {change.driver} {{}} to {{}} may be added"),
        "multiply": ((0.0, MOST_FACTOR), "a factor is {} to {}, not a percentage"),
    }[change.operation]
    for value in change.values():
        if not ends[0] <= value <= ends[1]:
            key = "value" if change.path is None else "path"
            raise NotAllowedError(
                where, key, f"found {value:g}; {what.format(*(f'{end:g}' for end in ends))}."
            )
    return least, most


def check_span(changes: Changes, first: int, until: int) -> list[str]:
    """Refuse what would rewrite months before ``first``, or begins at the horizon; return what acts too late.

    Changes that all begin at the horizon or later leave nothing to compare; where some act, the others are
    named in sentences.
    """
    late = [change for change in changes.each if change.first_month >= until]
    for change in changes.each:
        if change.first_month < first:
            key, found = "from", change.start
            if isinstance(change, LeverChange) and change.start_month >= first:
                key, found = "announced", str(change.announced)
            raise NotAllowedError(
                change.where or change.id, key,
                f"found {found}; months before {month_label(first)} are recorded and cannot be set. Write "
                f"{month_label(first)} or later.",
            )  # fmt: skip
    said = [
        f"{change.where or change.id}: from: found {change.start}; begins after the horizon "
        f"{month_label(until)} and does nothing here. Choose a later --until."
        for change in late
    ]
    if late and len(late) == len(changes.each):
        raise ConfigError("\n".join(said))
    return said


def check_once(changes: Changes) -> None:
    """Refuse two lines of one file that set the same thing to two values where only their order decides.

    A later line may take over from an earlier one from a later month on; a host has its own line below that
    of its group.
    """
    for one, other in itertools.combinations(changes.levers, 2):
        covers = other.place in (EU, ALL) and one.place not in (other.place, ALL, UKRAINE)
        again = one if not covers else one.model_copy(update={"place": other.place})
        if contradicts(again, other) and (covers or other.start_month <= one.start_month):
            raise _twice(one, other, f"lever {one.lever} in {other.place}")
    for a, b in itertools.combinations(changes.drivers, 2):
        if a.contradicts(b) and b.start <= a.start:
            raise _twice(a, b, f"driver {a.driver}")


def _twice(one: LeverChange | DriverChange, other: LeverChange | DriverChange, what: str) -> NotAllowedError:
    said = (
        f"{what} has another value in {one.where} for the same months. Keep one, give the earlier one an "
        "end, or write them in order: earlier months first, EU and ALL above single hosts."
    )
    return NotAllowedError(other.where, "value", said)


def contradicts(one: LeverChange, other: LeverChange, hosts: Callable[[], HostAxis] | None = None) -> bool:
    """Return whether two changes give a lever two values in the same place and month for the same persons.

    Without ``hosts`` only places of the same name are the same; else all that have a host in common.
    """
    if one.lever != other.lever or same(one.number, other.number) or not one.meets(other):
        return False
    if one.who is not None and other.who is not None and not overlapping(one.who, other.who):
        return False
    return _shared(one.place, other.place, hosts)


def _shared(one: str | list[str], other: str | list[str], hosts: Callable[[], HostAxis] | None) -> bool:
    groups = {EU, ALL}
    if one == other or hosts is None or UKRAINE in (one, other) or not groups & {str(one), str(other)}:
        return one == other
    axis = hosts()
    return bool((hosts_of(one, axis) & hosts_of(other, axis)).any())


def all_allowed(
    changes: Changes,
    hosts: HostAxis,
    units: Sequence[str],
    levers: Mapping[str, Lever],
    drivers: Mapping[str, DriverCard],
) -> None:
    """Refuse, all faults at once, what cannot be set."""
    faults = []
    for change in changes.each:
        try:
            if isinstance(change, LeverChange):
                lever_of_change(hosts, levers, change)
            else:
                range_of_change(drivers, units, change)
        except ConfigError as error:
            faults.append(str(error))
    refuse_all(faults)
