"""The shape of a lever file, ``configs/levers/<id>.yaml``."""

import itertools
import math
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from abm.data.config import Strict, fault, load_folder, load_named
from abm.data.figures import DateText, MonthText, Text
from abm.data.tables import Label
from abm.errors import refuse_all
from abm.months import month_label, to_day
from abm.places import ALL, EU, UKRAINE, HostAxis, hosts_of
from abm.policy.change import LeverChange, Place, Rule, Value, as_number
from abm.policy.policy import MECHANISMS, Mechanism, Who

Group = Literal["status", "regions", "benefits", "reception", "transition", "return", "ukraine"]


class Range(Strict):
    """The slider: least, largest and step; months are written as text."""

    least: float | MonthText
    most: float | MonthText
    step: float = Field(gt=0)


class Action(Strict):
    """How a lever moves one mechanism."""

    mechanism: str
    # ``value``: the lever's value, times ``factor``, is the mechanism's value
    by: Literal["value"] | None = None
    factor: float = 1.0
    # Value of the mechanism at the lever's example value (a number or the name of a coefficient); between
    # neutral and example it is interpolated
    at_example: float | str | None = None
    route: str | None = None

    @model_validator(mode="after")
    def _fits(self) -> "Action":
        if self.mechanism not in MECHANISMS:
            raise ValueError(f"unknown mechanism {self.mechanism!r}; there are {', '.join(MECHANISMS)}")
        if (self.by is None) == (self.at_example is None):
            raise ValueError("give either by: value or at_example, not both and not neither")
        if MECHANISMS[self.mechanism].per_route != (self.route is not None):
            needs = "needs" if MECHANISMS[self.mechanism].per_route else "takes no"
            raise ValueError(f"mechanism {self.mechanism} {needs} route")
        return self

    @property
    def to(self) -> Mechanism:
        """The mechanism it moves."""
        return MECHANISMS[self.mechanism]


class Sign(Strict):
    """What moving the lever from neutral to its example does to an outcome."""

    outcome: Literal[
        "stock", "arrivals", "returns", "onward_out", "onward_in", "protected", "asylum", "without_title",
        "regular_title", "employment", "collective_used", "places_short",
    ]  # fmt: skip
    place: Literal["example", "others", "ALL"] = "example"
    sign: Literal["+", "-", "0"]
    reason: Text | None = None


class Line(Rule):
    """A value of a lever somewhere, from a day on, with its source: one rule of the law."""

    value: Value
    low: float | None = None  # Margin of a value that nobody counted
    high: float | None = None
    # Enacted; decided by a government; on the table; said nowhere and taken by this project
    status: Literal["in_force", "announced", "proposed", "assumed"]
    # Why an announced rule is part of the baseline: what its own terms say
    baseline: Text | None = None
    who: Who = Field(default_factory=Who)
    publisher: Text
    date: DateText
    source: Text
    checked_on: DateText  # Day on which somebody last read that it is so
    note: Text | None = None
    method: Text | None = None

    @model_validator(mode="after")
    def _hangs_together(self) -> "Line":
        if (self.low is None) != (self.high is None):
            raise ValueError("low and high go together; give both or none")
        if (
            self.low is not None
            and self.high is not None
            and not self.low <= as_number(self.value) <= self.high
        ):
            raise ValueError(f"value {self.value} must lie between low {self.low:g} and high {self.high:g}")
        if self.method is None and (self.low is not None or self.status == "assumed"):
            raise ValueError("a line with a margin or with status assumed needs the key method: how and why")
        if self.baseline is not None and self.status != "announced":
            raise ValueError(f"baseline says why an announced rule counts; found status {self.status}")
        if to_day(self.checked_on) < to_day(self.date):
            raise ValueError(
                f"checked_on {self.checked_on} must not lie before date {self.date} of the source"
            )
        if self.status == "in_force" and self.announced is None and to_day(self.start) > to_day(self.date):
            raise ValueError(
                "in_force from a day after the date of its source needs announced: the day it was made known"
            )
        return self

    @property
    def counts(self) -> bool:
        """Whether it is part of the baseline."""
        return self.status in ("in_force", "assumed") or self.baseline is not None


