"""Terms of surveys, contrasts and quantities: what they say is worked out from logistic wishes by hand."""

import pickle

import numpy as np
import pytest
from example_run import START, example_world
from example_targets import contrast, population, quantity, register, survey
from scipy.special import expit
from scipy.stats import norm

from abm.data.folder import default_configs
from abm.data.parameters import load_coefficients
from calibration.fit.emulator import Emulator
from calibration.fit.likelihood import DENSITY, calibration_problem
from calibration.fit.outputs import onward_name
from calibration.fit.prior import MODEL_FAMILY, Prior, layout_of, load_calibration_settings
from calibration.fit.virtual_survey import GRID
from calibration.targets.targets import Targets

LOGISTIC_SD = np.pi / np.sqrt(3.0)
SHAPE = expit(GRID * LOGISTIC_SD)
"""Common shape of every distribution here: logistic wishes, standardised."""

MONTH = START + 10
ERROR = 0.2
"""Error of the emulator in every output."""

ALL, PARTNER, NOBODY = population(), population(family="partner"), population(family="nobody")
ANSWERS = {"return": 0.4, "undecided+stay": 0.5, "onward": 0.1}
SURVEYS = (
    survey("one", "plan_a", MONTH, ANSWERS),
    survey("two", "plan_b", MONTH, {"return": 0.4, "undecided": 0.3, "stay": 0.3}),
    survey("hope", MODEL_FAMILY, MONTH, {"return": 0.7, "undecided": 0.2, "stay": 0.1}),
)
CONTRASTS = (
    contrast("split", "plan_a", MONTH, PARTNER, NOBODY),
    contrast("split_undecided", "plan_b", MONTH, PARTNER, NOBODY, "undecided"),
)
QUANTITIES = (
    quantity("left", "left_share", MONTH, value=0.25),
    quantity("net", "net_outflow", first=MONTH, last=MONTH, value=-100.0),
    quantity("unlearnt", "left_share", MONTH),
)

MEANS = {ALL: -0.3, PARTNER: 0.8, NOBODY: -0.9}
SPREADS = {ALL: 1.2, PARTNER: 0.9, NOBODY: 1.5}
READY_MEAN, READY_SPREAD = -1.0, 1.1


@pytest.fixture(scope="module")
def problem():
    """Emulators that predict the same everywhere, so that only thresholds move predictions."""
    outputs, shapes = {}, {}
    for line, group in ((SURVEYS[0], ALL), (CONTRASTS[0], PARTNER), (CONTRASTS[0], NOBODY)):
        name = line.distribution(group)
        outputs[f"mean.{name}"], outputs[f"log_spread.{name}"] = MEANS[group], np.log(SPREADS[group])
        shapes[name] = SHAPE
    ready = onward_name(SURVEYS[0])
    outputs[f"mean.{ready}"], outputs[f"log_spread.{ready}"] = READY_MEAN, np.log(READY_SPREAD)
    shapes[ready] = SHAPE
    outputs["quantity.left"], outputs["quantity.net"] = -1.0, -70.0
    none, zero = np.empty(0, np.int64), np.zeros(len(outputs))
    emulator = Emulator(
        tuple(outputs), np.array([0, 1]), none.reshape(-1, 2),
        np.vstack([list(outputs.values()), np.zeros((4, len(outputs)))]), zero, zero + ERROR, zero,
    )  # fmt: skip
    shipped = load_coefficients(default_configs() / "coefficients" / "priors.csv")
    prior = Prior(tuple(shipped[name] for name in ("intent_cut_return", "intent_cut_stay")))
    targets = Targets(SURVEYS, CONTRASTS, QUANTITIES, register((), START, MONTH))
    world = example_world()
    settings = load_calibration_settings(default_configs())
    layout = layout_of(world, settings, prior, (), targets.families())
    return calibration_problem(world, layout, emulator, shapes, targets, [], [])


@pytest.fixture(scope="module")
def z(problem):
    return 0.7 * np.random.default_rng(5).standard_normal((6, problem.layout.size))


def below(population, cut):
    """Return the share of a population whose wish lies below a cut, from the logistic itself."""
    return expit(LOGISTIC_SD * (cut - MEANS[population]) / SPREADS[population])


def thresholds_by_hand(problem, z, family):
    """Return both thresholds of the intention and that of readiness of a family with its own."""
    settings = problem.layout.settings
    families = [name for name in problem.layout.families if name != MODEL_FAMILY]
    upper, gap, ready = z[:, 2 + 3 * families.index(family) :].T[:3]
    to_return = settings.cut_return.value + settings.cut_return.spread * upper
    to_stay = to_return - settings.cut_gap.value * np.exp(settings.cut_gap.spread * gap)
    return to_return, to_stay, settings.cut_onward.value + settings.cut_onward.spread * ready


def predicted(problem, z, target):
    table = problem.predict(z)
    return {term.label: table[:, k] for k, term in enumerate(problem.terms) if term.target == target}


def close(found, expected, shares=1):
    """Compare sums of ``shares`` shares: the shape is linear between points 0.1 apart.

    Off by ``0.1**2 / 8`` times the curvature, which is ``0.0962 * pi**2 / 3`` at most: 4e-4 a share.
    """
    np.testing.assert_allclose(found, expected, rtol=0.0, atol=4e-4 * shares)


