"""What a register does in a forecast: recent exits carried on, and small clean-ups of the past; by hand."""

import numpy as np
import pytest
from small_runs import PROJECTION, changed, finished, small_run, with_coefficients

from abm.month.turn import small_clean_up, unexplained_exits, update_register

KNOWN = PROJECTION - 1
LEAST = 0.01
"""Share of a stock that leaves at once only in a clean-up."""


@pytest.fixture
def register(world):
    """A world of round registers: 1,000 persons, 30 decisions a month, stocks as the test sets them."""
    months = np.arange(world.n_months)[:, None]
    inside = (months >= world.registers.first_month) & (months <= KNOWN)
    H = len(world.hosts.ids)

    def made(stock_of_last_months, decisions=30.0, is_break=()):
        stock = np.where(inside, 1000.0, np.nan) * np.ones(H)
        n = len(stock_of_last_months)
        stock[KNOWN + 1 - n : KNOWN + 1] = np.asarray(stock_of_last_months, float)[:, None]
        breaks = np.zeros((world.n_months, H), np.bool_)
        for month in is_break:
            breaks[month] = True
        return changed(
            world,
            "registers",
            stock=stock,
            decisions=np.where(inside, decisions, np.nan) * np.ones(H),
            is_break=breaks,
            break_completeness=np.where(breaks, 0.8, 0.0),
        )

    return made


def state_of(world, deregistered, start="2024-06", small=1.0, **coefficients):
    """Return the state at the first month after the registers, with exits of the model as given by month.

    Whole registers may leave at once (``small`` 1), so that round numbers of this file are no clean-ups.
    """
    given = with_coefficients(world, register_memory_months=1.0, small_clean_up_share=small, **coefficients)
    state = small_run(given, start=start, months=6).state
    done = PROJECTION - state.settings.start
    state.index, state.month = done, PROJECTION
    state.history.deregistered[:done] = np.asarray(deregistered, float)[:, None]
    return state


def test_clean_ups_and_missing_figures_do_not_count(register):
    world = register([1000.0, 400.0, 395.0], is_break=[KNOWN - 1])
    state = state_of(world, [0.0, 0.0, 0.0])
    rates, weights = np.array([30 / 1000, 35 / 400]), np.array([0.25, 1.0])
    np.testing.assert_allclose(unexplained_exits(state, KNOWN), (weights @ rates) / weights.sum(), rtol=1e-12)
    missing = world.registers.decisions.copy()
    missing[KNOWN, 4] = np.nan
    state.world = changed(state.world, "registers", decisions=missing)
    assert unexplained_exits(state, KNOWN)[4] == pytest.approx(30 / 1000)
    missing[KNOWN - 2 : KNOWN + 1, 4] = np.nan
    assert unexplained_exits(state, KNOWN)[4] == 0.0


@pytest.mark.parametrize(
    ("small", "counted"), [(0.051, [0, 1, 2]), (0.049, [0, 2]), (0.019, [2]), (-0.06, [])]
)
def test_unexplained_exits_are_a_mean_with_a_half_life_of_a_month_without_clean_ups(register, small, counted):
    """Exits beyond the model's are 2 and 5 % of the stock; -5 % are late registrations, which count."""
    # June: 30 decisions, stock 1000 -> 1000: 30 exits. July: 1000 -> 980: 50. August: 980 -> 1005: 5.
    state = state_of(register([1000.0, 980.0, 1005.0]), [10.0, 0.0, 54.0], small=small)
    rates = np.array([(30 - 10) / 1000, (50 - 0) / 1000, (5 - 54) / 980])[counted]
    weights = np.array([0.25, 0.5, 1.0])[counted]
    expected = weights @ rates / weights.sum() if counted else 0.0
    np.testing.assert_allclose(unexplained_exits(state, KNOWN), expected, rtol=1e-12)


def test_a_month_is_a_clean_up_beyond_what_the_model_took_off_not_beyond_nothing(register):
    """June: 30 exits of 1,000 persons, 25 of them the model's own: half a percent is unexplained."""
    state = state_of(register([1000.0, 980.0, 1005.0]), [25.0, 0.0, 0.0], small=LEAST)
    weights, rates = np.array([0.25, 1.0]), np.array([5 / 1000, 5 / 980])
    np.testing.assert_allclose(unexplained_exits(state, KNOWN), weights @ rates / weights.sum(), rtol=1e-12)


