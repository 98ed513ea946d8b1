"""Levers: files become settings, settings become values of mechanisms."""

import math
from dataclasses import replace

import numpy as np
import pytest

from abm.codes import PersonKind
from abm.data.folder import default_configs, load_world
from abm.errors import ConfigError
from abm.months import month_index, month_label
from abm.policy.apply import apply_levers, full_value, mechanism_value
from abm.policy.change import LeverChange, as_number, month_of
from abm.policy.lever import load_levers
from abm.policy.policy import MECHANISMS, Policy, Who, combined, interpolated

LEVER = """\
id: {id}
group: benefits
label: {{en: Test, nl: Test, uk: Test}}
explanation: {{en: Test., nl: Test., uk: Test.}}
unit: ratio
neutral: 1
range: {{least: 0, most: 2, step: 0.05}}
example: 0.5
example_place: NL
acts_on:
  - {{mechanism: benefit, by: value}}
announcement: true
source: "N1"
lines:
  - {{place: IE, from: 2024-03-14, announced: 2023-12-12, value: {value}, status: in_force,
     who: {{arrived: newcomers}}, publisher: test, date: 2024-03-14, source: N1,
     checked_on: 2024-03-14}}
"""


@pytest.fixture(scope="module")
def world():
    """The data without any lever, and an end of protection as a law would set it."""
    raw = load_world(default_configs(), month_index("2028-03"))
    ends = np.full_like(raw.hosts.protection_end, month_index("2027-04"))
    return replace(raw, hosts=replace(raw.hosts, protection_end=ends))


def write_lever(root, name="test_benefit", value=0.2, **changes):
    (root / "levers").mkdir(exist_ok=True)
    text = LEVER.format(id=name, value=value)
    for old, new in changes.values():
        assert old in text
        text = text.replace(old, new)
    (root / "levers" / f"{name}.yaml").write_text(text)


def host(world, code):
    return world.hosts.ids.index(code)


def test_every_mechanism_is_neutral_where_nothing_is_set(world):
    policy = Policy.neutral(3, 2, 4)
    for name, mechanism in MECHANISMS.items():
        if mechanism.per == "ukraine":
            assert policy.ukraine(name, 1) == mechanism.neutral
        elif not mechanism.per_route:
            for values in (policy.now(name, 1), policy.entry(name, 1), policy.seen(name, 1)):
                assert np.array_equal(values, np.full(2, mechanism.neutral), equal_nan=True)
    assert policy.refusing(1, holders=False) == policy.refusing(1, holders=True) == ()


@pytest.mark.parametrize("name", sorted(load_levers(default_configs())))
def test_neutral_value_of_a_lever_changes_nothing_bit_for_bit(world, name):
    levers = load_levers(default_configs())
    lever = levers[name]
    value = lever.neutral
    if lever.acts_on[0].mechanism == "protection_end":
        value = month_label(int(world.hosts.protection_end[host(world, "NL")]))
        place = "NL"
    else:
        place = "UA" if lever.acts_on[0].to.per == "ukraine" else "ALL"
    changed = apply_levers(world, levers, [LeverChange.of(name, place, 30, value)])
    assert np.array_equal(changed.hosts.protection_end, world.hosts.protection_end)
    policy = changed.policy
    for store in (policy.everyone, policy.newcomers):
        for mechanism, values in store.items():
            assert np.array_equal(values, np.full_like(values, MECHANISMS[mechanism].neutral), equal_nan=True)
    for key, values in policy.routes.items():
        neutral = math.nan if key.startswith("route_open") else 1.0
        assert np.array_equal(values, np.full_like(values, neutral), equal_nan=True)
    for mechanism, values in policy.country.items():
        assert (values == MECHANISMS[mechanism].neutral).all()
    assert policy.refused_new == policy.refused_holders == ()


def test_newcomers_keep_their_terms_and_holders_theirs(world, tmp_path):
    write_lever(tmp_path, value=0.2)
    levers = load_levers(tmp_path)
    start = month_index("2026-01")
    setting = LeverChange.of("test_benefit", "NL", start, 0.2, who=Who(arrived="newcomers"))
    policy = apply_levers(world, levers, [setting]).policy
    nl = host(world, "NL")
    by_stay = policy.by_stay("benefit", start + 3, 6)[nl]
    assert by_stay.tolist() == [0.2, 0.2, 0.2, 0.2, 1.0, 1.0, 1.0]
    everyone = apply_levers(world, levers, [LeverChange.of("test_benefit", "NL", start, 0.2)]).policy
    assert (everyone.by_stay("benefit", start, 6)[nl] == 0.2).all()
    assert (everyone.by_stay("benefit", start - 1, 6)[nl] == 1.0).all()


def test_an_announced_cut_is_seen_before_it_starts_and_only_from_its_announcement(world, tmp_path):
    write_lever(tmp_path, value=0.2)
    levers = load_levers(tmp_path)
    start, announced = 50, 48
    setting = LeverChange.of("test_benefit", "NL", start, 0.2, announced=announced)
    policy = apply_levers(world, levers, [setting]).policy
    nl = host(world, "NL")
    seen = [policy.seen("benefit", month)[nl] for month in range(46, 52)]
    assert seen[0] == seen[1] == 1.0
    assert 1.0 > seen[2] > seen[3] > seen[4] == pytest.approx(0.2)
    assert policy.now("benefit", 49)[nl] == 1.0


