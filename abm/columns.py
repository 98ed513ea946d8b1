"""The table of household columns: name, type, unit and meaning, declared once.

One household is one row. Codes are unsigned, so that a compiled look-up needs no test for
negative numbers. Kernels receive all columns as one named tuple of arrays, so a column
added here reaches every kernel, every copy and every reordering without further edits.
"""

from collections import namedtuple
from dataclasses import dataclass

import numpy as np

from abm.codes import N_KINDS

N_CONTACTS = 4
"""Contacts a household looks to; stored as row numbers, -1 where it has fewer."""


@dataclass(frozen=True)
class Column:
    """One column: NumPy type, values per household, unit, meaning and value of a blank row."""

    dtype: str
    width: int
    unit: str
    meaning: str
    blank: float = 0


COLUMNS: dict[str, Column] = {
    "household_id": Column("i8", 1, "1", "key of all draws; never reused, never the row number"),
    "stands_for": Column("i2", 1, "households", "real households this one represents", 1),
    "persons": Column("i1", N_KINDS, "persons", "members abroad by kind (PersonKind)"),
    "place": Column("u1", 1, "code", "host number, or the number of hosts for Ukraine"),
    "last_place": Column("i1", 1, "code", "host before the present place, -1 for none", -1),
    "ukraine_unit": Column("i1", 1, "code", "origin unit lived in after a return, -1 abroad", -1),
    "origin": Column("u1", 1, "code", "origin unit"),
    "home": Column("u1", 1, "code", "state of the home in Ukraine (Home)"),
    "age_band": Column("u1", 1, "code", "age of the head (AgeBand)"),
    "income": Column("u1", 1, "code", "income before the war, thirds (Income)"),
    "family": Column("u1", 1, "code", "close family in Ukraine (FamilyInUkraine)"),
    "works_remotely": Column("u1", 1, "bool", "works remotely for Ukraine"),
    "profile": Column("u2", 1, "code", "joint code of the slow attributes (abm.decision.profile)"),
    "kin_hosts": Column("i1", 2, "code", "hosts with close kin, -1 for none", -1),
    "contacts": Column("i4", N_CONTACTS, "row", "households looked to, -1 for none", -1),
    "contacts_returned": Column("f4", 1, "share", "contacts now in Ukraine"),
    "contacts_onward": Column("f4", 1, "share", "contacts abroad in another host"),
    "cohort": Column("u2", 1, "month", "month of first arrival abroad"),
    "months_here": Column("u2", 1, "month", "completed months in the present place"),
    "months_displaced": Column("u2", 1, "month", "completed months abroad, all stays together"),
    "status": Column("u1", 1, "code", "legal status (Status)"),
    "employed": Column("i1", 1, "persons", "members with a job in the host country"),
    "employment": Column("u1", 1, "code", "best job of the household (Employment)"),
    "integration": Column("f4", 1, "0..1", "language and other capital for the present host"),
    "housing": Column("u1", 1, "code", "dwelling (Housing)"),
    "months_collective": Column("u2", 1, "month", "completed months in collective housing"),
    "schooling": Column("u1", 1, "code", "schooling of the minors (Schooling)"),
    "ties": Column("f4", 1, "0..1", "strength of ties to Ukraine"),
    "attachment": Column("f4", 1, "SD", "persistent taste for Ukraine, drawn once"),
    "readiness": Column("f4", 1, "SD", "persistent readiness to move, drawn once"),
    "opinion_return": Column(
        "f4", 1, "log odds", "personal error of the wish to return, logistic, drawn once"
    ),
    "opinion_onward": Column(
        "f4", 1, "log odds", "personal error of the wish to move onward, logistic, drawn once"
    ),
    "intention": Column("u1", 1, "code", "answer to a survey this month (Intention)", 1),
    "triggers": Column("u1", 1, "flags", "events of this month (abm.kernels.layout)"),
    "choice": Column("u1", 1, "code", "decision of this month (Choice)"),
}

BYTES_PER_HOUSEHOLD = sum(np.dtype(c.dtype).itemsize * c.width for c in COLUMNS.values())

Columns = namedtuple("Columns", list(COLUMNS))  # type: ignore[misc]
"""All columns of a population as arrays of one length; what kernels take."""
