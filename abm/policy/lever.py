"""The shape of a lever file, ``configs/levers/<id>.yaml``."""

import math
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from abm.data.config import Strict, fault, load_folder, load_named
from abm.data.figures import DateText, MonthText, Text, to_day
from abm.data.tables import Label
from abm.errors import ConfigError
from abm.places import ALL, EU, UKRAINE
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
    """A value of a lever somewhere, from a day on, with its source."""

    value: Value
    status: Literal["in_force", "announced", "proposed"]
    who: Who = Field(default_factory=Who)
    publisher: Text
    date: DateText
    source: Text
    note: Text | None = None
    method: Text | None = None

    @model_validator(mode="after")
    def _says_when_it_was_known(self) -> "Line":
        if self.status == "in_force" and self.announced is None and to_day(self.start) > to_day(self.date):
            raise ValueError(
                "in_force from a day after the date of its source needs announced: the day it was made known"
            )
        return self


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
        mechanisms = [action.to for action in self.acts_on]
        if len({m.per for m in mechanisms}) > 1:
            raise ValueError("acts_on: one lever acts on hosts or on Ukraine, not on both")
        ukraine = mechanisms[0].per == "ukraine"
        for place in (self.example_place, *(line.place for line in self.lines)):
            if (place == UKRAINE) != ukraine:
                raise ValueError(f"place {place}: this lever takes {'UA' if ukraine else 'hosts, EU or ALL'}")
        for number, line in enumerate(self.lines):
            self.check_value(line.value, f"lines.{number}.value")
            self.check_who(line.who, f"lines.{number}.who")
        self.check_who(self.who, "who")
        return self

    @property
    def neutral_number(self) -> float:
        """Neutral value as a number."""
        return as_number(self.neutral)

    @property
    def lasting(self) -> bool:
        """Whether its value holds until it is set again: a month in which something ends has no end."""
        return any(action.mechanism == "protection_end" for action in self.acts_on)

    def allows(self, number: float) -> bool:
        """Return whether a value lies inside the range, or is the neutral one."""
        least, most = as_number(self.range.least), as_number(self.range.most)
        return least <= number <= most or same(number, self.neutral_number)

    def in_force(self) -> list[LeverChange]:
        """Return the changes that hold in the baseline: its lines ``in_force``, one per place."""
        found: list[LeverChange] = []
        for number, line in enumerate(self.lines):
            if line.status == "in_force":
                change = LeverChange.of(
                    self.id, line.place, line.start, line.value, until=line.until, announced=line.announced,
                    who=line.who if line.who.selectors() else self.who,
                    where=f"configs/levers/{self.id}.yaml: lines.{number}",
                )  # fmt: skip
                found += change.each_place()
        return found

    def check_value(self, value: Value, key: str) -> float:
        """Return a value as a number (months counted from 2022-01)."""
        found = as_number(value)
        if isinstance(value, str) != isinstance(self.range.least, str):
            raise ValueError(f"{key}: found {value!r}; write it like range.least, {self.range.least!r}")
        if not self.allows(found):
            raise ValueError(f"{key}: found {value!r}; allowed are {self.range.least} to {self.range.most}")
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


def same(one: float, other: float) -> bool:
    """Return whether two numbers are equal, NaN included."""
    return one == other or (math.isnan(one) and math.isnan(other))


FOLDER = "levers"


def load_levers(root: Path) -> dict[str, Lever]:
    """Return all levers by id, in alphabetical order."""
    levers = load_folder(root / FOLDER, lambda path: load_named(path, Lever))
    return {lever.id: lever for lever in levers}


def changes_in_force(levers: Mapping[str, Lever]) -> tuple[LeverChange, ...]:
    """Return what holds in the baseline: all lines ``in_force``, oldest first."""
    found = [change for lever in levers.values() for change in lever.in_force()]
    return tuple(sorted(found, key=lambda c: (c.start_month, c.lever, c.place)))


def check_levers(
    root: Path,
    levers: Mapping[str, Lever],
    hosts: Collection[str],
    units: Collection[str],
    routes: Collection[str],
    coefficients: Collection[str],
) -> None:
    """Check what a lever file names elsewhere: hosts, origin units, routes, coefficients."""
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
            for place in [line.place] if isinstance(line.place, str) else line.place:
                if place not in (*hosts, EU, ALL, UKRAINE):
                    known = f"hosts are {', '.join(hosts)}, EU and ALL"
                    wrong.append((("lines", number, "place"), place, known))
        for location, who in chosen:
            for unit in [each for each in who.origins or [] if each not in units]:
                wrong.append(((*location, "origins"), unit, f"origin units are {', '.join(units)}"))
            try:
                who.kinds()
            except ValueError as error:
                wrong.append(((*location, "ages"), who.ages, str(error)))
        faults += [fault(path, at, f"found {found!r}; {allowed}.") for at, found, allowed in wrong]
    if faults:
        raise ConfigError("\n".join(faults))
