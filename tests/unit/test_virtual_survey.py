"""The virtual survey against closed forms, and against the answers households gave."""

import re

import numpy as np
import pytest
from example_targets import population
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit
from small_runs import small_run, with_coefficients

from abm.codes import Intention
from abm.errors import EweaError
from abm.kernels.intention import N_BINS, STEP
from abm.month.choice import places_of, value_names
from calibration.fit.predictive import share_below
from calibration.fit.simulated import CODES, EVERY, coded, observe
from calibration.fit.virtual_survey import (
    EDGES,
    GRID,
    answers,
    common_shape,
    intention_shares,
    mean_and_spread,
    onward_shares,
    shares_below,
)
from calibration.targets.schema import ANSWERS

FIRST = 2
LOGISTIC_SD = np.pi / np.sqrt(3.0)
SHARE = st.floats(0.0, 1.0)


def logistic(centre, scale):
    """Return binned cumulative distributions of logistic wishes, float64[run, bin]."""
    centre, scale = np.atleast_1d(centre), np.atleast_1d(scale)
    cumulative = expit((EDGES - centre[:, None]) / scale[:, None])
    cumulative[:, -1] = 1.0  # the last bin is open
    return cumulative


def everybody(*hosts):
    return population(hosts, "some")


@given(below_return=SHARE, below_stay=SHARE, ready=SHARE, offered=st.booleans())
def test_answers_add_up_to_one_and_none_is_negative(below_return, below_stay, ready, offered):
    one = [np.array([value]) for value in (below_return, below_stay)]
    found = answers(*one, np.array([ready if offered else 0.0]))
    assert tuple(found) == ANSWERS
    assert sum(share[0] for share in found.values()) == pytest.approx(1.0, abs=1e-12)
    assert all(share[0] >= -1e-15 for share in found.values())
    assert found["return"][0] == pytest.approx(1.0 - below_return)
    if not offered:
        assert found["onward"][0] == 0.0


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        ((0.6, 0.2, 0.25), (0.4, 0.4 * 0.75, 0.2 * 0.75, 0.6 * 0.25)),
        ((0.3, 0.7, 0.0), (0.7, 0.0, 0.3, 0.0)),  # the threshold of staying above that of returning
    ],
)
def test_answers_by_hand(shares, expected):
    found = answers(*(np.array([share]) for share in shares))
    names = ("return", "undecided", "stay", "onward")
    assert [found[name][0] for name in names] == pytest.approx(expected)


def test_mean_and_spread_of_logistic_wishes():
    """Grouping in bins adds a twelfth of their squared width to the variance (Sheppard)."""
    centre, scale = np.array([-1.0, 0.3, 1.2]), np.array([0.6, 0.8, 1.0])
    mean, spread = mean_and_spread(logistic(centre, scale))
    np.testing.assert_allclose(mean, centre, atol=0.005)
    np.testing.assert_allclose(spread, np.sqrt((scale * LOGISTIC_SD) ** 2 + STEP**2 / 12.0), rtol=0.01)
    mean, spread = mean_and_spread(np.zeros((2, N_BINS)))  # of nobody
    assert np.isfinite(mean).all()
    assert (spread > 0).all()


def test_shares_below_are_the_logistic_they_were_made_of():
    """Shape from four runs, and a fifth distribution the shape never saw."""
    shape = common_shape(logistic([-1.0, -0.5, 0.5, 1.0], [0.9, 1.0, 1.1, 1.2]))
    assert (np.diff(shape) >= 0).all()
    assert shape[-1] == pytest.approx(1.0, abs=1e-4)
    new = logistic(0.2, 1.05)
    mean, spread = mean_and_spread(new)
    for cut in np.linspace(-4.0, 4.0, 33):
        found = shares_below(mean[:, None], spread[:, None], shape[None], np.array([[cut]]))[0, 0]
        assert found == pytest.approx(expit((cut - 0.2) / 1.05), abs=0.006), cut


