"""Names of a fit, its posterior as tasks, and the store of its predictions."""

import pytest

from abm.errors import EweaError
from experiments.calibrate.run import Posterior, check_name, fresh_store
from experiments.ensemble.store import Store


@pytest.mark.parametrize("name", ["priors", "priors_draws", "My Fit", "", "../x", "fit.csv", "1a", "a-b"])
def test_names_that_no_fit_can_have(name):
    with pytest.raises(EweaError, match="--name"):
        check_name(name)


@pytest.mark.parametrize("name", ["baseline_draws", "baseline_cuts", "a_draws_cuts", "x_cuts"])
def test_a_fit_is_not_named_after_a_file_of_another(name):
    """``a_draws.csv`` would be the draws of the fit ``a`` and the central values of the fit ``a_draws``."""
    with pytest.raises(
        EweaError,
        match=f"^--name: found '{name}'; a word in small letters is needed, not 'priors' and not ending in "
        "_draws or _cuts.$",
    ):
        check_name(name)


@pytest.mark.parametrize("name", ["baseline", "draws", "cuts_2", "cuts", "redraws", "baseline_draws_2"])
def test_names_that_a_fit_can_have(name):
    check_name(name)


def test_a_calibration_that_did_not_end_has_no_posterior(tmp_path):
    with pytest.raises(EweaError, match=r"posterior\.csv: no posterior"):
        Posterior.read(tmp_path)


def test_a_posterior_is_read(tmp_path):
    (tmp_path / "posterior.csv").write_text("a,b\n1,2\n3,4.5\n", encoding="utf-8")
    posterior = Posterior.read(tmp_path)
    assert posterior.names == ("a", "b")
    assert posterior.of_parameter("b").tolist() == [2.0, 4.5]


TASK = "calibration.fit.simulated:simulate_past"


def test_predictions_of_other_data_make_room(tmp_path):
    folder = tmp_path / "predictive"
    with fresh_store(folder, {"a": 1}, TASK) as store:
        first = store.fingerprint
    with fresh_store(folder, {"a": 1}, TASK) as store:
        assert store.fingerprint == first
    with fresh_store(folder, {"a": 2}, TASK) as store:
        assert store.fingerprint != first


def test_predictions_that_another_run_is_writing_are_left_alone(tmp_path):
    folder = tmp_path / "predictive"
    with Store.open(folder, TASK, {"a": 1}), pytest.raises(EweaError, match="is writing to this store"):
        fresh_store(folder, {"a": 1}, TASK)
    assert (folder / "manifest.json").is_file()


def test_a_folder_that_is_no_store_is_left_alone(tmp_path):
    folder = tmp_path / "predictive"
    folder.mkdir()
    (folder / "thesis.txt").write_text("do not lose me", encoding="utf-8")
    with pytest.raises(EweaError, match="not the store of a sweep"):
        fresh_store(folder, {"a": 1}, TASK)
    assert (folder / "thesis.txt").is_file()
