"""What a run keeps on its recorded path, and what counts once: employment, reception, splits, outlook."""

from dataclasses import replace

import numpy as np
import pytest
from small_runs import PROJECTION, finished, small_run, with_coefficients

from abm.codes import Status
from abm.kernels.end_month import COUNTS
from abm.months import month_index
from abm.state import Flow

TOLERANCE = 0.02


@pytest.fixture(scope="module")
def past(world):
    """A run of the recorded past and two years more, with a few hundred households a host."""
    return finished(small_run(world, months=54, scale=200, households_per_host=150)).state


def test_employment_keeps_within_two_points_of_its_path(world, past):
    """Everywhere a household more or less is under half a point, after the first two months."""
    counts = past.history.counts[2 : past.index + 1].astype(float)
    adults, employed = (counts[:, :, COUNTS.index(name)] for name in ("working_age", "employed"))
    first = past.settings.start + 2
    path = world.hosts.employment_share[first : first + len(counts)]
    large = adults > 400 * np.asarray(past.creator.weights)
    gap = np.abs(employed / np.maximum(adults, 1.0) - path)[large]
    assert large.sum() > 300
    assert gap.max() < TOLERANCE
    assert past.month >= PROJECTION + 24


@pytest.mark.parametrize(
    ("month", "beds"), [("2022-09", 61_037), ("2023-09", 80_000), ("2024-02", 90_680), ("2024-08", 91_940)]
)
def test_dutch_places_in_use_are_those_counted(world, past, month, beds):
    nl, row = world.hosts.ids.index("NL"), month_index(month) - past.settings.start
    used = past.history.counts[[row, row + 1], nl, COUNTS.index("housing_collective")].mean()
    assert used == pytest.approx(beds, rel=0.05)


def test_a_split_is_nobody_who_registers_and_nobody_who_leaves(world):
    """Young men leave home everywhere and no holder leaves a host: whoever registers came from outside."""
    quiet = dict.fromkeys(("return_hazard", "onward_hazard", "redeparture_hazard"), 1e-12)
    given = with_coefficients(world, young_man_leaves_hazard=0.5, **quiet)
    start = small_run(world, start="2023-06", months=2, scale=3000, households_per_host=60)
    state = finished(start.fork(start.state.settings, given)).state
    now = state.index - 1
    flows = state.history.flows[now][:, :, : state.n_hosts].sum(axis=1)
    assert flows[Flow.SPLIT].sum() > 0
    from_outside = flows.sum(axis=0) - flows[Flow.SPLIT]
    np.testing.assert_array_equal(state.history.entered[now], from_outside)
    leavers = state.history.flows[now, [Flow.RETURN, Flow.ONWARD], : state.n_hosts].sum(axis=(0, 2))
    assert (state.history.left[now] <= leavers).all()


def test_an_answer_the_outlook_changed_moves_the_deed_by_its_share(world):
    """In a rich host that keeps the status nearly all answers change and hardly an aim does."""
    drivers = {name: series.copy() for name, series in world.drivers.items()}
    for name in ("security_guarantee", "eu_accession", "reform"):
        drivers[name][:] = 1.0
    before = finished(small_run(world, start="2023-06", months=1, scale=3000, households_per_host=60))
    bright = replace(world, drivers=drivers, base=world)
    run = small_run(world, start="2023-06", months=1, scale=3000, households_per_host=60)
    after = finished(run.fork(run.state.settings, bright)).state
    place = after.households["place"].astype(int)
    secure = (after.households["status"] == Status.TEMPORARY_PROTECTION) & (place < after.n_hosts)
    secure &= ~np.append(world.hosts.is_neighbour, True)[place]
    n = len(before.state.households)
    answers = (after.households["intention"] != before.state.households["intention"][: len(secure)])[
        secure[:n]
    ]
    aims = (after.households["aim"] != before.state.households["aim"][: len(secure)])[secure[:n]]
    assert answers.mean() > 0.1
    assert aims.mean() < 0.35 * answers.mean()
