"""Weariness of the war: it lowers the wish to return by its coefficient, and no deed by itself."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_runs import finished, small_run, with_coefficients, with_drivers

from abm.codes import Intention
from abm.data.world import as_known_at
from abm.decision import DecisionBuilder
from abm.months import month_index

MONTH = month_index("2024-05")
WISH = -1.5
"""Fall of the wish, log odds, from no weariness to that of everybody."""


def with_weariness(world, value, first=0):
    """Return the world with a weariness from a month on."""
    series = world.drivers["war_weariness"].copy()
    series[first:] = value
    return with_drivers(world, war_weariness=series)


def tables_of(world, base, month=MONTH):
    stock = np.full(len(world.hosts.ids), 1e5)
    return DecisionBuilder(world, base, constants=(0.0, 0.0)).build(month, stock)


@given(weariness=st.floats(0.0, 1.0), wish=st.floats(-3.0, 1.0), month=st.sampled_from([3, 20, MONTH, 50]))
def test_the_wish_moves_by_the_coefficient_times_the_distance_from_the_reference_month(
    world, weariness, wish, month
):
    usual = world.drivers["war_weariness"][world.reference_month]
    base = with_coefficients(world, weariness_wish=wish)
    unmoved = tables_of(with_weariness(base, usual), base, month).intent_host
    found = tables_of(with_weariness(base, weariness), base, month).intent_host
    np.testing.assert_allclose(found - unmoved, wish * (weariness - usual), rtol=1e-9, atol=1e-12)


def test_the_reference_is_that_of_the_baseline_whatever_a_scenario_says_of_it(world):
    """A scenario that changes all months counts from the recorded month, not from its own."""
    usual = world.drivers["war_weariness"][world.reference_month]
    scenario = with_weariness(world, usual + 0.2)
    moved = (
        tables_of(scenario, world).intent_host - tables_of(with_weariness(world, usual), world).intent_host
    )
    np.testing.assert_allclose(moved, 0.2 * world.coefficients["weariness_wish"], rtol=1e-9)


def test_more_weariness_lowers_the_wish_and_no_table_of_the_deed(world):
    base = with_coefficients(world, weariness_wish=WISH)
    calm, weary = (tables_of(with_weariness(base, value), base) for value in (0.2, 0.6))
    assert (weary.intent_host < calm.intent_host).all()
    for name in calm._fields:
        if name != "intent_host":
            np.testing.assert_array_equal(getattr(calm, name), getattr(weary, name), name)


def outcome(world, weariness, **coefficients):
    """Return flows and households that say they will return; the baseline keeps the recorded series."""
    base = with_coefficients(world, weariness_wish=WISH, **coefficients)
    given_world = replace(with_weariness(base, weariness), base=base)
    state = finished(small_run(given_world, months=8, scale=3_000, households_per_host=20)).state
    rows = state.households
    abroad = np.asarray(rows["place"]) < state.n_hosts
    return state.history.flows, int((np.asarray(rows["intention"])[abroad] == int(Intention.RETURN)).sum())


def test_weary_people_say_less_often_that_they_will_return_and_the_deed_follows_the_answer_only(world):
    deaf = {"wish_return": 0.0, "wish_stay_return": 0.0, "wish_onward": 0.0, "wish_stay_onward": 0.0}
    (one, hopeful), (other, weary) = outcome(world, 0.0, **deaf), outcome(world, 1.0, **deaf)
    assert hopeful > 1.2 * weary > 0
    np.testing.assert_array_equal(one, other)
    # and where answers count, deeds differ
    assert not np.array_equal(outcome(world, 0.0)[0], outcome(world, 1.0)[0])


@pytest.mark.parametrize("month", [month_index("2022-11"), month_index("2023-12"), MONTH])
def test_what_was_known_at_a_month_is_held_and_does_not_depend_on_later_polls(world, month):
    recorded, known = world.drivers["war_weariness"], as_known_at(world, month).drivers["war_weariness"]
    np.testing.assert_array_equal(known[: month + 1], recorded[: month + 1])
    np.testing.assert_array_equal(known[month + 1 :], recorded[month])
    assert recorded[-1] > recorded[month]  # so that holding it can be seen
    later = as_known_at(with_weariness(world, 1.0, month + 1), month)
    np.testing.assert_array_equal(later.drivers["war_weariness"], known)


def test_the_series_is_a_share_that_rises_and_is_held_beyond_its_last_month(world):
    series = world.drivers["war_weariness"]
    assert series.shape == (world.n_months,)
    assert ((series >= 0.0) & (series <= 1.0)).all()
    assert (np.diff(series[month_index("2022-09") : month_index("2025-07")]) >= 0.0).all()
    np.testing.assert_array_equal(series[month_index("2025-08") :], series[month_index("2025-07")])


def test_a_neutral_outlook_adds_nothing(world):
    """It has no weariness at all, in the reference month neither."""
    neutral = with_drivers(world, war_weariness=0.0)
    off = with_coefficients(neutral, weariness_wish=0.0)
    np.testing.assert_array_equal(
        tables_of(neutral, neutral).intent_host, tables_of(off, neutral).intent_host
    )
