"""The law of a day: every dated rule of hosts, the Union and Ukraine in one table.

Rules stand where the model reads them: lines of levers, openings of routes, benefits of country files; those
nothing expresses stand in ``configs/law.yaml``. :func:`law_on` says what is in force on a day, what is coming
and when somebody last checked it.
"""

import datetime as dt
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from abm.data.config import Strict, fault, load
from abm.data.figures import DateText, Text
from abm.data.folder import load_settings
from abm.data.hosts import Country, load_countries
from abm.data.tables import Label
from abm.errors import refuse_all
from abm.months import to_day
from abm.places import ALL, EU, UKRAINE, Members, hosts_of, unknown
from abm.policy.change import Place, check_dates, month_after
from abm.policy.lever import Lever, load_levers
from abm.policy.policy import Who
from abm.policy.route import Route, load_routes

STALE_AFTER = 120
"""Days after which a rule that nobody checked again is flagged."""

FILE = "law.yaml"

Standing = Literal["in_force", "announced", "proposed", "assumed", "lapsed"]


class Provision(Strict):
    """A rule that no lever and no route expresses."""

    rule: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    label: Label
    place: Place | list[Place]
    value: float | Text
    unit: Text
    start: Annotated[DateText, Field(alias="from")]
    until: DateText | None = None
    announced: DateText | None = None
    status: Literal["in_force", "announced", "proposed"]
    who: Text
    publisher: Text
    source: Text
    checked_on: DateText
    note: Text | None = None

    @model_validator(mode="after")
    def _dates_fit(self) -> "Provision":
        check_dates(self.start, self.until, self.announced)
        return self


class LawFile(Strict):
    """The file as written."""

    rules: list[Provision]


@dataclass(frozen=True)
class LawRow:
    """One rule in one place, as it stands on a day."""

    rule: str
    place: str
    value: float | str | None
    unit: str
    since: str  # First day in force
    until: str | None
    status: Standing
    who: str
    source: str
    checked_on: str
    announced: str | None = None
    publisher: str = ""
    note: str | None = None
    low: float | None = None
    high: float | None = None
    label: dict[str, str] = field(default_factory=dict)

    def stale(self, day: str) -> bool:
        """Return whether nobody has checked a rule for too long that still matters on a day."""
        age = (to_day(day) - to_day(self.checked_on)).days
        return self.status != "lapsed" and age > STALE_AFTER

    def to_dict(self, day: str) -> dict[str, Any]:
        """Return the row as plain data."""
        row = asdict(self)
        row.pop("label")
        return {
            **{("from" if name == "since" else name): value for name, value in row.items()},
            "stale": self.stale(day),
        }


def load_provisions(root: Path, hosts: Sequence[str]) -> list[Provision]:
    """Return the rules that only ``ewea law`` shows, checked."""
    path = root / FILE
    rules = load(path, LawFile).rules
    faults = []
    for number, one in enumerate(rules):
        for place in _places(one.place):
            if place not in (*hosts, EU, ALL, UKRAINE):
                faults.append(fault(path, ("rules", number, "place"), unknown(place, hosts)))
    for (first, one), (second, other) in itertools.combinations(enumerate(rules), 2):
        shared = {*_places(one.place)} & {*_places(other.place)}
        same_thing = (one.rule, one.who) == (other.rule, other.who) and one.value != other.value
        if same_thing and shared and not _apart(one, other):
            found = f"found {other.value} where rules.{first} says {one.value}"
            allowed = f"one value at a time in {', '.join(sorted(shared))}: give the earlier rule an until."
            faults.append(fault(path, ("rules", second), f"{found}; allowed is {allowed}"))
    refuse_all(faults)
    return rules


def _apart(one: Provision, other: Provision) -> bool:
    pairs = ((one, other), (other, one))
    return any(a.until is not None and to_day(a.until) <= to_day(b.start) for a, b in pairs)


def _places(place: str | list[str]) -> list[str]:
    return [place] if isinstance(place, str) else place


def persons_concerned(who: Who) -> str:
    """Return whom a rule is about, in words."""
    parts = []
    if who.sex or who.ages:
        people = {"male": "men", "female": "women", None: "people"}[who.sex]
        parts.append(f"{people} of {who.ages[0]} to {who.ages[1]}" if who.ages else people)
    if who.origins:
        parts.append(f"from {' '.join(who.origins)}")
    if who.arrived == "newcomers":
        parts.append("newcomers")
    if who.vulnerable_exempt:
        parts.append("households without minors or people of 65 and over")
    return ", ".join(parts) or "everybody"


def standing(status: str, start: str, until: str | None, day: str) -> Standing:
    """Return how a rule stands on a day.

    >>> standing("in_force", "2026-08-05", None, "2026-07-20")
    'announced'
    >>> standing("in_force", "2025-07-15", "2026-08-05", "2026-11-29")
    'lapsed'
    """
    now = to_day(day)
    if until is not None and to_day(until) <= now:
        return "lapsed"
    if status == "in_force" and to_day(start) > now:
        return "announced"
    found: Standing = status  # type: ignore[assignment]
    return found


