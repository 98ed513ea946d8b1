"""What a forecast register carries on, and which months fix the level of arrivals, worked out by hand."""

import numpy as np
import pytest
from small_runs import PROJECTION, changed, finished, small_run, with_coefficients

from abm.codes import Intention
from abm.flight import anchored_level, host_push, known_months, modelled_arrivals
from abm.register_view import small_clean_up, unexplained_exits, update_register
from abm.state import Flow

KNOWN = PROJECTION - 1


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


def state_of(world, deregistered, start="2024-06", **coefficients):
    """Return the state at the first month after the registers, with exits of the model as given by month."""
    given = with_coefficients(world, register_memory_months=1.0, **coefficients)
    state = small_run(given, start=start, months=6).state
    done = PROJECTION - state.settings.start
    state.index, state.month = done, PROJECTION
    state.history.deregistered[:done] = np.asarray(deregistered, float)[:, None]
    return state


def test_unexplained_exits_are_a_weighted_mean_with_a_half_life_of_one_month(register):
    # June: 30 decisions, stock 1000 -> 1000: 30 exits. July: 30, 1000 -> 980: 50. August: 30, 980 -> 1005: 5.
    state = state_of(register([1000.0, 980.0, 1005.0]), [10.0, 0.0, 54.0])
    rates = np.array([(30 - 10) / 1000, (50 - 0) / 1000, (5 - 54) / 980])
    weights = np.array([0.25, 0.5, 1.0])
    expected = (weights * rates).sum() / weights.sum()
    np.testing.assert_allclose(unexplained_exits(state, KNOWN), expected, rtol=1e-12)


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


def test_an_earlier_origin_looks_at_earlier_months_only(register):
    state = state_of(register([1000.0, 980.0, 1005.0]), [10.0, 0.0, 54.0])
    expected = (0.5 * 20 / 1000 + 50 / 1000) / 1.5
    np.testing.assert_allclose(unexplained_exits(state, KNOWN - 1), expected, rtol=1e-12)


def test_only_the_window_counts(register):
    state = state_of(register([1000.0, 980.0, 1005.0]), [10.0, 0.0, 54.0], arrivals_window_months=2)
    expected = (0.5 * 50 / 1000 + (5 - 54) / 980) / 1.5
    np.testing.assert_allclose(unexplained_exits(state, KNOWN), expected, rtol=1e-12)


def test_a_run_that_starts_after_the_registers_carries_nothing_on(world):
    state = small_run(world, start="2024-09", months=3).state
    assert not unexplained_exits(state, KNOWN).any()


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


def test_the_recorded_past_has_no_drift(world):
    state = finished(small_run(world, start="2024-06", months=3)).state
    assert not state.drift.any()
    later = finished(small_run(world, start="2024-06", months=4)).state
    assert later.drift.any()


def test_weights_of_arrivals_halve_and_add_up_to_one(world):
    state = small_run(with_coefficients(world, arrivals_memory_months=2.0), start="2024-09", months=3).state
    months, weights = known_months(state)
    window = int(world.coefficients["arrivals_window_months"])
    assert months.tolist() == list(range(KNOWN - window + 1, KNOWN + 1))
    assert weights.shape == (window, 1)
    assert weights.sum() == pytest.approx(1.0)
    np.testing.assert_allclose(weights[1:] / weights[:-1], 2.0**0.5)
    np.testing.assert_allclose(weights[2:] / weights[:-2], 2.0)


def test_an_earlier_origin_shifts_the_window_and_the_first_month_cuts_it(world):
    state = small_run(world, start="2022-03", months=12, known_until=world.registers.first_month + 3).state
    months, weights = known_months(state)
    first = world.registers.first_month
    assert months.tolist() == [first, first + 1, first + 2, first + 3]
    assert weights.sum() == pytest.approx(1.0)


def test_where_everything_is_modelled_all_months_count_the_same(world):
    state = small_run(world, months=3, arrivals="modelled").state
    months, weights = known_months(state)
    registers = world.registers
    assert months.tolist() == list(range(registers.first_month, registers.last_month + 1))
    np.testing.assert_array_equal(weights, 1.0 / len(months))


def test_modelled_arrivals_are_level_times_push_where_hosts_do_not_change(world):
    """Hosts as they were: arrivals follow the weighted level, moved by the push alone."""
    held = changed(world, "hosts", benefit_eur_month=np.ones_like(world.hosts.benefit_eur_month) * 300.0)
    state = small_run(held, start="2024-09", months=6).state
    months, weights = known_months(state)
    registers = held.registers
    recorded = registers.arrivals[months] * (1.0 - registers.double_share)
    level = (weights * recorded).sum(axis=0)
    np.testing.assert_allclose(anchored_level(state, months, weights), level)
    for month in (PROJECTION, PROJECTION + 5):
        state.month = month
        past = sum(w[0] * host_push(held, int(m)) for m, w in zip(months, weights, strict=True))
        np.testing.assert_allclose(modelled_arrivals(state), level * host_push(held, month) / past, rtol=1e-9)


