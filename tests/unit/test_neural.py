"""The neural posterior: what teaches the network, what it learns, and what is said without BayesFlow."""

import importlib.util

import numpy as np
import pytest
from scipy import stats

from abm.data.folder import default_configs
from abm.errors import EweaError
from calibration.fit.emulator import fit_emulator
from calibration.fit.layout import Layout
from calibration.fit.likelihood import Problem, Term
from calibration.fit.neural import check_installed, train
from calibration.fit.neural_pairs import FARTHEST, Pairs, farther, outside, scale_of, split, training_pairs
from calibration.fit.prior import Prior
from calibration.fit.settings import load_calibration_settings
from experiments.calibrate.bank import bank_prior
from experiments.command_line import main

FALSE_ALARM = 1e-6
"""Probability that one test with chance in it fails although all is right; seeds are fixed anyway."""

INSTALLED = all(importlib.util.find_spec(name) is not None for name in ("bayesflow", "jax"))
RUNS, DRAWS, SD = 200, 50, 0.3


def term(name, says, sd=SD, observed=0.0, log_scale=False):
    """Return a term; the error of the emulator in ``sd`` is large, so that it shows if it is used."""
    return Term(name, "what is measured", observed, sd, np.hypot(sd, 5.0), log_scale, says)


@pytest.fixture(scope="module")
def problem():
    """Three active parameters, the register of one host, one family of questions; two outputs."""
    prior = Prior(bank_prior(default_configs()).coefficients[:3])
    settings = load_calibration_settings(default_configs())
    layout = Layout(prior, (0,), (), ("toy_question",), np.zeros(1), np.empty(0), settings)
    z = np.random.default_rng(2).standard_normal((RUNS, 3))
    outputs = np.stack([z[:, 0], 100.0 * z[:, 1] ** 3], axis=1)
    emulator = fit_emulator(z, outputs, ("straight", "bent"), np.zeros(2), (0, 1, 2))
    terms = (
        term("run", lambda _, out: out[:, 1]),
        term("register", lambda z, _: z[:, 3]),
        term("exact", lambda _, out: out[:, 0], sd=0.0),
    )
    return Problem(layout, emulator, terms), z, outputs


@pytest.fixture(scope="module")
def pairs(problem):
    toy, z, outputs = problem
    return training_pairs(toy, z, outputs, [2, 0], DRAWS, seed=1)


def test_every_run_gives_several_pairs_with_the_parameters_asked_for(pairs, problem):
    assert pairs.theta.shape == (RUNS * DRAWS, 2)
    assert pairs.x.shape == (RUNS * DRAWS, 3)
    np.testing.assert_array_equal(np.bincount(pairs.run), DRAWS)
    np.testing.assert_array_equal(pairs.theta, problem[1][pairs.run][:, [2, 0]])


def test_pairs_say_what_the_runs_found_not_what_the_emulator_thinks(pairs, problem):
    toy, z, outputs = problem
    # a square cannot follow a cube, so the emulator is wrong by more than the errors of measurement
    assert np.abs(toy.emulator.predict(z)[:, 1] - outputs[:, 1]).max() > 10 * SD
    np.testing.assert_array_equal(pairs.x[:, 2], outputs[pairs.run, 0])
    errors = (pairs.x[:, 0] - outputs[pairs.run, 1]) / SD
    assert stats.kstest(errors, "norm").pvalue > FALSE_ALARM


def test_registers_and_cuts_are_drawn_anew_for_every_pair(pairs):
    assert len(np.unique(pairs.x[:, 1])) == len(pairs.x)
    assert stats.kstest(pairs.x[:, 1] / np.hypot(1.0, SD), "norm").pvalue > FALSE_ALARM


def test_pairs_repeat_with_the_seed_and_only_with_it(pairs, problem):
    toy, z, outputs = problem
    np.testing.assert_array_equal(training_pairs(toy, z, outputs, [2, 0], DRAWS, seed=1).x, pairs.x)
    assert not np.array_equal(training_pairs(toy, z, outputs, [2, 0], DRAWS, seed=2).x, pairs.x)


