"""What a register does: lapses, titles, clean-ups past and to come, the trend it carries on; by hand."""

from dataclasses import replace

import numpy as np
import pytest
from small_runs import PROJECTION, changed, finished, small_run, with_coefficients

from abm.data.world import Renewal
from abm.month.turn import (
    MOST_TREND,
    drawn_clean_up,
    known_renewals,
    published_month,
    recent_changes,
    small_clean_up,
    update_register,
)
from abm.state import KEPT

KNOWN = PROJECTION - 1
OF_REGISTER = ("register", "entered", "left", "deregistered", "again", "lapsed", "cleaned", "offset")
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


def state_of(world, view, start="2024-06", small=1.0, **coefficients):
    """Return the state at the first month after the registers, whose view of every register was as given.

    Whole registers may leave at once (``small`` 1), so that round numbers of this file are no clean-ups.
    """
    given = with_coefficients(world, small_clean_up_share=small, **coefficients)
    state = hiding_nobody(small_run(given, start=start, months=6).state)
    done = PROJECTION - state.settings.start
    state.index, state.month = done, PROJECTION
    state.history.register[done - len(view) : done] = np.asarray(view, float)[:, None]
    stock = state.world.registers.stock.copy()
    stock[: PROJECTION - len(view)] = np.nan  # nothing is known of the months before
    state.world = changed(state.world, "registers", stock=stock)
    return state


def hiding_nobody(state):
    """Return the state with a register, and a history of it, that hides nobody."""
    for name in KEPT:
        getattr(state, name)[:] = 0
    state.history.flows[:] = 0
    for name in OF_REGISTER:
        getattr(state.history, name)[:] = 0
    return state


def last_of(state):
    """Return the last published month of every host of these worlds, and of one that publishes less."""
    return published_month(state.world.registers, KNOWN)


def test_the_trend_is_what_the_view_does_not_explain_between_published_months_without_a_break(register):
    """Stocks 1000, 940, 900 and 880; the view rises by 10 a month: -70, -50 and -30 are unexplained."""
    stocks, view = [1000.0, 940.0, 900.0, 880.0], [500.0, 510.0, 520.0, 530.0]
    state = state_of(register(stocks), view, start="2024-05")
    np.testing.assert_allclose(recent_changes(state, last_of(state))[0], MOST_TREND * -880.0)
    slow = [1000.0, 994.0, 990.0, 988.0]
    state = state_of(register(slow), view, start="2024-05")
    np.testing.assert_allclose(recent_changes(state, last_of(state))[0], (-16 - 14 - 12) / 3)
    broken = state_of(register(slow, is_break=[KNOWN - 1]), view, start="2024-05")
    np.testing.assert_allclose(recent_changes(broken, last_of(broken))[0], (-16 - 12) / 2)
    short = state_of(register(slow), view, start="2024-05", register_trend_months=1)
    np.testing.assert_allclose(recent_changes(short, last_of(short))[0], -12.0)


def test_small_clean_ups_go_on_unless_a_calendar_draws_them(register):
    """Six a month were taken off at once: without a calendar the trend falls by six more."""
    state = state_of(register([1000.0, 994.0, 990.0, 988.0]), [500.0, 510.0, 520.0, 530.0], start="2024-05")
    usual, view = recent_changes(state, last_of(state))
    state.history.cleaned[:] = 6.0
    trend, of_view = recent_changes(state, last_of(state))
    known = [rule.host for rule in state.world.registers.renewals if rule.known <= KNOWN]
    calendar = np.isin(np.arange(state.n_hosts), known)
    assert 0 < calendar.sum() < state.n_hosts
    np.testing.assert_allclose(trend - usual, np.where(calendar, 0.0, -6.0))
    np.testing.assert_allclose(of_view - view, np.where(calendar, 0.0, 6.0))


def test_quarter_ends_are_enough_and_a_host_may_end_earlier(register):
    world = register([1000.0, 994.0, 990.0, 988.0])
    stock = world.registers.stock.copy()
    stock[[KNOWN - 2, KNOWN - 1], 4] = np.nan
    stock[[KNOWN, KNOWN - 1], 5] = np.nan
    stock[:, 6] = np.nan
    state = state_of(changed(world, "registers", stock=stock), [500.0, 510.0, 520.0, 530.0], start="2024-05")
    published = last_of(state)
    assert published[[3, 4, 5, 6]].tolist() == [KNOWN, KNOWN, KNOWN - 2, -1]
    found, of_view = recent_changes(state, published)
    np.testing.assert_allclose(found[[4, 5, 6]], [(-12 - 30) / 3, -16.0, 0.0])
    np.testing.assert_allclose(of_view[[4, 5, 6]], [10.0, 10.0, 0.0])


@pytest.mark.parametrize(
    ("catch_up", "path"), [(0.0, (995.0, 992.5)), (0.4, (995.0 - 2.0, 993.0 - 2.5 - 3.0))]
)
def test_after_the_last_published_month_offset_stays_and_trend_fades(register, catch_up, path):
    """By hand: 1000 recorded where the view says 1100 and rose by 10; then -10 a month, fading by a half."""
    world = register([1000.0, 1000.0])
    given = {"register_trend_persistence": 0.5, "register_trend_months": 1, "register_catch_up": catch_up}
    state = state_of(world, [0.0, 0.0, 0.0], **given)
    nobody, present = np.zeros(state.n_hosts), np.full(state.n_hosts, 1100.0)
    state.settings = replace(state.settings, clean_ups=False)
    state.index, state.month = state.index - 1, KNOWN
    state.world = changed(state.world, "registers", again_share=np.zeros_like(world.registers.again_share))
    update_register(state, present, nobody, nobody)
    np.testing.assert_allclose(state.history.register[state.index], 1000.0)
    np.testing.assert_allclose(state.history.offset[state.index], -100.0)
    state.history.register[state.index - 1] = state.history.register[state.index] - state.offset - 10.0
    state.index, state.month = state.index + 1, PROJECTION
    for expected in path:
        update_register(state, present, nobody, nobody)
        np.testing.assert_allclose(state.history.register[state.index], expected)
        state.index, state.month = state.index + 1, state.month + 1


