"""Exits read from a register that was made with known ones: slow exits, late registrations, a clean-up."""

from dataclasses import replace

import numpy as np
import pytest
from example_run import START, example_world
from hypothesis import given
from hypothesis import strategies as st
from small_runs import finished, small_run

from abm.loading import default_configs
from abm.loading.coefficients import load_coefficients
from calibration.emulator import Emulator
from calibration.layout import layout_of
from calibration.likelihood import problem_of
from calibration.prior import Prior
from calibration.register_exits import (
    CleanUp,
    clean_ups,
    exit_rates,
    lagged,
    recorded_exits,
    simulated_leavers,
    simulated_rates,
)
from calibration.settings import load_calibration_settings
from calibration.target_records import RegisterTarget, Targets

DE, NL, PL = 0, 1, 2
RATE, LATE = 0.01, -0.02
CLEANED = START + 12
REMOVED = 5_000.0
LAST = START + 28


@pytest.fixture
def registers():
    """DE loses 1 % a month, and 5,000 persons in a clean-up; NL registers late; PL publishes no decisions."""
    made = example_world().registers
    n = made.stock.shape[0]
    stock, decisions = np.full_like(made.stock, np.nan), np.full_like(made.stock, np.nan)
    is_break = np.zeros_like(made.is_break)
    is_break[CLEANED, DE] = True
    stock[START] = 100_000.0
    for month in range(START + 1, LAST + 1):
        decisions[month] = 3_000.0
        for host, rate in ((DE, RATE), (NL, LATE), (PL, RATE), (3, RATE)):
            stock[month, host] = stock[month - 1, host] * (1.0 - rate) + 3_000.0
        if month == CLEANED:
            stock[month, DE] -= REMOVED
    decisions[:, PL] = np.nan
    arrivals = np.nan_to_num(decisions)
    arrivals[START] = 100_000.0
    return replace(
        made, stock=stock, decisions=decisions, is_break=is_break, arrivals=arrivals,
        break_completeness=np.where(is_break, 0.8, 0.0), deregistration_lag=np.array([2.0, 1.0, 4.0, 1.0]),
        last_month=min(LAST, n - 1),
    )  # fmt: skip


SPAN = (START + 6, START + 18)


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


def test_late_registration_hides_exits_and_is_no_target(registers):
    assert exit_rates(registers, (NL,), (SPAN,), 3, -0.004) == []
    (shown,) = exit_rates(registers, (NL,), (SPAN,), 3, -0.5)
    assert shown.observed == pytest.approx(LATE)


def test_a_host_without_decisions_or_with_too_few_months_is_no_target(registers):
    assert exit_rates(registers, (PL,), (SPAN,), 3, -0.004) == []
    short = (CLEANED - 1, CLEANED + 1)
    assert len(exit_rates(registers, (DE,), (short,), 2, -0.004)) == 1
    assert exit_rates(registers, (DE,), (short,), 3, -0.004) == []
    assert exit_rates(registers, (DE,), ((SPAN[1], SPAN[0]),), 1, -0.004) == []


def test_an_empty_register_has_no_exits(registers):
    empty = registers.stock.copy()
    empty[SPAN[0] : SPAN[1] + 1, 3] = 0.0
    assert exit_rates(replace(registers, stock=empty), (3,), (SPAN,), 20, -0.004) == []


def test_a_clean_up_removed_what_it_was_made_to_remove(registers):
    (found,) = clean_ups(registers, (DE, NL), START, LAST, {(DE, CLEANED): True})
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
    first, second = clean_ups(twice, (DE,), START, LAST, {})
    assert (first.first, second.first) == (START, CLEANED + 1)
    assert second.arrivals == pytest.approx(5 * 3_000.0)
    assert not second.is_recount
    # a fit window that begins between the two sees the second alone, and still from the first on
    (alone,) = clean_ups(twice, (DE,), CLEANED + 1, LAST, {})
    assert alone == second
    assert clean_ups(twice, (DE,), START, CLEANED + 4, {}) == [first]


def test_small_clean_ups_before_a_flagged_one_are_taken_off_it(registers):
    """2,000 persons at once are more than 1 % beyond the usual and no flagged break; 500 are not."""
    stock = registers.stock.copy()
    stock[START + 4 :, DE] -= 2_000.0
    stock[START + 8 :, DE] -= 500.0
    (found,) = clean_ups(replace(registers, stock=stock), (DE,), START, LAST, {})
    # what counts as usual is a median, which two odd months hardly move
    assert found.taken == pytest.approx(2_000.0, rel=0.02)
    assert found.removed == pytest.approx(REMOVED, rel=0.01)
    (plain,) = clean_ups(registers, (DE,), START, LAST, {})
    assert plain.taken == 0.0


def test_a_break_that_added_persons_is_no_clean_up(registers):
    stock = registers.stock.copy()
    stock[CLEANED:, DE] += 2.0 * REMOVED
    assert clean_ups(replace(registers, stock=stock), (DE,), START, LAST, {}) == []


