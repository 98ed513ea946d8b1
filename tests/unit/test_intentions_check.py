"""Held-out answers beside the model: as JSON and as lines, from a table made up."""

import json

import numpy as np
import pytest

from calibration.fit.predictive import Checked
from calibration.validation.scores import finite
from experiments.calibrate.tables import prediction_table
from experiments.validate_hindcast import as_rows, intentions_text


def checked(target, use, month, observed, model, kind="survey", label="return", family="f", unit="share"):
    return Checked(
        target=target, label=label, use=use, kind=kind, family=family, month=month, observed=observed,
        model=np.full(2000, model), sampling_sd=0.02, sd=0.03, unit=unit,
    )  # fmt: skip


def table_of(*lines):
    return prediction_table(list(lines), np.random.default_rng(1))


@pytest.fixture(scope="module")
def table():
    """Two fitted waves, two held out (one missed by ten points), a quantity, and what does not count."""
    return table_of(
        checked("wave_1", "fit", 1, 0.60, 0.58),
        checked("wave_2", "fit", 5, 0.55, 0.52),
        checked("wave_3", "holdout", 9, 0.50, 0.49),
        checked("other_1", "fit", 2, 0.30, 0.30, family="g", label="stay"),
        checked("other_2", "holdout", 9, 0.40, 0.20, family="g", label="stay"),
        checked("returned", "holdout", 9, 0.20, 0.21, kind="quantity", label="returned_share", family=""),
        checked("split", "holdout", 9, 0.10, 0.90, kind="contrast"),
        checked("recall", "reported", 20, 0.10, 0.90),
    )


@pytest.fixture(scope="module")
def found(table):
    return as_rows(table)


def test_only_held_out_lines_are_shown_and_contrasts_carry_no_level(found):
    assert [row["target"] for row in found["held_out"]] == ["wave_3", "other_2", "returned"]
    assert set(found["held_out"][0]) == {
        "target", "label", "kind", "observed", "model", "predicted_low", "predicted_high", "unit",
    }  # fmt: skip
    assert found["held_out"][0]["model"] == pytest.approx(0.49)


def test_errors_are_those_of_survey_answers_in_points(found):
    assert found["survey_rmse_pp"] == {
        "fit": pytest.approx(np.sqrt((4.0 + 9.0 + 0.0) / 3.0)),
        "holdout": pytest.approx(np.sqrt((1.0 + 400.0) / 2.0)),
    }


def test_the_share_inside_counts_held_out_answers_and_quantities(found):
    """Within 1.28 times three points: two of three."""
    assert found["inside_80"] == pytest.approx(2.0 / 3.0)


def test_directions_are_counted_over_all_waves(found):
    """Both fell in one family; in the other observed rose by ten points and the model fell by ten."""
    assert (found["slopes_right"], found["slopes"]) == (1, 2)
    assert found["slopes_wrong"] == [{"family": "g", "label": "stay"}]


def test_everything_is_plain_json(found):
    assert json.loads(json.dumps(finite(found), allow_nan=False))["slopes"] == 2


def test_a_table_says_in_lines_what_the_rows_say(found):
    lines = intentions_text(found).splitlines()
    assert lines[0] == ""
    assert lines[1] == (
        "Survey answers: root mean square error 2.1 points where fitted, 14.2 held out; direction of change "
        "right in 1 of 2 questions."
    )
    assert lines[2].split() == [
        "held", "out", "answer", "observed", "model", "80", "%", "range", "of", "the", "prediction",
    ]  # fmt: skip
    assert [line.split()[0] for line in lines[3:]] == ["wave_3", "other_2"]  # answers only, in percent
    row = found["held_out"][0]
    low, high = (f"{100 * row[name]:.0f}" for name in ("predicted_low", "predicted_high"))
    assert lines[3].split() == ["wave_3", "return", "50", "%", "49", "%", low, "to", high, "%"]


def test_without_held_out_lines_no_share_is_stated(table):
    rows = as_rows(table[table["use"] == "fit"])
    assert rows["held_out"] == []
    assert rows["inside_80"] is None
    assert rows["slopes"] == 1


def test_surveys_asked_once_only_have_no_direction_and_no_error():
    rows = as_rows(table_of(checked("wave_1", "fit", 1, 0.60, 0.58)))
    assert (rows["slopes_right"], rows["slopes"], rows["slopes_wrong"]) == (0, 0, [])
