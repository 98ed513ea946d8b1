"""The sums of the decision: kernel, twin and explanation give the same log odds."""

import numpy as np
import pytest
from small_runs import changed, eventful_world, run_processes, small_run

from abm.codes import Choice, Stream
from abm.decision import (
    SAFETY,
    DecisionBuilder,
    host_bound,
    odds_of_leaving,
    raw_tables,
    reference_population,
    table_shapes,
    taste_table,
)
from abm.factors import MonthView, factors
from abm.kernels.decide import decide, log_odds, settles, taste_step
from abm.reference.draws import household_key, unit_interval
from abm.reference.explanation import explain
from abm.reference.household import household_of
from abm.reference.surroundings import MonthUtility


@pytest.fixture(
    scope="module",
    params=[(), ("security", "kin", "networks"), ("relocation",), "eventful"],
)
def state(world, request):
    """A state after ``intention``: the households as they decide, with and without policies."""
    where, without = (eventful_world(), ()) if request.param == "eventful" else (world, request.param)
    state = small_run(where, 2, start="2024-09", without=without).state
    run_processes(state, last="intention")
    return state


@pytest.fixture(scope="module")
def utility(state):
    return MonthUtility(state.decisions, state.month, state.displaced().astype(float))


def test_twin_has_the_log_odds_of_the_kernel(state, utility):
    columns, n = state.households.columns(), len(state.households)
    found = np.zeros((n, 2))
    log_odds(columns, state.environment.tables, found, 0, n)
    abroad = np.flatnonzero(columns.place < state.n_hosts)
    lives = [household_of(columns, row) for row in abroad]
    wanted = [(utility.of_return(h), utility.of_onward(h)) for h in lives]
    np.testing.assert_allclose(found[abroad], wanted, rtol=0, atol=1e-9)
    assert np.ptp(found[abroad], axis=0).min() > 1.0


def test_explanation_adds_up_to_the_log_odds(state, utility):
    columns = state.households.columns()
    found = np.zeros((len(state.households), 2))
    log_odds(columns, state.environment.tables, found, 0, len(found))
    for row in np.flatnonzero(columns.place < state.n_hosts)[::5]:
        why = explain(household_of(columns, row), utility)
        assert sum(why.of_return.values()) == pytest.approx(found[row, 0], abs=1e-9)
        assert sum(why.of_onward.values()) == pytest.approx(found[row, 1], abs=1e-9)
        named = set(factors()) - set(state.decisions.without) | {"base_rate", "choice_of_place"}
        assert set(why.of_return) == set(why.of_onward) == named


def test_explanation_names_the_factor_that_changed(world, state, utility):
    columns = state.households.columns()
    row = int(np.flatnonzero((columns.employment == 0) & (columns.place < state.n_hosts))[0])
    before = household_of(columns, row)
    after = household_of(columns, row)
    after.employment = 1
    one, two = explain(before, utility), explain(after, utility)
    assert two.of_return["work"] - one.of_return["work"] == pytest.approx(world.coefficients["job_return"])
    moved = {name for name in one.of_return if abs(two.of_return[name] - one.of_return[name]) > 1e-12}
    assert moved <= {"work", "benefits"}


def test_kernel_tips_exactly_where_the_log_odds_say(state, utility):
    """Shifted to just above and just below its tipping point, a household leaves and stays.

    This looks at what ``decide`` does, not at what ``log_odds`` says: a bound that settled a
    household wrongly would show here.
    """
    columns = state.households.columns()
    key = state.key(Stream.DECIDE)
    abroad = np.flatnonzero((columns.place < state.n_hosts) & (columns.months_here > 0))[::7]
    builder, stock = state.decisions, state.displaced().astype(float)
    level_return, level_onward = builder.constants
    for row in abroad:
        h = household_of(columns, int(row))
        own = household_key(int(key), h.household_id)
        wait = {a: -np.log(unit_interval(own, a)) for a in Choice}
        tipping = np.log(wait[Choice.RETURN] / wait[Choice.STAY]) - utility.of_return(h)
        for nudge, expected in ((1e-7, Choice.RETURN), (-1e-7, Choice.STAY)):
            other = builder.for_world(builder.world)
            other.constants = (level_return + tipping + nudge, level_onward - 100.0)
            decide(columns, other.build(state.month, stock), key, state.n_hosts, int(row), int(row) + 1)
            assert columns.choice[row] == expected


def test_every_factor_writes_only_what_it_declares_and_something():
    world = eventful_world()
    view = MonthView(world, 30, np.nan_to_num(world.registers.stock[30]))
    shapes = table_shapes(world)
    for name, (meta, contribute) in factors().items():
        written = contribute(view)
        assert set(written) <= set(meta.tables) <= set(shapes), name
        for table, values in written.items():
            assert np.isfinite(np.broadcast_to(values, shapes[table])).all(), (name, table)
        assert any(np.any(np.asarray(values) != 0) for values in written.values()), f"{name} does nothing"
        assert set(meta.parameters) <= set(world.coefficients), name


def test_tables_are_the_sum_of_the_factors():
    world = eventful_world()
    view = MonthView(world, 30, np.nan_to_num(world.registers.stock[30]))
    whole = raw_tables(view)
    names = set(factors())
    parts = [raw_tables(view, names - {name}) for name in names]
    for table, values in whole.items():
        np.testing.assert_allclose(sum(part[table] for part in parts), values, atol=1e-12, err_msg=table)


def test_base_hazards_are_the_means_over_the_reference_population(world):
    """What the coefficient file says happens a month happens a month, over the population it names."""
    # Levels of half-years come on top of the base hazards.
    world = changed(world, "registers", return_level=None, onward_level=None)
    builder = DecisionBuilder(world)
    month = world.reference_month
    tables = builder.build(month, np.nan_to_num(world.registers.stock[month]))
    people = reference_population(world)
    odds = odds_of_leaving(people, tables, len(world.hosts.ids))
    distant = (world.hosts.is_eu & ~world.hosts.is_neighbour)[np.asarray(people["place"])]
    leaving = odds / (1.0 + odds.sum(axis=1, keepdims=True))
    found = (people.persons() * distant) @ leaving / (people.persons() * distant).sum()
    wanted = [world.coefficients["return_hazard"], world.coefficients["onward_hazard"]]
    np.testing.assert_allclose(found, wanted, rtol=1e-6)
    assert wanted[0] > wanted[1] > 0


def test_the_bound_covers_the_most_favourable_terms_of_entry_and_no_more():
    rng = np.random.default_rng(5)
    host, entry = rng.normal(size=(3, 2, 3, 4)), rng.normal(scale=3.0, size=(3, 3, 7))
    bound = host_bound(host, entry, np.array([0.3]), np.array([9.0, 9.0, 0.5, -0.5, 0.2, 0.0]))
    every = host[..., None] + entry[:, None, :, None, :]
    worst = np.exp(every.max(axis=(2, 3, 4)) + 0.3 + 0.7) * SAFETY
    np.testing.assert_allclose(bound[:-1], worst, rtol=1e-12)
    assert (bound[-1] == 0).all()


def test_a_taste_beyond_the_table_has_no_bound():
    """Large coefficients must not settle a household wrongly: past the range nothing is settled."""
    table = taste_table()
    terms = np.linspace(-12.0, 12.0, 1001)
    bounds = np.array([table[taste_step(term)] for term in terms])
    assert (bounds >= np.exp(terms)).all()
    assert not settles(0.999999, 0.5, table[taste_step(9.0)])
