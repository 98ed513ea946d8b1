"""Exits read from a register that was made with known ones: slow exits, late registrations, a clean-up."""

import warnings
from dataclasses import replace

import numpy as np
import pytest
from example_registers import CLEANED, DE, LAST, LATE, NL, PL, RATE, REMOVED, SMALL, SPAN, made_registers
from example_run import START
from hypothesis import given
from hypothesis import strategies as st
from small_runs import finished, small_run

from calibration.fit.register_exits import (
    CleanUp,
    exit_rates,
    lagged,
    recorded_clean_ups,
    recorded_exits,
    simulated_leavers,
    simulated_rates,
)


@pytest.fixture
def registers():
    return made_registers()


def test_exits_are_decisions_less_the_rise(registers):
    exits = recorded_exits(registers)
    month = START + 5
    assert exits[month, DE] == pytest.approx(RATE * registers.stock[month - 1, DE])
    assert np.isnan(exits[START]).all()
    assert np.isnan(exits[:, PL]).all()
    assert exits[CLEANED, DE] == pytest.approx(RATE * registers.stock[CLEANED - 1, DE] + REMOVED)


def test_usual_exits_are_a_median_that_no_clean_up_moves(registers):
    (found,) = exit_rates(registers, (DE,), (SPAN,), 3, -0.004)
    assert found.observed == pytest.approx(RATE)
    assert CLEANED not in found.months
    assert len(found.months) == SPAN[1] - SPAN[0]
    assert found.name == f"exit_rate.{DE}.{SPAN[0]}"


SHORT = (CLEANED - 1, CLEANED + 1)


@pytest.mark.parametrize(
    ("host", "span", "least_months", "least_rate", "observed"),
    [
        (NL, SPAN, 3, -0.004, []),  # late registration hides exits
        (NL, SPAN, 3, -0.5, [LATE]),
        (PL, SPAN, 3, -0.004, []),  # no decisions
        (DE, SHORT, 2, -0.004, [RATE]),
        (DE, SHORT, 3, -0.004, []),  # too few months
        (DE, SPAN[::-1], 1, -0.004, []),
    ],
)
def test_what_shows_no_usual_exits_is_no_target(registers, host, span, least_months, least_rate, observed):
    found = exit_rates(registers, (host,), (span,), least_months, least_rate)
    assert [rate.observed for rate in found] == pytest.approx(observed)


def test_an_empty_register_has_no_exits_and_no_warning(registers):
    """0 / 0 and x / 0 are expected here, so the reader need not say so itself."""
    empty = registers.stock.copy()
    empty[SPAN[0] : SPAN[1] + 1, 3] = 0.0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert exit_rates(replace(registers, stock=empty), (3,), (SPAN,), 20, -0.004) == []
        assert exit_rates(registers, (3,), ((registers.first_month, LAST),), 1, -0.004)


def test_every_span_has_a_target_of_its_own(registers):
    """DE loses 1 % a month before the clean-up and 3 % after it, as a register that settled would."""
    stock = registers.stock.copy()
    for month in range(CLEANED + 1, LAST + 1):
        stock[month, DE] = stock[month - 1, DE] * 0.97 + 3_000.0
    two = ((START + 2, CLEANED), (CLEANED + 1, LAST))
    first, second = exit_rates(replace(registers, stock=stock), (DE,), two, 3, -0.004)
    assert (first.observed, second.observed) == (pytest.approx(RATE), pytest.approx(0.03))
    assert first.months.tolist() == list(range(START + 2, CLEANED))
    assert second.months.tolist() == list(range(CLEANED + 1, LAST + 1))
    assert first.name != second.name


def test_a_clean_up_removed_what_it_was_made_to_remove(registers):
    (found,) = recorded_clean_ups(registers, (DE, NL), START, LAST, {(DE, CLEANED): True}, SMALL)
    assert (found.host, found.month, found.first, found.is_recount) == (DE, CLEANED, START, True)
    assert found.removed == pytest.approx(REMOVED)
    assert found.arrivals == pytest.approx(registers.arrivals[START : CLEANED + 1, DE].sum())
    assert found.name == f"left_unseen.{DE}.{CLEANED}"


def test_leavers_of_a_second_clean_up_count_from_the_first_on(registers):
    is_break = registers.is_break.copy()
    is_break[CLEANED + 5, DE] = True
    stock = registers.stock.copy()
    stock[CLEANED + 5 :, DE] -= 1_000.0
    twice = replace(registers, is_break=is_break, stock=stock)
    first, second = recorded_clean_ups(twice, (DE,), START, LAST, {}, SMALL)
    assert (first.first, second.first) == (START, CLEANED + 1)
    assert second.arrivals == pytest.approx(5 * 3_000.0)
    assert not second.is_recount
    # a fit window that begins between the two sees the second alone, and still from the first on
    (alone,) = recorded_clean_ups(twice, (DE,), CLEANED + 1, LAST, {}, SMALL)
    assert alone == second
    # and one that ends between the two sees the first alone
    (early,) = recorded_clean_ups(twice, (DE,), START, CLEANED + 4, {}, SMALL)
    assert replace(early, removed=first.removed) == first
    assert early.removed == pytest.approx(first.removed, rel=1e-12)


