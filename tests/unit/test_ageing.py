"""Birthdays and deaths: who passes into the next age group or dies, how many, and what follows."""

import numpy as np
from small_runs import small_run, with_coefficients

from abm.codes import MINORS, WORKING_AGE, PersonKind, Schooling
from abm.month.family import ageing
from abm.state import Flow

OLD = (PersonKind.WOMEN_65, PersonKind.MEN_65)


def test_minors_turn_18_as_often_as_the_hazard_says_and_nobody_is_lost(world):
    """Counts of some thousand minors lie within four standard deviations: one false alarm in 16,000."""
    hazards = {
        "turn_18_hazard": 0.02,
        "death_women_hazard": 0.0,
        "death_men_hazard": 0.0,
        "death_65_hazard": 0.0,
    }
    state = small_run(with_coefficients(world, **hazards), start="2022-07", households_per_host=300).state
    columns = state.households.columns()
    abroad = np.flatnonzero(columns.place < state.n_hosts)
    before = columns.persons[abroad].astype(int)
    ageing(state)
    after = columns.persons[abroad].astype(int)
    np.testing.assert_array_equal(after.sum(axis=1), before.sum(axis=1))
    minors = before[:, list(MINORS)].sum()
    turned = minors - after[:, list(MINORS)].sum()
    assert minors > 2000
    assert abs(turned - 0.02 * minors) < 4 * np.sqrt(0.02 * minors)
    assert (after[:, list(OLD)] >= before[:, list(OLD)]).all()
    assert (np.abs(after - before) <= 1 + (before > 0)).all()


def test_a_household_without_minors_has_no_school_and_no_more_work_than_people_of_working_age(world):
    raised = {
        "turn_18_hazard": 0.9,
        "turn_65_women_hazard": 0.9,
        "turn_65_men_hazard": 0.9,
        "turn_61_hazard": 0.9,
    }
    run = small_run(with_coefficients(world, **raised), start="2022-07", months=3, households_per_host=60)
    run.run_to_end()
    columns = run.state.households.columns()
    persons = columns.persons[columns.place < run.state.n_hosts].astype(int)
    abroad = columns.place < run.state.n_hosts
    assert (columns.employed[abroad] <= persons[:, list(WORKING_AGE)].sum(axis=1)).all()
    none = persons[:, list(MINORS)].sum(axis=1) == 0
    assert none.sum() > 100
    assert (columns.schooling[abroad][none] == Schooling.NO_MINORS).all()


def test_the_dead_are_booked_once_and_leave_no_minor_alone(world):
    """A death hazard of 6 % among the old, of 3 % among women: four standard deviations again."""
    raised = {"death_women_hazard": 0.03, "death_men_hazard": 0.0, "death_65_hazard": 0.06}
    state = small_run(with_coefficients(world, **raised), start="2022-07", households_per_host=300).state
    columns, H = state.households.columns(), state.n_hosts
    abroad = columns.place < H
    persons, weight = columns.persons.astype(int), columns.stands_for.astype(int)
    old, women = persons[:, list(OLD)].sum(axis=1), persons[:, PersonKind.WOMEN_18_64]
    total, minors = persons.sum(axis=1), persons[:, list(MINORS)].sum(axis=1)
    guarded = (minors > 0) & (total - minors == 1)
    ageing(state)
    gone = (weight > 0) & (columns.stands_for == 0)
    assert gone.any()
    assert (total[gone] == 1).all()
    left = columns.persons.sum(axis=1, dtype=int) * columns.stands_for
    assert (left[guarded] == (total * weight)[guarded]).all()
    booked = state.history.flows[state.index, Flow.DEATH]
    assert booked[:H, H].sum() == booked.sum() == (total * weight - left)[abroad].sum()
    at_risk = abroad & ~guarded
    expected = 0.06 * old[at_risk].sum() + 0.03 * women[at_risk].sum()
    died = (total * (weight > 0) - columns.persons.sum(axis=1, dtype=int) * (columns.stands_for > 0))[
        abroad
    ].sum()
    assert expected > 100
    assert abs(died - expected) < 4 * np.sqrt(expected)
