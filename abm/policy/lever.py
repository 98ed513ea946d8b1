"""The shape of a lever file, ``configs/levers/<id>.yaml``."""

import math
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from abm.codes import N_KINDS, SEX_OF_KIND, PersonKind
from abm.data.config import Strict
from abm.data.figures import DateText, Text, to_day
from abm.data.series_card import Label
from abm.months import month_index
from abm.policy.mechanism import MECHANISMS, Mechanism

Group = Literal["status", "regions", "benefits", "reception", "transition", "return", "ukraine"]
Place = Annotated[str, Field(pattern=r"^([A-Z]{2}|elsewhere|EU|ALL)$")]
Value = float | str | None

MonthText = Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]


class Who(Strict):
    """Who is concerned; a key that is absent selects everybody.

    Attributes
    ----------
    arrived : str
        ``newcomers`` keep the terms of their month of entry; holders keep the old ones.
    origins : list of str
        Pcodes of origin units.
    sex, ages : str, list of int
        Persons concerned; ``ages`` is [youngest, oldest].
    vulnerable_exempt : bool
        Households with minors or people of 65 and over are left out.
    """

    arrived: Literal["everyone", "newcomers"] = "everyone"
    origins: list[str] | None = None
    sex: Literal["male", "female"] | None = None
    ages: list[int] | None = None
    vulnerable_exempt: bool = False

    @model_validator(mode="after")
    def _ages_rise(self) -> "Who":
        if self.ages is not None and (len(self.ages) != 2 or not 0 <= self.ages[0] < self.ages[1]):
            raise ValueError("ages must be [youngest, oldest], for example [18, 60]")
        return self

    def said(self) -> set[str]:
        """Return the selectors that narrow the choice."""
        narrow = {"origins": self.origins, "sex": self.sex, "ages": self.ages}
        found = {name for name, value in narrow.items() if value is not None}
        if self.arrived != "everyone":
            found.add("arrived")
        if self.vulnerable_exempt:
            found.add("vulnerable_exempt")
        return found


class Range(Strict):
    """The slider: least, largest and step; months are written as text."""

    least: float | MonthText
    most: float | MonthText
    step: float = Field(gt=0)


class Action(Strict):
    """How a lever moves one mechanism.

    Attributes
    ----------
    by : str
        ``value``: the lever's value, times ``factor``, is the mechanism's value.
    at_example : float or str
        Value of the mechanism at the lever's example value (a number or the name of a coefficient);
        between neutral and example it is interpolated.
    """

    mechanism: str
    by: Literal["value"] | None = None
    factor: float = 1.0
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


class Line(Strict):
    """A value of a lever somewhere, from a day on."""

    place: Place | list[Place] | Literal["UA"]
    start: Annotated[DateText, Field(alias="from")]
    until: DateText | None = None
    announced: DateText | None = None
    value: Value
    status: Literal["in_force", "announced", "proposed"]
    who: Who = Field(default_factory=Who)
    publisher: Text
    date: DateText
    source: Text
    note: Text | None = None
    method: Text | None = None

    @model_validator(mode="after")
    def _dates_fit(self) -> "Line":
        check_dates(self.start, self.until, self.announced)
        if self.status == "in_force" and self.announced is None and to_day(self.start) > to_day(self.date):
            raise ValueError(
                "in_force from a day after the date of its source needs announced: the day it was made known"
            )
        return self


class Lever(Strict):
    """One lever.

    Attributes
    ----------
    neutral : number, text or None
        Value that changes nothing.
    example : number or text
        Value of the sign tests and of the switch in the app.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    group: Group
    label: Label
    explanation: Label
    unit: Text
    neutral: Value
    range: Range
    example: float | MonthText
    example_place: Place | Literal["UA"]
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
            if (place == "UA") != ukraine:
                raise ValueError(f"place {place}: this lever takes {'UA' if ukraine else 'hosts, EU or ALL'}")
        for number, line in enumerate(self.lines):
            self.check_value(line.value, f"lines.{number}.value")
            self.check_who(line.who, f"lines.{number}.who")
        self.check_who(self.who, "who")
        return self

    def check_value(self, value: Value, key: str) -> float:
        """Return a value as a number (months counted from 2022-01).

        Raises
        ------
        ValueError
            If it is of the wrong kind or outside the range.
        """
        found, least, most = as_number(value), as_number(self.range.least), as_number(self.range.most)
        if isinstance(value, str) != isinstance(self.range.least, str):
            raise ValueError(f"{key}: found {value!r}; write it like range.least, {self.range.least!r}")
        if not (least <= found <= most) and not same(found, as_number(self.neutral)):
            raise ValueError(f"{key}: found {value!r}; allowed are {self.range.least} to {self.range.most}")
        return found

    def check_who(self, who: Who, key: str) -> None:
        """Raise ValueError if a mechanism cannot tell apart whom a line names."""
        for action in self.acts_on:
            if extra := sorted(who.said() - action.to.selectors - {"arrived"}):
                allowed = ", ".join(sorted(action.to.selectors)) or "no selector"
                raise ValueError(
                    f"{key}: mechanism {action.mechanism} cannot be limited by {', '.join(extra)}; "
                    f"allowed: {allowed}"
                )
        if "arrived" in who.said() and not any("arrived" in a.to.selectors for a in self.acts_on):
            raise ValueError(f"{key}: none of the lever's mechanisms tells newcomers from holders")


def as_number(value: Value) -> float:
    """Return a value of a lever as a number; NaN for None.

    >>> as_number("2022-03"), as_number(0.5)
    (2.0, 0.5)
    """
    if value is None:
        return math.nan
    if isinstance(value, str):
        if value in ("nan", ".nan"):
            return math.nan
        return float(month_index(value))
    return float(value)


def same(one: float, other: float) -> bool:
    """Return whether two numbers are equal, NaN included."""
    return one == other or (math.isnan(one) and math.isnan(other))


def check_dates(start: str, until: str | None, announced: str | None) -> None:
    """Raise ValueError if the days of a line do not follow one another."""
    if until is not None and to_day(until) <= to_day(start):
        raise ValueError(f"until {until} must lie after from {start}")
    if announced is not None and to_day(announced) > to_day(start):
        raise ValueError(f"announced {announced} must not lie after from {start}")


AGES = {
    PersonKind.WOMEN_18_64: (18, 64),
    PersonKind.MEN_18_22: (18, 22),
    PersonKind.MEN_23_60: (23, 60),
    PersonKind.MEN_61_64: (61, 64),
    PersonKind.GIRLS: (0, 17),
    PersonKind.BOYS: (0, 17),
    PersonKind.WOMEN_65: (65, 120),
    PersonKind.MEN_65: (65, 120),
}
"""Youngest and oldest of every kind, years."""


def kinds_of(who: Who) -> NDArray[np.bool_]:
    """Return the kinds of persons concerned, bool[8].

    Raises
    ------
    ValueError
        If the ages cut through a kind of the sex concerned.
    """
    chosen = np.zeros(N_KINDS, np.bool_)
    for kind, (youngest, oldest) in AGES.items():
        if who.sex is not None and SEX_OF_KIND[kind] != who.sex:
            continue
        if who.ages is None:
            chosen[kind] = True
            continue
        low, high = who.ages
        inside = low <= youngest and oldest <= high
        if not inside and not (oldest < low or high < youngest):
            raise ValueError(f"these ages cut through the group of {youngest} to {oldest}; include it or not")
        chosen[kind] = inside
    return chosen