def test_small_clean_ups_before_a_flagged_one_are_taken_off_it(registers):
    """2,000 persons at once are more than 1 % beyond the usual and no flagged break; 500 are not."""
    stock = registers.stock.copy()
    stock[START + 4 :, DE] -= 2_000.0
    stock[START + 8 :, DE] -= 500.0
    bent = replace(registers, stock=stock)
    (found,) = recorded_clean_ups(bent, (DE,), START, LAST, {}, SMALL)
    # what counts as usual is a median, which two odd months hardly move
    assert found.taken == pytest.approx(2_000.0, rel=0.02)
    assert found.removed == pytest.approx(REMOVED, rel=0.01)
    (plain,) = recorded_clean_ups(registers, (DE,), START, LAST, {}, SMALL)
    assert plain.taken == 0.0
    (finer,) = recorded_clean_ups(bent, (DE,), START, LAST, {}, 0.001)
    assert finer.taken == pytest.approx(2_500.0, rel=0.04)
    (coarser,) = recorded_clean_ups(bent, (DE,), START, LAST, {}, 0.1)
    assert coarser.taken == 0.0
    assert finer.removed == coarser.removed == found.removed


def test_a_break_that_added_persons_is_no_clean_up(registers):
    stock = registers.stock.copy()
    stock[CLEANED:, DE] += 2.0 * REMOVED
    assert recorded_clean_ups(replace(registers, stock=stock), (DE,), START, LAST, {}, SMALL) == []


def test_the_usual_exits_around_a_clean_up_end_with_the_span(registers):
    """After it people leave at 5 % a month: those months count as usual only inside the span."""
    stock = registers.stock.copy()
    for month in range(CLEANED + 1, LAST + 1):
        stock[month, DE] = stock[month - 1, DE] * 0.95 + 3_000.0
    faster = replace(registers, stock=stock, is_break=registers.is_break.copy())
    (short,) = recorded_clean_ups(faster, (DE,), START, CLEANED + 1, {}, SMALL)
    (long,) = recorded_clean_ups(faster, (DE,), START, LAST, {}, SMALL)
    assert short.removed == pytest.approx(REMOVED)
    before = stock[CLEANED - 1, DE]
    assert long.removed == pytest.approx(REMOVED - (0.03 - RATE) * before)  # six months of each: 3 % between


def test_a_clean_up_is_read_without_months_after_the_span(registers):
    """The fit window ends in the month of the clean-up: nothing later may move its size."""
    later = np.arange(len(registers.stock))[:, None] > CLEANED
    before = recorded_clean_ups(registers, (DE,), START, CLEANED, {}, SMALL)
    for name, factor in (("stock", 0.9), ("decisions", 20.0)):
        series = getattr(registers, name)
        moved = replace(registers, **{name: np.where(later, factor * series, series)})
        assert recorded_clean_ups(moved, (DE,), START, CLEANED, {}, SMALL) == before


@given(lag=st.floats(0.2, 12.0), seed=st.integers(0, 100))
def test_leavers_are_taken_off_once_and_in_time(lag, seed):
    left = np.random.default_rng(seed).random((2, 200, 3))
    left[:, 40:] = 0.0
    taken = lagged(left, lag)
    np.testing.assert_allclose(taken.sum(axis=1), left.sum(axis=1), rtol=1e-4)
    assert (np.cumsum(taken, axis=1) <= np.cumsum(left, axis=1) + 1e-9).all()
    if lag <= 1.0:
        np.testing.assert_allclose(taken, left)


def test_a_lag_by_hand():
    np.testing.assert_allclose(lagged(np.array([[8.0, 0.0, 4.0]]), 2.0), [[4.0, 2.0, 3.0]])


def test_the_lag_is_that_of_the_register_view(world):
    """The model's own ``deregistered``, from the leavers it recorded itself."""
    state = finished(small_run(world, months=8)).state
    registers = world.registers
    for host in range(0, state.n_hosts, 5):
        left = state.history.left[None, :, host]
        expected = registers.deregistration_share[0, host] * lagged(
            left, float(registers.deregistration_lag[host])
        )
        np.testing.assert_allclose(state.history.deregistered[:, host], expected[0], rtol=1e-9, atol=1e-9)


def test_simulated_rates_are_leavers_over_the_recorded_stock(registers):
    rates = exit_rates(registers, (DE, 3), (SPAN,), 3, -0.004)
    left = np.zeros((2, LAST - START + 1, 4))
    left[0, :, DE], left[1, :, DE] = 1_000.0, 2_000.0
    left[:, :, 3] = 500.0
    found = simulated_rates({"left": left.astype(np.float32)}, START, registers, rates)
    assert found.shape == (2, 2)
    # with a lag of two months a steady stream is taken off as fast as it comes, after half a year
    expected = (1_000.0 / registers.stock[rates[0].months - 1, DE]).mean()
    np.testing.assert_allclose(found[:, 0], [expected, 2.0 * expected], rtol=0.01)
    np.testing.assert_allclose(
        found[:, 1], (500.0 / registers.stock[rates[1].months - 1, 3]).mean(), rtol=1e-6
    )


def test_simulated_leavers_are_a_sum_from_the_last_clean_up_to_this_one():
    left = np.zeros((1, 20, 2), np.float32)
    left[0, :, 1] = np.arange(20)
    common = {"host": 1, "removed": 1.0, "taken": 0.0, "arrivals": 1.0, "is_recount": False}
    events = [
        CleanUp(month=START + 9, first=START, **common),
        CleanUp(month=START + 12, first=START + 10, **common),
    ]
    np.testing.assert_array_equal(simulated_leavers({"left": left}, START, events), [[45.0, 33.0]])
