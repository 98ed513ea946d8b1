"""The tables of a fit and what is said of them, on numbers whose every cell can be worked out by hand."""

import json

import numpy as np
import pytest
from example_targets import GivenProblem
from scipy import stats

from abm.data.folder import default_configs
from abm.data.parameters import Coefficient
from calibration.fit.emulator import Emulator
from calibration.fit.layout import Layout
from calibration.fit.likelihood import Term
from calibration.fit.outputs import Outputs
from calibration.fit.predictive import Checked
from calibration.fit.prior import Prior, load_calibration_settings
from calibration.validation.scores import finite
from experiments.calibrate.run import calibration_text
from experiments.calibrate.tables import (
    FLAT,
    MOVED,
    PRIOR_DRAWS,
    STEADY,
    emulator_table,
    interval_columns,
    parameter_table,
    prediction_table,
    slope_signs,
    survey_errors,
    term_table,
)
from experiments.validate_hindcast import as_rows, intentions_text

FALSE_ALARM = 1e-6
"""Probability that a test with chance in it fails although the code is right; seeds are fixed anyway."""

LEVELS = {"low_95": 0.025, "low": 0.1, "": 0.5, "high": 0.9, "high_95": 0.975}


def near(found, law, level, n):
    """Check a quantile of ``n`` draws: the share below it is binomial."""
    chance = stats.norm.isf(FALSE_ALARM / 2) * np.sqrt(level * (1.0 - level) / n)
    assert law.ppf(max(level - chance, 0.0)) < found < law.ppf(min(level + chance, 1.0))


def test_quantiles_are_the_median_and_two_central_intervals():
    found = interval_columns(np.arange(1001.0), "x")
    assert found == {"x_low_95": 25.0, "x_low": 100.0, "x": 500.0, "x_high": 900.0, "x_high_95": 975.0}


@pytest.fixture(scope="module")
def parameters():
    """Two coefficients, one of them moved, and the register of one host."""
    rows = (
        Coefficient("a", 1.0, "EUR/month", "normal", -1.0, 3.0, "prior", "s", "first"),
        Coefficient("b", 2.0, "share", "lognormal", 1.0, 4.0, "prior", "s", "second"),
    )
    register = np.linspace(0.0, 1.0, 1001)[:, None]
    draws = np.stack([np.linspace(10.0, 11.0, 101), np.full(101, 5.0), np.linspace(0.2, 0.4, 101)], axis=1)
    return parameter_table(
        Prior(rows), register, ("a", "b", "register.double_share.NL"), draws,
        {"a": (1.5, 0.4), "register.double_share.NL": (-0.25, MOVED)},
    )  # fmt: skip


def test_a_parameter_is_named_and_moved_if_its_spread_shrank(parameters):
    """What no target reacts to keeps ratio 1 and shift 0; a ratio on the bound is not below it."""
    found = parameters[["parameter", "unit", "meaning", "sd_ratio", "shift", "moved"]].to_numpy().tolist()
    assert found == [
        ["a", "EUR/month", "first", 0.4, 1.5, True],
        ["b", "share", "second", 1.0, 0.0, False],
        ["register.double_share.NL", "share", "how the register of a host errs", MOVED, -0.25, False],
    ]


def test_intervals_of_the_prior_are_its_own_and_those_of_registers_are_handed_in(parameters):
    a, b, register = parameters.to_dict("records")
    half = stats.norm.ppf(0.95)
    for row, law in (
        (a, stats.norm(1.0, 2.0 / half)),
        (b, stats.lognorm(np.log(2.0) / half, scale=2.0)),
    ):
        for name, level in LEVELS.items():
            near(row[f"prior_{name}" if name else "prior"], law, level, PRIOR_DRAWS)
    assert [register[f"prior_{n}" if n else "prior"] for n in LEVELS] == pytest.approx(list(LEVELS.values()))


def test_intervals_of_the_posterior_are_those_of_the_draws(parameters):
    a, b, register = parameters.to_dict("records")
    for name, level in LEVELS.items():
        key = f"posterior_{name}" if name else "posterior"
        assert a[key] == pytest.approx(10.0 + level)
        assert b[key] == 5.0
        assert register[key] == pytest.approx(0.2 + 0.2 * level)


def coordinate(z):
    return z[:, 0]


def problem_of_terms(*pairs):
    """Return a problem of one coordinate, which is the deregistration of a register."""
    settings = load_calibration_settings(default_configs())
    layout = Layout(Prior(()), (0,), (), (), np.zeros(1), np.empty(0), settings)
    zero = np.zeros(1)
    nothing = Emulator(
        ("o",), np.empty(0, np.int64), np.empty((0, 2), np.int64), zero[None], zero, zero, zero
    )
    return GivenProblem.of(layout, nothing, *pairs)


