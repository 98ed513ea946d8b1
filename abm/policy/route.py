"""The shape of a route file, ``configs/routes/<id>.yaml``."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from abm.codes import AgeBand, Employment, Housing, Income, Schooling, Status
from abm.data.config import Strict, fault, load_folder, load_named
from abm.data.figures import DateText, Text
from abm.data.tables import Label
from abm.errors import refuse_all
from abm.places import ALL, EU, unknown
from abm.policy.change import Place, check_dates

CODED = {
    "employment": Employment,
    "housing": Housing,
    "schooling": Schooling,
    "age_band": AgeBand,
    "income": Income,
}
"""Household columns that hold a code; conditions name its members in lower case."""

NUMBERS = ("months_here", "months_displaced", "employed", "integration", "months_collective")
"""Household columns that hold a number."""

DERIVED = ("income_eur_month", "adults", "minors", "older", "persons")
"""Values worked out from the columns (abm.month.status)."""

COLUMNS = (*CODED, *NUMBERS, *DERIVED)


class Condition(Strict):
    """One test of a household."""

    column: str  # What is looked at
    # Bounds; ``per_further_member`` is added to ``at_least`` for every person beyond the first
    at_least: float | None = None
    at_most: float | None = None
    per_further_member: float = 0.0
    one_of: list[str] | None = None  # Codes allowed, in lower case
    note: Text | None = None

    @model_validator(mode="after")
    def _fits(self) -> "Condition":
        if self.column not in COLUMNS:
            raise ValueError(f"column: no column {self.column!r}; allowed are {', '.join(COLUMNS)}")
        if (self.one_of is None) == (self.at_least is None and self.at_most is None):
            raise ValueError("give bounds (at_least, at_most) or one_of")
        if self.one_of is not None:
            if self.column not in CODED:
                raise ValueError(f"one_of: {self.column} holds a number; give at_least or at_most")
            names = [member.name.lower() for member in CODED[self.column]]
            if unknown := [name for name in self.one_of if name not in names]:
                raise ValueError(f"one_of: found {', '.join(unknown)}; allowed are {', '.join(names)}")
        elif self.column in CODED:
            raise ValueError(f"{self.column} holds a code; give one_of")
        return self


class Number(Strict):
    """A figure of a route with where it comes from."""

    value: float = Field(ge=0)
    unit: Text
    date: DateText
    status: Literal["recorded", "quoted", "derived", "assumed"]
    source: Text
    method: Text | None = None


class Opening(Strict):
    """A time in which a route is open."""

    start: Annotated[DateText, Field(alias="from")]
    until: DateText | None = None
    announced: DateText | None = None
    status: Literal["in_force", "announced", "proposed"]
    source: Text
    checked_on: DateText  # Day on which somebody last read that it is so

    @model_validator(mode="after")
    def _dates_fit(self) -> "Opening":
        check_dates(self.start, self.until, self.announced)
        return self


class Route(Strict):
    """One route."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    hosts: list[Place] = Field(min_length=1)  # Hosts, ``EU`` or ``ALL``, less ``except_hosts``
    except_hosts: list[Place] = Field(default_factory=list)
    label: Label
    explanation: Label
    gives: Literal["transition_permit", "regular_permit"]  # Title it leads to
    duration_months: Number
    # When it is open; those ``in_force`` act, others and none at all wait for a lever
    openings: list[Opening] = Field(default_factory=list)
    # Given to every holder in the month in which protection ends, without an application
    of_its_own_accord: bool = False
    interest: Number  # Monthly probability that a holder who means to stay applies
    unobserved_pass_share: Number  # Share who meet what no column shows (documents, record, insurance)
    conditions: list[Condition]
    source: Text
    note: Text | None = None

    @model_validator(mode="after")
    def _shares(self) -> "Route":
        for name in ("interest", "unobserved_pass_share"):
            if getattr(self, name).value > 1:
                raise ValueError(f"{name}.value: found {getattr(self, name).value:g}; allowed are 0 to 1")
        return self

    @property
    def title(self) -> Status:
        """Title it leads to, as a code."""
        return Status[self.gives.upper()]


FOLDER = "routes"


def load_routes(root: Path, host_ids: Sequence[str]) -> tuple[Route, ...]:
    """Return all routes in alphabetical order, checked, with the faults of all files at once."""

    def read(path: Path) -> Route:
        route = load_named(path, Route)
        refuse_all(
            fault(path, (key, number), unknown(place, host_ids))
            for key in ("hosts", "except_hosts")
            for number, place in enumerate(getattr(route, key))
            if place not in (*host_ids, EU, ALL)
        )
        return route

    return tuple(load_folder(root / FOLDER, read))
