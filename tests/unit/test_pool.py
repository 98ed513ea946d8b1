"""Pools of people who can still leave Ukraine: never negative, run dry, open only beyond their threshold."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_runs import PROJECTION, changed, finished, small_run, with_coefficients, with_drivers

from abm.codes import PersonKind
from abm.data.folder import default_configs
from abm.data.registers import read_eu_decisions
from abm.month.arrival_level import (
    anchored_level,
    jump_off,
    known_months,
    modelled_arrivals,
    push,
    usual_arrivals,
)
from abm.month.arrivals import usual_types
from abm.month.pool import YOUNG_MEN, driven_out, in_ukraine, let_go, released_men
from abm.months import month_index
from abm.policy.scenario import baseline_world
from abm.state import Flow

EU_OF_ALL_HOSTS = 0.87
"""Part of the registrations of all hosts that the EU had in the second half of 2025."""


@settings(max_examples=60, deadline=None)
@given(
    reach=st.lists(st.floats(0.0, 1e6), min_size=1, max_size=60),
    hazard=st.floats(0.0, 1.0),
    renewed=st.floats(1.0, 1e4),
)
def test_a_waiting_pool_is_its_twin_person_by_person_and_never_negative(reach, hazard, renewed):
    found = let_go(np.array(reach), hazard, renewed)
    gone, by_hand = 0.0, []
    for reached in reach:
        waits = reached - gone if reached > gone else 0.0
        by_hand.append(hazard * waits)
        gone = (gone + by_hand[-1]) * (1.0 - 1.0 / renewed)
    np.testing.assert_allclose(found, by_hand, rtol=1e-9, atol=1e-6)
    assert (found >= 0.0).all()
    assert let_go(np.array(reach), hazard, np.inf).sum() <= max(reach) * (1.0 + 1e-9)


def test_a_pool_that_stays_open_runs_dry_and_one_that_reopens_does_not_begin_anew():
    dry = let_go(np.full(36, 1000.0), 0.33, np.inf)
    assert dry[0] == pytest.approx(330.0)
    assert dry[24:].sum() < 0.1
    twice = let_go(np.array([1000.0] * 12 + [0.0] * 6 + [1000.0] * 12), 0.33, np.inf)
    assert twice[12:18].sum() == 0.0
    assert twice[18:].sum() < 0.01 * twice[:12].sum()


@cache
def law():
    """Return the baseline with the law of today and the registers to December 2025."""
    return baseline_world(default_configs(), month_index("2029-03"))


def test_grants_to_men_of_18_to_34_rise_as_recorded_and_fall_back_within_the_half_year_after():
    """EU grants: 3 to 4 times those before in the first two months, 1.2 to 2 times in the half-year after."""
    recorded = read_eu_decisions(default_configs())["M", "Y18-34"]
    usual = np.mean([recorded[month] for month in range(month_index("2025-01"), month_index("2025-08"))])
    ratio = 1.0 + EU_OF_ALL_HOSTS * released_men(law())[:, 0] / usual
    at = month_index("2025-09")
    assert (ratio[:at] == 1.0).all()
    assert ((ratio[at : at + 2] > 3.0) & (ratio[at : at + 2] < 4.0)).all()
    seen = np.array([recorded[month] for month in range(at, at + 4)]) / usual
    np.testing.assert_allclose(ratio[at : at + 4], seen, rtol=0.2)
    assert 1.2 < ratio[at + 4 : at + 10].mean() < 2.0
    assert (np.diff(ratio[at + 1 :]) < 0.0).all()
    waiting = law().coefficients["flight_waiting_young_share"] * law().origins.residents[:, :, YOUNG_MEN]
    assert released_men(law())[-1, 0] < 0.03 * waiting[-1].sum()


def test_the_level_carried_on_is_the_same_whether_or_not_the_released_men_were_recorded():
    """Twin: registers without the men let go, in a world whose exit rule never changed."""
    world = law()
    state = small_run(world, start="2026-01", months=3, parameters="central", shocks=False).state
    months, weights = known_months(state.world, jump_off(state))
    released = released_men(world).sum(axis=1)
    assert (released[months] > 0.0).sum() == 4
    arrivals = world.registers.arrivals.copy()
    for month in months:
        men = arrivals[month] * world.composition.arrivals[month, :, 1]
        arrivals[month] -= released[month] * men / men.sum()
    never = changed(world, "policy", country={})
    never = changed(never, "registers", arrivals=arrivals)
    twin = state.fork(state.settings, never, state.decisions)
    np.testing.assert_allclose(
        anchored_level(usual_arrivals(state, months), weights),
        anchored_level(usual_arrivals(twin, months), weights),
        rtol=1e-9,
    )
    assert (
        anchored_level(usual_arrivals(state, months), weights).sum()
        < 0.9
        * anchored_level(
            usual_arrivals(
                state.fork(state.settings, changed(world, "policy", country={}), state.decisions), months
            ),
            weights,
        ).sum()
    )
    men = world.composition.household_types[:, 1:4].sum(axis=1)
    shares = [(types @ men).mean() for types in (usual_types(state), state.type_shares[months[-1]])]
    assert shares[0] < 0.9 * shares[1]


def test_movers_run_out_as_a_hazard_on_a_pool_does(world):
    """Twin by hand: with nothing else changing, a host gets its level times what is left of the movers."""
    calm = with_drivers(world, attack_intensity=0.2, occupied_share=0.1, economy=0.0)
    calm = changed(calm, "hosts", benefit_eur_month=np.ones_like(calm.hosts.benefit_eur_month) * 300.0)
    calm = with_coefficients(calm, arrivals_season_years=1e9, flight_movers_share=0.02)
    state = small_run(calm, start="2024-09", months=3, scale=3_000, households_per_host=10).state
    people = in_ukraine(state)
    months, weights = known_months(state.world, jump_off(state))
    level = (weights * usual_arrivals(state, months)).sum(axis=0).clip(0.0)
    assert np.array_equal(modelled_arrivals(state) > 0, level > 0)
    one = small_run(calm, start="2024-09", months=3, scale=3_000, households_per_host=10)
    one.step()
    begun, left = one.state.movers.copy()
    np.testing.assert_allclose(begun, 0.02 * people.sum(axis=1))
    assert ((left >= 0.0) & (left <= begun)).all()
    taken = (begun - left).sum()
    # Who left in August 2024, the one known month whose departures count, was there before and in it.
    then = 1.0 + usual_arrivals(state, months)[-1].sum() / begun.sum()
    faded = push(calm, PROJECTION)[0] / (weights[:, 0] @ [push(calm, int(m))[0] for m in months])
    assert taken == pytest.approx(level.sum() * faded / then, rel=1e-3)
    second = modelled_arrivals(one.state)
    one.state.movers[1] = begun
    there = begun > 0.0
    kept = np.where(there, left / np.where(there, begun, 1.0), 1.0)
    full = modelled_arrivals(one.state)
    np.testing.assert_allclose(second, full * (calm.composition.origin @ kept), rtol=1e-9)


def test_no_unit_loses_more_people_than_it_has(world):
    """An advance that takes everything at once, with a push a thousand times what it is."""
    taken = world.drivers["occupied_share"].copy()
    taken[PROJECTION + 1 :] = 1.0
    lost = replace(world, drivers={**world.drivers, "occupied_share": taken})
    lost = with_coefficients(lost, flight_newly_occupied=1e5)
    run = small_run(lost, start="2024-09", months=4, scale=3_000, households_per_host=10)
    before = in_ukraine(run.state).sum()
    finished(run)
    came = run.state.history.flows[-4:, Flow.ARRIVAL, run.state.n_hosts].sum(axis=1)
    assert came[1] > 0.8 * before
    assert came.sum() <= 1.02 * before
    assert (in_ukraine(run.state) >= 0.0).all()
    assert (run.state.movers >= 0.0).all()
    assert came[2:].sum() < 0.05 * came[1]


def test_a_shortage_drives_nobody_out_up_to_the_worst_winter_and_more_the_further_beyond(world):
    def out(level):
        return driven_out(with_drivers(world, energy_deficit=level)).sum()

    assert out(0.0) == out(1.0) == 0.0
    sizes = [out(level) for level in (1.1, 1.5, 2.0)]
    assert 0.0 < sizes[0] < sizes[1] < sizes[2]
    assert out(3.0) == sizes[2]
    dark, light = (with_drivers(world, energy_deficit=level) for level in (1.0, 0.0))
    np.testing.assert_array_equal(push(dark, PROJECTION), push(light, PROJECTION))
    assert (push(dark, PROJECTION, first_flight=False) > push(light, PROJECTION, first_flight=False)).all()
    would = world.coefficients["flight_no_grid_share"] * world.origins.residents.sum(axis=(1, 2))
    month = driven_out(with_drivers(world, energy_deficit=2.0)).sum(axis=1)
    assert month[0] == pytest.approx(world.coefficients["flight_release_hazard"] * would[0])
    assert month[12] < 0.35 * month[0]


def test_residents_grow_older_are_born_and_die(world):
    residents, people = world.origins.residents, world.origins.age_sex
    free = 1.0 - world.drivers["occupied_share"][0]
    np.testing.assert_allclose(residents[0].sum(axis=1), people.sum(axis=(1, 2)) * free)
    # a year: births and deaths registered in 2022
    assert residents[12].sum() - residents[0].sum() == pytest.approx(206_000 - 541_700)
    lviv = world.origins.ids.index("UA46")
    bands = dict(zip(world.origins.age_bands, people[lviv, :, 0], strict=True))
    # men of 18 to 22 in January 2024 were 16 to 20 then
    assert residents[24, lviv, PersonKind.MEN_18_22] == pytest.approx(
        0.8 * bands["15-19"] + 0.2 * bands["20-24"]
    )