def test_runs_are_split_whole_and_every_network_stops_by_others(pairs):
    unseen, parts = split(RUNS, 5, seed=1)
    assert len(unseen) == 20
    for learn, stop in parts:
        assert (len(learn), len(stop)) == (160, 20)
        assert sorted([*learn, *stop, *unseen]) == list(range(RUNS))
    assert len({run for _, stop in parts for run in stop}) == 5 * 20
    assert set(pairs.of(unseen).run) == set(unseen)
    assert len(pairs.of(unseen).theta) == len(unseen) * DRAWS
    assert sorted(pairs.of(unseen).once().run) == sorted(unseen)


def test_inputs_are_in_standard_deviations_and_held_at_the_farthest(pairs):
    scale = scale_of(pairs.x)
    standard = scale.standard(pairs.x[np.abs(pairs.x[:, 0] - scale.mean[0]) < scale.sd[0] * FARTHEST])
    assert np.abs(standard[:, 1].mean()) < 0.01
    assert standard[:, 1].std() == pytest.approx(1.0, abs=0.01)
    np.testing.assert_array_equal(scale.standard(np.full((1, 3), 1e9)), FARTHEST)


def test_a_bank_that_says_nothing_finite_is_refused(pairs):
    broken = pairs.x.copy()
    broken[7, 1] = np.nan
    with pytest.raises(EweaError, match="term 1 of the likelihood"):
        scale_of(broken)


def test_an_observation_outside_the_prior_predictive_is_pointed_out():
    x = np.random.default_rng(1).standard_normal((20_000, 3))
    assert outside(x, np.array([0.0, 2.4, -2.8])).tolist() == [False, False, True]


def test_observations_can_be_usual_one_by_one_and_unusual_together():
    x = np.random.default_rng(1).multivariate_normal([0, 0], [[1.0, 0.99], [0.99, 1.0]], 20_000)
    apart = np.array([1.5, -1.5])
    assert not outside(x, apart).any()
    assert farther(x, apart) == 0.0
    assert farther(x, np.array([0.1, 0.1])) > 0.9


def test_training_learns_a_posterior_known_in_closed_form_or_says_what_is_missing(tmp_path, capsys):
    rng = np.random.default_rng(1)
    theta = rng.standard_normal((600, 2))
    run = np.repeat(np.arange(600), 5)
    slope = np.array([[1.5, 0.5, 0.0], [0.0, 1.0, -1.0]])
    toy = Pairs(theta[run], theta[run] @ slope + rng.standard_normal((len(run), 3)), run)
    unseen, [(learn, stop)] = split(600, 1, seed=1)
    if not INSTALLED:
        with pytest.raises(EweaError, match=r"bayesflow.*pip install -e '\.\[npe\]'"):
            check_installed()
        with pytest.raises(EweaError, match="bayesflow"):
            train(toy.of(learn), toy.of(stop), 1)
        assert main(["calibrate", "crosscheck", str(tmp_path)]) == 2
        assert "pip install 'ewea-displacement[npe]'" in capsys.readouterr().err
        return
    network = train(toy.of(learn), toy.of(stop), 1)
    held = toy.of(unseen).once()
    draws = network.draws(held.x, 400, 1)
    covariance = np.linalg.inv(np.eye(2) + slope @ slope.T)
    sd = np.sqrt(np.diag(covariance))
    exact = held.x @ slope.T @ covariance
    assert draws.shape == (60, 400, 2)
    # not a matter of chance but of training: a network that ignores x misses by more than one SD
    assert (np.abs(draws.mean(axis=1) - exact).mean(axis=0) / sd).max() < 0.35
    assert draws.std(axis=1).mean(axis=0) / sd == pytest.approx([1.0, 1.0], abs=0.2)
