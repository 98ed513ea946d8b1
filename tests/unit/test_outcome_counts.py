"""What a run counted: stocks and flows of the same months, nobody twice."""

import numpy as np
import pytest

from experiments.ensemble.counts import group_totals, outcomes_of, totals
from experiments.ensemble.outcomes import OUTCOMES
from tests.small_runs import eventful_world, finished, small_run

IN = ("arrivals", "redepartures", "reunifications", "births", "late_registrations", "onward_in")
OUT = ("returns", "onward_out", "deaths")
TITLES = ("protected", "transition_permit", "regular_permit", "asylum", "refugee", "without_title")


@pytest.fixture(scope="module")
def state():
    return finished(small_run(eventful_world(), start="2024-03", months=8)).state


@pytest.mark.parametrize("first", [0, 12])
def test_stocks_move_by_the_flows_of_their_months_and_every_title_counts_once(state, first):
    found = outcomes_of(state, first)
    assert {values.shape for values in found.values()} == {(state.index - first, state.n_hosts)}
    before = state.history.stock[first].sum(axis=(1, 2, 3))
    flows = sum(found[name] for name in IN) - sum(found[name] for name in OUT)
    np.testing.assert_array_equal(np.diff(found["stock"], axis=0, prepend=[before]), flows)
    np.testing.assert_array_equal(sum(found[name] for name in TITLES), found["stock"])
    assert all(found[name].sum() > 0 for name in (*IN, *OUT))
    whole = dict(zip(OUTCOMES, totals(found), strict=True))
    np.testing.assert_array_equal(whole["stock"], found["stock"][-1])
    np.testing.assert_array_equal(whole["returns"], found["returns"].sum(axis=0))


def test_groups_of_one_attribute_add_up_to_everybody(state):
    groups = group_totals(state)
    everybody = outcomes_of(state, 0)["stock"][-1]
    for attribute in {attribute for attribute, _ in groups}:
        parts = sum(values for (name, _), values in groups.items() if name == attribute)
        np.testing.assert_array_equal(parts, everybody)