def test_shares_below_are_those_of_linear_interpolation_to_the_last_bit():
    """As ``numpy.interp`` one by one: between points, at them, outside and without a number."""
    random = np.random.default_rng(3)
    shapes = np.sort(random.random((4, len(GRID))), axis=1)
    threshold = 4.0 * random.standard_normal((500, 4))
    threshold[:4] = [[GRID[0]] * 4, [GRID[-1]] * 4, [np.inf, -np.inf, np.nan, GRID[7]], [-9.0, 9.0, 0.0, 6.0]]
    mean, spread = 0.3 * random.standard_normal((500, 4)), 0.5 + random.random((500, 4))
    mean[:4], spread[:4] = 0.0, 1.0
    expected = [np.interp((threshold[:, q] - mean[:, q]) / spread[:, q], GRID, shapes[q]) for q in range(4)]
    np.testing.assert_array_equal(shares_below(mean, spread, shapes, threshold), np.stack(expected, axis=1))


def test_a_threshold_at_an_edge_is_exact_and_between_edges_linear():
    cumulative = logistic([0.0, 1.0], [1.0, 0.5])
    cut = np.full(2, -1.0)
    np.testing.assert_allclose(share_below(cumulative, cut), expit(np.array([-1.0, -4.0])))
    middle = share_below(cumulative, cut + STEP / 2)
    np.testing.assert_allclose(
        middle, (share_below(cumulative, cut) + share_below(cumulative, cut + STEP)) / 2
    )
    np.testing.assert_allclose(share_below(cumulative, np.full(2, np.inf)), 1.0)
    np.testing.assert_allclose(share_below(cumulative, np.full(2, -np.inf)), 0.0)


@pytest.fixture(scope="module")
def runs(world):
    """Runs that hold made-up wishes: two runs, five months, the hosts and groups of the world."""
    H, n = len(world.hosts.ids), len(value_names(world))
    places = len(places_of(world)[0])
    random = np.random.default_rng(1)

    def codes(*shape):
        return coded(random.integers(0, 50, (*shape, N_BINS)))

    return {
        "adults": random.integers(1, 1000, (2, 5, H)).astype(np.float32),
        "wish": codes(2, 5, 2, H),
        "wish_groups": codes(2, 3, 2, n, places),
        "onward": codes(2, 5, H),
    }


def test_hosts_are_weighted_by_their_adults(runs, world):
    for number, condition in enumerate(("when_safe", "now")):
        found = intention_shares(runs, FIRST, world, condition, FIRST + 3, everybody(4, 7))
        weight = runs["adults"][:, 3][:, [4, 7]].astype(float)
        by_hand = (
            weight[:, :1] * runs["wish"][:, 3, number, 4] + weight[:, 1:] * runs["wish"][:, 3, number, 7]
        ) / (CODES * weight.sum(axis=1, keepdims=True))
        np.testing.assert_allclose(found, by_hand)
        np.testing.assert_allclose(found[:, -1], 1.0)
    ready = onward_shares(runs, FIRST, FIRST, (3,))
    np.testing.assert_allclose(ready, runs["onward"][:, 0, 3] / CODES)


@pytest.mark.parametrize("month", [FIRST - 1, FIRST + 5])
def test_a_question_outside_the_runs_is_refused(runs, world, month):
    with pytest.raises(EweaError, match=rf"question in month {month}: the runs hold months 2 to 6"):
        intention_shares(runs, FIRST, world, "when_safe", month, everybody(1))


def test_groups_come_from_the_nearest_month_kept(runs, world):
    names, _ = places_of(world)
    value = value_names(world).index(("family", "partner"))
    group = population((0,), "DE", family="partner")
    for row, kept in ((0, 0), (2, 1), (4, 2)):
        assert row == kept * EVERY
        found = intention_shares(runs, FIRST, world, "now", FIRST + row, group)
        np.testing.assert_allclose(found, runs["wish_groups"][:, kept, 1, value, names.index("DE")] / CODES)
    between = intention_shares(runs, FIRST, world, "now", FIRST + 3, group)
    neighbours = runs["wish_groups"][:, [1, 2], 1, value, names.index("DE")] / CODES
    assert any(np.array_equal(between, neighbours[:, side]) for side in (0, 1))


