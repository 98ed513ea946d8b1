"""The tables of a fit and what is said of them, on numbers whose every cell can be worked out by hand."""

import json

import numpy as np
import pytest
from example_targets import GivenProblem
from scipy import stats

from abm.data.folder import default_configs
from abm.data.parameters import Coefficient
from calibration.fit.emulator import Emulator
from calibration.fit.likelihood import Term
from calibration.fit.outputs import Outputs
from calibration.fit.predictive import Checked
from calibration.fit.prior import Layout, Prior, load_calibration_settings
from calibration.validation.scores import finite
from experiments.calibrate.run import calibration_text
from experiments.calibrate.tables import (
    FLAT,
    MOVED,
    PRIOR_DRAWS,
    STEADY,
    emulator_table,
    parameter_table,
    prediction_table,
    slope_signs,
    survey_errors,
    term_table,
)
from experiments.validate_people import as_rows, intentions_text

FALSE_ALARM = 1e-6
"""Probability that a test with chance in it fails although the code is right; seeds are fixed anyway."""

LEVELS = {"low_95": 0.025, "low": 0.1, "": 0.5, "high": 0.9, "high_95": 0.975}


def quantiles(row, name):
    """Return the quantiles of a distribution in a row, in the order of ``LEVELS``."""
    return [row[f"{name}_{level}" if level else name] for level in LEVELS]


def assert_drawn_from(found, law, n):
    """Check quantiles of ``n`` draws: the share below one is binomial."""
    for quantile, level in zip(found, LEVELS.values(), strict=True):
        chance = stats.norm.isf(FALSE_ALARM / 2) * np.sqrt(level * (1.0 - level) / n)
        assert law.ppf(max(level - chance, 0.0)) < quantile < law.ppf(min(level + chance, 1.0))


def test_a_parameter_has_its_intervals_and_has_moved_if_its_spread_shrank():
    """What no target reacts to keeps ratio 1 and shift 0; a ratio on the bound is not below it."""
    rows = (
        Coefficient("a", 1.0, "EUR/month", "normal", -1.0, 3.0, "prior", "s", "first"),
        Coefficient("b", 2.0, "share", "lognormal", 1.0, 4.0, "prior", "s", "second"),
    )
    register = np.linspace(0.0, 1.0, 1001)[:, None]
    draws = np.stack([np.linspace(10.0, 11.0, 101), np.full(101, 5.0), np.linspace(0.2, 0.4, 101)], axis=1)
    moved = {"a": (1.5, 0.4), "register.deregistration_share.NL": (-0.25, MOVED)}
    names = ("a", "b", "register.deregistration_share.NL")
    table = parameter_table(Prior(rows), register, names, draws, moved)
    assert table[["parameter", "unit", "meaning", "sd_ratio", "shift", "moved"]].to_numpy().tolist() == [
        ["a", "EUR/month", "first", 0.4, 1.5, True],
        ["b", "share", "second", 1.0, 0.0, False],
        ["register.deregistration_share.NL", "share", "how the register of a host errs", MOVED, -0.25, False],
    ]
    a, b, register = table.to_dict("records")
    half, levels = stats.norm.ppf(0.95), np.array([*LEVELS.values()])
    assert_drawn_from(quantiles(a, "prior"), stats.norm(1.0, 2.0 / half), PRIOR_DRAWS)
    assert_drawn_from(quantiles(b, "prior"), stats.lognorm(np.log(2.0) / half, scale=2.0), PRIOR_DRAWS)
    for row, name, expected in (
        (register, "prior", levels),
        (register, "posterior", 0.2 + 0.2 * levels),
        (a, "posterior", 10.0 + levels),
        (b, "posterior", np.full(5, 5.0)),
    ):
        assert quantiles(row, name) == pytest.approx(expected)


def terms_table(draws, *terms):
    """Return the table of terms that are the one coordinate: the deregistration of a register."""
    settings = load_calibration_settings(default_configs())
    layout = Layout(Prior(()), (0,), (), (), np.zeros(1), np.empty(0), settings)
    zero, none = np.zeros(1), np.empty(0, np.int64)
    nothing = Emulator(("o",), none, np.empty((0, 2), np.int64), zero[None], zero, zero, zero)
    pairs = [(term, lambda z, at=term.observed * term.log_scale: z[:, 0] + at) for term in terms]
    return term_table(GivenProblem.of(layout, nothing, *pairs), draws, np.random.default_rng(1))


