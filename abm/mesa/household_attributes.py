"""What can be asked of households: every column, and what follows from columns, as plain values.

One table, :data:`ATTRIBUTES`, serves single households and whole sets, so the two cannot differ.
Host numbers become host codes, category columns compare equal to the members of :mod:`abm.codes`,
and every number is widened (int64, float64), so a sum cannot overflow.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm import codes
from abm.arrays import Integers
from abm.errors import EweaError, nearest
from abm.households import COLUMNS
from abm.places import UKRAINE
from abm.state import State

Array = NDArray[Any]
Rows = slice | Integers
Compute = Callable[[State, Rows], Array]

DRAWN_ANEW = "every month computes it anew"
AT_CREATION = "it is fixed when the household is created"
NO_BIRTHS = "persons only come and go by booked flows, so that stocks and flows agree"


class UnknownAttributeError(EweaError, AttributeError):
    """A household has no attribute of this name."""


def column_of(state: State, name: str, rows: Rows) -> Array:
    """Return rows of a column as stored; a view where ``rows`` is a slice."""
    column: Array = state.households[name]
    return column[rows]


@dataclass(frozen=True)
class Attribute:
    """A number, as it stands in its column or as it follows from columns."""

    name: str
    unit: str
    meaning: str
    fixed: str = ""  # Why it cannot be set; empty if it can
    compute: Compute | None = None  # How it follows from columns

    def stored(self, state: State, rows: Rows) -> Array:
        """Return the column as stored; a view where ``rows`` is a slice."""
        return column_of(state, self.name, rows) if self.compute is None else self.compute(state, rows)

    def values(self, state: State, rows: Rows) -> Array:
        """Return the values a user sees, int64[n], float64[n], bool[n] or object[n]."""
        found = self.stored(state, rows)
        return found.astype(
            {"f": np.float64, "i": np.int64, "u": np.int64}.get(found.dtype.kind, found.dtype)
        )

    def value(self, state: State, row: int) -> Any:
        """Return the value of one household as a Python object; of several, a tuple of those there are."""
        found = self.stored(state, slice(row, row + 1))[0]
        if isinstance(found, np.ndarray):
            return tuple(each for each in (self.key(state, one) for one in found) if each is not None)
        return self.key(state, found)

    def code(self, state: State, value: Any) -> Any:
        """Return how one value is stored, or refuse it."""
        if self.compute is not None:
            return value
        is_number = isinstance(value, (int, float, np.number)) and not isinstance(value, IntEnum)
        if not is_number or isinstance(value, bool) or not math.isfinite(value):
            raise EweaError(f"{self.name}: found {value!r}; a number is needed.")
        return np.float32(value) if COLUMNS[self.name].dtype == "f4" else value

    def key(self, state: State, value: Any) -> Any:
        """Return one stored value as a Python object, which is also the key of its group."""
        return value.tolist() if isinstance(value, np.generic) else value


@dataclass(frozen=True)
class Code(Attribute):
    """A category of :mod:`abm.codes`."""

    kind: type[IntEnum] = IntEnum

    def code(self, state: State, value: Any) -> int:
        """Accept a member, its number or its name in any case."""
        if isinstance(value, str):
            names = {member.name.lower(): member for member in self.kind}
            if value.lower() not in names:
                raise EweaError(f"{self.name}: found {value!r}. {nearest(value.lower(), names)}")
            return int(names[value.lower()])
        is_number = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
        stranger = isinstance(value, IntEnum) and not isinstance(value, self.kind)
        if stranger or not is_number or int(value) not in self.kind.__members__.values():
            allowed = ", ".join(f"{int(member)} ({member.name.lower()})" for member in self.kind)
            raise EweaError(f"{self.name}: found {value!r}; allowed are {allowed}.")
        return int(value)

    def key(self, state: State, value: Any) -> IntEnum:
        """Return the member."""
        return self.kind(int(value))


@cache
def _names(ids: tuple[str | None, ...]) -> Array:
    return np.array(ids, dtype=object)


@dataclass(frozen=True)
class Name(Attribute):
    """A place or an origin unit, shown by its code (``NL``, ``UA63``); ``None`` where there is none."""

    is_unit: bool = False

    def names(self, state: State) -> Array:
        """Return the names by stored number, ``None`` last."""
        world = state.world
        # None comes last, which is what code -1 points at.
        return _names((*world.origins.ids, None) if self.is_unit else (*world.hosts.ids, UKRAINE, None))

    def values(self, state: State, rows: Rows) -> Array:
        """Return the names; of a row of several, an array of them."""
        return np.asarray(self.names(state)[self.stored(state, rows)])

    def code(self, state: State, value: Any) -> int:
        """Return the number of a name; -1 for ``None``."""
        names = self.names(state).tolist()
        if value is None:
            return -1
        if value not in names:
            raise EweaError(f"{self.name}: found {value!r}. {nearest(value, names[:-1])}")
        return int(names.index(value))

    def key(self, state: State, value: Any) -> Any:
        """Return the name."""
        return self.names(state)[int(value)]


@dataclass(frozen=True)
class Flag(Attribute):
    """Yes or no."""

    def values(self, state: State, rows: Rows) -> Array:
        """Return bool[n]."""
        return self.stored(state, rows).astype(np.bool_)

    def code(self, state: State, value: Any) -> bool:
        """Accept True, False, 1 and 0."""
        if not isinstance(value, (bool, int, np.bool_, np.integer)) or int(value) not in (0, 1):
            raise EweaError(f"{self.name}: found {value!r}; allowed are True and False.")
        return bool(value)

    def key(self, state: State, value: Any) -> bool:
        """Return True or False."""
        return bool(value)


@dataclass(frozen=True)
class ByKind(Attribute):
    """Persons by kind, int64[n, PersonKind]; of one household a dictionary."""

    def value(self, state: State, row: int) -> dict[codes.PersonKind, int]:
        """Return persons by kind."""
        persons = self.values(state, slice(row, row + 1))[0].tolist()
        return dict(zip(codes.PersonKind, persons, strict=True))


def _members(*kinds: int) -> Compute:
    """Return a count of the members of some kinds (of all, if none is named)."""
    which = list(kinds or codes.PersonKind)
    return lambda state, rows: column_of(state, "persons", rows)[:, which].sum(axis=1, dtype=np.int64)


def _by_kind(state: State, rows: Rows) -> Array:
    return column_of(state, "persons", rows).astype(np.int64)


def _real_persons(state: State, rows: Rows) -> Array:
    return _members()(state, rows) * column_of(state, "stands_for", rows).astype(np.int64)


def _real_by_kind(state: State, rows: Rows) -> Array:
    return _by_kind(state, rows) * column_of(state, "stands_for", rows).astype(np.int64)[:, None]


def _unique_id(state: State, rows: Rows) -> Array:
    return column_of(state, "household_id", rows)


def _group(state: State, rows: Rows) -> Array:
    origins = state.world.origins
    groups: Array = np.array(origins.groups, dtype=object)
    return groups[origins.group_of_unit[column_of(state, "origin", rows)]]


def _is_abroad(state: State, rows: Rows) -> Array:
    return column_of(state, "place", rows) < state.n_hosts


REAL = "real persons represented"
FOLLOWING = (
    Attribute("unique_id", "1", "the household_id, under Mesa's name", AT_CREATION, _unique_id),
    Attribute("members", "persons", "persons in the household abroad", NO_BIRTHS, _members()),
    Attribute("minors", "persons", "members under 18", NO_BIRTHS, _members(*codes.MINORS)),
    Attribute("working_age", "persons", "members aged 18 to 64", NO_BIRTHS, _members(*codes.WORKING_AGE)),
    ByKind("members_by_kind", "persons", "members by PersonKind", NO_BIRTHS, _by_kind),
    Attribute("persons", "persons", f"{REAL}: members times stands_for", NO_BIRTHS, _real_persons),
    ByKind("persons_by_kind", "persons", f"{REAL} by PersonKind", NO_BIRTHS, _real_by_kind),
    Attribute("origin_group", "1", "group of the origin unit", AT_CREATION, _group),
    Attribute("is_abroad", "bool", "lives in a host, not in Ukraine", "set the place instead", _is_abroad),
)
"""Attributes that are not columns."""

KINDS: dict[str, type[IntEnum]] = {
    "home": codes.Home,
    "age_band": codes.AgeBand,
    "income": codes.Income,
    "family": codes.FamilyInUkraine,
    "status": codes.Status,
    "employment": codes.Employment,
    "housing": codes.Housing,
    "schooling": codes.Schooling,
    "intention": codes.Intention,
    "aim": codes.Intention,
    "choice": codes.Choice,
}
PLACES, UNITS = ("place", "last_place", "kin_hosts"), ("origin", "ukraine_unit")

SETTABLE = {
    "place", "last_place", "ukraine_unit", "home", "age_band", "income", "family", "works_remotely",
    "months_here", "months_displaced", "months_collective", "status", "employed", "employment",
    "integration", "housing", "schooling", "ties", "attachment", "readiness",
}  # fmt: skip
"""Columns a user may set; a new column starts read-only, until somebody says what it may hold."""

MONTHLY = {"intention", "aim", "triggers", "choice", "contacts_returned", "contacts_onward"}


def _of_column(name: str) -> Attribute:
    column = COLUMNS[name]
    fixed = "" if name in SETTABLE else DRAWN_ANEW if name in MONTHLY else AT_CREATION
    base = (name, column.unit, column.meaning, fixed)
    if name in KINDS:
        return Code(*base, kind=KINDS[name])
    if name in PLACES or name in UNITS:
        return Name(*base, is_unit=name in UNITS)
    return Flag(*base) if column.unit == "bool" else Attribute(*base)


ATTRIBUTES: dict[str, Attribute] = {
    **{name: _of_column(name) for name in COLUMNS if name != "persons"},
    **{attribute.name: attribute for attribute in FOLLOWING},
}
"""All attributes by name. The column ``persons`` is shown as ``members_by_kind``: *members* counts
inside one household, *persons* counts the real persons it represents."""


def attribute(name: object) -> Attribute:
    """Return an attribute by name, or say which names are near."""
    found = ATTRIBUTES.get(name) if isinstance(name, str) else None
    if found is None:
        raise UnknownAttributeError(f"households have no attribute {name!r}. {nearest(name, ATTRIBUTES)}")
    return found
