"""A lever or a driver at a value, somewhere, from a month on: the one record of what somebody changes.

Scenario files, designs of sweeps, links and the app are read straight into :class:`LeverChange` and
:class:`DriverChange`. Dates stay as they were written; the months they count for are worked out here.
"""

import datetime as dt
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, PrivateAttr, model_validator

from abm.data.config import Strict
from abm.data.figures import DateText, MonthText, Text
from abm.months import month_index, month_label, to_day
from abm.policy.policy import Who


def _is_place(text: str) -> str:
    if re.fullmatch(r"[A-Z]{2}|elsewhere|EU|ALL", text, re.ASCII) is None:
        raise ValueError("must be a host by its two capitals, elsewhere, EU, ALL, or UA for Ukraine")
    return text


Place = Annotated[str, AfterValidator(_is_place)]
Value = float | str | None

HALF_MONTH = 15
"""A rule that starts on or before this day counts for the month, a later one from the next month."""


def month_of(text: str) -> int:
    """Return the first month a date counts for.

    >>> month_of("2024-03-14"), month_of("2024-09-28"), month_of("2024-03")
    (26, 33, 26)
    """
    day = to_day(text)
    return (day.year - 2022) * 12 + day.month - 1 + (day.day > HALF_MONTH)


def month_after(text: str) -> int:
    """Return the first month without a rule whose last day in force is given.

    >>> from abm.months import month_label
    >>> month_label(month_after("2028-03-04")), month_label(month_after("2027-03-31"))
    ('2028-03', '2027-04')
    """
    return month_of((to_day(text) + dt.timedelta(days=1)).isoformat())


def announced_month(text: str) -> int:
    """Return the month in which a date lies."""
    day = to_day(text)
    return (day.year - 2022) * 12 + day.month - 1


def as_number(value: Value) -> float:
    """Return a value of a lever as a number (months counted from 2022-01); NaN for None.

    A day is the last one in force; the number is that of the first month without.

    >>> as_number("2022-03"), as_number("2028-03-04"), as_number(0.5)
    (2.0, 74.0, 0.5)
    """
    if value is None:
        return float("nan")
    if not isinstance(value, str):
        return float(value)
    return float(month_after(value) if len(value) == len("YYYY-MM-DD") else month_index(value))


def check_dates(start: str, until: str | None, announced: str | None) -> None:
    """Raise ValueError if the days of a line do not follow one another."""
    if until is not None and to_day(until) <= to_day(start):
        raise ValueError(f"until {until} must lie after from {start}")
    if announced is not None and to_day(announced) > to_day(start):
        raise ValueError(f"announced {announced} must not lie after from {start}")


def refuse_twice(names: str | list[str] | None, key: str) -> None:
    """Raise ValueError if a list names something twice."""
    if isinstance(names, list) and (twice := sorted({name for name in names if names.count(name) > 1})):
        raise ValueError(f"{key}: {', '.join(twice)} stands twice; name each once")


class Written(Strict):
    """A line that remembers where it stands."""

    _where: str = PrivateAttr("")
    _scenario: str = PrivateAttr("")

    def found_at(self, where: str, scenario: str = "") -> Self:
        """Return the change with the place it was written in, and the scenario it belongs to."""
        marked = self.model_copy()
        marked._where, marked._scenario = where, scenario
        return marked

    @property
    def where(self) -> str:
        """File and line it was written in, for messages."""
        return self._where

    @property
    def scenario(self) -> str:
        """Scenario it belongs to; empty for what is in force."""
        return self._scenario


NO_END = 10**6
"""Month of an end that is not set; no run reaches it."""


class Rule(Written):
    """Where, when and for whom a lever is set: what every line about a lever says."""

    place: Place | Annotated[list[Place], Field(min_length=1)]
    start: Annotated[DateText, Field(alias="from")]
    until: DateText | None = None
    announced: DateText | None = None
    who: Who | None = None

    @model_validator(mode="after")
    def _dates_fit(self) -> Self:
        check_dates(self.start, self.until, self.announced)
        refuse_twice(self.place, "place")
        return self

    @property
    def places(self) -> list[str]:
        """Places it holds in."""
        return [self.place] if isinstance(self.place, str) else self.place

    @property
    def start_month(self) -> int:
        """First month it counts for."""
        return month_of(self.start)

    @property
    def until_month(self) -> int | None:
        """First month it no longer counts for."""
        return None if self.until is None else month_of(self.until)

    @property
    def announced_month(self) -> int | None:
        """Month in which it became known, if that was said."""
        return None if self.announced is None else announced_month(self.announced)

    @property
    def first_month(self) -> int:
        """First month in which it can make a difference."""
        known = self.announced_month
        return self.start_month if known is None else min(known, self.start_month)

    def meets(self, other: "Rule") -> bool:
        """Return whether both count in some month."""
        ends = min(NO_END if one.until_month is None else one.until_month for one in (self, other))
        return max(self.start_month, other.start_month) < ends