def test_terms_are_compared_on_their_scale_and_shown_on_ours():
    """Every term is the coordinate: prior unit normal, posterior the draws handed in."""
    draws = np.linspace(0.0, 1.0, 1001)[:, None]
    observed = {"met": (0.5, 0.1), "missed": (4.0, 1.0), "conflict": (9.0, 1.0)}
    terms = [Term(name, "share", value, 0.1, sd) for name, (value, sd) in observed.items()]
    persons = Term("persons", "persons", np.log(1000.0), 0.1, 0.1, True)
    table = terms_table(draws, *terms, persons).set_index("target")
    for name, (value, sd) in observed.items():
        row = table.loc[name]
        assert (row["observed"], row["sd"], row["sd_is_relative"]) == (value, sd, False)
        assert row["distance_sd"] == pytest.approx((0.5 - value) / np.hypot(sd, draws.std()), abs=1e-9)
        assert quantiles(row, "posterior") == pytest.approx([*LEVELS.values()])
        assert_drawn_from(quantiles(row, "prior"), stats.norm, 4000)
    # the central 99 % of a prior predictive with SD 1.41 end at 3.64
    assert table["missed"].tolist() == table["conflict"].tolist() == [False, True, True, False]
    row = table.loc["persons"]
    assert row["sd_is_relative"]
    assert [row["observed"], row["posterior"]] == pytest.approx([1000.0, 1000.0 * np.exp(0.5)])
    assert row["distance_sd"] == pytest.approx(0.5 / np.hypot(0.1, draws.std()), abs=1e-9)


def test_the_error_of_an_observation_decides_what_conflicts_and_what_is_missed():
    """3 is outside 99 % of a unit normal, and inside when the term may err by 1; two SD away is missed."""
    terms = [Term(str(sd), "share", 3.0, sd, sd) for sd in (1e-6, 1.0)]
    terms += [Term(f"t{v}", "share", v, 1.0, 1.0) for v in (-2.01, -1.99, 1.99, 2.01)]
    table = terms_table(np.zeros((10, 1)), *terms)
    assert table["conflict"].tolist()[:2] == [True, False]
    assert table["missed"].tolist()[2:] == [True, False, False, True]
    # above the observed, or below
    assert (table["distance_sd"] > 0).tolist()[2:] == [True, True, False, False]


def test_the_error_of_the_emulator_stands_apart_from_chance():
    none = np.empty(0, np.int64)
    emulator = Emulator(
        ("y", "z"), none, np.empty((0, 2), np.int64), np.zeros((1, 2)),
        miss_sd=np.array([5.0, 1.0]), error_sd=np.array([3.0, 1.2]), explained=np.array([0.9, 0.1]),
    )  # fmt: skip
    found = Outputs(("y", "z"), np.array([[1.0, 0.0], [3.0, 0.0], [5.0, 6.0]]), {})
    table = emulator_table(emulator, found)
    shown = table[["output", "explained", "error_sd"]].to_numpy().tolist()
    assert shown == [["y", 0.9, 3.0], ["z", 0.1, 1.2]]
    assert table["sd_over_prior"].tolist() == pytest.approx([np.sqrt(8.0 / 3.0), np.sqrt(8.0)])
    # a floor may put the error above the miss: chance is then nothing, not the root of a negative number
    assert table["chance_sd"].tolist() == pytest.approx([4.0, 0.0])


# --- predictions

USUAL = {"target": "wave", "label": "return", "kind": "survey", "family": "f", "use": "fit", "month": 10}
USUAL |= {"observed": 0.5, "model": 0.4}


def table_of(*lines):
    """Return the table of predictions that are as usual but for what is given; all draws are the same."""
    lines = [{**USUAL, **line} for line in lines]
    given = [{**line, "model": np.full(5000, line["model"])} for line in lines]
    checked = [Checked(**line, sampling_sd=0.02, sd=0.03) for line in given]
    return prediction_table(checked, np.random.default_rng(1))


def test_predictions_hold_the_error_of_the_observation_and_stay_what_they_are():
    """The range of a share ends at 0 and 1; a difference of shares may be negative."""
    few = {"observed": 0.02, "model": 0.01}
    lines = ({}, few, {"observed": 0.98, "model": 0.99}, {"kind": "contrast", **few})
    row, low, high, contrast = table_of(*lines).to_dict("records")
    assert row["model_low"] == row["model"] == row["model_high"] == 0.4
    assert row["predicted_high"] - row["predicted_low"] == pytest.approx(2 * 1.2816 * 0.03, rel=0.06)
    assert (low["predicted_low"], high["predicted_high"]) == (0.0, 1.0)
    assert contrast["predicted_low"] < 0.0
    # A prediction on the observed: half is above it. One SD above it: 84 % are. Six standard errors.
    above = table_of({"model": 0.5}, {"model": 0.53})["p_above"].tolist()
    assert above == pytest.approx([0.5, 0.8413], abs=6 * 0.5 / np.sqrt(5000))


@pytest.mark.parametrize(
    ("change", "model", "same"),
    [
        (-0.1, -0.01, True),  # both fall
        (-0.1, 0.01, False),
        (FLAT - 0.001, -STEADY + 0.001, True),  # no change observed, little simulated, whatever its sign
        (FLAT - 0.001, STEADY + 0.001, False),
        (-FLAT - 0.001, -0.001, True),  # a change: its sign counts, however small the simulated one
        (-FLAT - 0.001, 0.001, False),
        (-FLAT - 0.001, 0.0, False),
    ],
)
def test_direction_of_change_between_first_and_last_wave(change, model, same):
    """Whatever lies between, and whatever the waves are used for."""
    last = {"use": "holdout", "month": 16, "observed": 0.5 + change, "model": 0.4 + model}
    (row,) = slope_signs(table_of({}, {"month": 12, "observed": 0.9, "model": 0.1}, last)).to_dict("records")
    assert (row["months"], row["same_sign"]) == (6, same)
    assert (row["observed_change"], row["model_change"]) == pytest.approx((change, model))


