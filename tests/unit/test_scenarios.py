"""Scenarios: files that build on one another and join with +."""

import numpy as np
import pytest

from abm.data.folder import default_configs, load_world
from abm.errors import ConfigError, EweaError
from abm.months import month_index
from abm.policy.apply import apply_drivers
from abm.policy.change import DriverChange
from abm.policy.scenario import changes_of, scenario_ids

SCENARIO = """\
id: {id}
kind: war
label: {{en: Test, nl: Test, uk: Test}}
explanation: {{en: Test., nl: Test., uk: Test.}}
{more}
source: test
"""
NL_HALF = "levers:\n  - {lever: benefit_level, place: NL, from: 2027-01, value: 0.5}"
NL_FIFTH = "levers:\n  - {lever: benefit_level, place: NL, from: 2027-01, value: 0.2}"


def write(root, name, more):
    (root / "scenarios").mkdir(exist_ok=True)
    (root / "scenarios" / f"{name}.yaml").write_text(SCENARIO.format(id=name, more=more))


@pytest.fixture(scope="module")
def world():
    return load_world(default_configs(), month_index("2028-03"))


def test_a_file_wins_over_those_it_builds_on(tmp_path):
    write(tmp_path, "parent", NL_HALF)
    write(tmp_path, "child", "builds_on: [parent]\n" + NL_FIFTH)
    assert [s.value for s in changes_of(tmp_path, "child").levers] == [0.5, 0.2]


def test_joined_parts_add_up(tmp_path):
    write(tmp_path, "cut", NL_HALF)
    write(tmp_path, "cold", "drivers:\n  - {driver: energy_deficit, units: all, from: 2026-12, value: 0.9}")
    both = changes_of(tmp_path, "cut+cold")
    assert len(both.levers) == len(both.drivers) == 1
    assert changes_of(tmp_path, "baseline") == changes_of(tmp_path, "baseline")
    assert scenario_ids(tmp_path) == ["baseline", "cold", "cut"]


@pytest.mark.parametrize("order", ["one+two", "two+one"])
@pytest.mark.parametrize(
    ("old", "new", "contradicts"),
    [
        ("0.5", "0.2", True),
        ("2027-01, value: 0.5", "2027-02, until: 2027-03, value: 0.2", True),
        ("0.5", "0.5", False),
        ("NL", "DE", False),
        ("2027-01, value: 0.5", "2026-01, until: 2027-01, value: 0.2", False),
    ],
    ids=["other value", "other value within", "same value", "other place", "other months"],
)
def test_parts_contradict_where_one_lever_has_two_values(tmp_path, old, new, contradicts, order):
    write(tmp_path, "one", NL_HALF)
    write(tmp_path, "two", NL_HALF.replace(old, new))
    if not contradicts:
        assert len(changes_of(tmp_path, order).levers) == 2
        return
    with pytest.raises(ConfigError) as refused:
        changes_of(tmp_path, order)
    assert all(f"{name}.yaml:6" in str(refused.value) for name in ("one", "two"))


def test_contradictory_drivers_are_refused(tmp_path):
    write(tmp_path, "one", "drivers:\n  - {driver: economy, from: 2027-01, value: 1}")
    write(tmp_path, "two", "drivers:\n  - {driver: economy, from: 2027-06, value: -1}")
    with pytest.raises(ConfigError, match="contradict"):
        changes_of(tmp_path, "one+two")
    write(tmp_path, "three", "drivers:\n  - {driver: economy, from: 2027-06, operation: add, value: -1}")
    changes_of(tmp_path, "one+three")


def test_a_circle_is_refused(tmp_path):
    write(tmp_path, "one", "builds_on: [two]")
    write(tmp_path, "two", "builds_on: [one]")
    with pytest.raises(ConfigError, match="one -> two -> one"):
        changes_of(tmp_path, "one")


def test_unknown_scenario_and_the_same_twice(tmp_path):
    write(tmp_path, "one", NL_HALF)
    with pytest.raises(EweaError, match="is not a scenario; there are: baseline, one"):
        changes_of(tmp_path, "none_such")
    with pytest.raises(EweaError, match="named twice"):
        changes_of(tmp_path, "one+one")


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("drivers:\n  - {driver: reform, from: 2027-01}", "either value or path"),
        ("drivers:\n  - {driver: reform, from: 2027-02, to: 2027-01, value: 1}", "must not lie before"),
        (
            "levers:\n  - {lever: benefit_level, place: NL, from: 2027-02, until: 2027-01, value: 1}",
            "must lie",
        ),
        ("sidekick: 1", "unknown key"),
    ],
)
def test_a_faulty_scenario_is_refused_with_its_line(tmp_path, more, expected):
    write(tmp_path, "faulty", more)
    with pytest.raises(ConfigError, match=expected) as error:
        changes_of(tmp_path, "faulty")
    assert "faulty.yaml:" in str(error.value)


def change(**line):
    return DriverChange.model_validate(line).found_at("test.yaml:1")


def test_drivers_change_from_their_month_on_and_stay_in_range(world):
    first = month_index("2027-01")
    path = change(driver="occupied_share", units=["UA46"], **{"from": "2027-01"}, path=[0.2, 0.6])
    cold = change(
        driver="energy_deficit", units="all", **{"from": "2027-01"}, to="2027-01", operation="add", value=2
    )
    made = apply_drivers(world, [path, cold])
    unit = world.origins.ids.index("UA46")
    assert made.drivers["occupied_share"][first : first + 4, unit].tolist() == [0.2, 0.6, 0.6, 0.6]
    assert np.array_equal(made.drivers["occupied_share"][:first], world.drivers["occupied_share"][:first])
    assert (made.drivers["energy_deficit"][first] == 2.0).all()
    assert np.array_equal(
        made.drivers["energy_deficit"][first + 1], world.drivers["energy_deficit"][first + 1]
    )


def test_a_change_that_the_card_does_not_allow_is_refused(world):
    for line, says in (
        ({"driver": "economy", "value": 9}, "value: found 9; driver economy allows -5 to 5"),
        ({"driver": "economy", "units": "all", "value": 1}, "units: driver economy takes no units"),
        ({"driver": "occupied_share", "units": ["UA99"], "value": 1}, "units: found UA99"),
    ):
        with pytest.raises(ConfigError, match=f"test.yaml:1: {says}"):
            apply_drivers(world, [change(**line, **{"from": "2027-01"})])