def test_an_earlier_origin_looks_at_earlier_months_only(register):
    state = state_of(register([1000.0, 980.0, 1005.0]), [10.0, 0.0, 54.0])
    expected = (0.5 * 20 / 1000 + 50 / 1000) / 1.5
    np.testing.assert_allclose(unexplained_exits(state, KNOWN - 1), expected, rtol=1e-12)


def test_only_the_window_counts(register):
    state = state_of(register([1000.0, 980.0, 1005.0]), [10.0, 0.0, 54.0], arrivals_window_months=2)
    expected = (0.5 * 50 / 1000 + (5 - 54) / 980) / 1.5
    np.testing.assert_allclose(unexplained_exits(state, KNOWN), expected, rtol=1e-12)


def test_the_forecast_register_falls_by_the_gap_which_fades(register):
    """Two months by hand: drift is minus gap * persistence**step * register of the month before."""
    state = state_of(register([1000.0, 980.0, 1005.0]), [0.0, 0.0, 0.0], register_gap_persistence=0.5)
    gap = unexplained_exits(state, KNOWN)
    assert (gap > 0).all()
    state.environment = finished(small_run(state.world, months=1)).state.environment
    H = state.n_hosts
    nobody, present = np.zeros(H), np.full(H, 1000.0)
    state.history.register[state.index - 1] = 900.0
    first = 1000.0 - gap * 0.5 * 900.0
    second = first - gap * 0.25 * first
    for expected in (first, second):
        update_register(state, present, nobody, nobody)
        np.testing.assert_allclose(state.history.register[state.index], expected, rtol=1e-12)
        state.index, state.month = state.index + 1, state.month + 1


def test_the_recorded_past_has_no_drift_and_a_run_that_starts_later_carries_nothing_on(world):
    assert not unexplained_exits(small_run(world, start="2024-09", months=3).state, KNOWN).any()
    state = finished(small_run(world, start="2024-06", months=3)).state
    assert not state.drift.any()
    later = finished(small_run(world, start="2024-06", months=4)).state
    assert later.drift.any()


def test_a_small_clean_up_is_what_leaves_beyond_the_usual_in_an_unflagged_month(register):
    """Exits are decisions 30 less the rise; 1 % of 1,000 persons has to be exceeded."""
    usual = np.zeros(len(register([1000.0]).hosts.ids))
    large = register([1000.0, 980.0]).registers  # 50 exits
    np.testing.assert_array_equal(small_clean_up(large, KNOWN, usual, LEAST), 50.0)
    np.testing.assert_array_equal(small_clean_up(large, KNOWN, usual + 15.0, LEAST), 35.0)
    np.testing.assert_array_equal(small_clean_up(large, KNOWN, usual + 41.0, LEAST), 0.0)
    for least, found in ((0.049, 50.0), (0.05, 0.0), (0.051, 0.0)):
        np.testing.assert_array_equal(small_clean_up(large, KNOWN, usual, least), found)
    flagged = register([1000.0, 980.0], is_break=[KNOWN]).registers
    np.testing.assert_array_equal(small_clean_up(flagged, KNOWN, usual, LEAST), 0.0)
    unknown = register([1000.0, np.nan]).registers
    np.testing.assert_array_equal(small_clean_up(unknown, KNOWN, usual, LEAST), 0.0)
    assert not small_clean_up(large, large.first_month, usual, LEAST).any()


@pytest.mark.parametrize(("small", "taken"), [(LEAST, 50.0), (0.06, 0.0)])
def test_a_small_clean_up_comes_out_of_those_who_left_unseen_and_of_nobody_else(register, small, taken):
    state = state_of(register([1000.0, 980.0]), [0.0, 0.0, 0.0], small=small)
    state.environment = finished(small_run(state.world, months=1)).state.environment
    H = state.n_hosts
    nobody = np.zeros(H)
    state.index, state.month = state.index - 1, KNOWN
    before = np.where(np.arange(H) % 2, 20.0, 80.0)
    state.unseen = before.copy()
    update_register(state, np.full(H, 1000.0), nobody, nobody)
    np.testing.assert_array_equal(state.unseen, np.maximum(before - taken, 0.0))
    assert not state.drift.any()
