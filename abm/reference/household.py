"""A household as a record of Python numbers, read from one row of the columns."""

from dataclasses import dataclass

import numpy as np

from abm.codes import MINORS, Employment, PersonKind
from abm.factors import AXES
from abm.households import COLUMNS, Columns
from abm.policy.policy import Selection


def single(value: float) -> float:
    """Return a number rounded to single precision, as the columns store it."""
    return float(np.float32(value))


@dataclass
class HouseholdRecord:
    """One household; every field is a column of :data:`abm.households.COLUMNS`, in its unit."""

    household_id: int
    stands_for: int
    persons: list[int]
    place: int
    last_place: int
    ukraine_unit: int
    origin: int
    home: int
    age_band: int
    income: int
    family: int
    works_remotely: int
    profile: int
    kin_hosts: list[int]
    contacts: list[int]
    contacts_returned: float
    contacts_onward: float
    cohort: int
    months_here: int
    months_displaced: int
    status: int
    employed: int
    employment: int
    integration: float
    housing: int
    months_collective: int
    schooling: int
    ties: float
    attachment: float
    readiness: float
    opinion_return: float
    opinion_onward: float
    intention: int
    aim: int
    triggers: int
    choice: int

    @property
    def adults(self) -> int:
        """Members of working age, 18 to 64."""
        return sum(self.persons[PersonKind.WOMEN_18_64 : PersonKind.MEN_61_64 + 1])

    @property
    def works(self) -> bool:
        """Whether anybody has a job in the host country."""
        return self.employment != Employment.NONE

    def profile_now(self) -> int:
        """Return the joint code of the slow attributes (axes of :mod:`abm.factors`)."""
        woman = self.persons[PersonKind.WOMEN_18_64] + self.persons[PersonKind.WOMEN_65] > 0
        draft_age = self.persons[PersonKind.MEN_18_22] + self.persons[PersonKind.MEN_23_60] > 0
        levels = (self.age_band, self.family, self.income, self.works_remotely, int(woman), int(draft_age))
        return int(np.ravel_multi_index(levels, AXES))


def household_of(columns: Columns, row: int) -> HouseholdRecord:
    """Return row ``row`` of the columns as a record; a new column without a field here is an error."""
    values = {name: getattr(columns, name)[row].tolist() for name in COLUMNS}
    return HouseholdRecord(**values)


def concerned(h: HouseholdRecord, rule: Selection) -> bool:
    """Return whether a rule concerns a household: its origin, and every adult of it."""
    minors = [kind for kind in MINORS if h.persons[kind]]
    adults = [kind for kind in PersonKind if h.persons[kind] and kind not in MINORS]
    if not rule.units[h.origin]:
        return False
    if rule.vulnerable_exempt and sum(h.persons[PersonKind.GIRLS :]) > 0:
        return False
    if adults:
        return all(rule.kinds[kind] for kind in adults)
    return all(rule.kinds[kind] for kind in minors)
