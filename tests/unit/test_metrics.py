"""Every error measure against an answer worked by hand."""

import math

import numpy as np
import pytest

from calibration.validation import metrics

ONE_TO_NINE = np.arange(1.0, 10.0)[:, None]
SERIES = [100.0, 110.0, 40.0, 44.0, np.nan, 60.0]
BREAKS = np.array([False, False, True, False, False, False])
NAN = math.nan

BY_HAND = {
    # 30 of 300 persons stand in the wrong host: |160-130| + |140-170| = 60 = 2 x 30
    "ARD of stocks": (metrics.averaged_relative_difference, ([160.0, 140.0], [130.0, 170.0]), 0.2),
    "ARD of changes: gains and losses do not cancel": (
        metrics.averaged_relative_difference,
        ([50.0, -100.0], [100.0, -100.0]),
        0.25,
    ),
    "ARD without persons divides by one": (metrics.averaged_relative_difference, ([3.0], [0.0]), 3.0),
    "WAPE weighs by persons": (metrics.wape, ([90.0, 1020.0], [100.0, 1000.0]), 30 / 1100),
    "relative error": (metrics.relative_error, (2.0, 8.0), 0.25),
    "relative to nothing": (metrics.relative_error, (1.0, 0.0), NAN),
    "relative error unknown": (metrics.relative_error, (NAN, 1.0), NAN),
    "skill": (metrics.skill, (8.0, 2.0), -3.0),
    "skill against an unknown baseline": (metrics.skill, (1.0, NAN), NAN),
    # (10 + 4) / 2; 70 is the break, and a month is missing
    "one-step scale": (metrics.one_step_scale, (SERIES, BREAKS), 7.0),
    "one-step scale of one month": (metrics.one_step_scale, (SERIES[:1], BREAKS[:1]), NAN),
    "MASE": (metrics.mean_absolute_scaled_error, ([104.0, 90.0], [100.0, 100.0], [2.0, 5.0]), 2.0),
    "MASE without scale": (metrics.mean_absolute_scaled_error, ([104.0], [100.0], [0.0]), NAN),
    "percent of the register at the origin": (
        metrics.absolute_percentage_error,
        ([90.0], [120.0], [100.0]),
        [30.0],
    ),
    "median of what is known": (metrics.median_or_nan, ([3.0, np.nan, 1.0, 2.0],), 2.0),
    "median of nothing": (metrics.median_or_nan, ([np.nan],), NAN),
    # 0.1 x (9 + 1) = first, 0.9 x 10 = ninth
    "band of nine members": (metrics.ensemble_band, (ONE_TO_NINE, 0.8), [[1.0], [9.0]]),
    "coverage counts the ends": (
        metrics.band_coverage,
        (np.tile(ONE_TO_NINE, 4), [0.9, 1.0, 5.0, 9.1], 0.8),
        0.5,
    ),
    "coverage of nothing": (metrics.band_coverage, (ONE_TO_NINE[:, :0], [], 0.8), NAN),
    # mean |x - y| = (1 + 3) / 2 = 2; sum |xi - xj| / (2 n (n - 1)) = (2 + 2) / 4 = 1
    "CRPS": (metrics.crps, ([[1.0], [3.0]], [0.0]), [1.0]),
    "CRPS of one member": (metrics.crps, ([[7.0]], [10.0]), [3.0]),
    # the width, and ten times what lies outside
    "interval score": (
        metrics.interval_score,
        (np.tile(ONE_TO_NINE, 3), [5.0, 0.0, 11.0], 0.8),
        [8.0, 18.0, 28.0],
    ),
}


@pytest.mark.parametrize("name", BY_HAND)
def test_a_measure_by_hand(name):
    measure, given, expected = BY_HAND[name]
    given = [np.array(value) if isinstance(value, list) else value for value in given]
    np.testing.assert_allclose(measure(*given), expected, rtol=1e-12)


@pytest.mark.parametrize(("n_members", "level"), [(5, 2 / 3), (9, 0.8), (20, 0.8)])
def test_band_of_a_perfect_ensemble_covers_what_is_promised(n_members, level):
    n_pairs, generator = 40_000, np.random.default_rng(11)
    draws = generator.normal(size=(n_members + 1, n_pairs))
    covered = metrics.band_coverage(draws[1:], draws[0], 0.8)
    too_narrow = metrics.band_coverage(draws[1:] * 0.8, draws[0], 0.8)
    # Binomial spread, false-alarm rate about 1e-6 (4.9 standard errors)
    tolerance = 4.9 * math.sqrt(level * (1 - level) / n_pairs)
    assert metrics.reachable_coverage(n_members, 0.8) == pytest.approx(level)
    assert abs(covered - level) < tolerance < abs(too_narrow - level)


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
    unfair = score.mean() + 1.0 / math.sqrt(math.pi) / 5  # dividing by n^2: E|x - x'| / (2 n) too much
    assert abs(score.mean() - closed) < tolerance < abs(unfair - closed)


def test_unequal_shapes_are_refused():
    with pytest.raises(ValueError, match="must be equal"):
        metrics.wape(np.ones(2), np.ones(3))
