"""The rivals decide what the model decides: otherwise their speed says nothing."""

from dataclasses import replace

import numpy as np
import pytest

from abm.codes import Choice
from abm.errors import EweaError
from abm.month import processes
from experiments.bench.contest import bound
from experiments.bench.measure import branch, run_until
from experiments.bench.rivals.cpp import CppDecision, find_compiler
from experiments.bench.rivals.mesa_objects import DecisionModel, household_rows
from experiments.bench.rivals.numpy_columns import numpy_choices, probabilities
from experiments.bench.rivals.tables import decision_columns, month_tables


def test_everybody_with_our_draws_decides_as_our_kernel_does(contest):
    different = contest.different_choices()
    assert {"numpy", "decide_1_thread", "decide_2_threads"} <= set(different)
    assert set(different.values()) == {0}, different
    chosen = np.bincount(contest.choices["decide_2_threads"], minlength=3)
    assert (chosen > 0).all()


def test_shares_agree_within_chance(contest):
    lines = contest.same_shares()
    assert {"mesa_decide", "mesa_month", "numpy"} <= {line["who"] for line in lines}
    assert all(line["agrees"] for line in lines), [line for line in lines if not line["agrees"]]


def test_the_bound_of_the_shares_can_fail(contest):
    p = probabilities(contest.columns, contest.tables)[:, 0]
    count = (contest.choices["numpy"] == Choice.RETURN).sum()
    allowed = bound((p * (1 - p)).sum())
    assert abs(count - p.sum()) <= allowed < abs(2 * count - p.sum())


KINDS_OF_TABLE = (
    *("destination", "kin", "return_elsewhere", "host_onward"),
    *("entry_return", "entry_onward", "row_return"),
)


@pytest.mark.parametrize("change", KINDS_OF_TABLE)
def test_every_kind_of_table_matters_to_a_rival(contest, change):
    moved = getattr(contest.tables, change) + np.log(4.0)
    p = probabilities(contest.columns, replace(contest.tables, **{change: moved}))
    assert not np.allclose(p, probabilities(contest.columns, contest.tables), rtol=1e-3)


@pytest.mark.statistical
def test_mesa_picks_every_household_with_its_own_probability(contest):
    """Repeated decisions of one thousand likely movers; false alarm 1e-6 per line."""
    p = probabilities(contest.columns, contest.tables)
    rows = np.sort(np.argsort(p.sum(axis=1))[-1_000:])
    model = DecisionModel(household_rows(contest.columns, rows), contest.tables, 3)
    counts, repeats = np.zeros(3), 20
    for _ in range(repeats):
        model.step()
        counts += np.bincount([h.choice for h in model.households], minlength=3)
    for k, alternative in enumerate((Choice.RETURN, Choice.ONWARD)):
        q = p[rows, k]
        assert abs(counts[alternative] - repeats * q.sum()) <= bound(repeats * (q * (1 - q)).sum())


def test_cpp_moves_households_to_the_same_hosts(simulation, tmp_path):
    if find_compiler() is None:
        with pytest.raises(EweaError, match="no C\\+\\+ compiler"):
            CppDecision(tmp_path)
        return
    state = branch(simulation, 1)
    run_until(state, "intention")
    columns = {name: column.copy() for name, column in decision_columns(state).items()}
    tables = month_tables(state)
    n = len(state.households)
    choice, destination = np.zeros(n, np.int8), np.zeros(n, np.int8)
    CppDecision(tmp_path).decide(columns, tables, 2, choice, destination)
    # The destinations the model draws, for everybody who moves.
    dict(processes())["decide"](state)
    dict(processes())["move"](state)
    movers = np.flatnonzero(choice == Choice.ONWARD)
    assert len(movers) > 5
    assert (state.households["place"][movers] == destination[movers]).all()
    assert (destination[choice != Choice.ONWARD] == -1).all()
    assert (choice == numpy_choices(columns, tables)).all()
