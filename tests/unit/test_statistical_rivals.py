"""ETS and ARIMA on series whose continuation is known."""

import numpy as np
import pytest

from calibration.validation import baselines as statistical_rivals
from calibration.validation.baselines import auto_arima, exponential_smoothing, small_sample_criterion

ORDERS = ((0, 0), (0, 1), (1, 0), (0, 2), (1, 1), (2, 0))
MONTHS = np.arange(24, dtype=np.float64)


def both(series, n_ahead=6):
    series = tuple(series.tolist())
    return exponential_smoothing(series, n_ahead), auto_arima(series, n_ahead, ORDERS)


@pytest.mark.parametrize("step", [0.0, 25.0, -10.0])
def test_a_straight_line_goes_on(step):
    for path in both(1000 + step * MONTHS):
        assert path.how == "line"
        assert path.persons == pytest.approx(1000 + step * np.arange(24, 30))


@pytest.mark.parametrize(("step", "seed", "close"), [(25.0, 2, 12), (0.0, 4, 9)])
def test_a_line_with_noise_goes_on_within_its_noise(step, seed, close):
    noise = np.random.default_rng(seed).normal(0, 3, 24)
    for path in both(1000 + step * MONTHS + noise):
        assert path.how == "fitted"
        assert path.persons == pytest.approx(1000 + step * np.arange(24, 30), abs=close)


def test_arima_finds_changes_that_die_out():
    """Change of every month is 0.8 of the one before, plus a little noise."""
    change, changes = 1000.0, []
    for noise in np.random.default_rng(6).normal(0, 1, 12):
        change = 0.8 * change + noise
        changes.append(change)
    path = auto_arima(tuple((1000 + np.cumsum(changes)).tolist()), 4, ORDERS)
    ahead = np.diff([1000 + sum(changes), *path.persons])
    assert ahead == pytest.approx(change * 0.8 ** np.arange(1, 5), rel=0.2)


def test_arima_differences_twice_where_the_change_has_no_level():
    noise = np.random.default_rng(7).normal(0, 0.5, 30)
    t = np.arange(30.0)
    path = auto_arima(tuple((1000 + t**2 + noise).tolist()), 3, ORDERS)
    once = 1000 + 29**2 + noise[-1] + np.arange(1, 4) * 29  # mean change carried on
    ahead = 1000 + np.arange(30.0, 33.0) ** 2
    assert np.abs(np.array(path.persons) - ahead).max() < 20 < np.abs(once - ahead).min()


def test_forecasts_do_not_depend_on_the_unit_or_on_what_was_asked_before():
    series = 1000 + 25 * MONTHS + np.random.default_rng(9).normal(0, 8, 24)
    first = both(series)
    for path, longer in zip(first, both(series, 12), strict=True):
        assert longer.persons[:6] == path.persons  # fitted anew: only what was asked is kept
    for path, thousandfold in zip(first, both(1000 * series), strict=True):
        assert np.array(thousandfold.persons) / 1000 == pytest.approx(path.persons, rel=1e-4)


def test_a_fit_that_does_not_converge_gives_way_and_says_so(monkeypatch):
    """With one step of the optimiser no fit arrives: the last register stands in."""
    monkeypatch.setattr(statistical_rivals, "MOST_STEPS", 1)
    series = 1000 + 25 * MONTHS + np.random.default_rng(12).normal(0, 9, 24)
    smoothed = exponential_smoothing(tuple(series.tolist()), 2)
    assert smoothed.how == "persistence"
    assert smoothed.persons == (series[-1], series[-1])
    # (0, 0) has nothing to optimise but its drift; without it ARIMA has no candidate left
    assert auto_arima(tuple(series.tolist()), 2, ((2, 0),)).how == "persistence"


def test_arima_without_candidate_gives_way_to_the_damped_trend():
    series = 1000 + 25 * MONTHS + np.random.default_rng(13).normal(0, 9, 24)
    path = auto_arima(tuple(series.tolist()), 3, ())
    assert path.how == "damped_trend"
    assert series[-1] - 20 < path.persons[0] < series[-1] + 60


def test_criterion_leaves_no_room_for_more_parameters_than_months():
    assert small_sample_criterion(0.0, 7, 5) == 70.0  # 2 x 5 + 2 x 5 x 6 / 1
    assert small_sample_criterion(0.0, 7, 6) == float("inf")
    assert small_sample_criterion(float("nan"), 30, 2) == float("inf")


def test_a_short_series_is_fitted_without_complaint():
    for path in both(np.array([100.0, 103.0, 105.0, 109.0, 110.0, 114.0, 117.0])):
        assert path.how == "fitted"
        assert 110 < path.persons[0] < 125
