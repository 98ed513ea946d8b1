"""Every error measure against an answer worked by hand."""

import math

import numpy as np
import pytest

from calibration.validation import metrics


def test_ard_of_stocks_is_twice_the_share_in_the_wrong_place():
    # 30 of 300 persons stand in the wrong host: |160-130| + |140-170| = 60 = 2 x 30
    simulated, data = np.array([160.0, 140.0]), np.array([130.0, 170.0])
    assert metrics.averaged_relative_difference(simulated, data) == pytest.approx(0.2)


def test_ard_of_changes_does_not_cancel_gains_and_losses():
    change = np.array([100.0, -100.0])
    assert metrics.averaged_relative_difference(np.zeros(2), change) == 1.0
    assert metrics.averaged_relative_difference(np.array([50.0, -100.0]), change) == 0.25


def test_ard_without_persons_divides_by_one():
    assert metrics.averaged_relative_difference(np.array([3.0]), np.array([0.0])) == 3.0


def test_wape_weighs_by_persons():
    assert metrics.wape(np.array([90.0, 1020.0]), np.array([100.0, 1000.0])) == pytest.approx(30 / 1100)


def test_relative_error_and_skill():
    assert metrics.relative_error(2.0, 8.0) == 0.25
    assert metrics.skill(2.0, 8.0) == 0.75
    assert metrics.skill(8.0, 2.0) == -3.0


@pytest.mark.parametrize(("error", "rival"), [(1.0, 0.0), (math.nan, 1.0), (1.0, math.nan)])
def test_relative_error_is_missing_where_undefined(error, rival):
    assert math.isnan(metrics.relative_error(error, rival))
    assert math.isnan(metrics.skill(error, rival))


def test_one_step_scale_leaves_out_breaks_and_gaps():
    series = np.array([100.0, 110.0, 40.0, 44.0, np.nan, 60.0])
    is_break = np.array([False, False, True, False, False, False])
    assert metrics.one_step_scale(series, is_break) == 7.0  # (10 + 4) / 2; 70 is the break
    assert math.isnan(metrics.one_step_scale(series[:1], is_break[:1]))


def test_classic_mase():
    simulated, data = np.array([104.0, 90.0]), np.array([100.0, 100.0])
    assert metrics.mean_absolute_scaled_error(simulated, data, np.array([2.0, 5.0])) == 2.0
    assert math.isnan(metrics.mean_absolute_scaled_error(simulated, data, np.array([0.0, 5.0])))


def test_percentage_error_is_taken_of_the_register_at_the_origin():
    error = metrics.absolute_percentage_error(np.array([90.0]), np.array([120.0]), np.array([100.0]))
    assert error.tolist() == [30.0]


def test_median_ignores_what_is_missing():
    assert metrics.median_or_nan(np.array([3.0, np.nan, 1.0, 2.0])) == 2.0
    assert math.isnan(metrics.median_or_nan(np.array([np.nan])))


def test_band_of_nine_members_ends_at_the_outer_ones():
    members = np.arange(1.0, 10.0)[:, None]  # 0.1 x (9 + 1) = first, 0.9 x 10 = ninth
    low, high = metrics.ensemble_band(members, 0.8)
    assert (low[0], high[0]) == (1.0, 9.0)


def test_coverage_counts_values_inside_the_band():
    members = np.repeat(np.arange(1.0, 10.0)[:, None], 4, axis=1)
    assert metrics.band_coverage(members, np.array([0.9, 1.0, 5.0, 9.1]), 0.8) == 0.5
    assert math.isnan(metrics.band_coverage(members[:, :0], np.array([]), 0.8))


@pytest.mark.parametrize(("n_members", "level"), [(5, 2 / 3), (9, 0.8), (20, 0.8)])
def test_band_of_a_perfect_ensemble_covers_what_is_promised(n_members, level):
    n_pairs, generator = 40_000, np.random.default_rng(11)
    draws = generator.normal(size=(n_members + 1, n_pairs))
    covered = metrics.band_coverage(draws[1:], draws[0], 0.8)
    # Binomial spread, false-alarm rate about 1e-6 (4.9 standard errors)
    tolerance = 4.9 * math.sqrt(level * (1 - level) / n_pairs)
    assert metrics.reachable_coverage(n_members, 0.8) == pytest.approx(level)
    assert abs(covered - level) < tolerance
    assert (
        abs(metrics.band_coverage(draws[1:] * 0.8, draws[0], 0.8) - level) > tolerance
    )  # too narrow is seen


def test_crps_by_hand_and_as_absolute_error_of_one_member():
    # mean |x - y| = (1 + 3) / 2 = 2; sum |xi - xj| / (2 n (n - 1)) = (2 + 2) / 4 = 1
    assert metrics.crps(np.array([[1.0], [3.0]]), np.array([0.0]))[0] == pytest.approx(1.0)
    assert metrics.crps(np.array([[7.0]]), np.array([10.0]))[0] == 3.0


def test_crps_equals_the_double_sum():
    generator = np.random.default_rng(3)
    members, data = generator.normal(size=(6, 5)), generator.normal(size=5)
    pairwise = np.abs(members[:, None] - members[None]).sum(axis=(0, 1)) / (6 * 5)
    expected = np.abs(members - data).mean(axis=0) - pairwise / 2
    np.testing.assert_allclose(metrics.crps(members, data), expected, rtol=1e-12)


def test_crps_of_few_normal_members_is_that_of_the_normal_distribution():
    """Closed form at the mean: sigma (sqrt(2) - 1) / sqrt(pi); five members reach it on average."""
    n_pairs, generator = 40_000, np.random.default_rng(8)
    members = generator.normal(size=(5, n_pairs))
    closed = (math.sqrt(2.0) - 1.0) / math.sqrt(math.pi)
    score = metrics.crps(members, np.zeros(n_pairs))
    tolerance = 4.9 * score.std() / math.sqrt(n_pairs)  # false-alarm rate about 1e-6
    assert abs(score.mean() - closed) < tolerance
    unfair = score.mean() + 1.0 / math.sqrt(math.pi) / 5  # dividing by n^2: E|x - x'| / (2 n) too much
    assert abs(unfair - closed) > tolerance


def test_interval_score_is_the_width_plus_what_lies_outside():
    members = np.repeat(np.arange(1.0, 10.0)[:, None], 3, axis=1)  # band from 1 to 9
    score = metrics.interval_score(members, np.array([5.0, 0.0, 11.0]), 0.8)
    assert score == pytest.approx([8.0, 8.0 + 10.0, 8.0 + 20.0])


def test_unequal_shapes_are_refused():
    with pytest.raises(ValueError, match="must be equal"):
        metrics.wape(np.ones(2), np.ones(3))