def _of_levers(levers: Sequence[Lever]) -> Iterator[tuple[str, LawRow]]:
    for lever in levers:
        for line in lever.lines:
            known = line.announced or min(line.start, line.date)
            # The lever's value is a first month without protection; a line says the last day in force.
            unit = "last day" if lever.lasting else lever.unit
            for place in line.places:
                yield known, LawRow(
                    lever.id, place, line.value, unit, line.start, line.until, line.status,
                    persons_concerned(lever.who_of(line)), line.source, line.checked_on, line.announced,
                    line.publisher, line.note or line.baseline or line.method, line.low, line.high,
                    lever.label.model_dump(),
                )  # fmt: skip


def _of_routes(routes: Sequence[Route]) -> Iterator[tuple[str, LawRow]]:
    for route in routes:
        for one in route.openings:
            for place in route.hosts:
                yield one.announced or one.start, LawRow(
                    f"route_{route.id}", place, 1.0, "1 (open)", one.start, one.until, one.status,
                    "holders of protection who meet its conditions", one.source, one.checked_on,
                    one.announced, "", route.explanation.en, label=route.label.model_dump(),
                )  # fmt: skip


BENEFIT = {"en": "Cash support", "nl": "Leefgeld", "uk": "Грошова допомога"}


def _of_benefits(countries: Sequence[Country]) -> Iterator[tuple[str, LawRow]]:
    for country in countries:
        figures = country.benefit_eur_month
        for one, following in itertools.zip_longest(figures, figures[1:]):
            until = None if following is None else following.date
            yield one.date, LawRow(
                "benefit_eur_month", country.id, one.value, one.unit, one.date, until, "in_force",
                "one adult without income, rent excluded", one.publisher, one.checked_on or one.date,
                publisher=one.publisher, note=one.note or one.method, label=BENEFIT,
            )  # fmt: skip


def _of_provisions(provisions: Sequence[Provision]) -> Iterator[tuple[str, LawRow]]:
    for one in provisions:
        for place in _places(one.place):
            yield one.announced or one.start, LawRow(
                one.rule, place, one.value, one.unit, one.start, one.until, one.status, one.who, one.source,
                one.checked_on, one.announced, one.publisher, one.note, label=one.label.model_dump(),
            )  # fmt: skip


def _all(root: Path) -> tuple[tuple[tuple[str, LawRow], ...], Members]:
    countries = load_countries(root)
    axis = Members([c.id for c in countries], [c.eu_member for c in countries])
    rows = [
        *_of_levers(list(load_levers(root).values())),
        *_of_routes(load_routes(root, axis.ids)),
        *_of_benefits(countries),
        *_of_provisions(load_provisions(root, axis.ids)),
    ]
    return tuple(rows), axis


def law_on(
    root: Path, day: str | None = None, place: str | None = None, *, lapsed: bool = False
) -> list[LawRow]:
    """Return the rules known on a day (that of the settings if absent): in force, coming, on the table.

    ``place`` keeps what holds there, rules of the Union included; ``lapsed`` adds what is over.
    """
    on = day or load_settings(root).as_of
    rows, axis = _all(root)
    found = []
    for known, row in rows:
        if to_day(known) > to_day(on) or not _holds_in(row.place, place, axis):
            continue
        now = standing(row.status, row.since, row.until, on)
        if now != "lapsed" or lapsed:
            # The day of the next act about the end of protection was not known before.
            until = None if row.rule == "protection_end" and now != "lapsed" else row.until
            found.append(replace(row, status=now, until=until))
    order = ("in_force", "assumed", "announced", "proposed", "lapsed")
    return sorted(found, key=lambda r: (order.index(r.status), r.rule, r.place, to_day(r.since)))


def _holds_in(where: str, place: str | None, axis: Members) -> bool:
    if place is None:
        return True
    if UKRAINE in (where, place):
        return where == place
    asked, there = hosts_of(place, axis, "--place"), hosts_of(where, axis)
    return bool((asked & there).any())


def end_of_protection(root: Path, place: str = EU, day: str | None = None) -> str | None:
    """Return the last day of protection in a place as the law of a day says; the latest where they differ."""
    days = [
        str(row.value)
        for row in law_on(root, day, place)
        if row.rule == "protection_end" and row.status in ("in_force", "announced", "assumed")
    ]
    return max(days, key=lambda text: (month_after(text), text), default=None)


@dataclass(frozen=True)
class LawState:
    """How well the law of a day is known: what README, command and app say of it."""

    day: str
    rules: int
    stale: int
    oldest: str | None  # Day of the check longest ago

    @property
    def sentence(self) -> str:
        """One English sentence."""
        day = to_day(self.day)
        said = f"The law is that of {day.day} {day:%B %Y}: {self.rules} rules in force, coming or proposed"
        if not self.stale:
            return f"{said}, all checked in the last {STALE_AFTER} days."
        return f"{said}; {self.stale} of them have not been checked for {STALE_AFTER} days."


def law_state(root: Path, day: str | None = None) -> LawState:
    """Return how many rules there are on a day, and how many nobody has checked for too long."""
    on = day or load_settings(root).as_of
    rows = law_on(root, on)
    old = [row.checked_on for row in rows if row.stale(on)]
    return LawState(on, len(rows), len(old), min(old, default=None))


def to_date(text: str) -> dt.date:
    """Return a day asked for; ValueError if it is none."""
    return dt.date.fromisoformat(text)
