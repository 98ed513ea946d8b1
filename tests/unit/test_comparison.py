"""Comparisons: fair parts, exact channels, same draws."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abm.data.folder import default_configs
from abm.data.settings import RunSettings
from abm.errors import EweaError
from abm.months import month_index
from abm.policy.scenario import scenario_world
from experiments.ensemble import paired
from experiments.ensemble.households import Follower, Sight, months_of
from experiments.ensemble.outcomes import OUTCOMES
from experiments.ensemble.paired import as_json, channels, compare_scenarios, history, masks_of
from experiments.ensemble.shapley import fitted_to, shapley, subsets_needed

ROOT = default_configs()
SETTINGS = RunSettings(until=month_index("2027-06"), scale=3000, households_per_host=30)


@given(st.integers(1, 5), st.integers(0, 10**6))
@settings(max_examples=25, deadline=None)
def test_shapley_parts_add_up_and_a_lever_without_effect_gets_nothing(n, seed):
    generator = np.random.default_rng(seed)
    values = {s: np.asarray(generator.normal(size=3)) for s in subsets_needed(n)}
    for subset in values:
        if 0 in subset:
            values[subset] = values[subset - {0}]
    parts = shapley(n, values)
    whole = values[frozenset(range(n))] - values[frozenset()]
    np.testing.assert_allclose(np.sum(parts, axis=0), whole, atol=1e-12)
    np.testing.assert_allclose(parts[0], 0.0, atol=1e-12)


def test_sampled_shapley_adds_up_beyond_eight_levers():
    values = {s: np.array(sum(i + 1.0 for i in s)) for s in subsets_needed(9)}
    np.testing.assert_allclose([float(part) for part in shapley(9, values)], np.arange(1.0, 10.0))
    assert len(values) < 2**9


def test_fitted_parts_add_up_to_the_whole():
    whole = np.array([10.0, 0.0, 3.0])
    parts = fitted_to(whole, [np.array([4.0, 0.0, 0.0]), np.array([4.0, 0.0, 0.0])])
    np.testing.assert_allclose(np.sum(parts, axis=0), whole)
    assert np.allclose(parts[0], parts[1])


@pytest.fixture(scope="module")
def comparisons():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paired, "COARSE_PER_HOST", 10)
        return compare_scenarios(
            ROOT, "baseline", ["national_ends_2027", "rtb_end_transition_nl"], SETTINGS, (1, 2), 1
        )


def test_channels_levers_and_groups_add_up_to_every_difference(comparisons):
    world = scenario_world(ROOT, SETTINGS.until)
    with pytest.raises(EweaError, match="--place: found 'XX'"):
        masks_of(world, ["XX"])
    for comparison in comparisons:
        mean, stock = comparison.difference.mean(axis=0), comparison.difference[:, OUTCOMES.index("stock")]
        for outcome in OUTCOMES:
            for mask in masks_of(world, ["NL", "EU", "ALL"]).values():
                parts = channels(comparison, outcome, mask)
                assert sum(parts.values()) == pytest.approx(mean[OUTCOMES.index(outcome), mask].sum())
        by_lever = np.sum([part for _, part in comparison.by_lever], axis=0)
        np.testing.assert_allclose(by_lever, mean, atol=1e-6)
        for attribute in ("status", "sex", "age_group", "origin_group"):
            parts = [v for (name, _), v in comparison.groups.items() if name == attribute]
            np.testing.assert_allclose(np.sum(parts, axis=0), stock)
    assert len(comparisons[1].by_lever) > 1
    found = as_json(comparisons, world)
    assert set(found) == {"national_ends_2027", "rtb_end_transition_nl"}
    cell = as_json(comparisons[:1], world)["stock"]["NL"]
    assert {"difference", "low_80", "high_80", "by_lever", "by_channel"} <= set(cell)
    assert cell["low_80"] <= cell["difference"] <= cell["high_80"]


def test_a_ratio_is_that_of_the_sums_of_its_place_seed_by_seed(comparisons):
    world = scenario_world(ROOT, SETTINGS.until)
    for comparison in comparisons:
        for place, mask in masks_of(world, ["NL", "EU"]).items():
            above, below = (
                (comparison.base_level + comparison.difference)[:, OUTCOMES.index(name)][:, mask].sum(axis=1)
                for name in ("without_title", "stock")
            )
            _, after = comparison.ratio("without_title_share", mask)
            np.testing.assert_allclose(after, above / below)
            cell = as_json([comparison], world)["without_title_share"][place]
            assert cell["scenario"]["median"] == pytest.approx(np.median(above / below))
            assert 0.0 <= cell["base"]["low_80"] <= cell["base"]["high_80"] <= 1.0


def test_a_scenario_that_changes_nothing_differs_in_nothing():
    [same] = compare_scenarios(ROOT, "rtb_end", ["rtb_end+baseline"], SETTINGS, (1,), 1)
    assert not same.difference.any()


@pytest.mark.parametrize(
    ("others", "expected"),
    [([], "at least one"), (["baseline"], "not among the others"), (["nowhere"], "is not a scenario")],
)
def test_impossible_comparisons_are_refused(others, expected):
    with pytest.raises(EweaError, match=expected):
        compare_scenarios(ROOT, "baseline", others, SETTINGS, (1,), 1)


def test_sums_are_told_only_where_a_household_or_its_sums_differ():
    same = Sight({"month": "2025-01", "place": "NL"}, {"work": 1.0}, {"work": 0.0})
    drawn = replace(same, onward_sums={"work": 1.0})
    moved, pulled = (
        replace(same, row={"month": "2025-01", "place": "DE"}),
        replace(same, return_sums={"work": 2.0}),
    )
    base, other = Follower(1), Follower(1)
    base.sights, other.sights = (
        [same, same, same, same, same, None, None],
        [same, moved, pulled, drawn, None, same, None],
    )
    told = months_of(base, other)
    assert [month["differs"] for month in told] == [False, True, False, False, True, True]
    whole = {"work": [1.0, 1.0]}
    sums = [{}, whole, {"work": [1.0, 2.0]}, whole, {"work": [1.0, None]}, {"work": [None, 1.0]}]
    assert [month["return"] for month in told] == sums


def test_a_household_is_told_under_both_scenarios():
    far = replace(SETTINGS, until=month_index("2028-07"))  # past the end of protection
    told = history(ROOT, "any", "baseline", "rtb_end_transition_nl", far, 1)
    parted = [month for month in told["months"] if month["differs"]]
    assert told["months"][0]["base"] == told["months"][0]["other"]
    answers = [month["return"] for month in parted if month["return"]]
    assert {"legal_certainty", "base_rate"} <= set(answers[0])
    short = replace(SETTINGS, until=month_index("2027-01"))
    for wrong, said in (("5", "none of this id"), ("five", "write a household id")):
        with pytest.raises(EweaError, match=said):
            history(ROOT, wrong, "baseline", "rtb_end", short, 1)
