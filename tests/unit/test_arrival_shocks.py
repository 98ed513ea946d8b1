"""Unexplained arrivals: pairs of seeds cancel, the law is Student's t, policy moves nothing."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from small_runs import PROJECTION, changed, finished, small_run, with_coefficients

from abm.data.settings import RunSettings
from abm.month.arrival_level import (
    COMMON,
    TAIL,
    anchored_level,
    arrival_shock,
    jump_off,
    known_months,
    modelled_arrivals,
    persistent_error,
    usual_arrivals,
)
from abm.state import Flow

FALSE_ALARM = 1e-6
"""Probability that a test with chance in it fails although the code is right; seeds are fixed anyway."""

N = 4000
MONTHS = range(32, 40)
PERSISTENCE = 0.8


def errors(months, owner=0, persistence=PERSISTENCE, n=N):
    """Return the error of one owner in the odd seeds, which are independent of each other."""
    return np.array([persistent_error(seed, owner, months, persistence) for seed in range(1, 2 * n, 2)])


@pytest.fixture(scope="module")
def ahead(world):
    """A run on the first month without recorded arrivals, shocks on."""
    return small_run(world, start="2024-09", months=3, shocks=True).state


FAR = 1e6
"""Times its level, a host expects so many that no shock is as large."""


def again(state):
    return state.fork(state.settings, state.world, state.decisions)


def seeded(state, seed):
    twin = again(state)
    twin.seed = seed
    return twin


def calm(state):
    twin = again(state)
    twin.settings = replace(state.settings, shocks=False)
    return twin


@given(
    pair=st.integers(1, 10**6),
    owner=st.integers(0, 40),
    last=st.integers(32, 60),
    persistence=st.floats(0.0, 1.0),
)
def test_an_odd_seed_and_the_next_even_one_are_opposite(pair, owner, last, persistence):
    months = range(32, last + 1)
    one, other = (persistent_error(seed, owner, months, persistence) for seed in (2 * pair - 1, 2 * pair))
    assert one == -other
    assert one != 0.0


@pytest.mark.parametrize("months", [MONTHS[:1], MONTHS])
def test_the_error_of_a_month_is_student_t_with_four_degrees_of_freedom(months):
    assert TAIL == 4.0
    found = errors(months)
    assert stats.kstest(found, stats.t(4).cdf).pvalue > FALSE_ALARM
    # and the test can fail: a normal of the same spread, and a t with other degrees, are refused
    for law in (stats.norm(scale=np.sqrt(2.0)), stats.t(4, scale=1.25)):
        assert stats.kstest(found, law.cdf).pvalue < FALSE_ALARM


@pytest.mark.parametrize(("persistence", "apart"), [(0.0, 1), (0.5, 1), (0.94, 1), (0.94, 12)])
def test_months_correlate_as_the_persistence_says(persistence, apart):
    """Both months share the divisor, so the chance of equal signs is 1/2 + asin(rho) / pi (Sheppard 1899)."""
    now, later = (errors(range(32, 36 + more), persistence=persistence) for more in (0, apart))
    same = int((np.sign(now) == np.sign(later)).sum())
    rho = persistence**apart
    assert stats.binomtest(same, N, 0.5 + np.arcsin(rho) / np.pi).pvalue > FALSE_ALARM
    assert stats.binomtest(same, N, 0.5 + np.arcsin(abs(rho - 0.3)) / np.pi).pvalue < FALSE_ALARM


def test_full_persistence_repeats_the_first_month():
    first = persistent_error(1, 3, MONTHS[:1], 1.0)
    assert persistent_error(1, 3, MONTHS, 1.0) == pytest.approx(first, abs=1e-12)


@pytest.mark.parametrize("other", [1, 32, COMMON])
def test_owners_are_independent(other):
    one, two = errors(MONTHS), errors(MONTHS, owner=other)
    assert stats.binomtest(int((np.sign(one) == np.sign(two)).sum()), N, 0.5).pvalue > FALSE_ALARM
    # rank correlation sees what signs do not; 1/sqrt(N) is its standard error
    assert abs(stats.spearmanr(one, two).statistic) < stats.norm.isf(FALSE_ALARM / 2) / np.sqrt(N)
    # nor are large errors of one host large errors of another: each has its own divisor
    sizes = stats.spearmanr(np.abs(one), np.abs(two)).statistic
    assert abs(sizes) < stats.norm.isf(FALSE_ALARM / 2) / np.sqrt(N)


def test_nothing_is_added_where_shocks_are_off_or_everything_is_modelled(ahead):
    level = np.full(ahead.n_hosts, 1000.0)
    for settings in ({"shocks": False}, {"arrivals": "modelled", "known_until": None}):
        state = again(ahead)
        state.settings = replace(ahead.settings, **settings)
        assert not arrival_shock(state, level, FAR * level).any()
    assert arrival_shock(ahead, level, FAR * level).all()


@pytest.mark.parametrize("common_share", [None, 1.0])
def test_size_and_shares_are_those_of_the_formula(ahead, common_share):
    """Of each host by itself, whatever the others are like; and alike in all where all is shared."""
    state = again(ahead)
    if common_share is not None:
        state.world = with_coefficients(ahead.world, arrival_shock_common=common_share)
    c, level = state.world.coefficients, np.linspace(0.0, 5000.0, state.n_hosts)
    months = range(PROJECTION, PROJECTION + 1)
    persistence, share = c["arrival_shock_persistence"], c["arrival_shock_common"]
    common = persistent_error(state.seed, COMMON, months, persistence)
    own = np.array([persistent_error(state.seed, host, months, persistence) for host in range(state.n_hosts)])
    mixed = np.sqrt(share) * common + np.sqrt(1.0 - share) * own
    size = c["arrival_shock_size"] * np.sqrt(level * state.displaced())
    found = arrival_shock(state, level, np.full(state.n_hosts, 1e9))
    np.testing.assert_allclose(found, size * mixed, rtol=1e-12)
    assert len(np.unique(np.sign(found[1:]))) == (2 if common_share is None else 1)


@given(pair=st.integers(1, 10**5), most=st.sampled_from([0.0, 1.0, 30.0, 3000.0, 1e9]))
def test_the_mean_of_a_pair_of_seeds_is_the_run_without_shocks(ahead, pair, most):
    level, expected = np.full(ahead.n_hosts, 3000.0), np.full(ahead.n_hosts, most)
    one, other = (seeded(ahead, seed) for seed in (2 * pair - 1, 2 * pair))
    shocks = arrival_shock(one, level, expected), arrival_shock(other, level, expected)
    np.testing.assert_array_equal(shocks[0] + shocks[1], 0.0)
    predicted = [modelled_arrivals(state) for state in (one, other)]
    np.testing.assert_allclose(np.mean(predicted, axis=0), modelled_arrivals(calm(ahead)), rtol=1e-12)


@given(seed=st.integers(1, 10**5))
def test_a_shock_takes_away_no_more_than_is_expected_and_adds_no_more(ahead, seed):
    level = np.full(ahead.n_hosts, 3000.0)
    free = arrival_shock(seeded(ahead, seed), level, np.full(ahead.n_hosts, 1e9))
    expected = np.linspace(0.0, 1.5 * np.abs(free).max(), ahead.n_hosts)
    found = arrival_shock(seeded(ahead, seed), level, expected)
    assert (found >= -expected).all()
    np.testing.assert_array_equal(found, np.sign(free) * np.minimum(np.abs(free), expected))
    inside = np.abs(free) <= expected
    assert inside.any()
    assert not inside.all()
    assert (modelled_arrivals(seeded(ahead, seed)) >= 0.0).all()


def test_a_scenario_with_another_benefit_has_the_same_shock(ahead, world):
    """What is added is the same up to the arrivals the shock may not exceed."""
    hosts = world.hosts.benefit_eur_month.copy()
    hosts[PROJECTION:] *= np.linspace(0.3, 1.7, hosts.shape[1])
    elsewhere = changed(world, "hosts", benefit_eur_month=hosts)
    months, weights = known_months(ahead.world, jump_off(ahead))
    level = anchored_level(usual_arrivals(ahead, months), weights)
    free = arrival_shock(ahead, level, np.full(ahead.n_hosts, 1e9))
    quiet = {}
    for name, given_world in (("usual", world), ("other", elsewhere)):
        state = again(ahead)
        state.world = given_world
        quiet[name] = modelled_arrivals(calm(state))
        added = modelled_arrivals(state) - quiet[name]
        np.testing.assert_allclose(added, np.clip(free, -quiet[name], quiet[name]), rtol=1e-9, atol=1e-6)
        assert (np.abs(free) < quiet[name]).sum() > ahead.n_hosts / 2
    assert not np.allclose(quiet["usual"], quiet["other"], rtol=1e-3)


def test_recorded_arrivals_have_no_shock(world):
    calm, shaken = (
        finished(
            small_run(world, start="2024-06", months=5, shocks=shocks, scale=3000, households_per_host=60)
        ).state.history.flows
        for shocks in (False, True)
    )
    recorded = PROJECTION - RunSettings.start
    np.testing.assert_array_equal(calm[:recorded], shaken[:recorded])
    assert not np.array_equal(calm[recorded, Flow.ARRIVAL], shaken[recorded, Flow.ARRIVAL])
