"""The neural cross-check: what teaches the network, what is compared, and what is said without BayesFlow."""

import importlib.util
import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from abm.errors import EweaError
from abm.loading import default_configs
from calibration.emulator import fit_emulator
from calibration.layout import Layout
from calibration.likelihood import Problem, Term
from calibration.neural import check_installed, train
from calibration.neural_pairs import (
    FARTHEST,
    Pairs,
    farther,
    outside,
    scale_of,
    split,
    training_pairs,
)
from calibration.prior import Prior
from calibration.recovery import LEVELS, summarise
from calibration.settings import load_calibration_settings
from experiments.calibrate.bank import bank_prior
from experiments.calibrate.crosscheck import (
    Crosschecked,
    check_targets_unchanged,
    comparison,
    most_moved,
    read_fit,
)
from experiments.calibrate.crosscheck_text import crosscheck_text
from experiments.command_line import main

FALSE_ALARM = 1e-6
"""Probability that one test with chance in it fails although all is right; seeds are fixed anyway."""

INSTALLED = all(importlib.util.find_spec(name) is not None for name in ("bayesflow", "jax"))
RUNS, DRAWS, SD = 200, 50, 0.3


def term(name, says, sd=SD, observed=0.0, log_scale=False):
    return Term(name, "what is measured", observed, sd, log_scale, says)


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


def fitted():
    return pd.DataFrame(
        {
            "parameter": ["still", "wide", "narrow", "register"],
            "sd_ratio": [1.0, 0.8, 0.2, 0.1],
            "shift": [0.0, 0.5, -1.0, 2.0],
        }
    )


def test_the_coefficients_compared_are_those_the_data_moved_most():
    active = ("wide", "still", "narrow")  # registers are no coefficients of the bank
    assert most_moved(fitted(), active, 2) == ("narrow", "wide")
    for wrong in (1, 4):
        with pytest.raises(EweaError, match=f"found {wrong}; 2 to 3 can be compared"):
            most_moved(fitted(), active, wrong)


@pytest.fixture
def compared():
    rng = np.random.default_rng(1)
    draws = np.stack([rng.normal(-0.92, 0.2, (2, 4000)), rng.normal(1.1, 0.8, (2, 4000))], axis=2)
    draws += np.array([-0.1, 0.1])[:, None, None]  # two networks that disagree a little
    truth = rng.standard_normal((400, 2))
    seen = [(one, one + rng.normal(0.0, 1.0, 2) + rng.standard_normal((500, 2))) for one in truth]
    return comparison(fitted(), ("narrow", "wide"), draws, summarise(("narrow", "wide"), seen))


def test_both_posteriors_stand_side_by_side_and_differences_are_flagged(compared):
    assert compared["parameter"].tolist() == ["narrow", "wide"]
    assert compared["difference_in_sd"].tolist() == pytest.approx([0.4, 0.75], abs=0.07)
    assert compared["differs"].tolist() == [False, True]
    # what networks disagree about is uncertain too: the pool is wider than each
    assert compared["sd_ratio"].tolist() == pytest.approx([np.sqrt(1.25), np.sqrt(1 + 1 / 64)], abs=0.05)
    assert compared["training_sd"].tolist() == pytest.approx([np.sqrt(0.02)] * 2, abs=0.03)


def test_coverage_of_an_honest_posterior_is_its_level(compared):
    for level in LEVELS:
        found = compared[f"coverage_{100 * level:.0f}"]
        low, high = stats.binom.interval(1 - FALSE_ALARM, 400, level)
        assert found.between(low / 400 - 0.01, high / 400 + 0.01).all()


def test_the_terminal_names_what_differs_and_where_the_network_extrapolates(compared):
    summary = {
        "differ": ["wide"],
        "parameters": 2,
        "runs": {"unseen": 400},
        "coverage": {"0.5": 0.5, "0.8": 0.81},
        "observations": 3,
        "outside_prior_predictive": ["cz: exits"],
        "runs_farther_than_observed": 0.004,
        "together_outside_prior_predictive": True,
    }
    text = crosscheck_text(Crosschecked(compared, summary))
    assert [
        line.endswith("differs") for line in text.splitlines() if line.startswith(("narrow", "wide"))
    ] == [
        False,
        True,
    ]
    assert "80 % hold 81 %" in text
    assert "1 of 3 (cz: exits)" in text
    assert "farther from the centre than 99.6 % of the bank: the networks extrapolate" in text


def test_a_fit_that_was_not_finished_is_told_apart(tmp_path):
    with pytest.raises(EweaError, match=r"parameters\.csv: no such file\. Run 'ewea calibrate baseline"):
        read_fit(tmp_path)
    fitted().to_csv(tmp_path / "parameters.csv", index=False)
    fitted().to_csv(tmp_path / "targets.csv", index=False)
    (tmp_path / "manifest.json").write_text(json.dumps({"settings": {"simulations": {"value": 500}}}))
    table, _, simulations = read_fit(tmp_path)
    assert simulations == 500
    assert table["parameter"].tolist() == fitted()["parameter"].tolist()


def test_posteriors_of_different_targets_are_not_compared(problem, tmp_path):
    toy, _, _ = problem
    terms = (term("a", None, observed=0.25), term("b", None, observed=np.log(1000.0), log_scale=True))
    now = Problem(toy.layout, toy.emulator, terms)
    then = pd.DataFrame({"target": ["a", "b"], "label": "what is measured", "observed": [0.25, 1000.0]})
    check_targets_unchanged(now, then, tmp_path)
    for changed in (then.assign(observed=[0.26, 1000.0]), then.iloc[:1], then.assign(target=["a", "c"])):
        with pytest.raises(EweaError, match="the targets have changed since this fit"):
            check_targets_unchanged(now, changed, tmp_path)
