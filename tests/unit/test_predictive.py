"""Targets beside runs of the posterior: each question with the thresholds of its family, draw by draw."""

import numpy as np
import pytest
from example_run import START, example_world
from example_targets import contrast, population, quantity, register, survey

from abm.kernels.intention import N_BINS, STEP
from abm.month.choice import places_of, value_names
from calibration.fit.predictive import check_targets
from calibration.fit.simulated import CODES
from calibration.fit.virtual_survey import EDGES, AnswerThresholds
from calibration.targets.targets import Targets

MONTH, RUNS, MONTHS = START + 10, 3, 4
FIRST = MONTH - 2
REGISTER = register((), FIRST, MONTH)
ANSWERS = {"return": 0.4, "undecided+stay": 0.5, "onward": 0.1}


def wave(name, family, month=MONTH):
    return survey(name, family, month, ANSWERS)


def split(name, family, month=MONTH):
    return contrast(name, family, month, population(family="partner"), population(family="nobody"))


@pytest.fixture(scope="module")
def world():
    return example_world()


@pytest.fixture(scope="module")
def runs(world):
    """Wishes spread evenly over the bins of one half of the range, alike in all hosts and months."""
    H, n, places = len(world.hosts.ids), len(value_names(world)), len(places_of(world)[0])

    def even(first, last):
        share = np.clip((np.arange(1, N_BINS + 1) - first) / (last - first), 0.0, 1.0)
        return np.round(CODES * share).astype(np.uint16)

    groups = np.tile(even(8, 24), (RUNS, 2, 2, n, places, 1))
    groups[..., value_names(world).index(("family", "partner")), :, :] = even(12, 28)
    flows = {
        name: np.zeros((RUNS, MONTHS, H), np.float32)
        for name in ("returns", "onward_out", "onward_in", "redepartures")
    }
    flows["returns"][:, :, 0] = [[10.0], [20.0], [30.0]]
    arrivals = np.zeros((RUNS, MONTHS, H), np.float32)
    arrivals[:, 0, 0] = 1000.0
    return {
        **flows,
        "arrivals": arrivals,
        "stock": np.ones((RUNS, MONTHS + 1, H), np.float32),
        "adults": np.ones((RUNS, MONTHS, H), np.float32),
        "wish": np.tile(even(8, 24), (RUNS, MONTHS, 2, H, 1)),
        "wish_groups": groups,
        "onward": np.tile(even(8, 24), (RUNS, MONTHS, H, 1)),
    }


def targets(*, surveys=(), contrasts=(), quantities=()):
    return Targets(tuple(surveys), tuple(contrasts), tuple(quantities), REGISTER)


def edge(bins):
    """Return the threshold with so many bins below it."""
    return EDGES[0] + STEP * (bins - 1)


A = AnswerThresholds(
    *(np.array([edge(k) for k in bins]) for bins in ((16, 20, 12), (12, 12, 10), (20, 24, 8)))
)
B = AnswerThresholds(*(np.full(RUNS, edge(bins)) for bins in (20, 16, 24)))


def test_each_family_has_its_own_thresholds_and_each_run_its_own_draw(runs, world):
    given = targets(surveys=[wave("one", "a"), wave("two", "b")])
    found = check_targets(runs, FIRST, {"a": A, "b": B}, world, given)
    for line in found:
        sampling = np.sqrt(2.0 * line.observed * (1.0 - line.observed) / 400)
        assert line.sampling_sd == pytest.approx(sampling)
        assert line.sd == pytest.approx(np.hypot(sampling, 0.03))
    by_name = {(line.target, line.label): line.model for line in found}
    assert set(by_name) == {
        (name, label) for name in ("one", "two") for label in ("return", "undecided or stay", "onward")
    }
    below, ready = np.array([8, 12, 4]) / 16, np.array([4, 0, 16]) / 16
    np.testing.assert_allclose(by_name["one", "return"], 1.0 - below, atol=1e-4)
    np.testing.assert_allclose(by_name["one", "onward"], below * ready, atol=1e-4)
    np.testing.assert_allclose(by_name["one", "undecided or stay"], below * (1.0 - ready), atol=1e-4)
    np.testing.assert_allclose(by_name["two", "return"], 0.25, atol=1e-4)
    assert not by_name["two", "onward"].any()


def test_a_contrast_is_between_its_groups(runs, world):
    (line,) = check_targets(runs, FIRST, {"a": A}, world, targets(contrasts=[split("split", "a")]))
    assert (line.kind, line.family, line.observed) == ("contrast", "a", 0.2)
    np.testing.assert_allclose(line.model, 4 / 16 * np.ones(3), atol=1e-4)
    own = np.sqrt(0.25 * 1.5 * (1.0 / 300 + 1.0 / 500))
    assert (line.sampling_sd, line.sd) == (pytest.approx(own), pytest.approx(np.hypot(own, 0.02)))


def test_a_quantity_has_no_family_and_needs_no_thresholds(runs, world):
    (line,) = check_targets(
        runs, FIRST, {}, world, targets(quantities=[quantity("left", "left_share", MONTH)])
    )
    assert (line.kind, line.family, line.sampling_sd, line.sd) == ("quantity", "", 0.0, 0.03)
    np.testing.assert_allclose(line.model, np.array([30.0, 60.0, 90.0]) / 1000.0)


def test_what_the_runs_do_not_reach_and_families_without_thresholds_are_left_out(runs, world):
    late, last = (wave(f"at_{m}", "a", FIRST + m) for m in (MONTHS, MONTHS - 1))
    later = split("split", "a", FIRST + MONTHS)
    beyond = quantity("left", "left_share", FIRST + MONTHS)
    other = wave("two", "b"), split("y", "b")
    given = targets(surveys=[late, last, other[0]], contrasts=[later, other[1]], quantities=[beyond])
    found = check_targets(runs, FIRST, {"a": A}, world, given)
    assert {line.target for line in found} == {f"at_{MONTHS - 1}"}
    assert all(line.month == FIRST + MONTHS - 1 for line in found)
