"""Codes enter the keys of the draws and stored columns: every member is pinned here, none may change."""

from enum import IntEnum

import numpy as np

from abm import codes
from abm.households import COLUMNS
from abm.state import Flow

FIXED = {
    "PersonKind": "WOMEN_18_64 MEN_18_22 MEN_23_60 MEN_61_64 GIRLS BOYS WOMEN_65 MEN_65",
    "AgeBand": "AGE_18_34 AGE_35_49 AGE_50_64 AGE_65_PLUS",
    "Home": "INTACT DAMAGED DESTROYED OCCUPIED",
    "Status": "TEMPORARY_PROTECTION TRANSITION_PERMIT REGULAR_PERMIT ASYLUM_PENDING REFUGEE NONE NOT_NEEDED",
    "Employment": "NONE BELOW_LEVEL AT_LEVEL",
    "Housing": "COLLECTIVE HOSTED SUBSIDISED INDEPENDENT",
    "Schooling": "NO_MINORS HOST BOTH UKRAINIAN_ONLINE",
    "FamilyInUkraine": "NOBODY PARENT PARTNER",
    "Income": "LOW MIDDLE HIGH",
    "Choice": "STAY RETURN ONWARD",
    "Intention": "STAY UNDECIDED RETURN ONWARD",
    "Flow": "ARRIVAL RETURN ONWARD REDEPARTURE REUNIFICATION SPLIT LATE BIRTH DEATH",
    "Stream": "_ DECIDE DESTINATION RETURN_PLACE ARRIVAL ATTRIBUTE TASTE NETWORK STATUS WORK HOUSING "
    "SCHOOLING TIES INTENTION REDEPARTURE PLACES RESETTLE SPLIT ROUTE INCOME ARRIVAL_SHOCK "
    "COMPLIANCE BIRTH CLEAN_UP PLAN JUDGED AGEING",
}
"""Members in the order of their numbers, from 0; a new member is added at the end, here too."""

STORED = {
    "status": codes.Status,
    "housing": codes.Housing,
    "intention": codes.Intention,
    "home": codes.Home,
    "family": codes.FamilyInUkraine,
    "schooling": codes.Schooling,
}


def test_every_code_keeps_its_number():
    lists = {
        name: kind for name, kind in vars(codes).items() if isinstance(kind, type) and kind is not IntEnum
    }
    for name, kind in {**lists, "Flow": Flow}.items():
        wanted = {member: number for number, member in enumerate(FIXED[name].split()) if member != "_"}
        assert {member: int(code) for member, code in kind.__members__.items()} == wanted, name
    assert {*lists, "Flow"} == set(FIXED)


def test_codes_fit_their_columns():
    for column, kind in STORED.items():
        assert max(kind) <= np.iinfo(COLUMNS[column].dtype).max