def test_families_and_answers_asked_twice_have_directions_of_their_own():
    asked = [(family, label) for family in ("f", "g") for label in ("return", "stay")]
    waves = [{"family": f, "label": label, "month": month} for f, label in asked for month in (3, 1)]
    found = slope_signs(table_of(*waves, {"kind": "quantity", "month": 9}, {"kind": "contrast", "month": 9}))
    assert sorted(zip(found["family"], found["label"], strict=True)) == asked
    assert (found["months"] == 2).all()
    assert slope_signs(table_of({}, {"label": "stay", "month": 12})).empty
    assert slope_signs(table_of({}, {"use": "reported"})).empty


# --- held-out answers


@pytest.fixture(scope="module")
def table():
    """Two fitted waves, two held out (one missed by twenty points), a quantity, and what does not count."""
    other = {"family": "g", "label": "stay"}
    later = {"use": "holdout", "month": 9}
    return table_of(
        {"target": "wave_1", "month": 1, "observed": 0.60, "model": 0.58},
        {"target": "wave_2", "month": 5, "observed": 0.55, "model": 0.52},
        {"target": "wave_3", **later, "observed": 0.50, "model": 0.49},
        {"target": "other_1", **other, "month": 2, "observed": 0.30, "model": 0.30},
        {"target": "other_2", **other, **later, "observed": 0.40, "model": 0.20},
        {"target": "returned", "kind": "quantity", **later, "observed": 0.20, "model": 0.21},
        {"target": "split", "kind": "contrast", **later, "observed": 0.10, "model": 0.90},
        {"target": "recall", "use": "reported", "month": 20, "observed": 0.10, "model": 0.90},
    )


def test_held_out_lines_their_errors_and_directions_as_plain_json_and_text(table):
    found = as_rows(table)
    assert [row["target"] for row in found["held_out"]] == ["wave_3", "other_2", "returned"]
    columns = ("target", "label", "kind", "observed", "model", "predicted_low", "predicted_high", "unit")
    assert set(found["held_out"][0]) == set(columns)
    fit, holdout = np.sqrt((4.0 + 9.0 + 0.0) / 3.0), np.sqrt((1.0 + 400.0) / 2.0)
    assert found["survey_rmse_pp"] == {"fit": pytest.approx(fit), "holdout": pytest.approx(holdout)}
    assert found["inside_80"] == pytest.approx(2.0 / 3.0)  # within 1.28 times three points
    # Both fell in one family; in the other the observed rose by ten points and the model fell by ten.
    assert (found["slopes_right"], found["slopes"]) == (1, 2)
    assert found["slopes_wrong"] == [{"family": "g", "label": "stay"}]
    assert json.loads(json.dumps(finite(found), allow_nan=False))["slopes"] == 2
    text = intentions_text(found)
    assert all(part in text for part in ("2.1 points off where fitted", "14.2 in months after", "1 of 2 q"))


def test_what_is_not_there_is_not_stated(table):
    fitted = table[table["use"] == "fit"]
    rows = as_rows(fitted)
    assert (rows["held_out"], rows["inside_80"], rows["slopes"]) == ([], None, 1)
    for without in (fitted, table_of({"use": "holdout", "kind": "contrast"})):
        assert np.isnan(survey_errors(without)["holdout"])
    once = as_rows(table_of({}))
    assert (once["slopes_right"], once["slopes"], once["slopes_wrong"]) == (0, 0, [])


def test_the_result_is_told_in_plain_lines():
    counts = {"draws": 600, "effective_draws": 2900, "simulations_in_bank": 3100, "minutes": 61.5}
    counts |= {"parameters_moved": 20, "parameters": 300, "targets_missed": 3, "targets": 120}
    summary = {**counts, "survey_rmse_pp": {"fit": 4.2, "holdout": 6.1}, "slopes_right": "7 of 9"}
    text = calibration_text({**summary, "conflicts": []}, "baseline")
    assert "Fit 'baseline': 600 draws (2,900 effective) from 3,100 simulations, 61.5 minutes." in text
    assert "4.2 points off where fitted, 6.1 where held out" in text
    assert "what they allow): none." in text
    assert "Recovery" not in text
    proof = {"replicates": 60, "parameters": 20, "coverage": {"0.5": 0.48, "0.95": 0.93}}
    text = calibration_text({**summary, "proof": proof, "conflicts": ["iab_1"]}, "baseline")
    assert "50 %: 48 %, 95 %: 93 %" in text
    assert "allow): iab_1." in text