def test_terms_are_compared_on_their_scale_and_shown_on_ours():
    """Every term is the coordinate: prior unit normal, posterior the draws handed in."""
    own = problem_of_terms(
        (Term("met", "share", 0.5, 0.1, 0.1), coordinate),
        (Term("missed", "share", 4.0, 0.1, 1.0), coordinate),
        (Term("conflict", "share", 9.0, 0.1, 1.0), coordinate),
        (Term("persons", "persons", np.log(1000.0), 0.1, 0.1, True), lambda z: z[:, 0] + np.log(1000.0)),
    )
    draws = np.linspace(0.0, 1.0, 1001)[:, None]
    table = term_table(own, draws, np.random.default_rng(1)).set_index("target")
    sd = draws.std()
    for name, observed, of_term in (("met", 0.5, 0.1), ("missed", 4.0, 1.0), ("conflict", 9.0, 1.0)):
        row = table.loc[name]
        assert (row["observed"], row["sd"], row["sd_is_relative"]) == (observed, of_term, False)
        assert row["distance_sd"] == pytest.approx((0.5 - observed) / np.hypot(of_term, sd), abs=1e-9)
        assert [row[f"posterior_{n}" if n else "posterior"] for n in LEVELS] == pytest.approx(
            list(LEVELS.values())
        )
        for level_name, level in LEVELS.items():
            near(row[f"prior_{level_name}" if level_name else "prior"], stats.norm, level, 4000)
    # the central 99 % of a prior predictive with SD 1.41 end at 3.64
    assert table["missed"].tolist() == [False, True, True, False]
    assert table["conflict"].tolist() == [False, True, True, False]
    persons = table.loc["persons"]
    assert persons["observed"] == pytest.approx(1000.0)
    assert persons["sd_is_relative"]
    assert persons["posterior"] == pytest.approx(1000.0 * np.exp(0.5))
    assert persons["distance_sd"] == pytest.approx(0.5 / np.hypot(0.1, sd), abs=1e-9)


def test_the_error_of_an_observation_decides_what_conflicts_and_what_is_missed():
    """3 is outside 99 % of a unit normal, and inside when the term may err by 1; two SD away is missed."""
    terms = [(Term(str(sd), "share", 3.0, sd, sd), coordinate) for sd in (1e-6, 1.0)]
    terms += [(Term(f"t{v}", "share", v, 1.0, 1.0), coordinate) for v in (-2.01, -1.99, 1.99, 2.01)]
    table = term_table(problem_of_terms(*terms), np.zeros((10, 1)), np.random.default_rng(1))
    assert table["conflict"].tolist()[:2] == [True, False]
    assert table["missed"].tolist()[2:] == [True, False, False, True]
    above = [True, True, False, False]  # the observed, or below
    assert (table["distance_sd"] > 0).tolist()[2:] == above


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


def checked(
    target="wave", use="fit", month=10, observed=0.5, model=0.4, kind="survey", label="return", family="f"
):
    return Checked(
        target=target, label=label, use=use, kind=kind, family=family, month=month, observed=observed,
        model=np.full(5000, model), sampling_sd=0.02, sd=0.03,
    )  # fmt: skip


def table_of(*lines):
    return prediction_table(list(lines), np.random.default_rng(1))


def test_predictions_hold_the_error_of_the_observation_and_stay_what_they_are():
    """The range of a share ends at 0 and 1; a difference of shares may be negative."""
    few, most = checked(observed=0.02, model=0.01), checked(observed=0.98, model=0.99)
    row, low, high, contrast = table_of(
        checked(), few, most, checked(kind="contrast", observed=0.02, model=0.01)
    ).to_dict("records")
    assert row["model_low"] == row["model"] == row["model_high"] == 0.4
    assert row["predicted_high"] - row["predicted_low"] == pytest.approx(2 * 1.2816 * 0.03, rel=0.06)
    assert (low["predicted_low"], high["predicted_high"]) == (0.0, 1.0)
    assert contrast["predicted_low"] < 0.0


def test_what_lies_above_the_observed_is_counted_with_its_error():
    """A prediction on the observed: half is above it. One SD above it: 84 % are."""
    for row, share in zip(
        table_of(checked(model=0.5), checked(model=0.53)).itertuples(), (0.5, 0.8413), strict=True
    ):
        # six standard errors of a share of 5,000
        assert row.p_above == pytest.approx(share, abs=6 * 0.5 / np.sqrt(5000))


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
    (row,) = slope_signs(
        table_of(
            checked("a", month=10, observed=0.5, model=0.4),
            checked("b", month=12, observed=0.9, model=0.1),
            checked("c", "holdout", 16, 0.5 + change, 0.4 + model),
        )
    ).to_dict("records")
    assert row["months"] == 6
    assert row["observed_change"] == pytest.approx(change)
    assert row["model_change"] == pytest.approx(model)
    assert row["same_sign"] is same


