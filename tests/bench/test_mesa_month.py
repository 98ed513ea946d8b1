"""The Mesa month does all that our month does, and comes out where ours does."""

import numpy as np
import pytest

from abm.month import processes
from abm.schedule import SCHEDULE
from experiments.bench.agreement import bound
from experiments.bench.mesa_month import STEPS
from experiments.bench.population import branch

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


def test_the_mesa_month_does_every_process():
    assert set(STEPS) == set(SCHEDULE)


@pytest.fixture(scope="module")
def both(contest):
    """Columns of the sample after a month of ours, and of the Mesa model."""
    state = branch(contest.simulation, 1)
    for _, process in processes():
        process(state)
    model = contest.jobs["mesa_month"].prepare(5)
    model.step()
    return state, model


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


def test_continuous_columns_agree(contest, both):
    state, model = both
    # A contact outside the sample is replaced by a neighbour, who may live elsewhere.
    loose = {"contacts_onward": 0.2}
    for column in ("integration", "ties", "contacts_onward", "months_here", "months_displaced"):
        ours = np.array(state.households[column], float)[contest.rows]
        theirs = np.array([getattr(household, column) for household in model.households], float)
        assert theirs.mean() == pytest.approx(ours.mean(), rel=loose.get(column, 0.02)), column


def test_mesa_conserves_persons(contest, both):
    _, model = both
    counted = sum(model.stock.values())
    assert counted == sum(sum(h.persons) for h in model.agents if h.place < model.n_hosts)
    kinds = {kind for kind, *_ in model.flows}
    assert {"arrival", "return"} <= kinds
    assert len(model.datacollector.model_vars["stock"]) == 1