def terms_of(problem, target):
    return [term for term in problem.terms if term.target == target]


def test_a_family_has_thresholds_where_its_own_coordinates_put_them(problem, z):
    to_return, to_stay, ready_from = thresholds_by_hand(problem, z, "plan_a")
    found = predicted(problem, z, "one")
    ready = 1.0 - expit(LOGISTIC_SD * (ready_from - READY_MEAN) / READY_SPREAD)
    assert list(found) == ["return", "undecided or stay"]  # the last group follows from the others
    close(found["return"], 1.0 - below(ALL, to_return))
    close(found["undecided or stay"], below(ALL, to_return) * (1.0 - ready), 2)
    to_return, to_stay, _ = thresholds_by_hand(problem, z, "plan_b")
    found = predicted(problem, z, "two")
    assert list(found) == ["return", "undecided"]
    close(found["return"], 1.0 - below(ALL, to_return))
    close(found["undecided"], below(ALL, to_return) - below(ALL, to_stay), 2)


def test_the_models_own_question_has_the_thresholds_of_its_coefficients(problem, z):
    upper, lower = problem.layout.prior.natural(z[:, :2]).T
    found = predicted(problem, z, "hope")
    assert (lower < upper).all()
    close(found["return"], 1.0 - below(ALL, upper))
    close(found["undecided"], below(ALL, upper) - below(ALL, lower), 2)


def test_thresholds_of_one_family_move_no_other(problem, z):
    moved = z.copy()
    families = problem.layout.free_families
    assert families == ("plan_a", "plan_b")
    moved[:, 2 : 2 + 3] += 0.8  # those of plan_a
    changed = np.abs(problem.predict(moved) - problem.predict(z)).max(axis=0) > 1e-6
    names = {term.target for term, changes in zip(problem.terms, changed, strict=True) if changes}
    assert names == {"one", "split"}
    assert problem.layout.size == 2 + 3 * 2


def test_a_contrast_is_the_difference_of_two_groups_with_the_same_thresholds(problem, z):
    to_return, to_stay, _ = thresholds_by_hand(problem, z, "plan_a")
    (found,) = predicted(problem, z, "split").values()
    close(found, below(NOBODY, to_return) - below(PARTNER, to_return), 2)
    to_return, to_stay, _ = thresholds_by_hand(problem, z, "plan_b")
    (found,) = predicted(problem, z, "split_undecided").values()
    between = [below(group, to_return) - below(group, to_stay) for group in (PARTNER, NOBODY)]
    close(found, between[0] - between[1], 4)
    (term,) = terms_of(problem, "split")
    assert term.label == "return: ALL|family=partner less ALL|family=nobody"
    assert (term.observed, term.log_scale) == (0.2, False)
    own = np.sqrt(0.25 * 1.5 * (1.0 / 300 + 1.0 / 500) + 0.02**2)
    assert term.target_sd == pytest.approx(own)
    assert term.sd == pytest.approx(np.sqrt(own**2 + 2.0 * (DENSITY * ERROR) ** 2))


def test_errors_of_an_answer_are_sampling_discrepancy_and_the_emulator(problem):
    terms = terms_of(problem, "one")
    assert [term.observed for term in terms] == [0.4, 0.5]
    for term in terms:
        p = term.observed
        own = np.sqrt(2.0 * p * (1.0 - p) / 400 + 0.03**2)
        assert term.target_sd == pytest.approx(own)
        assert term.sd == pytest.approx(np.hypot(own, DENSITY * ERROR))


def test_quantities_are_compared_in_their_unit_and_left_out_where_nothing_was_learnt(problem, z):
    assert not terms_of(problem, "unlearnt")
    (left,), (net,) = terms_of(problem, "left"), terms_of(problem, "net")
    np.testing.assert_allclose(predicted(problem, z, "left")["left_share"], expit(-1.0))
    np.testing.assert_allclose(predicted(problem, z, "net")["net_outflow"], -70.0)
    assert (left.observed, left.target_sd, net.target_sd) == (0.25, 0.03, 0.03)
    # an error of 0.2 log odds at a quarter; persons of either sign are learnt as they are
    ends = expit(np.log(0.25 / 0.75) + np.array([-ERROR, ERROR]))
    assert left.sd == pytest.approx(np.hypot(0.03, (ends[1] - ends[0]) / 2.0))
    assert net.sd == pytest.approx(np.hypot(0.03, ERROR))


def test_the_likelihood_is_normal_around_what_is_predicted(problem, z):
    table = problem.predict(z)
    assert table.shape == (len(z), 2 + 2 + 2 + 2 + 2)
    expected = np.zeros(len(z))
    for k, term in enumerate(problem.terms):
        at_best = norm.logpdf(term.observed, term.observed, term.sd)
        expected += norm.logpdf(term.observed, table[:, k], term.sd) - at_best
    np.testing.assert_allclose(problem.log_likelihood(z), expected, rtol=1e-9)


def test_a_problem_can_be_sent_to_another_process(problem, z):
    """Also in the last bit: rows do not depend on those beside them."""
    copy = pickle.loads(pickle.dumps(problem))
    np.testing.assert_array_equal(copy.log_likelihood(z), problem.log_likelihood(z))
    one_by_one = np.concatenate([problem.residuals(z[i : i + 1]) for i in range(len(z))])
    np.testing.assert_array_equal(one_by_one, problem.residuals(z))
