"""Raising one alternative moves households only into it, and at least one.

Everything is decided twice from one state in one month, so with keyed errors the difference is the
effect, household by household, and the checks are exact.
"""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from lively import ONWARD, RETURN, STAY, assert_drawn_to, state_of, with_levels
from small_runs import (
    changed,
    choices,
    real_world,
)


@given(
    seed=st.integers(0, 50),
    step=st.floats(0.2, 4.0),
    which=st.sampled_from([RETURN, ONWARD]),
    month=st.integers(12, 60),
)
def test_raising_one_alternative_moves_households_only_into_it(seed, step, which, month):
    base = state_of(seed % 3)
    raised = with_levels(base, step * (which == RETURN), step * (which == ONWARD))
    before, place_before, _ = choices(base, month=month)
    after, place_after, _ = choices(raised, month=month)
    moved = before != after
    assert moved.any()
    assert (after[moved] == which).all()
    # Those who would have moved anyway go to the same place.
    np.testing.assert_array_equal(place_before[~moved], place_after[~moved])


@given(seed=st.integers(0, 50), step=st.floats(0.2, 3.0), host=st.integers(0, 33))
def test_raising_one_host_moves_households_only_into_it(seed, step, host):
    simulation = state_of(seed % 3)
    world = real_world()
    admission = world.hosts.admission.copy()
    admission[host] *= np.exp(step / world.coefficients["admission"])
    before = choices(simulation)
    after = choices(simulation, changed(world, "hosts", admission=admission))
    assert_drawn_to(host, before, after, np.asarray(simulation.state.households["place"]) != host)


def test_the_check_notices_a_wrong_way():
    """Raising two alternatives at once does move households between others."""
    base = state_of()
    before, _, _ = choices(base)
    after, _, _ = choices(with_levels(base, 2.0, -2.0))
    moved = before != after
    assert {int(a) for a in after[moved]} == {STAY, RETURN}
