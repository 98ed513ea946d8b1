"""The cross-check of a fit: what is compared, what is flagged, and whose fault a difference is."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from abm.data.folder import default_configs
from abm.errors import EweaError
from calibration.fit.emulator import fit_emulator
from calibration.fit.layout import Layout
from calibration.fit.likelihood import Problem, Term
from calibration.fit.prior import Prior
from calibration.fit.recovery import LEVELS, summarise
from calibration.fit.settings import load_calibration_settings
from experiments.calibrate.bank import bank_prior
from experiments.calibrate.crosscheck import (
    Crosschecked,
    check_targets_unchanged,
    comparison,
    most_moved,
    read_fit,
)
from experiments.calibrate.crosscheck_text import crosscheck_text
from experiments.calibrate.crosscheck_trial import Trial, trial

FALSE_ALARM = 1e-6
"""Probability that one test with chance in it fails although all is right; seeds are fixed anyway."""


@pytest.fixture(scope="module")
def problem():
    """Three active parameters and one output that is the first of them; terms are put in by tests."""
    prior = Prior(bank_prior(default_configs()).coefficients[:3])
    settings = load_calibration_settings(default_configs())
    layout = Layout(prior, (0,), (), ("toy_question",), np.zeros(1), np.empty(0), settings)
    z = np.random.default_rng(2).standard_normal((200, 3))
    return Problem(layout, fit_emulator(z, z[:, :1], ("straight",), np.zeros(1), (0, 1, 2)), ())


def unasked(z, outputs):
    raise AssertionError("only what was observed is compared")


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
    one = np.ones(2)
    tried = Trial(again=np.array([-1.0, 0.5]), bias=np.array([0.0, 0.6]), answer=0 * one, answer_sd=one)
    return comparison(fitted(), ("narrow", "wide"), draws, summarise(("narrow", "wide"), seen), tried)


def test_a_difference_is_explained_by_a_bias_of_the_networks_or_by_the_sampler_itself(compared):
    names = ("narrow", "wide")
    truth = [(np.zeros(2), np.zeros((9, 2)))]

    def explained(again, answer):
        draws = np.array([[[-0.8, 0.5]] * 2] * 2)  # one SD above the fit of the first parameter
        tried = Trial(np.array([again, 0.5]), np.zeros(2), np.array([answer, 0.5]), np.full(2, 0.1))
        table = comparison(fitted(), names, draws, summarise(names, truth), tried)
        assert table["differs"].tolist() == [True, False]
        return bool(table["explained"].iloc[0])

    assert compared["explained"].tolist() == [True, True]
    assert not explained(again=-1.0, answer=-1.01)  # data like the real ones would have had another answer
    assert explained(again=-1.0, answer=-0.61)  # the networks are always that far off there
    assert explained(again=-0.79, answer=-1.01)  # the sampler is not sure of its own mean


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
    lines = crosscheck_text(Crosschecked(compared, summary)).splitlines()
    (narrow,) = (line for line in lines if line.startswith("narrow"))
    (wide,) = (line for line in lines if line.startswith("wide"))
    assert "differs" not in narrow
    assert wide.endswith("differs, explained")
    text = "\n".join(lines)
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
    terms = (
        Term("a", "what is measured", 0.25, 0.1, 0.1, False, unasked),
        Term("b", "what is measured", np.log(1000.0), 0.1, 0.1, True, unasked),
    )
    now = replace(problem, terms=terms)
    then = pd.DataFrame({"target": ["a", "b"], "label": "what is measured", "observed": [0.25, 1000.0]})
    check_targets_unchanged(now, then, tmp_path)
    for changed in (then.assign(observed=[0.26, 1000.0]), then.iloc[:1], then.assign(target=["a", "c"])):
        with pytest.raises(EweaError, match="the targets have changed since this fit"):
            check_targets_unchanged(now, changed, tmp_path)


class Told:
    """A network that answers with a constant."""

    def draws(self, x, n, seed):
        return np.full((len(x), n, 2), 0.25)


def test_the_trial_tells_a_bias_of_the_networks_from_the_posterior_of_the_sampler(problem):
    sharp = Term("run", "", 1.0, 0.1, 0.1, False, lambda _, out: out[:, 0])  # the first parameter is 1
    tried = trial(replace(problem, terms=(sharp,)), [Told(), Told()], [0, 2], particles=400, seed=1)
    assert tried.again == pytest.approx([1.0, 0.0], abs=0.3)
    assert tried.bias == pytest.approx([0.25 - 1.0, 0.25], abs=0.4)
    assert tried.answer.tolist() == [0.25, 0.25]
    assert tried.answer_sd.tolist() == [0.0, 0.0]
