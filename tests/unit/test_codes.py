"""Codes enter the keys of the draws and stored columns, so none may ever change."""

import numpy as np

from abm import codes
from abm.households import COLUMNS

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
    "Stream": "_ DECIDE DESTINATION RETURN_PLACE ARRIVAL ATTRIBUTE TASTE NETWORK STATUS WORK HOUSING "
    "SCHOOLING TIES INTENTION REDEPARTURE PLACES RESETTLE",
}


def test_codes_keep_their_numbers():
    for name, members in FIXED.items():
        found = {member.name: int(member) for member in getattr(codes, name)}
        wanted = {member: number for number, member in enumerate(members.split()) if member != "_"}
        # New members may follow at the end; the old ones stay where they are.
        assert {member: found.get(member) for member in wanted} == wanted, name


def test_every_list_of_codes_is_guarded():
    lists = {
        name for name, thing in vars(codes).items() if isinstance(thing, type) and issubclass(thing, int)
    }
    assert lists - {"IntEnum"} == set(FIXED)


def test_codes_of_one_list_differ():
    for name in FIXED:
        numbers = [int(member) for member in getattr(codes, name).__members__.values()]
        assert len(numbers) == len(set(numbers)), name


def test_codes_fit_their_columns():
    stored = {"status": codes.Status, "housing": codes.Housing, "intention": codes.Intention}
    for column, members in stored.items():
        assert max(members) <= np.iinfo(COLUMNS[column].dtype).max
