"""The rivals decide what the model decides: otherwise their speed says nothing."""

import numpy as np
import pytest

from abm.codes import Choice
from experiments.bench.contest import bound
from experiments.bench.rivals.cpp import find_compiler
from experiments.bench.rivals.mesa_objects import DecisionModel, TabulatedModel, household_rows
from experiments.bench.rivals.tables import MonthTables, probabilities


def test_everybody_with_our_draws_decides_as_our_kernel_does(contest):
    different = contest.different_choices()
    assert {"numpy", "decide_1_thread", "decide_2_threads"} <= set(different)
    if find_compiler():
        assert {"cpp_decide_2_threads", "cpp_decide_rows_fast_math_1_thread"} <= set(different)
    assert set(different.values()) == {0}, different
    chosen = np.bincount(contest.choices["decide_2_threads"], minlength=3)
    assert (chosen > 0).all()


def test_shares_agree_within_chance(contest):
    lines = contest.same_shares()
    assert {"mesa_decide", "mesa_decide_tables", "mesa_month", "numpy"} <= {line["who"] for line in lines}
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
    p = probabilities(contest.columns, MonthTables(**vars(contest.tables) | {change: moved}))
    assert not np.allclose(p, probabilities(contest.columns, contest.tables), rtol=1e-3)


@pytest.mark.statistical
@pytest.mark.parametrize("kind", [DecisionModel, TabulatedModel])
def test_mesa_picks_every_household_with_its_own_probability(contest, kind):
    """Repeated decisions of one thousand likely movers; false alarm 1e-6 per line."""
    p = probabilities(contest.columns, contest.tables)
    rows = np.sort(np.argsort(p.sum(axis=1))[-1_000:])
    model = kind(household_rows(contest.columns, rows), contest.tables, 3)
    counts, repeats = np.zeros(3), 20
    for _ in range(repeats):
        model.step()
        counts += np.bincount([h.choice for h in model.households], minlength=3)
    for k, alternative in enumerate((Choice.RETURN, Choice.ONWARD)):
        q = p[rows, k]
        assert abs(counts[alternative] - repeats * q.sum()) <= bound(repeats * (q * (1 - q)).sum())
