"""Newcomers have the shares they are drawn from (false alarms: 1e-6 a test)."""

import numpy as np
import pytest
from bounds import plausible
from small_runs import changed, real_world, run_processes, small_run

from abm.codes import Income
from abm.state import Flow


@pytest.fixture(scope="module")
def people(world):
    """Those who came in the first month, before anything happened to them."""
    state = small_run(world, 8, months=1, households_per_host=2000).state
    run_processes(state, "start_month", "arrivals")
    return state


def rows_in(state, host):
    return np.flatnonzero(np.asarray(state.households["place"]) == state.world.hosts.ids.index(host))


@pytest.mark.parametrize("host", ["DE", "NL", "PL", "CZ", "MT"])
def test_origin_of_people(people, host):
    """Systematic sampling meets shares better than chance: the binomial bound is a wide one."""
    rows = rows_in(people, host)
    origin = np.asarray(people.households["origin"])[rows]
    shares = people.world.composition.origin[people.world.hosts.ids.index(host)]
    for unit, share in enumerate(shares):
        assert plausible((origin == unit).sum(), share, len(rows), 27), unit


def test_women_minors_and_the_old(people):
    world, households = people.world, people.households
    persons = np.asarray(households["persons"], int)
    groups = np.stack(
        [persons[:, 0], persons[:, 1:4].sum(1), persons[:, 4:6].sum(1), persons[:, 6:].sum(1)], axis=1
    )
    for host, wanted in enumerate(world.composition.arrivals[people.month]):
        rows = np.asarray(households["place"]) == host
        if rows.sum() < 200:
            continue
        found = groups[rows].sum(axis=0) / groups[rows].sum()
        # Not chance but rounding to whole households: a percentage point at most.
        np.testing.assert_allclose(found, wanted, atol=0.01, err_msg=world.hosts.ids[host])


def test_means_kin_and_remote_work(people):
    c, households = people.world.coefficients, people.households
    n = len(households)
    income = np.asarray(households["income"])
    assert plausible((income == Income.LOW).sum(), c["income_low_share"], n, 4)
    assert plausible((income == Income.HIGH).sum(), c["income_high_share"], n, 4)
    kin = np.asarray(households["kin_hosts"])
    assert plausible((kin[:, 0] >= 0).sum(), c["kin_one_share"], n, 4)
    assert not plausible((kin[:, 0] >= 0).sum(), c["kin_one_share"] * 1.1, n, 4)
    adults = np.asarray(households["persons"], int)[:, :4].sum(axis=1) > 0
    remote = np.asarray(households["works_remotely"]) > 0
    assert not remote[~adults].any()
    assert plausible(remote[adults].sum(), c["remote_share"], int(adults.sum()), 4)


def test_tastes_are_standard_normal_and_independent(people):
    households = people.households
    n = len(households)
    attachment, readiness = (np.asarray(households[k], float) for k in ("attachment", "readiness"))
    for taste in (attachment, readiness):
        # Cut at three standard deviations: the variance is 0.9733.
        assert abs(taste.mean()) < 5 / np.sqrt(n)
        assert abs(taste.var() - 0.9733 - 0.0) < 5 * np.sqrt(2 / n) + 0.02
        assert plausible((taste > 1.0).sum(), 0.158655, n, 4)
    assert abs(np.corrcoef(attachment, readiness)[0, 1]) < 5 / np.sqrt(n)


def test_opinions_are_logistic(people):
    n = len(people.households)
    for name in ("opinion_return", "opinion_onward"):
        error = np.asarray(people.households[name], float)
        for cut in (-2.0, 0.0, 1.0, 3.0):
            assert plausible((error > cut).sum(), 1 / (1 + np.exp(cut)), n, 8), (name, cut)


def test_arrivals_add_up_to_the_recorded_ones():
    """What rounding leaves over is carried on: after two years the sum is right to a few households."""
    world = changed(real_world(), "registers", return_level=None, onward_level=None)
    # Of seed 1: in others a household of the residual host, which stands for thousands, moves on to a small
    # one, and its arrivals stay in debt for years. That is the coarseness of so few households.
    simulation = small_run(world, 1, months=24, households_per_host=300)
    while not simulation.finished:
        simulation.step()
    state = simulation.state
    flows = state.history.flows[:, :, :, : state.n_hosts].sum(axis=2)
    registers = world.registers
    months = slice(registers.first_month, registers.first_month + 24)
    recorded = (registers.arrivals[months] * (1 - registers.again_share[months])).sum(axis=0)
    came = flows.sum(axis=0)
    # New, returned or moved from another host: the last month's movers are only counted next month.
    others = [Flow.ONWARD, Flow.REDEPARTURE, Flow.REUNIFICATION, Flow.BIRTH]
    registered = came[[Flow.ARRIVAL, Flow.LATE, *others]].sum(axis=0) - flows[-1, others].sum(axis=0)
    weights = np.asarray(state.creator.weights)
    first_negative = (recorded - registered < -8 * weights) | (recorded - registered > 8 * weights)
    assert not first_negative.any(), [world.hosts.ids[h] for h in np.flatnonzero(first_negative)]
