"""The bank of simulations on disk: what it holds, when it goes on, when it is refused."""

import shutil

import numpy as np
import pytest

from abm.data.folder import CONFIGS_VARIABLE, default_configs
from abm.errors import EweaError
from calibration.fit.prior import load_calibration_settings, tasks_of_design
from calibration.fit.simulated import FLOWS, simulate_past
from experiments.calibrate.inputs import (
    context_of,
    fill_training,
    read_inputs,
    training_prior,
    training_source,
)


@pytest.fixture(scope="module")
def settings():
    """The shipped settings with a bank of four tiny runs of four months, and two replicates."""
    usual = load_calibration_settings(default_configs())
    values = {
        "simulations": 4,
        "replicates": 2,
        "scale": 30_000,
        "households_per_host": 2,
        "bank_until": "2022-07",
    }
    return usual.model_copy(
        update={
            name: getattr(usual, name).model_copy(update={"value": value}) for name, value in values.items()
        }
    )


@pytest.fixture(scope="module")
def bank(settings, tmp_path_factory):
    folder = tmp_path_factory.mktemp("fit") / "bank"
    made, summary = fill_training(default_configs(), folder, settings, scheduler="serial")
    return made, summary, folder


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A copy of the configuration that workers read too."""
    folder = tmp_path / "configs"
    shutil.copytree(default_configs(), folder, ignore=shutil.ignore_patterns("geo"))
    monkeypatch.setenv(CONFIGS_VARIABLE, str(folder))
    return folder


def test_a_bank_has_its_design_and_its_replicates_at_the_centre(bank):
    made, summary, _ = bank
    assert (summary.done, summary.skipped, summary.failed) == (6, 0, 0)
    assert made.z.shape == (6, len(made.prior.names))
    assert made.n_replicates == 2
    assert not made.z[-2:].any()
    assert made.z[:4].any(axis=1).all()
    hosts = made.runs["present"].shape[2]
    assert made.runs["stock"].shape == (6, 5, hosts)
    assert set(FLOWS) <= set(made.runs)
    # replicates have the same parameters and other draws
    assert not np.array_equal(made.runs["returns"][-2], made.runs["returns"][-1]) or not np.array_equal(
        made.runs["wish"][-2], made.runs["wish"][-1]
    )


def test_stocks_of_a_run_are_its_flows(bank):
    runs = bank[0].runs
    change = (
        runs["arrivals"] + runs["onward_in"] + runs["redepartures"] - runs["returns"] - runs["onward_out"]
    )
    rest = np.diff(runs["stock"], axis=1) - change
    # what is left are partners who joined: never negative, and few
    assert (rest >= 0).all()
    assert rest.sum() < 0.05 * runs["arrivals"].sum()


def test_a_row_of_the_bank_is_the_run_of_its_task(bank, settings):
    made = bank[0]
    context = context_of(default_configs(), settings, made.first_month + 4)
    names = made.prior.names
    task = tasks_of_design(made.prior, made.z)[2]
    assert tuple(task["parameters"]) == names
    alone = simulate_past(context, task)
    for name, values in alone.items():
        np.testing.assert_array_equal(values, made.runs[name][2], err_msg=name)


def test_a_finished_bank_is_read_and_a_larger_one_goes_on(bank, settings):
    made, _, folder = bank
    again, summary = fill_training(default_configs(), folder, settings, scheduler="serial")
    assert (summary.done, summary.skipped) == (0, 6)
    np.testing.assert_array_equal(again.z, made.z)
    for name, values in made.runs.items():
        np.testing.assert_array_equal(again.runs[name], values)
    copy = folder.parent / "copy"
    shutil.copytree(folder, copy)
    more = settings.model_copy(update={"simulations": settings.simulations.model_copy(update={"value": 6})})
    grown, summary = fill_training(default_configs(), copy, more, scheduler="serial")
    assert summary.skipped == 4
    np.testing.assert_array_equal(grown.z[:4], made.z[:4])
    np.testing.assert_array_equal(grown.runs["returns"][:4], made.runs["returns"][:4])
    assert grown.n_replicates == 2


def test_a_bank_of_other_priors_is_refused_and_kept(bank, settings, root):
    path = root / "coefficients" / "priors.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("0.0045", "0.0046", 1), encoding="utf-8")
    _, _, folder = bank
    before = sorted(file.name for file in folder.rglob("*.parquet"))
    with pytest.raises(EweaError, match="configs"):
        fill_training(root, folder, settings, scheduler="serial")
    assert sorted(file.name for file in folder.rglob("*.parquet")) == before


def test_a_fit_that_is_written_and_used_leaves_its_bank_valid(bank, settings, root):
    """Recovery and sensitivity read the bank after the posterior was put into the configuration."""
    _, _, folder = bank
    place = root / "coefficients"
    header = (place / "priors.csv").read_text(encoding="utf-8").splitlines()[0]
    row = "return_hazard,0.02,1/month,normal,0.01,0.03,fitted,fit,what"
    (place / "mine.csv").write_text(f"{header}\n{row}\n", encoding="utf-8")
    (place / "mine_draws.csv").write_text("return_hazard\n0.02\n", encoding="utf-8")
    (place / "fit.yaml").write_text("fit: mine\nreason: a test\n", encoding="utf-8")
    _, summary = fill_training(root, folder, settings, scheduler="serial")
    assert (summary.done, summary.skipped) == (0, 6)
    # and a calibration made anew starts from the priors, not from this fit
    assert read_inputs(root, settings).world.coefficients["return_hazard"] == 0.0045


def test_the_bank_spreads_over_every_parameter_of_the_past():
    inputs = training_prior(default_configs())
    assert "return_hazard" in inputs.names
    assert "arrival_shock_size" not in inputs.names
    assert len(training_source()) == 16
    assert training_source() == training_source()