def test_families_and_answers_asked_twice_have_directions_of_their_own():
    waves = [
        checked(f"{family}{month}", label=label, family=family, month=month)
        for family in ("f", "g")
        for label in ("return", "stay")
        for month in (3, 1)
    ]
    others = [checked("q", kind="quantity", month=9), checked("c", kind="contrast", month=9)]
    found = slope_signs(table_of(*waves, *others))
    assert sorted(zip(found["family"], found["label"], found["months"], strict=True)) == [
        ("f", "return", 2), ("f", "stay", 2), ("g", "return", 2), ("g", "stay", 2),
    ]  # fmt: skip
    assert slope_signs(table_of(checked("a"), checked("b", label="stay", month=12))).empty
    assert slope_signs(table_of(checked("a"), checked("b", "reported"))).empty


# --- held-out answers


@pytest.fixture(scope="module")
def table():
    """Two fitted waves, two held out (one missed by twenty points), a quantity, and what does not count."""
    return table_of(
        checked("wave_1", "fit", 1, 0.60, 0.58),
        checked("wave_2", "fit", 5, 0.55, 0.52),
        checked("wave_3", "holdout", 9, 0.50, 0.49),
        checked("other_1", "fit", 2, 0.30, 0.30, family="g", label="stay"),
        checked("other_2", "holdout", 9, 0.40, 0.20, family="g", label="stay"),
        checked("returned", "holdout", 9, 0.20, 0.21, "quantity", "returned_share", ""),
        checked("split", "holdout", 9, 0.10, 0.90, "contrast"),
        checked("recall", "reported", 20, 0.10, 0.90),
    )


def test_held_out_lines_their_errors_and_directions_as_plain_json(table):
    found = as_rows(table)
    assert [row["target"] for row in found["held_out"]] == ["wave_3", "other_2", "returned"]
    assert set(found["held_out"][0]) == {
        "target", "label", "kind", "observed", "model", "predicted_low", "predicted_high", "unit",
    }  # fmt: skip
    assert found["survey_rmse_pp"] == {
        "fit": pytest.approx(np.sqrt((4.0 + 9.0 + 0.0) / 3.0)),
        "holdout": pytest.approx(np.sqrt((1.0 + 400.0) / 2.0)),
    }
    assert found["inside_80"] == pytest.approx(2.0 / 3.0)  # within 1.28 times three points
    # Both fell in one family; in the other the observed rose by ten points and the model fell by ten.
    assert (found["slopes_right"], found["slopes"]) == (1, 2)
    assert found["slopes_wrong"] == [{"family": "g", "label": "stay"}]
    assert json.loads(json.dumps(finite(found), allow_nan=False))["slopes"] == 2


def test_a_table_says_in_lines_what_the_rows_say(table):
    found = as_rows(table)
    lines = intentions_text(found).splitlines()
    assert all(part in lines[1] for part in ("2.1 points where fitted", "14.2 held out", "1 of 2 questions"))
    assert [line.split()[0] for line in lines[3:]] == ["wave_3", "other_2"]  # answers only, in percent
    row = found["held_out"][0]
    low, high = (f"{100 * row[name]:.0f}" for name in ("predicted_low", "predicted_high"))
    assert lines[3].split() == ["wave_3", "return", "50", "%", "49", "%", low, "to", high, "%"]


def test_what_is_not_there_is_not_stated(table):
    rows = as_rows(table[table["use"] == "fit"])
    assert (rows["held_out"], rows["inside_80"], rows["slopes"]) == ([], None, 1)
    assert np.isnan(survey_errors(table[table["use"] == "fit"])["holdout"])
    assert np.isnan(survey_errors(table_of(checked("c", "holdout", kind="contrast")))["holdout"])
    once = as_rows(table_of(checked("wave_1", "fit", 1, 0.60, 0.58)))
    assert (once["slopes_right"], once["slopes"], once["slopes_wrong"]) == (0, 0, [])


SUMMARY = {
    "draws": 600, "effective_draws": 2900, "simulations_in_bank": 3100, "minutes": 61.5,
    "parameters_moved": 20, "parameters": 300,
    "survey_rmse_pp": {"fit": 4.2, "holdout": 6.1}, "slopes_right": "7 of 9",
    "targets_missed": 3, "targets": 120, "conflicts": [],
}  # fmt: skip


def test_the_result_is_told_in_plain_lines():
    text = calibration_text(SUMMARY, "baseline")
    assert "Fit 'baseline': 600 draws (2,900 effective) from 3,100 simulations, 61.5 minutes." in text
    assert "4.2 points off where fitted, 6.1 where held out" in text
    assert "what they allow): none." in text
    assert "Recovery" not in text
    proof = {"replicates": 60, "parameters": 20, "coverage": {"0.5": 0.48, "0.95": 0.93}}
    text = calibration_text({**SUMMARY, "proof": proof, "conflicts": ["iab_1"]}, "baseline")
    assert "50 %: 48 %, 95 %: 93 %" in text
    assert "allow): iab_1." in text