def test_a_host_that_pays_more_gains_what_others_lose(world):
    """Diversion 1: no person more flees; diversion 0: the others are not touched."""
    nl = world.hosts.ids.index("NL")
    flat = np.ones_like(world.hosts.benefit_eur_month) * 300.0
    higher = flat.copy()
    higher[PROJECTION:, nl] *= 2.0
    found = {}
    for diversion in (0.0, 1.0):
        for name, benefit in (("flat", flat), ("higher", higher)):
            given = with_coefficients(
                changed(world, "hosts", benefit_eur_month=benefit), flight_diversion=diversion
            )
            state = small_run(given, start="2024-09", months=3).state
            found[diversion, name] = modelled_arrivals(state)
    c = world.coefficients
    gain = ((600.0 + c["in_kind_support_eur"]) / (300.0 + c["in_kind_support_eur"])) ** c[
        "benefit_arrival_elasticity"
    ]
    others = np.arange(len(world.hosts.ids)) != nl
    assert found[0.0, "higher"][nl] == pytest.approx(found[0.0, "flat"][nl] * gain)
    np.testing.assert_allclose(found[0.0, "higher"][others], found[0.0, "flat"][others])
    assert found[1.0, "higher"].sum() == pytest.approx(found[1.0, "flat"].sum())
    assert (found[1.0, "higher"][others] < found[1.0, "flat"][others]).all()
    assert found[1.0, "higher"][nl] > found[1.0, "flat"][nl]


def test_the_level_is_recorded_registrations_less_those_who_were_not_new(world):
    """Counted twice, or registered the month before from another host, after a return, or as a partner."""
    state = finished(small_run(world, start="2023-06", months=15, scale=3_000, households_per_host=10)).state
    assert state.month == PROJECTION
    registers, H = world.registers, state.n_hosts
    months, weights = known_months(state)
    by_hand = np.zeros(H)
    for month, weight in zip(months, weights[:, 0], strict=True):
        before = state.history.flows[month - state.settings.start - 1]
        others = [
            before[kind][:, :H].sum(axis=0) for kind in (Flow.ONWARD, Flow.REDEPARTURE, Flow.REUNIFICATION)
        ]
        by_hand += weight * (registers.arrivals[month] * (1.0 - registers.double_share) - sum(others))
    np.testing.assert_allclose(anchored_level(state, months, weights), np.maximum(by_hand, 0.0))


def test_the_level_does_not_depend_on_how_finely_households_are_sampled(world):
    levels = []
    for size in (10, 40):
        state = small_run(world, start="2024-09", months=3, households_per_host=size).state
        levels.append(anchored_level(state, *known_months(state)))
    np.testing.assert_array_equal(*levels)


def test_a_small_clean_up_is_what_leaves_beyond_the_usual_in_an_unflagged_month(register):
    """Exits are decisions 30 less the rise; 1 % of 1,000 persons has to be exceeded."""
    usual = np.zeros(len(register([1000.0]).hosts.ids))
    large = register([1000.0, 980.0]).registers  # 50 exits
    np.testing.assert_array_equal(small_clean_up(large, KNOWN, usual), 50.0)
    np.testing.assert_array_equal(small_clean_up(large, KNOWN, usual + 15.0), 35.0)
    np.testing.assert_array_equal(small_clean_up(large, KNOWN, usual + 41.0), 0.0)
    flagged = register([1000.0, 980.0], is_break=[KNOWN]).registers
    np.testing.assert_array_equal(small_clean_up(flagged, KNOWN, usual), 0.0)
    unknown = register([1000.0, np.nan]).registers
    np.testing.assert_array_equal(small_clean_up(unknown, KNOWN, usual), 0.0)
    assert not small_clean_up(large, large.first_month, usual).any()


def test_a_small_clean_up_comes_out_of_those_who_left_unseen_and_of_nobody_else(register):
    state = state_of(register([1000.0, 980.0]), [0.0, 0.0, 0.0])
    state.environment = finished(small_run(state.world, months=1)).state.environment
    H = state.n_hosts
    nobody = np.zeros(H)
    state.index, state.month = state.index - 1, KNOWN
    state.unseen = np.where(np.arange(H) % 2, 20.0, 80.0)
    update_register(state, np.full(H, 1000.0), nobody, nobody)
    np.testing.assert_array_equal(state.unseen, np.where(np.arange(H) % 2, 0.0, 30.0))
    assert not state.drift.any()


def test_levels_of_a_host_enter_deeds_and_wish_apart(world):
    """``return_level_NL`` and ``onward_level_NL`` move who goes; ``wish_level_NL`` moves what people say."""
    nl = world.hosts.ids.index("NL")

    def outcome(**values):
        given = with_coefficients(world, **values)
        state = finished(small_run(given, months=10, scale=3_000, households_per_host=60)).state
        rows, flows, H = state.households, state.history.flows, state.n_hosts
        here = np.asarray(rows["place"]) == nl
        wishes = int((np.asarray(rows["intention"])[here] == int(Intention.RETURN)).sum())
        return flows[:, Flow.RETURN, nl, H].sum(), flows[:, Flow.ONWARD, nl, :H].sum(), wishes

    plain = outcome()
    returning = outcome(return_level_NL=2.5)
    moving = outcome(onward_level_NL=2.5)
    wishing = outcome(wish_level_NL=4.0)
    assert returning[0] > 2 * plain[0] > 0
    assert moving[1] > 2 * max(plain[1], 1)
    assert wishing[:2] == plain[:2]
    assert wishing[2] > plain[2]