@pytest.mark.parametrize("place", ["AT", "EUROPE", "EU", "CZ+EE"])
def test_a_group_that_was_not_kept_is_refused(runs, world, place):
    """Also places that hosts could be added up for: groups of theirs are not kept, and ``all`` is another."""
    with pytest.raises(
        EweaError,
        match=rf"^{re.escape(place)}.family=partner: groups are kept for ALL, NEIGHBOURS, OTHERS, DE, PL, "
        r"CZ, NL, UK, IE only\. Ask all adults of the hosts, or add the host to HOSTS_APART",
    ):
        intention_shares(runs, FIRST, world, "when_safe", FIRST, population((0, 1), place, family="partner"))
    whole = intention_shares(runs, FIRST, world, "when_safe", FIRST, population((0, 1), place))
    assert np.isfinite(whole).all()


def test_codes_keep_shares_to_one_in_sixty_thousand():
    counts = np.array([[0, 3, 5, 0, 2], [0, 0, 0, 0, 0]])
    found = coded(counts)
    assert found.dtype == np.uint16
    np.testing.assert_allclose(found[0] / CODES, [0.0, 0.3, 0.8, 0.8, 1.0], atol=0.6 / CODES)
    assert found[0, -1] == CODES
    assert not found[1].any()


TO_RETURN, TO_STAY = -0.5, -1.5


def test_the_survey_of_a_run_gives_the_answers_its_households_gave(world):
    """One run, asked by the virtual survey, against the answers written by the kernel in its last month."""
    given_world = with_coefficients(
        world, intent_cut_return=TO_RETURN, intent_cut_stay=TO_STAY, intent_onward=-1e6
    )
    simulation = small_run(given_world, months=7, scale=3_000, households_per_host=10)
    said = {}

    class Listening:
        """The run, with an ear for the answers of its last month."""

        state = simulation.state

        def run_to_end(self, observer):
            def both(process, state):
                observer(process, state)
                if process == "intention":
                    rows = state.households
                    adults = np.asarray(rows["persons"])[:, [0, 1, 2, 3, 6, 7]].sum(axis=1)
                    weight = adults * np.asarray(rows["stands_for"], np.int64)
                    here = np.asarray(rows["place"])
                    for host in range(state.n_hosts):
                        answer = np.asarray(rows["intention"])[here == host]
                        said[host] = np.bincount(answer, weight[here == host], minlength=4)

            simulation.run_to_end(both)

    run = {name: values[None] for name, values in observe(Listening()).items()}
    hosts = tuple(range(len(world.hosts.ids)))
    month = simulation.state.settings.start + 6

    def asked(group):
        return intention_shares(run, simulation.state.settings.start, world, "when_safe", month, group)

    for group in (everybody(world.hosts.ids.index("PL")), everybody(*hosts)):
        wishes = asked(group)
        one = np.ones(1)
        found = answers(share_below(wishes, TO_RETURN * one), share_below(wishes, TO_STAY * one), 0.0 * one)
        counted = sum(said[host] for host in group.hosts)
        expected = counted / counted.sum()
        for name in ("return", "undecided", "stay"):
            code = int(Intention[name.upper()])
            assert found[name][0] == pytest.approx(expected[code], abs=2.0 / CODES), name
            assert 0.0 < expected[code] < 1.0
    # groups are kept every other month, and their last one is this month
    parts = [asked(population(hosts, employed=value)) for value in (True, False)]
    names = value_names(world)
    adults = run["group_adults"][0, -1, [names.index(("employed", v)) for v in ("true", "false")], 0]
    whole = (adults[0] * parts[0] + adults[1] * parts[1]) / adults.sum()
    np.testing.assert_allclose(whole, asked(everybody(*hosts)), atol=3.0 / CODES)
