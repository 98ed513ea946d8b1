"""Which months fix the level of arrivals, on what was recorded, and how drivers move it; by hand."""

import numpy as np
import pytest
from small_runs import PROJECTION, changed, finished, small_run, with_coefficients

from abm.month.arrival_level import (
    anchored_level,
    host_push,
    jump_off,
    known_months,
    modelled_arrivals,
    onset,
    recorded_arrivals,
    season,
    season_of,
    usual_arrivals,
)
from abm.months import month_index
from abm.state import Flow

KNOWN = PROJECTION - 1


def test_weights_of_arrivals_halve_and_add_up_to_one(world):
    state = small_run(with_coefficients(world, arrivals_memory_months=2.0), start="2024-09", months=3).state
    months, weights = known_months(state.world, jump_off(state))
    window = int(world.coefficients["arrivals_window_months"])
    assert months.tolist() == list(range(KNOWN - window + 1, KNOWN + 1))
    assert weights.shape == (window, 1)
    assert weights.sum() == pytest.approx(1.0)
    np.testing.assert_allclose(weights[1:] / weights[:-1], 2.0**0.5)
    np.testing.assert_allclose(weights[2:] / weights[:-2], 2.0)


def test_an_earlier_origin_shifts_the_window_and_the_first_month_cuts_it(world):
    state = small_run(world, start="2022-03", months=12, known_until=world.registers.first_month + 3).state
    months, weights = known_months(state.world, jump_off(state))
    first = world.registers.first_month
    assert months.tolist() == [first, first + 1, first + 2, first + 3]
    assert weights.sum() == pytest.approx(1.0)


def first_shares(registers):
    """Return the share of registrations that are neither grants again nor late ones, [T, H]."""
    return 1.0 - registers.again_share - registers.late_share


def test_where_everything_is_modelled_all_months_count_the_same(world):
    state = small_run(world, months=3, arrivals="modelled").state
    months, weights = known_months(state.world, jump_off(state))
    registers = world.registers
    assert months.tolist() == list(range(registers.first_month, registers.last_month + 1))
    np.testing.assert_array_equal(weights, 1.0 / len(months))


def nobody_moved(state):
    """Return the state with a past in which all who registered were new."""
    state.history.flows[:] = 0
    return state


def test_modelled_arrivals_are_level_times_push_where_hosts_do_not_change(world):
    """Hosts as they were: arrivals follow the weighted level, moved by the push alone."""
    held = changed(world, "hosts", benefit_eur_month=np.ones_like(world.hosts.benefit_eur_month) * 300.0)
    state = nobody_moved(small_run(held, start="2024-09", months=6).state)
    months, weights = known_months(state.world, jump_off(state))
    level, by_calendar = anchored_level(usual_arrivals(state, months), weights), season_of(state)
    for month in (PROJECTION, PROJECTION + 5):
        state.month = month
        factors = by_calendar[months % 12]
        past = sum(
            w[0] * f * host_push(held, int(m)) for m, w, f in zip(months, weights, factors, strict=True)
        )
        expected = level * host_push(held, month) * by_calendar[month % 12] / past
        np.testing.assert_allclose(modelled_arrivals(state), expected, rtol=1e-9)


def test_a_season_is_what_was_recorded_and_nothing_is_foreseen(world):
    """July 20 % above, December 20 % below: half a season after one year, two thirds after two."""
    months = np.arange(world.n_months)
    wave = np.select([months % 12 == 6, months % 12 == 11], [1.2, 0.8], 1.0)
    arrivals = np.repeat(1000.0 * wave[:, None], len(world.hosts.ids), axis=1)
    given = changed(world, "registers", arrivals=arrivals)
    early, late = season(given, month_index("2023-12")), season(given, month_index("2024-12"))
    assert early[6] == early[11] == 1.0
    assert (late[6], late[11]) == pytest.approx((1.2**0.5, 0.8**0.5), rel=0.01)
    two = season(given, month_index("2025-12"))
    assert (two[6], two[11]) == pytest.approx((1.2 ** (2 / 3), 0.8 ** (2 / 3)), rel=0.01)
    arrivals[month_index("2024-12") + 1 :] *= 7.0
    np.testing.assert_array_equal(season(given, month_index("2024-12")), late)


def test_the_onset_fades_until_movers_run_out_instead(world):
    last = world.registers.first_month + int(world.coefficients["flight_onset_fades_months"])
    assert onset(world, last - 1) > onset(world, last) == onset(world, last + 40)


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
            state = nobody_moved(small_run(given, start="2024-09", months=3).state)
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
    """Again or late, or registered the month before: moved, came back, joined as a partner, was born."""
    state = finished(small_run(world, start="2023-06", months=15, scale=3_000, households_per_host=10)).state
    assert state.month == PROJECTION
    registers, H = world.registers, state.n_hosts
    months, weights = known_months(state.world, jump_off(state))
    by_hand = np.zeros(H)
    for month, weight in zip(months, weights[:, 0], strict=True):
        before = state.history.flows[month - state.settings.start - 1]
        others = [
            before[kind][:, :H].sum(axis=0)
            for kind in (Flow.ONWARD, Flow.REDEPARTURE, Flow.REUNIFICATION, Flow.BIRTH)
        ]
        by_hand += weight * (registers.arrivals[month] * first_shares(registers)[month] - sum(others))
    np.testing.assert_allclose(
        anchored_level(usual_arrivals(state, months), weights), np.maximum(by_hand, 0.0)
    )


def test_the_level_is_what_registers_recorded_and_not_the_households_that_were_made(world):
    """The run rounds persons to households of 30,000; a level on them would keep that rounding for good."""
    state = finished(small_run(world, start="2024-06", months=3)).state
    months, weights = known_months(state.world, jump_off(state))
    made = state.history.flows[-3:, Flow.ARRIVAL, state.n_hosts, : state.n_hosts]
    recorded = recorded_arrivals(state, months[-3:])
    assert not np.allclose(made, recorded, rtol=0.1)
    level = anchored_level(usual_arrivals(state, months), weights)
    state.history.flows[:, Flow.ARRIVAL] *= 7
    np.testing.assert_array_equal(anchored_level(usual_arrivals(state, months), weights), level)


def test_a_forecast_forgives_what_moves_exceeded_and_a_known_month_does_not(world):
    """More people moved to Germany than registered: newcomers stay out while registrations are known."""
    germany = world.hosts.ids.index("DE")
    simulation = small_run(world, start="2024-08", months=6, scale=3_000, households_per_host=10)
    creator, owed = simulation.state.creator, []
    creator.owed[germany] = -1e7
    while not simulation.finished:
        simulation.step()
        owed.append(creator.owed[germany])
    household = world.composition.household_types.sum(axis=1).max() * creator.weights[germany]
    assert owed[0] < -0.9e7
    assert min(owed[1:]) > -household
    came = simulation.state.history.flows[-6:, Flow.ARRIVAL, :, germany].sum(axis=1)
    assert came[0] == 0
    assert came[1:].sum() > 0
