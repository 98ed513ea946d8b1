"""The table of household columns: name, type, unit and meaning, declared once.

One household is one row. Codes are unsigned, so that a compiled look-up needs no test for
negative numbers. Kernels receive all columns as one named tuple of arrays, so a column
added here reaches every kernel and every copy without further edits.
"""

from __future__ import annotations

from collections import namedtuple
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.arrays import Integers
from abm.codes import N_KINDS

N_CONTACTS = 4
"""Contacts a household looks to; stored as row numbers, -1 where it has fewer."""


@dataclass(frozen=True)
class HouseholdColumn:
    """One column: NumPy type, values per household, unit, meaning and value of a blank row."""

    dtype: str
    width: int
    unit: str
    meaning: str
    blank: float = 0


COLUMNS: dict[str, HouseholdColumn] = {
    "household_id": HouseholdColumn("i8", 1, "1", "key of all draws; never reused, never the row number"),
    "stands_for": HouseholdColumn("i2", 1, "households", "real households this one represents", 1),
    "persons": HouseholdColumn("i1", N_KINDS, "persons", "members abroad by kind (PersonKind)"),
    "place": HouseholdColumn("u1", 1, "code", "host number, or the number of hosts for Ukraine"),
    "last_place": HouseholdColumn("i1", 1, "code", "host before the present place, -1 for none", -1),
    "ukraine_unit": HouseholdColumn("i1", 1, "code", "origin unit lived in after a return, -1 abroad", -1),
    "origin": HouseholdColumn("u1", 1, "code", "origin unit"),
    "home": HouseholdColumn("u1", 1, "code", "state of the home in Ukraine (Home)"),
    "age_band": HouseholdColumn("u1", 1, "code", "age of the head (AgeBand)"),
    "income": HouseholdColumn("u1", 1, "code", "income before the war, thirds (Income)"),
    "family": HouseholdColumn("u1", 1, "code", "close family in Ukraine (FamilyInUkraine)"),
    "works_remotely": HouseholdColumn("u1", 1, "bool", "works remotely for Ukraine"),
    "profile": HouseholdColumn("u2", 1, "code", "joint code of the slow attributes (abm.factors)"),
    "kin_hosts": HouseholdColumn("i1", 2, "code", "hosts with close kin, -1 for none", -1),
    "contacts": HouseholdColumn("i4", N_CONTACTS, "row", "households looked to, -1 for none", -1),
    "contacts_returned": HouseholdColumn("f4", 1, "share", "contacts now in Ukraine"),
    "contacts_onward": HouseholdColumn("f4", 1, "share", "contacts abroad in another host"),
    "cohort": HouseholdColumn("u2", 1, "month", "month of first arrival abroad"),
    "months_here": HouseholdColumn("u2", 1, "month", "completed months in the present place"),
    "months_displaced": HouseholdColumn("u2", 1, "month", "completed months abroad, all stays together"),
    "status": HouseholdColumn("u1", 1, "code", "legal status (Status)"),
    "employed": HouseholdColumn("i1", 1, "persons", "members with a job in the host country"),
    "employment": HouseholdColumn("u1", 1, "code", "best job of the household (Employment)"),
    "integration": HouseholdColumn("f4", 1, "0..1", "language and other capital for the present host"),
    "housing": HouseholdColumn("u1", 1, "code", "dwelling (Housing)"),
    "months_collective": HouseholdColumn("u2", 1, "month", "completed months in collective housing"),
    "schooling": HouseholdColumn("u1", 1, "code", "schooling of the minors (Schooling)"),
    "ties": HouseholdColumn("f4", 1, "0..1", "strength of ties to Ukraine"),
    "attachment": HouseholdColumn("f4", 1, "SD", "persistent taste for Ukraine, drawn once"),
    "readiness": HouseholdColumn("f4", 1, "SD", "persistent readiness to move, drawn once"),
    "opinion_return": HouseholdColumn(
        "f4", 1, "log odds", "personal error of the wish to return, logistic, drawn once"
    ),
    "opinion_onward": HouseholdColumn(
        "f4", 1, "log odds", "personal error of the wish to move onward, logistic, drawn once"
    ),
    "intention": HouseholdColumn("u1", 1, "code", "answer to a survey this month (Intention)", 1),
    "aim": HouseholdColumn("u1", 1, "code", "the answer with as much of the outlook as moves the deed", 1),
    "triggers": HouseholdColumn("u1", 1, "flags", "events of this month (abm.kernels.layout)"),
    "choice": HouseholdColumn("u1", 1, "code", "decision of this month (Choice)"),
}

BYTES_PER_HOUSEHOLD = sum(np.dtype(c.dtype).itemsize * c.width for c in COLUMNS.values())

Columns = namedtuple("Columns", list(COLUMNS))  # type: ignore[misc]
"""All columns of a population as arrays of one length; what kernels take."""


GROWTH = 1.3
"""Factor by which the table grows when it is full."""


class Households:
    """All simulated households.

    Rows are only ever appended. ``columns()`` returns NumPy views of the rows in use, so a kernel that
    writes to them writes to the population. ``row_of`` int64[m] is the present row of the first ``m``
    households created; later ones stand where they were created. It is empty until rows are put in
    another order.
    """

    def __init__(self, capacity: int = 1024) -> None:
        self._n = 0
        self._columns: Any = None
        self._arrays = {name: self._blank(name, max(capacity, 1)) for name in COLUMNS}
        self.row_of: Integers = np.zeros(0, np.int64)

    def __getstate__(self) -> dict[str, Any]:
        """Return what is kept of a table: its arrays, not the views of them."""
        return {**vars(self), "_columns": None}

    @staticmethod
    def _blank(name: str, rows: int) -> NDArray[Any]:
        column = COLUMNS[name]
        shape = (rows,) if column.width == 1 else (rows, column.width)
        return np.full(shape, column.blank, dtype=column.dtype)

    def __len__(self) -> int:
        return self._n

    @property
    def capacity(self) -> int:
        """Rows reserved."""
        return len(self._arrays["household_id"])

    def columns(self) -> Any:
        """Return views of all columns as :class:`abm.households.Columns`."""
        if self._columns is None:
            self._columns = Columns(*(array[: self._n] for array in self._arrays.values()))
        return self._columns

    def __getitem__(self, name: str) -> NDArray[Any]:
        """Return a view of one column."""
        return self._arrays[name][: self._n]

    def extend(self, rows: int) -> int:
        """Append blank rows; return the number of the first of them."""
        first, needed = self._n, self._n + rows
        if needed > self.capacity:
            capacity = max(needed, int(self.capacity * GROWTH) + 1)
            for name, array in self._arrays.items():
                grown = self._blank(name, capacity)
                grown[: self._n] = array[: self._n]
                self._arrays[name] = grown
        self._n, self._columns = needed, None
        return first

    def copy(self) -> Households:
        """Return an independent copy with room to grow."""
        twin = Households(1)
        twin._n, twin._columns = self._n, None
        twin._arrays = {name: array.copy() for name, array in self._arrays.items()}
        twin.row_of = self.row_of.copy()
        return twin

    def persons(self) -> Integers:
        """Return persons represented per row, int64[n]."""
        members = self["persons"].sum(axis=1, dtype=np.int64)
        return np.asarray(members * self["stands_for"].astype(np.int64))

    def bytes_per_household(self) -> float:
        """Return the bytes of state per row in use (every column, without spare capacity)."""
        return sum(array[: self._n].nbytes for array in self._arrays.values()) / max(self._n, 1)
