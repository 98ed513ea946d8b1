"""Targets beside their predictions, errors of surveys, directions of change; and the result in words."""

import numpy as np
import pytest

from calibration.fit.predictive import Checked
from experiments.calibrate.run import calibration_text
from experiments.calibrate.tables import FLAT, STEADY, prediction_table, slope_signs, survey_errors


def checked(
    target="wave", label="return", use="fit", kind="survey", family="f", month=10, observed=0.5, model=0.4
):
    return Checked(
        target=target, label=label, use=use, kind=kind, family=family, month=month, observed=observed,
        model=np.full(5000, model), sampling_sd=0.02, sd=0.03,
    )  # fmt: skip


def test_predictions_hold_the_error_of_the_observation():
    table = prediction_table([checked()], np.random.default_rng(1))
    (row,) = table.to_dict("records")
    assert row["model_low"] == row["model"] == row["model_high"] == 0.4
    width = row["predicted_high"] - row["predicted_low"]
    assert width == pytest.approx(2 * 1.2816 * 0.03, rel=0.06)
    assert row["p_above"] < 0.01


def test_the_range_of_a_share_stays_a_share_and_that_of_a_contrast_may_be_negative():
    few, most = checked(observed=0.02, model=0.01), checked(observed=0.98, model=0.99)
    table = prediction_table(
        [few, most, checked(kind="contrast", observed=0.02, model=0.01)], np.random.default_rng(1)
    )
    assert table["predicted_low"].tolist()[0] == 0.0
    assert table["predicted_high"].tolist()[1] == 1.0
    assert table["predicted_low"].tolist()[2] < 0.0


def test_errors_of_surveys_are_root_mean_squares_in_points():
    table = prediction_table(
        [
            checked(observed=0.5, model=0.47),
            checked(observed=0.3, model=0.34),
            checked(use="holdout", observed=0.5, model=0.6),
            checked(kind="quantity", observed=0.9, model=0.1),
        ],
        np.random.default_rng(1),
    )
    found = survey_errors(table)
    assert found["fit"] == pytest.approx(np.sqrt((9.0 + 16.0) / 2.0))
    assert found["holdout"] == pytest.approx(10.0)


def test_without_surveys_of_a_use_there_is_no_error_to_state():
    table = prediction_table([checked(observed=0.5, model=0.47)], np.random.default_rng(1))
    assert survey_errors(table)["fit"] == pytest.approx(3.0)
    assert np.isnan(survey_errors(table)["holdout"])
    contrasts = prediction_table([checked(kind="contrast", use="holdout")], np.random.default_rng(1))
    assert np.isnan(survey_errors(contrasts)["holdout"])


def test_what_lies_above_the_observed_is_counted_with_its_error():
    """A prediction on the observed: half is above it. One SD above it: 84 % are."""
    for model, share in ((0.5, 0.5), (0.53, 0.8413)):
        (row,) = prediction_table([checked(model=model)], np.random.default_rng(1)).to_dict("records")
        # six standard errors of a share of 5,000
        assert row["p_above"] == pytest.approx(share, abs=6 * 0.5 / np.sqrt(5000))


def slopes(*waves):
    return slope_signs(prediction_table(list(waves), np.random.default_rng(1)))


@pytest.mark.parametrize(
    ("observed", "model", "same"),
    [
        ((0.5, 0.4), (0.6, 0.59), True),  # both fall
        ((0.5, 0.4), (0.6, 0.61), False),
        ((0.5, 0.51), (0.6, 0.64), True),  # nothing changed, and the model stayed within five points
        ((0.5, 0.51), (0.6, 0.66), False),
    ],
)
def test_direction_of_change_between_first_and_last_wave(observed, model, same):
    found = slopes(
        checked("a", month=10, observed=observed[0], model=model[0]),
        checked("b", month=12, observed=0.9, model=0.1),
        checked("c", month=16, observed=observed[1], model=model[1], use="holdout"),
    )
    (row,) = found.to_dict("records")
    assert row["months"] == 6
    assert row["same_sign"] is same


@pytest.mark.parametrize(
    ("change", "model", "same"),
    [
        (FLAT - 0.001, -STEADY + 0.001, True),  # no change observed, little simulated, whatever its sign
        (FLAT - 0.001, STEADY + 0.001, False),
        (-FLAT - 0.001, -0.001, True),  # a change: its sign counts, however small the simulated one
        (-FLAT - 0.001, 0.001, False),
        (-FLAT - 0.001, 0.0, False),
    ],
)
def test_a_change_that_is_none_is_told_from_one_that_is(change, model, same):
    found = slopes(
        checked("a", month=1, observed=0.5, model=0.4),
        checked("b", month=2, observed=0.5 + change, model=0.4 + model),
    )
    (row,) = found.to_dict("records")
    assert row["observed_change"] == pytest.approx(change)
    assert row["model_change"] == pytest.approx(model)
    assert row["same_sign"] is same


def test_families_and_answers_have_directions_of_their_own():
    waves = [
        checked(f"{family}{month}", label=label, family=family, month=month)
        for family in ("f", "g")
        for label in ("return", "stay")
        for month in (3, 1)
    ]
    found = slopes(*waves, checked("q", kind="quantity", month=9), checked("c", kind="contrast", month=9))
    assert sorted(zip(found["family"], found["label"], strict=True)) == [
        ("f", "return"), ("f", "stay"), ("g", "return"), ("g", "stay"),
    ]  # fmt: skip
    assert set(found["months"]) == {2}


def test_a_question_asked_once_has_no_direction():
    assert slopes(checked("a"), checked("b", label="stay", month=12)).empty
    assert slopes(checked("a"), checked("b", use="reported", month=12)).empty


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
