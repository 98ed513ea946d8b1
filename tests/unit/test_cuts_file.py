"""The thresholds of a fit on disk: read as they were written, and refused when they belong to other draws."""

import numpy as np
import pytest

from abm.errors import ConfigError
from calibration.fit.predictive import NEVER, read_thresholds, thresholds_path, thresholds_table
from calibration.fit.virtual_survey import AnswerThresholds
from experiments.calibrate.tables import write_csv

N = 7


def made_up():
    """Return thresholds of two families, one of which does not offer moving on; names may hold dots."""
    draws = np.random.default_rng(1).standard_normal((2, 3, N))
    own = AnswerThresholds(draws[0, 0], draws[0, 0] - np.abs(draws[0, 1]), draws[0, 2] + 2.0)
    model = AnswerThresholds(draws[1, 0], draws[1, 0] - 1.0, np.full(N, np.inf))
    return {"survey.v2": own, "unhcr_hope": model}


@pytest.fixture
def root(tmp_path):
    """A configs folder with the thresholds of a fit."""
    (tmp_path / "coefficients").mkdir()
    write(tmp_path, thresholds_table(made_up()))
    return tmp_path


def write(root, table):
    write_csv(thresholds_path(root, "mine"), table, "%.5g")


def refuse(root, n_draws=N, match=r"mine_cuts\.csv"):
    with pytest.raises(ConfigError, match=match) as raised:
        read_thresholds(root, "mine", n_draws)
    message = str(raised.value)
    assert message.endswith("Run 'ewea calibrate baseline' again.")
    assert "\n" not in message


def test_what_is_written_can_be_read(root):
    found, given = read_thresholds(root, "mine", N), made_up()
    assert set(found) == set(given)
    for family, own in given.items():
        for part in ("to_return", "to_stay"):
            np.testing.assert_allclose(getattr(found[family], part), getattr(own, part), rtol=1e-4)
    np.testing.assert_allclose(found["survey.v2"].onward, given["survey.v2"].onward, rtol=1e-4)
    # a question that does not offer moving on has a threshold that nobody reaches
    np.testing.assert_array_equal(found["unhcr_hope"].onward, NEVER)
    assert (found["survey.v2"].to_stay <= found["survey.v2"].to_return).all()


def test_the_file_stands_beside_the_draws_of_its_fit(root):
    assert thresholds_path(root, "mine") == root / "coefficients" / "mine_cuts.csv"
    header = thresholds_path(root, "mine").read_text(encoding="utf-8").splitlines()[0]
    assert header == (
        "survey.v2.to_return,survey.v2.to_stay,survey.v2.onward,"
        "unhcr_hope.to_return,unhcr_hope.to_stay,unhcr_hope.onward"
    )


def test_an_absent_file_is_named(root):
    thresholds_path(root, "mine").unlink()
    refuse(root, match=r"mine_cuts\.csv: no such file")


@pytest.mark.parametrize("n_draws", [N - 1, N + 1, 0])
def test_thresholds_of_other_draws_are_refused(root, n_draws):
    refuse(root, n_draws, match=rf"mine_cuts\.csv: found {N} draws of 6 thresholds; {n_draws} draws of three")


def test_a_threshold_that_is_missing_is_refused(root):
    table = thresholds_table(made_up())
    table.loc[3, "survey.v2.to_stay"] = np.nan
    write(root, table)
    refuse(root)


@pytest.mark.parametrize("column", ["survey.v2.to_return", "survey.v2.to_stay", "unhcr_hope.onward"])
def test_a_family_without_one_of_its_thresholds_is_refused(root, column):
    write(root, thresholds_table(made_up()).drop(columns=column))
    refuse(root, match=f"found {N} draws of 5 thresholds")


def test_a_column_that_is_no_threshold_is_refused(root):
    write(root, thresholds_table(made_up()).rename(columns={"unhcr_hope.onward": "unhcr_hope.stay"}))
    refuse(root)


def test_a_cell_that_is_no_number_is_refused(root):
    path = thresholds_path(root, "mine")
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[2] = ",".join(["x", *lines[2].split(",")[1:]])
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    refuse(root)


def test_an_empty_file_is_refused(root):
    thresholds_path(root, "mine").write_text("", encoding="utf-8")
    refuse(root)