class Lever(Strict):
    """One lever."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    group: Group
    label: Label
    explanation: Label
    unit: Text
    neutral: Value  # Value that changes nothing
    range: Range
    example: float | MonthText  # Value of the sign tests and of the switch in the app
    example_place: Place
    example_who: Who = Field(default_factory=Who)
    who: Who = Field(default_factory=Who)
    acts_on: list[Action] = Field(min_length=1)
    announcement: bool = False
    signs: list[Sign] = Field(default_factory=list)
    source: Text
    lines: list[Line] = Field(default_factory=list)

    @model_validator(mode="after")
    def _hangs_together(self) -> "Lever":
        self.check_value(self.example, "example")
        if len({action.to.per for action in self.acts_on}) > 1:
            raise ValueError("acts_on: one lever acts on hosts or on Ukraine, not on both")
        for place in (self.example_place, *(place for line in self.lines for place in line.places)):
            if (place == UKRAINE) != self.ukraine:
                takes = "UA" if self.ukraine else "hosts, EU or ALL"
                raise ValueError(f"place {place}: this lever takes {takes}")
        if as_number(self.range.least) >= as_number(self.range.most):
            raise ValueError(f"range: least {self.range.least} must lie below most {self.range.most}")
        if same(as_number(self.example), self.neutral_number):
            raise ValueError(f"example: found {self.example!r}, the neutral value; it must do something")
        for number, line in enumerate(self.lines):
            self.check_value(line.value, f"lines.{number}.value")
            self.check_who(line.who, f"lines.{number}.who")
        self.check_who(self.who, "who")
        return self

    @property
    def ukraine(self) -> bool:
        """Whether it is set in Ukraine and not in hosts."""
        return self.acts_on[0].to.per == "ukraine"

    @property
    def neutral_number(self) -> float:
        """Neutral value as a number."""
        return as_number(self.neutral)

    @property
    def lasting(self) -> bool:
        """Whether its value holds until it is set again: a month in which something ends has no end."""
        return any(action.mechanism == "protection_end" for action in self.acts_on)

    @property
    def is_switch(self) -> bool:
        """Whether only the two ends of its range mean anything."""
        least, most = self.range.least, self.range.most
        return not isinstance(least, str) and not isinstance(most, str) and self.range.step == most - least

    def allows(self, number: float) -> bool:
        """Return whether a value lies inside the range, or is the neutral one."""
        least, most = as_number(self.range.least), as_number(self.range.most)
        return least <= number <= most or same(number, self.neutral_number)

    def in_force(self, known_on: str | None = None) -> list[LeverChange]:
        """Return the changes that hold in the baseline, one per place: what had been made known by a day."""
        found: list[LeverChange] = []
        for number, line in enumerate(self.lines):
            known = known_on is None or to_day(line.announced or line.start) <= to_day(known_on)
            if line.counts and known:
                # A decision about the end of protection names an end itself; its own end is the next one.
                change = LeverChange.of(
                    self.id, line.place, line.start, line.value,
                    until=None if self.lasting else line.until, announced=line.announced,
                    who=self.who_of(line),
                    where=f"configs/levers/{self.id}.yaml: lines.{number}",
                )  # fmt: skip
                found += change.each_place()
        return found

    def who_of(self, line: Line) -> Who:
        """Return who a line is about."""
        return line.who if line.who.selectors() else self.who

    def check_value(self, value: Value, key: str) -> float:
        """Return a value as a number (months counted from 2022-01)."""
        if isinstance(value, str) != isinstance(self.range.least, str):
            raise ValueError(f"{key}: found {value!r}; write it like range.least, {self.range.least!r}")
        try:
            found = as_number(value)
        except ValueError as error:
            raise ValueError(f"{key}: found {value!r}; write a month, YYYY-MM, or a day") from error
        if not self.allows(found):
            raise ValueError(f"{key}: found {value!r}; allowed are {self.range.least} to {self.range.most}")
        if self.is_switch and not same(found, self.neutral_number):
            ends = (self.range.least, self.range.most)
            if found not in ends:
                raise ValueError(f"{key}: found {value!r}; a switch is {ends[0]} or {ends[1]}")
        return found

    def check_who(self, who: Who, key: str) -> None:
        """Raise ValueError if a mechanism cannot tell apart whom a line names."""
        for action in self.acts_on:
            if extra := sorted(who.selectors() - action.to.selectors - {"arrived"}):
                allowed = ", ".join(sorted(action.to.selectors)) or "no selector"
                raise ValueError(
                    f"{key}: mechanism {action.mechanism} cannot be limited by {', '.join(extra)}; "
                    f"allowed: {allowed}"
                )
        if "arrived" in who.selectors() and not any("arrived" in a.to.selectors for a in self.acts_on):
            raise ValueError(f"{key}: none of the lever's mechanisms tells newcomers from holders")


def contradictions(lever: Lever, hosts: HostAxis) -> list[tuple[int, tuple[str, str]]]:
    """Return lines that say something else than an earlier one: number, what was found, what is allowed."""
    found = []
    counting = [(number, line) for number, line in enumerate(lever.lines) if line.counts]
    for (first, one), (second, other) in itertools.combinations(counting, 2):
        agree = same(as_number(one.value), as_number(other.value))
        if agree or not one.meets(other) or not overlapping(lever.who_of(one), lever.who_of(other)):
            continue
        shared = {UKRAINE} & {*one.places} & {*other.places}
        if not shared:
            both = hosts_of(one.places, hosts) & hosts_of(other.places, hosts)
            shared = {host for host, is_in in zip(hosts.ids, both, strict=True) if is_in}
        if shared:
            month = month_label(max(one.start_month, other.start_month))
            said = f"{other.value} in {month} where lines.{first} says {one.value}"
            needed = (
                f"a place has one value a month for the same persons ({', '.join(sorted(shared))}): give the "
                "earlier line an until, or limit who or place"
            )
            found.append((second, (said, needed)))
    return found


def overlapping(one: Who, other: Who) -> bool:
    """Return whether two choices of persons share anybody."""
    if one.origins is not None and other.origins is not None and not {*one.origins} & {*other.origins}:
        return False
    return bool((one.kinds() & other.kinds()).any())


def same(one: float, other: float) -> bool:
    """Return whether two numbers are equal, NaN included."""
    return one == other or (math.isnan(one) and math.isnan(other))


FOLDER = "levers"


def load_levers(root: Path) -> dict[str, Lever]:
    """Return all levers by id, in alphabetical order."""
    levers = load_folder(root / FOLDER, lambda path: load_named(path, Lever))
    return {lever.id: lever for lever in levers}


def changes_in_force(levers: Mapping[str, Lever], known_on: str | None = None) -> tuple[LeverChange, ...]:
    """Return what holds in the baseline, oldest first; of it what had been made known by a day, if named."""
    found = [change for lever in levers.values() for change in lever.in_force(known_on)]
    return tuple(sorted(found, key=lambda c: (c.start_month, c.lever, c.place)))


def check_levers(
    root: Path,
    levers: Mapping[str, Lever],
    hosts: HostAxis,
    units: Collection[str],
    routes: Collection[str],
    coefficients: Collection[str],
) -> None:
    """Check what a lever file names elsewhere: hosts, origin units, routes, coefficients.

    Two lines of a lever that count in the same place and month, for persons they share, must say the same.
    """
    faults: list[str] = []
    for lever in levers.values():
        path = root / FOLDER / f"{lever.id}.yaml"
        wrong: list[tuple[tuple[int | str, ...], object, str]] = []
        for number, action in enumerate(lever.acts_on):
            where = ("acts_on", number)
            if isinstance(action.at_example, str) and action.at_example not in coefficients:
                needed = "it must stand in configs/coefficients/priors.csv"
                wrong.append(((*where, "at_example"), action.at_example, needed))
            if action.route is not None and action.route not in routes:
                wrong.append(((*where, "route"), action.route, f"routes are {', '.join(sorted(routes))}"))
        chosen: list[tuple[tuple[int | str, ...], Who]] = [(("who",), lever.who)]
        for number, line in enumerate(lever.lines):
            chosen.append((("lines", number, "who"), line.who))
            for place in line.places:
                if place not in (*hosts.ids, EU, ALL, UKRAINE):
                    known = f"hosts are {', '.join(hosts.ids)}, EU and ALL"
                    wrong.append((("lines", number, "place"), place, known))
        for location, who in chosen:
            for unit in [each for each in who.origins or [] if each not in units]:
                wrong.append(((*location, "origins"), unit, f"origin units are {', '.join(units)}"))
            try:
                who.kinds()
            except ValueError as error:
                wrong.append(((*location, "ages"), who.ages, str(error)))
        if not wrong:
            wrong = [(("lines", later), *said) for later, said in contradictions(lever, hosts)]
        faults += [fault(path, at, f"found {found!r}; {allowed}.") for at, found, allowed in wrong]
    refuse_all(faults)
