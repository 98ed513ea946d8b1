"""One household for 20, 100 or 500 real ones: the means agree within Monte Carlo error.

Means over seeds at two scales differ by chance with a variance estimated from the seeds; the
variance is proportional to the scale, so the seeds of all scales estimate it together. False
alarms: 1e-6 a test, shared among the numbers looked at.
"""

import numpy as np
import pytest
from bounds import t_bound

from abm.codes import Status
from abm.data.settings import RunSettings
from abm.months import month_index
from abm.simulation import Simulation

BIG = ("DE", "PL", "CZ", "NL", "ES")


def outcomes(world, scale, seed, until):
    """Return stocks and flows of a run: total, big hosts, collective places, wishes, employment."""
    settings = RunSettings(scale=scale, until=month_index(until), households_per_host=1)
    simulation = Simulation(world, settings, seed)
    while not simulation.finished:
        simulation.step()
    history, n = simulation.state.history, simulation.state.n_hosts
    hosts = [world.hosts.ids.index(host) for host in BIG]
    stock = history.stock[-1].sum(axis=(1, 2, 3))
    flows = history.flows.sum(axis=0)
    counts = history.counts[-1].sum(axis=0)
    return np.concatenate(
        [
            [stock.sum()],
            stock[hosts],
            history.stock[-1][:, Status.REGULAR_PERMIT].sum(keepdims=True).ravel(),
            flows[0].sum(keepdims=True).ravel(),
            flows[1].sum(keepdims=True).ravel(),
            flows[2].sum(keepdims=True).ravel(),
            flows[3].sum(keepdims=True).ravel(),
            flows[1][hosts, n],
            flows[2][:, hosts].sum(axis=0),
            counts[[1, 2, 3, 5, 8, 11]],
        ]
    ).astype(float)


def disagreements(samples):
    """Return the largest |t| between two scales, its bound and the numbers beyond it.

    ``samples`` maps a scale to float64[seeds, numbers].
    """
    scales = sorted(samples)
    degrees = sum(len(samples[s]) - 1 for s in scales)
    squares = sum(((samples[s] - samples[s].mean(axis=0)) ** 2 / s).sum(axis=0) for s in scales)
    unit_variance = squares / degrees
    numbers = samples[scales[0]].shape[1]
    pairs = [(a, b) for k, a in enumerate(scales) for b in scales[k + 1 :]]
    bound = t_bound(degrees, n_checks=numbers * len(pairs))
    t = np.array(
        [
            (samples[a].mean(axis=0) - samples[b].mean(axis=0))
            / np.sqrt(unit_variance * (a / len(samples[a]) + b / len(samples[b])))
            for a, b in pairs
        ]
    )
    return t, bound


def samples_of(world, plan, until):
    return {
        scale: np.array([outcomes(world, scale, 1000 * scale + seed, until) for seed in range(seeds)])
        for scale, seeds in plan.items()
    }


@pytest.fixture(scope="module")
def quick(world):
    return samples_of(world, {20: 6, 100: 12, 500: 30}, "2023-06")


HOUSING = slice(-5, -2)
"""Where the counts of collective, hosted and independent housing stand among the outcomes."""


def test_means_agree_at_scale_20_100_and_500(quick):
    t, bound = disagreements(quick)
    t[:, HOUSING] = 0.0
    assert np.abs(t).max() < bound, (np.round(t, 1), bound)


@pytest.mark.xfail(
    strict=True, reason="reception is solved from who is there: a host of few households overshoots"
)
def test_housing_agrees_at_scale_20_100_and_500(quick):
    t, bound = disagreements(quick)
    assert np.abs(t[:, HOUSING]).max() < bound, (np.round(t, 1), bound)


def test_a_bias_of_one_scale_is_noticed(quick):
    """Some more people (1.5 %) at one scale only are beyond the bound, or else the test is idle."""
    spoiled = {scale: values.copy() for scale, values in quick.items()}
    spoiled[20][:, 0] *= 1.015
    t, bound = disagreements(spoiled)
    assert np.abs(t).max() > bound


@pytest.mark.slow
def test_means_agree_at_scale_1_10_and_100(world):
    t, bound = disagreements(samples_of(world, {1: 2, 10: 4, 100: 16}, "2024-03"))
    t[:, HOUSING] = 0.0
    assert np.abs(t).max() < bound, (np.round(t, 1), bound)