def test_a_lapse_takes_a_title_and_the_grant_that_follows_gives_it_back(register):
    """Forty grants again in July: the register is 40 short at the end of June, and nobody is missing."""
    world, july = register([1000.0]), KNOWN - 1
    again, arrivals = (np.zeros_like(world.registers.stock) for _ in range(2))
    again[july], arrivals[july] = 0.4, 100.0
    noticed = np.ones_like(again)
    world = changed(
        world, "registers", again_share=again, arrivals=arrivals, lapse_lag=1, deregistration_share=noticed
    )
    state = state_of(world, np.zeros(4), start="2024-05")
    nobody, present = np.zeros(state.n_hosts), np.full(state.n_hosts, 1000.0)
    state.history.again[july - state.settings.start] = 40.0
    seen = []
    for month in range(july - 2, july + 1):
        state.index, state.month = month - state.settings.start, month
        update_register(state, present, nobody, nobody)
        seen.append(state.history.register[state.index, 0])
    assert seen == [1000.0, 960.0, 1000.0]
    first = july - 2 - state.settings.start
    assert state.history.lapsed[first : first + 3, 0].tolist() == [0.0, 40.0, 0.0]


def test_a_register_that_takes_nobody_off_counts_who_is_granted_again_twice(register):
    world = register([1000.0])
    flat = np.zeros_like(world.registers.stock)
    state = state_of(changed(world, "registers", deregistration_share=flat), [0.0])
    state.index, state.month = state.index - 1, KNOWN
    state.history.again[state.index] = 40.0
    nobody, present = np.zeros(state.n_hosts), np.full(state.n_hosts, 1000.0)
    update_register(state, present, nobody, nobody)
    assert state.unseen.tolist() == [40.0] * state.n_hosts


def test_a_title_changed_leaves_at_once_and_a_leaver_stays_until_taken_off(world):
    """All of 1,000 leavers of a register that takes nobody off stay in it; those with a new title do not."""
    state = hiding_nobody(small_run(world, start="2023-06", months=3).state)
    state.environment = finished(small_run(world, months=1)).state.environment
    H = state.n_hosts
    flat = np.zeros_like(world.registers.deregistration_share)
    state.world = changed(world, "registers", deregistration_share=flat, again_share=flat)
    state.world = with_coefficients(state.world, small_clean_up_share=1.0)
    update_register(state, np.full(H, 5_000.0), np.zeros(H), np.full(H, 1_000.0))
    view = state.history.register[state.index] - state.history.offset[state.index]
    kept = view[~world.registers.is_break[state.month]]
    np.testing.assert_allclose(kept, 6_000.0)


def test_clean_ups_to_come_are_drawn_by_calendar_and_size(world):
    """Every seed in March, none in another month; half of the sizes lie on either side of the median."""
    rule = Renewal(3, 3, KNOWN, 1.0, 0.1, 0.5)
    later = replace(rule, host=5, known=KNOWN + 1)
    given = changed(world, "registers", renewals=(rule, later))
    state = small_run(given, start="2024-09", months=12).state
    sizes = []
    for seed in range(400):
        state.seed = seed
        for month in (PROJECTION, PROJECTION + 6):
            state.month = month
            share = drawn_clean_up(state)
            assert np.flatnonzero(share).tolist() == ([3] if month == PROJECTION + 6 else [])
        sizes.append(share[3])
    # 400 draws: 5 standard errors of the share below the median are an eighth
    assert 0.375 < np.mean(np.array(sizes) < 0.1) < 0.625


def test_the_newest_rule_that_was_known_says_how_large_a_clean_up_will_be(world):
    first, any_time = Renewal(3, 3, KNOWN - 8, 0.9, 0.2, 0.5), Renewal(-1, 0, KNOWN - 8, 0.01, 0.1, 0.5)
    second, third = replace(first, known=KNOWN, size=0.1), replace(first, known=KNOWN + 1, size=0.3)
    registers = changed(world, "registers", renewals=(third, second, any_time, first)).registers
    assert set(known_renewals(registers, KNOWN)) == {second, any_time}
    assert set(known_renewals(registers, KNOWN - 1)) == {first, any_time}


def test_the_recorded_past_has_no_drift_and_a_run_that_starts_later_carries_nothing_on(world):
    state = finished(small_run(world, start="2024-06", months=2)).state
    assert not state.drift[np.isfinite(world.registers.stock[state.month - 1])].any()
    later = finished(small_run(world, start="2024-06", months=4)).state
    assert later.trend.any()
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
    H = state.n_hosts
    nobody = np.zeros(H)
    state.index, state.month = state.index - 1, KNOWN
    state.world = changed(state.world, "registers", again_share=np.zeros_like(state.world.registers.stock))
    before = np.where(np.arange(H) % 2, 20.0, 80.0)
    state.unseen = before.copy()
    update_register(state, np.full(H, 1000.0), nobody, nobody)
    np.testing.assert_array_equal(state.unseen, np.maximum(before - taken, 0.0))
    assert not state.drift.any()
