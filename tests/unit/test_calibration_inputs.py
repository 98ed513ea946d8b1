"""What a fit is made from: register targets of the fit window, checked settings, a bank of simulations."""

import shutil
from dataclasses import replace

import numpy as np
import pytest

from abm.data.folder import CONFIGS_VARIABLE, default_configs
from abm.errors import ConfigError, EweaError
from abm.months import month_index
from calibration.fit.posterior import register_targets
from calibration.fit.prior import (
    ALWAYS_ACTIVE,
    forecast_prior,
    hindcast_prior,
    load_calibration_settings,
    tasks_of_design,
)
from calibration.fit.simulated import FLOWS, simulate_past
from experiments.calibrate.inputs import (
    context_of,
    fill_training,
    read_inputs,
    recounts_of,
    restricted_inputs,
    training_prior,
)


@pytest.fixture(scope="module")
def root():
    return default_configs()


@pytest.fixture(scope="module")
def inputs(root):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(CONFIGS_VARIABLE, str(root))  # which it changes for its workers
        return read_inputs(root)


def with_values(settings, **values):
    changed = {name: getattr(settings, name).model_copy(update={"value": v}) for name, v in values.items()}
    return settings.model_copy(update=changed)


@pytest.fixture(scope="module")
def targets_of(root, inputs):
    """What is fitted of registers in a world and in spans of usual exits; the usual ones unless given."""

    def made(world=inputs.world, spans=None):
        settings = with_values(inputs.settings, exit_spans=spans) if spans else inputs.settings
        return register_targets(world, inputs.targets, settings, recounts_of(root, world))

    return made


def test_inputs_hold_only_the_fit_window(root, inputs):
    first, last = inputs.targets.register.fit.first, inputs.targets.register.fit.last
    spans = [tuple(map(month_index, span)) for span in inputs.settings.exit_spans.value]
    for rate in inputs.register.rates:
        assert any(first <= begin <= rate.months[0] <= rate.months[-1] <= end <= last for begin, end in spans)
    assert all(first <= event.month <= last for event in inputs.register.events)
    recounts = recounts_of(root, inputs.world)
    assert set(recounts) == {(int(h), int(m)) for m, h in np.argwhere(inputs.world.registers.is_break)}
    assert sum(recounts.values()) == 4


def test_register_targets_do_not_depend_on_held_out_months(inputs, targets_of):
    """Registers after the fit window are halved, as a later vintage might say: the targets must not move."""
    registers, last = inputs.world.registers, inputs.targets.register.fit.last
    later = {name: getattr(registers, name).copy() for name in ("stock", "decisions", "arrivals")}
    for series in later.values():
        series[last + 1 :] *= 0.5
    found = targets_of(replace(inputs.world, registers=replace(registers, **later)))
    observed = [(rate.host, rate.observed) for rate in inputs.register.rates]
    assert [(rate.host, rate.observed) for rate in found.rates] == observed
    assert found.events == inputs.register.events


def test_a_bank_too_small_for_an_emulator_is_refused(inputs):
    least = 2 * len(hindcast_prior(inputs.coefficients).names) + 50
    said = f"--simulations: found {least - 1}; the emulator needs at least {least}"
    with pytest.raises(EweaError, match=said):
        restricted_inputs(inputs, least - 1)
    few = inputs.settings.simulations.model_copy(update={"value": 100})
    of_file = replace(inputs, settings=inputs.settings.model_copy(update={"simulations": few}))
    with pytest.raises(EweaError, match=r"calibration\.yaml: simulations: found 100; .* at least"):
        restricted_inputs(of_file)
    assert restricted_inputs(inputs, least).settings.simulations.value == least
    assert restricted_inputs(inputs) == inputs


def test_parameters_that_are_not_named_are_held(inputs):
    found = restricted_inputs(inputs, 56, ["return_hazard"])
    assert set(hindcast_prior(found.coefficients).names) == {"return_hazard", *ALWAYS_ACTIVE}
    assert forecast_prior(found.coefficients) == forecast_prior(inputs.coefficients)
    values = [{name: row.value for name, row in of.coefficients.items()} for of in (found, inputs)]
    assert values[0] == values[1]
    with pytest.raises(EweaError, match=r"--only: found 'return_hazrd'. Did you mean 'return_hazard'"):
        restricted_inputs(inputs, 56, ["return_hazrd"])


def test_usual_exits_are_counted_in_the_spans_of_the_settings_within_the_fit_window(inputs, targets_of):
    found = targets_of(spans=[["2023-06", "2023-09"]])
    months = {month for rate in found.rates for month in rate.months}
    assert set() < months <= set(range(month_index("2023-06"), month_index("2023-09") + 1))
    assert len({rate.host for rate in found.rates}) == len(found.rates)
    assert found.events == inputs.register.events
    endless = targets_of(spans=[["2022-01", "2030-12"]]).rates
    assert min(rate.months[0] for rate in endless) >= inputs.targets.register.fit.first
    assert max(rate.months[-1] for rate in endless) == inputs.targets.register.fit.last


def test_what_counts_as_a_small_clean_up_is_the_coefficient_of_the_model(inputs, targets_of):
    coefficients = {**inputs.world.coefficients, "small_clean_up_share": 1e9}
    found = targets_of(replace(inputs.world, coefficients=coefficients))
    assert any(event.taken > 0.0 for event in inputs.register.events)
    assert found.events == [replace(event, taken=0.0) for event in inputs.register.events]


