"""A choice: one way to write it, nothing in a link can do harm."""

from dataclasses import replace

import pytest

from abm.data.folder import default_configs
from abm.errors import EweaError
from dashboard.engine.cache import choice_key
from dashboard.engine.catalogue import Catalogue
from dashboard.engine.choice import Choices, own_lever
from dashboard.engine.limits import load_limits

FULL = Choices(
    war="frozen_front",
    presets=("return_package", "rtb_end"),
    levers=(
        own_lever("benefit_level", "NL", "2027-01", 0.5, "newcomers"),
        own_lever("protection_end", "EU", "2026-12", "2028-04"),
    ),
    until="2029-01",
    scorecard=(("AX1-04", -2), ("AX1-02", 1)),
)


@pytest.fixture(scope="module")
def catalogue():
    return Catalogue(default_configs(), load_limits())


def test_a_link_gives_the_choice_back():
    assert Choices.from_query(FULL.to_query()) == (FULL, [])
    assert Choices().to_query() == ""
    assert Choices.from_query("") == (Choices(), [])


def test_equal_choices_have_one_key_and_different_ones_another():
    turned = replace(
        FULL, presets=FULL.presets[::-1], levers=FULL.levers[::-1], scorecard=FULL.scorecard[::-1]
    )
    assert turned == FULL
    assert choice_key(turned) == choice_key(FULL)
    others = (Choices(), FULL.with_until("2029-02"), FULL.with_war("baseline"))
    assert len({choice_key(one) for one in (FULL, *others)}) == 4


def test_what_cannot_be_written_cannot_be_chosen():
    for value in (float("nan"), float("inf"), True, "soon"):
        with pytest.raises(EweaError, match="value"):
            own_lever("benefit_level", "NL", "2027-01", value)


def test_the_catalogue_leaves_out_what_does_not_exist_and_says_so(catalogue):
    wrong = Choices(
        war="rtb_end",  # a policy, not a war
        presets=("frozen_front", "rtb_end"),
        levers=(
            own_lever("benefit_level", "NL", "2027-01", 3.0),
            own_lever("benefit_level", "UA", "2027-01", 0.5),
            own_lever("benefit_level", "NL", "2024-08", 0.5),
            own_lever("protection_end", "EU", "2026-12", 5.0),
            own_lever("no_such_lever", "NL", "2027-01", 1.0),
            own_lever("benefit_level", "PL", "2027-01", 0.5),
        ),
        until="2050-01",
        scorecard=(("AX2-99", 1),),
    )
    clean, said = catalogue.cleaned(wrong)
    assert clean == Choices(presets=("rtb_end",), levers=(own_lever("benefit_level", "PL", "2027-01", 0.5),))
    codes = "lever_place lever_start lever_value lever_value unknown_indicator unknown_lever unknown_preset"
    assert sorted(one.code for one in said) == [*codes.split(), "unknown_war", "until"]
    assert catalogue.check(clean) == []


def test_packages_that_contradict_each_other_are_named(catalogue):
    both = Choices(presets=("rtb_end", "rtb_extended_2028"))
    clean, said = catalogue.cleaned(both)
    assert [one.code for one in said] == ["contradiction"]
    assert "protection_end" in said[0]
    assert str(default_configs().resolve()) not in said[0]
    assert clean.presets == ()


def test_every_example_of_every_lever_and_every_scenario_can_be_chosen(catalogue):
    for entry in catalogue.levers:
        lever = own_lever(entry["id"], entry["example_place"], "2027-01", entry["example"])
        assert catalogue.message_about(lever, "2028-03") is None, entry["id"]
    for entry in catalogue.policies:
        assert catalogue.check(Choices(presets=(entry["id"],))) == []
    for entry in catalogue.wars:
        assert catalogue.check(Choices(war=entry["id"])) == []
