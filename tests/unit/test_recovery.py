"""Recovery of known parameters: which errors synthetic observations carry, and what an emulator never saw."""

from dataclasses import replace

import numpy as np
import pytest
from example_targets import GivenProblem
from scipy import stats

from abm.data.folder import default_configs
from abm.data.parameters import load_coefficients
from calibration.fit.emulator import fit_emulator
from calibration.fit.likelihood import Term
from calibration.fit.outputs import Outputs
from calibration.fit.posterior import Recovery, recover, summarise_recovery, without_truths
from calibration.fit.prior import ALWAYS_ACTIVE, Layout, Prior, load_calibration_settings, sobol_normal

FALSE_ALARM = 1e-6
"""Probability that a test with chance in it fails although the code is right; seeds are fixed anyway."""

N, CHANCE = 400, 0.3
Z = sobol_normal(5, N, 11)
NAMES = ("return_hazard", *ALWAYS_ACTIVE, "onward_hazard")


@pytest.fixture(scope="module")
def prior():
    shipped = load_coefficients(default_configs() / "coefficients" / "priors.csv")
    return Prior(tuple(shipped[name] for name in NAMES))


@pytest.fixture(scope="module")
def outputs():
    """Return outputs that follow the first coordinate and a constant, with chance between runs."""
    noise = CHANCE * np.random.default_rng(2).standard_normal((N, 2))
    return Outputs(("line", "flat"), np.stack([2.0 * Z[:, 0], np.zeros(N)], axis=1) + noise, {})


def problem_of(prior, emulator, *pairs):
    active = prior.only([prior.names[column] for column in emulator.active])
    settings = load_calibration_settings(default_configs())
    layout = Layout(active, (0,), (), (), np.zeros(1), np.empty(0), settings)
    return GivenProblem.of(layout, emulator, *pairs)


@pytest.fixture(scope="module")
def full(prior, outputs):
    """The whole problem: chance between runs is known, so the emulator is told apart from it."""
    return problem_of(
        prior, fit_emulator(Z, outputs.values, outputs.names, np.full(2, CHANCE), always=(1, 2, 3))
    )


TRUTHS = [3, 50, 51, 399]


def test_the_error_of_the_emulator_of_a_recovery_holds_chance_too(full, prior, outputs):
    """A synthetic truth is one run; the emulator of the fit itself leaves chance out."""
    found = without_truths(full, Z, outputs, prior, TRUTHS)
    # standard error of an SD from 400 runs: 3.5 %; 4.9 of them
    assert found.error_sd == pytest.approx(CHANCE, rel=0.18)
    np.testing.assert_array_equal(found.error_sd, found.miss_sd)
    assert (full.emulator.error_sd < 0.5 * CHANCE).all()


def test_the_emulator_never_saw_the_truths(full, prior, outputs):
    spoilt = outputs.values.copy()
    spoilt[TRUTHS] = 1e6
    one = without_truths(full, Z, outputs, prior, TRUTHS)
    other = without_truths(full, Z, replace(outputs, values=spoilt), prior, TRUTHS)
    np.testing.assert_array_equal(one.weights, other.weights)
    np.testing.assert_array_equal(one.error_sd, other.error_sd)
    # and a run that was kept does count
    assert not np.array_equal(without_truths(full, Z, outputs, prior, TRUTHS[:3]).weights, one.weights)


def test_the_emulator_fits_the_layout_of_the_whole_problem(full, prior, outputs):
    """The smaller set of runs calls one more parameter active: it stays at the centre of its prior."""
    bent = outputs.values.copy()
    bent[:, 1] += 1.5 * Z[:, 4]
    found = without_truths(full, Z, replace(outputs, values=bent), prior, TRUTHS)
    assert found.active.tolist() == full.emulator.active.tolist() == [0, 1, 2, 3]
    z = np.random.default_rng(4).standard_normal((20, 4))
    # weights have standard errors of about 0.3 / sqrt(400) = 0.015; nine of them, for two or three at once
    np.testing.assert_allclose(found.predict(z)[:, 0], 2.0 * z[:, 0], atol=0.14)
    np.testing.assert_allclose(found.predict(z)[:, 1], 0.0, atol=0.14)


TARGET_SD, EMULATOR_SD = 0.3, 0.6


@pytest.fixture(scope="module")
def replicates(prior):
    """A term that says a coordinate no run knows, met by forty truths: everything is normal."""
    flat = fit_emulator(Z, np.zeros((N, 1)), ("o",), np.zeros(1), always=(0,))
    sd = float(np.hypot(TARGET_SD, EMULATOR_SD))
    own = problem_of(prior, flat, (Term("t", "l", 0.0, TARGET_SD, sd), lambda z: z[:, 1]))
    pairs = [recover(own, np.array([0.4]), np.zeros(1), seed, 400, 6, 20) for seed in range(40)]
    return pairs, sd


def test_synthetic_observations_err_as_measured_ones_do(replicates):
    """The error of the emulator is in the likelihood, and comes with the run: it is not added again."""
    pairs, sd = replicates
    assert all(truth[0] == 0.4 for truth, _ in pairs)
    assert len({truth[1] for truth, _ in pairs}) == len(pairs)
    spread = np.array([draws[:, 1].std() for _, draws in pairs])
    assert spread.mean() == pytest.approx(sd / np.sqrt(1.0 + sd**2), rel=0.05)  # of the whole error
    # normal prior and normal term: the posterior mean is the observation over 1 + sd**2
    observed = np.array([draws[:, 1].mean() * (1.0 + sd**2) for _, draws in pairs])
    truth = np.array([truth[1] for truth, _ in pairs])
    error = np.sqrt(TARGET_SD**2 + (1.0 + sd**2) * sd**2 / (0.4 * 400))  # and that of the mean of the draws
    statistic = ((observed - truth) ** 2).sum() / error**2
    law = stats.chi2(len(pairs))
    assert law.ppf(FALSE_ALARM / 2) < statistic < law.isf(FALSE_ALARM / 2)
    assert statistic * error**2 < 0.5 * law.ppf(0.05) * sd**2  # noise of the whole sd would be seen


def test_coverage_and_ranks_by_hand():
    draws = np.arange(100.0)[:, None] + np.zeros((1, 2))
    pairs = [(np.array([value, 50.0]), draws) for value in (0.5, 12.5, 49.5, 98.5)]
    found = summarise_recovery(("a", "b"), pairs)
    np.testing.assert_allclose(found.rank[:, 0], [0.01, 0.13, 0.5, 0.99])
    np.testing.assert_allclose(found.coverage(0.5), [0.25, 1.0])
    np.testing.assert_allclose(found.coverage(0.8), [0.5, 1.0])
    np.testing.assert_allclose(found.mean, 49.5)
    narrow = Recovery(("a", "b"), found.truth, found.rank, np.tile([0.5, 0.95], (4, 1)), found.mean)
    assert narrow.pooled(0.8, 0.9) == 0.5
    assert narrow.pooled(0.8) == 0.75
