"""The Mesa month does what our month does in the processes it has, and comes out where ours does."""

import numpy as np
import pytest

from abm.schedule import SCHEDULE
from experiments.bench.contest import bound
from experiments.bench.rivals.mesa_month import STEPS

COUNTED = {
    "intention": range(4),
    "status": range(7),
    "housing": range(4),
    "schooling": range(4),
    "employment": range(3),
    "employed": range(3),
    "family": range(3),
    "triggers": (1, 2, 4, 8, 16),
}
"""Codes whose counts are compared, by column."""


def test_the_mesa_month_keeps_the_order_of_the_schedule():
    assert list(STEPS) == [name for name in SCHEDULE if name in STEPS]


@pytest.fixture(scope="module")
def both(contest):
    """Our state after the processes that Mesa has, and the Mesa model after a month."""
    model = contest.jobs["mesa_month"].prepare(5)
    model.step()
    return contest.alike, model


@pytest.mark.statistical
def test_columns_after_a_month_agree_within_chance(contest, both):
    """Two samples of one binomial each; false alarm 1e-6 per count."""
    state, model = both
    n = len(contest.rows)
    before = contest.simulation.state.households
    for column, codes in COUNTED.items():
        ours = np.array(state.households[column])[contest.rows]
        theirs = np.array([getattr(household, column) for household in model.households])
        changed = (ours != np.array(before[column])[contest.rows]).sum()
        for code in codes:
            a, b = ((x & code > 0) if column == "triggers" else (x == code) for x in (ours, theirs))
            share = (a.sum() + b.sum()) / (2 * n)
            # Only those who changed are up to chance: the rest has its value from the start.
            variance = min(2 * changed + 20, 2 * n * share * (1 - share) + 20)
            assert abs(int(a.sum()) - int(b.sum())) <= bound(variance), (column, code)
    for column in ("integration", "ties", "months_here", "months_displaced"):
        ours = np.array(state.households[column], float)[contest.rows]
        theirs = np.array([getattr(household, column) for household in model.households], float)
        assert theirs.mean() == pytest.approx(ours.mean(), rel=0.02), column


def test_mesa_conserves_persons(contest, both):
    _, model = both
    before = contest.simulation.state.households
    there = np.array(before["persons"], int).sum(axis=1)[contest.rows].sum()
    assert sum(sum(household.persons) for household in model.households) == there
    left = sum(n for (_, _, to), n in model.flows.items() if to == model.n_hosts)
    returned = [h for h in model.households if h.place == model.n_hosts and h.months_here == 0]
    assert left == sum(sum(household.persons) for household in returned) > 0
