"""The bank on disk, what a fit is made from, and what is said about it."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from abm.errors import EweaError
from abm.loading import CONFIGS_VARIABLE, default_configs
from abm.posterior import Draws
from abm.settings import RunSettings
from calibration.design import tasks_of
from calibration.fit import register_targets
from calibration.predictive import Checked
from calibration.prior import hindcast_prior
from calibration.settings import load_calibration_settings
from calibration.simulated import FLOWS, simulate
from experiments.calibrate.bank import bank_prior, context_of, fill_bank, model_digest, settings_text
from experiments.calibrate.inputs import read_inputs, recounts_of, with_simulations
from experiments.calibrate.run import Posterior, check_name, fresh_store, read_posterior
from experiments.calibrate.tables import prediction_table, slope_signs, survey_errors
from experiments.calibrate.text import calibration_text
from experiments.sweeps.store import Store
from experiments.uncertainty import band_in_short, covered, how_it_was_fitted, what_the_band_covers


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
    made, summary = fill_bank(default_configs(), folder, settings, scheduler="serial")
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
    task = tasks_of(made.prior, made.z)[2]
    assert tuple(task["parameters"]) == names
    alone = simulate(context, task)
    for name, values in alone.items():
        np.testing.assert_array_equal(values, made.runs[name][2], err_msg=name)


def test_a_finished_bank_is_read_and_a_larger_one_goes_on(bank, settings):
    made, _, folder = bank
    again, summary = fill_bank(default_configs(), folder, settings, scheduler="serial")
    assert (summary.done, summary.skipped) == (0, 6)
    np.testing.assert_array_equal(again.z, made.z)
    for name, values in made.runs.items():
        np.testing.assert_array_equal(again.runs[name], values)
    copy = folder.parent / "copy"
    shutil.copytree(folder, copy)
    more = settings.model_copy(update={"simulations": settings.simulations.model_copy(update={"value": 6})})
    grown, summary = fill_bank(default_configs(), copy, more, scheduler="serial")
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
        fill_bank(root, folder, settings, scheduler="serial")
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
    _, summary = fill_bank(root, folder, settings, scheduler="serial")
    assert (summary.done, summary.skipped) == (0, 6)
    # and a calibration made anew starts from the priors, not from this fit
    assert read_inputs(root, settings).world.coefficients["return_hazard"] == 0.0045


def test_the_bank_spreads_over_every_parameter_of_the_past():
    inputs = bank_prior(default_configs())
    assert "return_hazard" in inputs.names
    assert "arrival_shock_size" not in inputs.names
    assert len(model_digest()) == 16
    assert model_digest() == model_digest()


def test_settings_are_kept_as_text(settings):
    assert json.loads(settings_text(settings))["simulations"]["value"] == 4


def test_inputs_hold_only_the_fit_window(root):
    inputs = read_inputs(root)
    first, last = inputs.targets.register.fit
    assert all(first <= month <= last for rate in inputs.register.rates for month in rate.months)
    assert all(first <= event.month <= last for event in inputs.register.events)
    recounts = recounts_of(root, inputs.world)
    breaks = {(int(h), int(m)) for m, h in np.argwhere(inputs.world.registers.is_break)}
    assert set(recounts) == breaks
    assert sum(recounts.values()) == 1


def test_register_targets_do_not_depend_on_held_out_months(root):
    """Registers after the fit window are halved, as a later vintage might say: the targets must not move."""
    inputs = read_inputs(root)
    registers, (_, last) = inputs.world.registers, inputs.targets.register.fit
    later = {}
    for name in ("stock", "decisions", "arrivals"):
        series = getattr(registers, name).copy()
        series[last + 1 :] *= 0.5
        later[name] = series
    other = replace(inputs.world, registers=replace(registers, **later))
    recounts = recounts_of(root, inputs.world)
    found = register_targets(other, inputs.targets, inputs.settings, recounts)
    assert [(rate.host, rate.observed) for rate in found.rates] == [
        (rate.host, rate.observed) for rate in inputs.register.rates
    ]
    assert found.events == inputs.register.events


def test_a_bank_too_small_for_an_emulator_is_refused(root):
    inputs = read_inputs(root)
    least = 2 * len(hindcast_prior(inputs.coefficients).names) + 50
    with pytest.raises(
        EweaError, match=f"--simulations: found {least - 1}; the emulator needs at least {least}"
    ):
        with_simulations(inputs, least - 1)
    assert with_simulations(inputs, least).settings.simulations.value == least
    assert with_simulations(inputs, None) is inputs


@pytest.mark.parametrize("name", ["priors", "priors_draws", "My Fit", "", "../x", "fit.csv", "1a", "a-b"])
def test_names_that_no_fit_can_have(name):
    with pytest.raises(EweaError, match="--name"):
        check_name(name)


def test_a_fit_is_not_named_after_the_draws_of_another():
    """``a_draws.csv`` would be the draws of the fit ``a`` and the central values of the fit ``a_draws``."""
    check_name("baseline")
    with pytest.raises(EweaError, match="--name"):
        check_name("baseline_draws")


def test_a_calibration_that_did_not_end_has_no_posterior(tmp_path):
    with pytest.raises(EweaError, match=r"posterior\.csv: no posterior"):
        read_posterior(tmp_path)


def test_a_posterior_is_read_as_tasks(tmp_path):
    (tmp_path / "posterior.csv").write_text("a,b\n1,2\n3,4.5\n", encoding="utf-8")
    posterior = read_posterior(tmp_path)
    assert isinstance(posterior, Posterior)
    assert posterior.task(1) == {"seed": 2, "parameters": {"a": 3.0, "b": 4.5}}


TASK = "calibration.simulated:simulate"


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


def checked(
    target="wave", label="return", use="fit", kind="survey", family="f", month=10, observed=0.5, model=0.4
):
    return Checked(
        target, label, use, kind, family, month, observed, np.full(5000, model), 0.02, 0.03, "share"
    )


def test_predictions_hold_the_error_of_the_observation():
    table = prediction_table([checked()], np.random.default_rng(1))
    (row,) = table.to_dict("records")
    assert row["model_low"] == row["model"] == row["model_high"] == 0.4
    width = row["predicted_high"] - row["predicted_low"]
    assert width == pytest.approx(2 * 1.2816 * 0.03, rel=0.06)
    assert row["p_above"] < 0.01


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


def test_bands_say_what_they_cover(world):
    fitted = replace(world, draws=Draws("baseline", ("a",), np.ones((1, 1))))
    unfitted = replace(world, draws=None)
    assert covered(unfitted) == {"parameters": "central", "shocks": True}
    assert covered(fitted) == {"parameters": "posterior", "shocks": True}
    assert covered(fitted, 1) == {"parameters": "central", "shocks": False}
    assert covered(fitted, 5, "central") == {"parameters": "central", "shocks": True}
    plain, both = RunSettings(), RunSettings(shocks=True, parameters="posterior")
    assert band_in_short(plain) == "chance"
    assert band_in_short(both).startswith("chance, arrivals that no driver explains and what the data")
    assert "no band" in what_the_band_covers(both, 1)
    assert "80 % of 10 runs" in what_the_band_covers(both, 10)
    assert "not fitted" in how_it_was_fitted(plain, unfitted)
    assert "the fit 'baseline'" in how_it_was_fitted(both, fitted)
    assert "draws of its posterior" in how_it_was_fitted(both, fitted)
    assert "its central values" in how_it_was_fitted(plain, fitted)