def test_later_setting_of_a_lever_replaces_and_two_levers_combine(world, tmp_path):
    write_lever(tmp_path, "first_cut")
    write_lever(tmp_path, "second_cut")
    levers = load_levers(tmp_path)
    nl = host(world, "NL")
    twice = [LeverChange.of("first_cut", "NL", 40, 0.5), LeverChange.of("first_cut", "NL", 45, 0.8)]
    policy = apply_levers(world, levers, twice).policy
    assert [policy.now("benefit", m)[nl] for m in (39, 40, 45)] == [1.0, 0.5, 0.8]
    both = [LeverChange.of("first_cut", "NL", 40, 0.5), LeverChange.of("second_cut", "NL", 40, 0.5)]
    assert apply_levers(world, levers, both).policy.now("benefit", 40)[nl] == 0.25
    until = [LeverChange.of("first_cut", "NL", 40, 0.5, until=42)]
    assert apply_levers(world, levers, until).policy.now("benefit", 42)[nl] == 1.0


def test_interpolation_is_geometric_for_factors_and_linear_for_additions():
    assert interpolated(MECHANISMS["find_work"], 0.5, 0.25) == 0.5
    assert interpolated(MECHANISMS["return_utility"], 0.5, 0.4) == 0.2
    assert interpolated(MECHANISMS["find_work"], 0.0, 0.25) == 1.0


def test_a_mechanism_goes_from_neutral_to_its_full_value_as_the_lever_goes_to_its_example(world, tmp_path):
    write_lever(tmp_path, action=("by: value", "at_example: 0.3"))  # its neutral value is not 0
    for lever in (*load_levers(default_configs()).values(), *load_levers(tmp_path).values()):
        for action in (one for one in lever.acts_on if one.by is None):
            first, last = as_number(lever.neutral), as_number(lever.example)
            full = full_value(world, lever, action)
            assert mechanism_value(world, lever, action, last) == pytest.approx(full)
            half = mechanism_value(world, lever, action, (first + last) / 2)
            assert half == pytest.approx(interpolated(action.to, 0.5, full))


def test_switches_join_so_that_a_rule_beats_silence():
    one, off = np.ones(1), np.zeros(1)
    assert combined("protection_new", one, off) == 0.0
    assert combined("place_duty", off, one) == 1.0
    assert combined("collective_stay_limit", np.array([3.0]), np.array([2.0])) == 2.0


def test_kinds_of_persons():
    chosen = Who(sex="male", ages=[18, 60]).kinds()
    assert list(np.flatnonzero(chosen)) == [PersonKind.MEN_18_22, PersonKind.MEN_23_60]
    with pytest.raises(ValueError, match="cut through"):
        Who(sex="male", ages=[25, 60]).kinds()


def test_a_rule_counts_for_the_month_of_its_first_half():
    assert month_of("2024-03-14") == month_index("2024-03")
    assert month_of("2024-09-28") == month_index("2024-10")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (("mechanism: benefit", "mechanism: magic"), "unknown mechanism 'magic'"),
        (("value: 0.2", "value: 7"), "allowed are 0.0 to 2.0"),
        (("announced: 2023-12-12, ", ""), None),
        (("date: 2024-03-14", "date: 2023-01-01"), None),
        (("announced: 2023-12-12", "announced: 2024-12-12"), "must not lie after"),
        (("who: {arrived: newcomers}", "who: {ages: [18, 60]}"), "cannot be limited by ages"),
        (("group: benefits", "group: gifts"), "group"),
        (("unit: ratio\n", ""), "missing key"),
        (("by: value", "by: value, at_example: 2"), "either by: value or at_example"),
        (("mechanism: benefit", "mechanism: route_open"), "needs route"),
        (("example_place: NL", "example_place: UA"), "place UA"),
    ],
)
def test_a_faulty_lever_file_is_refused_with_its_line(tmp_path, changes, expected):
    write_lever(tmp_path, value=0.2, one=changes)
    if expected is None:
        load_levers(tmp_path)
        return
    with pytest.raises(ConfigError, match=expected) as error:
        load_levers(tmp_path)
    assert "test_benefit.yaml:" in str(error.value)


def test_in_force_in_the_future_needs_an_announcement(tmp_path):
    write_lever(tmp_path, one=("announced: 2023-12-12, ", ""), two=("from: 2024-03-14", "from: 2029-03-14"))
    with pytest.raises(ConfigError, match="needs announced"):
        load_levers(tmp_path)


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        (LeverChange.of("test_benefit", "NL", 40, 3.0), "allowed are 0.0 to 2.0"),
        (LeverChange.of("test_benefit", "XX", 40, 0.5), "found 'XX'"),
        (LeverChange.of("nothing", "NL", 40, 0.5), "There are"),
        (LeverChange.of("test_benefit", "NL", "2025-05-02", 0.5, until="2025-05-09"), "at least one month"),
        (LeverChange.of("test_benefit", "NL", 40, 0.5, who=Who(sex="male")), "cannot be limited"),
    ],
)
def test_an_impossible_setting_is_refused(world, tmp_path, setting, expected):
    write_lever(tmp_path)
    with pytest.raises(ConfigError, match=expected):
        apply_levers(world, load_levers(tmp_path), [setting])