class LeverChange(Rule):
    """One lever at a value."""

    lever: str
    value: Value
    note: Text | None = None

    @model_validator(mode="after")
    def _number_or_month(self) -> Self:
        try:
            as_number(self.value)
        except ValueError as error:
            raise ValueError("value: write a number without quotes, with a point, or a month") from error
        return self

    @classmethod
    def of(
        cls, lever: str, place: str | list[str], start: int | str, value: Value, *,
        until: int | str | None = None, announced: int | str | None = None, who: Who | None = None,
        where: str = "", scenario: str = "",
    ) -> Self:  # fmt: skip
        """Return a change made in code; months as numbers or as dates."""

        def date(month: int | str | None) -> str | None:
            return month_label(month) if isinstance(month, int) else month

        made = cls.model_validate(
            {"lever": lever, "place": place, "from": date(start), "until": date(until),
             "announced": date(announced), "value": value, "who": who}
        )  # fmt: skip
        return made.found_at(where, scenario)

    def each_place(self) -> Iterator[Self]:
        """Yield one change per place."""
        for place in self.places:
            yield self.model_copy(update={"place": place})

    @property
    def number(self) -> float:
        """Value as a number: months counted from 2022-01."""
        return as_number(self.value)

    @property
    def id(self) -> str:
        """Name as a component of a comparison."""
        return f"{self.lever}:{self.place}"


class DriverChange(Written):
    """One driver of the war, the economy or the outlook, changed over some months."""

    driver: str  # Id of its card in ``configs/drivers``, which says what may be changed
    # Origin units; absent for drivers of Ukraine as a whole
    units: Literal["all"] | Annotated[list[str], Field(min_length=1)] | None = None
    start: Annotated[MonthText, Field(alias="from")]
    to: MonthText | None = None  # Last month of the change; to the horizon if absent
    operation: Literal["set", "add", "multiply"] = "set"
    value: float | None = None  # Used in every month; or ``path``: one value a month, the last one stays
    path: list[float] | None = None
    note: Text | None = None

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        if (self.value is None) == (self.path is None):
            raise ValueError("give either value or path")
        if self.path is not None and not self.path:
            raise ValueError("path: found an empty list; give one value a month")
        refuse_twice(self.units, "units")
        if self.to is not None and self.to < self.start:
            raise ValueError(f"to {self.to} must not lie before from {self.start}")
        return self

    @classmethod
    def of(
        cls, driver: str, start: int | str, value: float, operation: str = "set",
        units: Literal["all"] | list[str] | None = None, where: str = "", scenario: str = "",
    ) -> Self:  # fmt: skip
        """Return a change made in code."""
        first = month_label(start) if isinstance(start, int) else start
        line = {"driver": driver, "units": units, "from": first, "operation": operation, "value": value}
        return cls.model_validate(line).found_at(where, scenario)

    @property
    def id(self) -> str:
        """Name as a component of a comparison."""
        return f"driver:{self.driver}"

    @property
    def first_month(self) -> int:
        """First month in which it can make a difference."""
        return month_index(self.start)

    def values(self) -> list[float]:
        """Return the values, one a month."""
        if self.path is not None:
            return self.path
        assert self.value is not None
        return [self.value]

    def contradicts(self, other: "DriverChange") -> bool:
        """Return whether two changes set the same driver, unit and month to different values."""
        if self.driver != other.driver or self.operation != "set" or other.operation != "set":
            return False
        if self.values() == other.values() and self.start == other.start:
            return False
        if (
            isinstance(self.units, list)
            and isinstance(other.units, list)
            and not {*self.units} & {*other.units}
        ):
            return False
        return self.start <= (other.to or "9999-12") and other.start <= (self.to or "9999-12")


@dataclass(frozen=True)
class Changes:
    """What a scenario, a choice or a world of a sweep sets, in order; later changes win."""

    levers: tuple[LeverChange, ...] = ()
    drivers: tuple[DriverChange, ...] = ()

    @classmethod
    def of(cls, *changes: LeverChange | DriverChange) -> "Changes":
        """Return changes of both kinds together, one per place."""
        return cls(
            tuple(one for c in changes if isinstance(c, LeverChange) for one in c.each_place()),
            tuple(c for c in changes if isinstance(c, DriverChange)),
        )

    def __bool__(self) -> bool:
        """Whether anything is set."""
        return bool(self.levers or self.drivers)

    @property
    def each(self) -> tuple[LeverChange | DriverChange, ...]:
        """Every change, levers first."""
        return (*self.levers, *self.drivers)

    @property
    def first_month(self) -> int | None:
        """First month in which they can make a difference; None if they set nothing."""
        return min((change.first_month for change in self.each), default=None)

    def only(self, parts: Sequence["Changes"]) -> "Changes":
        """Return the changes that stand in one of the parts; their order, which decides who wins, stays."""
        return Changes(
            tuple(change for change in self.levers if any(change in part.levers for part in parts)),
            tuple(change for change in self.drivers if any(change in part.drivers for part in parts)),
        )

    def without_replaced(self, later: Sequence[LeverChange], lasting: Collection[str] = ()) -> "Changes":
        """Return the changes, ended where a later one of the same lever and place takes over.

        Levers named ``lasting`` have no end: their later value simply replaces the earlier one.
        """
        kept = []
        for change in self.levers:
            ends = [o.start_month for o in later if (o.lever, o.place) == (change.lever, change.place)]
            if change.until_month is not None:
                ends.append(change.until_month)
            until = min(ends, default=None)
            if until is None or (change.lever in lasting and until > change.start_month):
                kept.append(change)
            elif until > change.start_month:
                kept.append(change.model_copy(update={"until": month_label(until)}))
        return Changes(tuple(kept), self.drivers)


def joined(parts: Sequence[Changes]) -> Changes:
    """Return several changes one after the other."""
    return Changes(
        tuple(change for part in parts for change in part.levers),
        tuple(change for part in parts for change in part.drivers),
    )
