"""The month in C++ leaves every household and every count as ours does, bit by bit."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from abm.branches import Branch
from abm.errors import EweaError
from abm.kernels.layout import STATUS_LOSS
from abm.month import processes
from abm.policy.change import Changes, DriverChange, LeverChange, Who
from abm.policy.scenario import changed_world
from abm.population.creation import create, persons_created
from experiments.bench.measure import branch, kernels_of
from experiments.bench.rivals.cpp import (
    NO_CONTRACTION,
    CppMonth,
    CppProgram,
    find_compiler,
    plan_of_month,
    values_that_differ,
)

CONFIGS = Path(__file__).parents[2] / "configs"


@pytest.fixture(scope="module")
def month(simulation, tmp_path_factory):
    """The program, or None where there is no compiler."""
    if find_compiler() is None:
        return None
    state = branch(simulation, 1)
    folder = tmp_path_factory.mktemp("month")
    return CppMonth(CppProgram(folder, state, plan_of_month(state), *NO_CONTRACTION))


def both(run, month):
    """Return our state and that of C++ after one month of a run."""
    ours, theirs = run(), run()
    for _, process in processes():
        process(ours)
    month.run(theirs)
    return ours, theirs


@pytest.mark.parametrize("threads", [1, 2])
def test_every_column_and_count_is_the_same(simulation, month, threads):
    if month is None:
        return
    ours, theirs = both(lambda: branch(simulation, threads), month)
    assert values_that_differ(ours, theirs) == {}
    before = simulation.state.households
    for column in ("triggers", "status", "employed", "housing", "place", "ties", "integration", "aim"):
        assert (theirs.households[column][: len(before)] != before[column]).any(), column


def test_rare_steps_are_the_same(simulation, month):
    """Protection ends in half of the hosts, rules refuse and take it in all, peace nears, nothing is free."""
    if month is None:
        return
    now, world = simulation.state.month, simulation.state.world
    alone = Who(origins=["UA46", "UA61"], vulnerable_exempt=True)
    changes = Changes.of(
        LeverChange.of("military_condition", "ALL", now, 0.5),
        LeverChange.of("safe_regions_new", "ALL", now, 1, who=alone),
        LeverChange.of("safe_regions_holders", "ALL", now, 1, who=alone),
        DriverChange.of("security_guarantee", now, 1.0),
    )
    changed = changed_world(CONFIGS, world.n_months, changes)
    ends, places = world.hosts.protection_end.copy(), np.zeros_like(world.hosts.collective_places)
    ends[::2] = now
    changed = replace(changed, hosts=replace(changed.hosts, protection_end=ends, collective_places=places))
    settings = replace(simulation.state.settings, threads=2)
    ours, theirs = both(lambda: Branch(simulation).fork(settings, changed).state, month)
    assert values_that_differ(ours, theirs) == {}
    lost = theirs.households["place"][theirs.households["triggers"] & STATUS_LOSS > 0]
    assert (np.bincount(lost % 2) > 30).all()
    assert theirs.history.places_short[theirs.index].sum() > 0
    assert theirs.refused.sum() > 0


def test_no_pass_is_left_to_our_kernels(month):
    if month is None:
        return
    used = {kernel.__name__ for _, process in processes() for kernel in kernels_of(process)}
    used |= {create.__name__, persons_created.__name__}
    # A single draw is no pass.
    assert sorted(name for name in used if name not in month.program) == ["draw"]


def test_a_difference_is_found(simulation):
    ours, theirs = branch(simulation, 1), branch(simulation, 1)
    assert values_that_differ(ours, theirs) == {}
    theirs.households["ties"][7] = np.nextafter(theirs.households["ties"][7], np.float32(2.0))
    assert values_that_differ(ours, theirs) == {"ties": 1}


def test_a_program_of_another_month_is_refused(simulation, month):
    if month is None:
        return
    state = branch(simulation, 1)
    plan = plan_of_month(state)
    with pytest.raises(ValueError, match="another month"):
        month.program("create", state.households.columns(), plan._replace(alpha=plan.alpha[:3]), 0, 0)


def test_a_source_that_does_not_compile_is_told(simulation, tmp_path):
    if find_compiler() is None:
        return
    state = branch(simulation, 1)
    plan = plan_of_month(state)
    with pytest.raises(EweaError, match="no-such-flag"):
        CppProgram(tmp_path, state, plan, "-fno-such-flag", only=("machine",))
