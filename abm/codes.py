"""The codes behind every category column.

Codes are stored in the column table and enter the keys of the random draws, so they are never
reused and never reordered: add new members at the end only.
"""

from enum import IntEnum
from typing import Final


class PersonKind(IntEnum):
    """Kinds of persons inside a household; the order of the columns of ``persons``.

    The age bands of men follow the Ukrainian exit rule (18-22 may leave since August 2025,
    23-60 may not, B029 in docs/sources.md).
    """

    WOMEN_18_64 = 0
    MEN_18_22 = 1
    MEN_23_60 = 2
    MEN_61_64 = 3
    GIRLS = 4
    BOYS = 5
    WOMEN_65 = 6
    MEN_65 = 7


class AgeBand(IntEnum):
    """Age band of the head of the household."""

    AGE_18_34 = 0
    AGE_35_49 = 1
    AGE_50_64 = 2
    AGE_65_PLUS = 3


class Home(IntEnum):
    """State of the home in Ukraine."""

    INTACT = 0
    DAMAGED = 1
    DESTROYED = 2
    OCCUPIED = 3


class Status(IntEnum):
    """Legal status in the host country (abm/ODD.md, process status)."""

    TEMPORARY_PROTECTION = 0
    TRANSITION_PERMIT = 1
    REGULAR_PERMIT = 2
    ASYLUM_PENDING = 3
    REFUGEE = 4
    NONE = 5
    NOT_NEEDED = 6


class Employment(IntEnum):
    """Best job in the household, against the head's qualification."""

    NONE = 0
    BELOW_LEVEL = 1
    AT_LEVEL = 2


class Housing(IntEnum):
    """Where the household lives abroad."""

    COLLECTIVE = 0
    HOSTED = 1
    SUBSIDISED = 2
    INDEPENDENT = 3


class Schooling(IntEnum):
    """Schooling of the minors of the household."""

    NO_MINORS = 0
    HOST = 1
    BOTH = 2
    UKRAINIAN_ONLINE = 3


class FamilyInUkraine(IntEnum):
    """Close family left behind."""

    NOBODY = 0
    PARENT = 1
    PARTNER = 2


class Income(IntEnum):
    """Income of the household before the war, in thirds."""

    LOW = 0
    MIDDLE = 1
    HIGH = 2


class Choice(IntEnum):
    """The three upper alternatives of the monthly decision."""

    STAY = 0
    RETURN = 1
    ONWARD = 2


class Intention(IntEnum):
    """Answer to "do you plan to return when it is safe?"; undecided is an answer."""

    STAY = 0
    UNDECIDED = 1
    RETURN = 2
    ONWARD = 3


class Stream(IntEnum):
    """Owner of a random draw; part of every draw key."""

    DECIDE = 1
    DESTINATION = 2
    RETURN_PLACE = 3
    ARRIVAL = 4
    ATTRIBUTE = 5
    TASTE = 6
    NETWORK = 7
    STATUS = 8
    WORK = 9
    HOUSING = 10
    SCHOOLING = 11
    TIES = 12
    INTENTION = 13
    REDEPARTURE = 14
    PLACES = 15
    RESETTLE = 16
    SPLIT = 17
    ROUTE = 18
    INCOME = 19
    ARRIVAL_SHOCK = 20
    COMPLIANCE = 21
    BIRTH = 22
    CLEAN_UP = 23
    PLAN = 24
    JUDGED = 25
    AGEING = 26


N_KINDS: Final = len(PersonKind)
N_STATUS: Final = len(Status)
MINORS: Final = (PersonKind.GIRLS, PersonKind.BOYS)
WORKING_AGE: Final = (
    PersonKind.WOMEN_18_64,
    PersonKind.MEN_18_22,
    PersonKind.MEN_23_60,
    PersonKind.MEN_61_64,
)
SEX_OF_KIND: Final = ("female", "male", "male", "male", "female", "male", "female", "male")
AGE_OF_KIND: Final = ("18-64", "18-22", "23-60", "61-64", "0-17", "0-17", "65+", "65+")
"""Age group shown per person kind; women of working age are not split further."""