@pytest.mark.parametrize(
    "spans", ["[]", "[[2022-09]]", "[[2022-09, 2022-12, 2023-01]]", "[[2022-09, 2022-13]]", "2022-09"]
)
def test_spans_that_are_none_are_refused(spoiled, spoil, spans):
    line = spoil("calibration.yaml", "[[2022-09, 2022-12], [2023-04, 2023-12]]", spans)
    with pytest.raises(ConfigError, match=rf"calibration\.yaml:({line - 1}|{line}):.*exit_spans"):
        load_calibration_settings(spoiled)


# --- the bank of simulations on disk: what it holds, when it goes on, when it is refused


@pytest.fixture(scope="module")
def settings():
    """The shipped settings with a bank of four tiny runs of four months, and two replicates."""
    tiny = {"simulations": 4, "replicates": 2, "scale": 30_000, "households_per_host": 2}
    return with_values(load_calibration_settings(default_configs()), bank_until="2022-07", **tiny)


@pytest.fixture(scope="module")
def bank(settings, tmp_path_factory):
    folder = tmp_path_factory.mktemp("fit") / "bank"
    made, summary = fill_training(default_configs(), folder, settings, scheduler="serial")
    return made, summary, folder


@pytest.fixture
def edited(spoiled, monkeypatch):
    monkeypatch.setenv(CONFIGS_VARIABLE, str(spoiled))
    return spoiled


def test_a_bank_has_its_design_and_its_replicates_at_the_centre(bank):
    made, summary, _ = bank
    assert (summary.done, summary.skipped, summary.failed) == (6, 0, 0)
    assert made.z.shape == (6, len(made.prior.names))
    assert made.n_replicates == 2
    assert made.z.any(axis=1).tolist() == [True] * 4 + [False] * 2
    assert made.runs["stock"].shape == (6, 5, made.runs["present"].shape[2])
    assert set(FLOWS) <= set(made.runs)
    # replicates have the same parameters and other draws
    assert any(not np.array_equal(*made.runs[name][-2:]) for name in ("returns", "wish"))


def test_stocks_of_a_run_are_its_flows(bank, world):
    made, registers = bank[0], world.registers
    runs, months = made.runs, slice(made.first_month, made.first_month + 4)
    coming = runs["arrivals"] + runs["onward_in"] + runs["redepartures"]
    rest = np.diff(runs["stock"], axis=1) - coming + runs["returns"] + runs["onward_out"]
    # what is left are late registrations, and few partners who joined and newborns: never negative
    late = len(made.z) * (registers.arrivals * registers.late_share)[months].sum()
    assert (rest >= 0).all()
    assert abs(rest.sum() - late) < 0.05 * runs["arrivals"].sum()


def test_a_row_of_the_bank_is_the_run_of_its_task(bank, settings):
    made = bank[0]
    context = context_of(default_configs(), settings, made.first_month + 4)
    task = tasks_of_design(made.prior, made.z)[2]
    assert tuple(task["parameters"]) == made.prior.names
    for name, values in simulate_past(context, task).items():
        np.testing.assert_array_equal(values, made.runs[name][2], err_msg=name)


def test_a_finished_bank_is_read_and_a_larger_one_goes_on(bank, settings):
    made, _, folder = bank
    again, summary = fill_training(default_configs(), folder, settings, scheduler="serial")
    assert (summary.done, summary.skipped) == (0, 6)
    np.testing.assert_array_equal(again.z, made.z)
    for name, values in made.runs.items():
        np.testing.assert_array_equal(again.runs[name], values)
    copy = shutil.copytree(folder, folder.parent / "copy")
    more = with_values(settings, simulations=6)
    grown, summary = fill_training(default_configs(), copy, more, scheduler="serial")
    assert (summary.skipped, grown.n_replicates) == (4, 2)
    np.testing.assert_array_equal(grown.z[:4], made.z[:4])
    np.testing.assert_array_equal(grown.runs["returns"][:4], made.runs["returns"][:4])


def test_a_bank_of_other_priors_is_refused_and_kept(bank, settings, edited, spoil):
    folder = bank[2]
    spoil("coefficients/priors.csv", "0.0045", "0.0046")
    before = {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    with pytest.raises(EweaError, match="configs"):
        fill_training(edited, folder, settings, scheduler="serial")
    assert {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()} == before


def test_a_fit_that_is_written_and_used_leaves_its_bank_valid(bank, settings, edited):
    """Recovery and sensitivity read the bank after the posterior was put into the configuration."""
    place = edited / "coefficients"
    header = (place / "priors.csv").read_text(encoding="utf-8").splitlines()[0]
    row = "return_hazard,0.02,1/month,normal,0.01,0.03,fitted,fit,what"
    (place / "mine.csv").write_text(f"{header}\n{row}\n", encoding="utf-8")
    (place / "mine_draws.csv").write_text("return_hazard\n0.02\n", encoding="utf-8")
    (place / "fit.yaml").write_text("fit: mine\nreason: a test\n", encoding="utf-8")
    _, summary = fill_training(edited, bank[2], settings, scheduler="serial")
    assert (summary.done, summary.skipped) == (0, 6)
    # and a calibration made anew starts from the priors, not from this fit
    assert read_inputs(edited, settings).world.coefficients["return_hazard"] == 0.0045


def test_the_bank_spreads_over_every_parameter_of_the_past():
    names = training_prior(default_configs()).names
    assert "return_hazard" in names
    assert "arrival_shock_size" not in names