def test_a_clean_up_is_read_without_months_after_the_span(registers):
    """The fit window ends in the month of the clean-up: nothing later may move its size."""
    changed = registers.stock.copy()
    changed[CLEANED + 1 :, DE] *= 0.9
    before = clean_ups(registers, (DE,), START, CLEANED, {})
    after = clean_ups(replace(registers, stock=changed), (DE,), START, CLEANED, {})
    later = replace(registers, decisions=np.where(
        np.arange(len(registers.decisions))[:, None] > CLEANED, 50_000.0, registers.decisions
    ))  # fmt: skip
    moved = clean_ups(later, (DE,), START, CLEANED, {})
    assert before == after
    assert before == moved


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
        expected = registers.deregistration_share[host] * lagged(
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


SHARE, COMPLETE = 0.4, 0.8
"""Leavers who deregister, and unseen leavers a clean-up finds."""


def problem(registers, rates, events):
    """Return the register terms of a fit whose outputs a test hands in."""
    world = replace(
        example_world(),
        registers=replace(registers, deregistration_share=np.full(4, SHARE), double_share=np.full(4, 0.1)),
    )
    names = tuple(item.name for item in (*rates, *events))
    none, zero = np.empty(0, np.int64), np.zeros(len(names))
    emulator = Emulator(names, none, np.empty((0, 2), np.int64), np.zeros((1, len(names))), zero, zero, zero)
    shipped = load_coefficients(default_configs() / "coefficients" / "priors.csv")
    layout = layout_of(
        world,
        load_calibration_settings(default_configs()),
        Prior((shipped["double_registration_ratio"],)),
        (DE, 3),
        (),
    )
    register = RegisterTarget(
        id="r", hosts=(DE, 3), fit=(START, LAST), held_out=(LAST + 1, LAST + 2), exit_rate_sd=0.004,
        clean_up_log_sd=0.3, source="s",
    )  # fmt: skip
    return problem_of(world, layout, emulator, {}, Targets((), (), (), register), rates, events)


def test_what_a_clean_up_removes_follows_the_register_view(registers):
    """Two clean-ups: month by month as in abm.register_view, against the sums of the likelihood."""
    second = CLEANED + 6
    is_break = registers.is_break.copy()
    is_break[second, DE] = True
    stock = registers.stock.copy()
    stock[second:, DE] -= 3_000.0
    registers = replace(
        registers, is_break=is_break, stock=stock, break_completeness=np.where(is_break, COMPLETE, 0.0)
    )
    events = clean_ups(registers, (DE,), START, LAST, {})
    assert [event.taken for event in events] == [0.0, 0.0]
    made = problem(registers, [], events)
    left = 500.0 + 100.0 * np.arange(LAST - START + 1)
    unseen, removed = 0.0, {}
    for month, leavers in enumerate(left, start=START):
        entered = registers.arrivals[month, DE] * 0.9
        unseen += (1.0 - SHARE) * leavers + 0.1 / 0.9 * entered
        if is_break[month, DE]:
            removed[month] = COMPLETE * unseen
            unseen *= 1.0 - COMPLETE
    sums = simulated_leavers({"left": left[None, :, None]}, START, events)
    said = [term.says(np.zeros((1, made.layout.size)), np.log(sums))[0] for term in made.terms]
    np.testing.assert_allclose(np.exp(said), [removed[CLEANED], removed[second]], rtol=1e-9)
    assert [term.observed for term in made.terms] == [np.log(event.removed) for event in events]
    assert all(term.sd == pytest.approx(0.3) for term in made.terms)


def test_persons_a_small_clean_up_took_are_not_found_again(registers):
    (event,) = clean_ups(registers, (DE,), START, LAST, {})
    plain, taken = (
        problem(registers, [], [replace(event, taken=persons)]).terms[0] for persons in (0.0, 1_000.0)
    )
    z, out = np.zeros((1, 4)), np.log([[20_000.0]])
    lost = np.exp(plain.says(z, out)[0]) - np.exp(taken.says(z, out)[0])
    assert lost == pytest.approx(COMPLETE * 1_000.0)


def test_usual_exits_are_the_share_who_deregister_of_all_exits(registers):
    rates = exit_rates(registers, (DE, 3), (SPAN,), 3, -0.004)
    made = problem(registers, rates, [])
    said = [term.says(np.zeros((1, made.layout.size)), np.log([[0.02, 0.05]]))[0] for term in made.terms]
    assert said == pytest.approx([SHARE * 0.02, SHARE * 0.05])
    # the second host's share has a coordinate of its own
    z = np.zeros((1, made.layout.size))
    z[0, 1 + 1] = 1.0
    moved = [term.says(z, np.log([[0.02, 0.05]]))[0] for term in made.terms]
    assert moved[0] == pytest.approx(said[0])
    assert moved[1] > said[1]
    assert [term.observed for term in made.terms] == pytest.approx([RATE, RATE])


def test_hosts_of_exit_rates_keep_their_order(registers):
    rates = exit_rates(registers, (DE, 3), (SPAN,), 3, -0.004)
    assert [rate.host for rate in rates] == [DE, 3]
