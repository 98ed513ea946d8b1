"""What a fit is made from: register targets of the fit window, checked settings, a bank of simulations."""

import shutil
from dataclasses import replace

import numpy as np
import pytest

from abm.data.folder import CONFIGS_VARIABLE, default_configs
from abm.errors import ConfigError, EweaError
from abm.months import month_index
from calibration.fit.posterior import register_targets
from calibration.fit.prior import hindcast_prior, load_calibration_settings, tasks_of_design
from calibration.fit.simulated import FLOWS, simulate_past
from experiments.calibrate.inputs import (
    context_of,
    fill_training,
    read_inputs,
    recounts_of,
    training_prior,
    training_source,
    with_simulations,
)


@pytest.fixture(scope="module")
def root():
    return default_configs()


@pytest.fixture(scope="module")
def inputs(root):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(CONFIGS_VARIABLE, str(root))  # which it changes for its workers
        return read_inputs(root)


def test_inputs_hold_only_the_fit_window(root, inputs):
    first, last = inputs.targets.register.fit.first, inputs.targets.register.fit.last
    assert all(first <= month <= last for rate in inputs.register.rates for month in rate.months)
    assert all(first <= event.month <= last for event in inputs.register.events)
    recounts = recounts_of(root, inputs.world)
    breaks = {(int(h), int(m)) for m, h in np.argwhere(inputs.world.registers.is_break)}
    assert set(recounts) == breaks
    assert sum(recounts.values()) == 1


def test_register_targets_do_not_depend_on_held_out_months(root, inputs):
    """Registers after the fit window are halved, as a later vintage might say: the targets must not move."""
    registers, last = inputs.world.registers, inputs.targets.register.fit.last
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


def test_a_bank_too_small_for_an_emulator_is_refused(inputs):
    least = 2 * len(hindcast_prior(inputs.coefficients).names) + 50
    with pytest.raises(
        EweaError, match=f"--simulations: found {least - 1}; the emulator needs at least {least}"
    ):
        with_simulations(inputs, least - 1)
    assert with_simulations(inputs, least).settings.simulations.value == least
    assert with_simulations(inputs, None) is inputs


def with_spans(settings, *spans):
    """Return settings with other spans of usual exits."""
    update = {"value": [list(span) for span in spans]}
    return settings.model_copy(update={"exit_spans": settings.exit_spans.model_copy(update=update)})


def test_usual_exits_are_counted_in_the_spans_of_the_settings(root, inputs):
    first, last = inputs.targets.register.fit.first, inputs.targets.register.fit.last
    shipped = [tuple(map(month_index, span)) for span in inputs.settings.exit_spans.value]
    assert all(first <= begin <= end <= last for begin, end in shipped)
    for rate in inputs.register.rates:
        assert any(begin <= rate.months[0] <= rate.months[-1] <= end for begin, end in shipped)
    recounts = recounts_of(root, inputs.world)
    other = with_spans(inputs.settings, ("2023-06", "2023-09"))
    found = register_targets(inputs.world, inputs.targets, other, recounts)
    assert found.rates
    assert {month for rate in found.rates for month in rate.months} <= set(
        range(month_index("2023-06"), month_index("2023-09") + 1)
    )
    assert len({rate.host for rate in found.rates}) == len(found.rates)
    assert found.events == inputs.register.events


def test_a_span_ends_with_the_fit_window_however_long_it_is(root, inputs):
    first, last = inputs.targets.register.fit.first, inputs.targets.register.fit.last
    endless = with_spans(inputs.settings, ("2022-01", "2030-12"))
    found = register_targets(inputs.world, inputs.targets, endless, recounts_of(root, inputs.world))
    assert found.rates
    assert min(rate.months[0] for rate in found.rates) >= first
    assert max(rate.months[-1] for rate in found.rates) == last


def test_what_counts_as_a_small_clean_up_is_the_coefficient_of_the_model(root, inputs):
    world = replace(inputs.world, coefficients={**inputs.world.coefficients, "small_clean_up_share": 1e9})
    found = register_targets(world, inputs.targets, inputs.settings, recounts_of(root, world))
    assert any(event.taken > 0.0 for event in inputs.register.events)
    assert not any(event.taken for event in found.events)
    assert [replace(event, taken=0.0) for event in inputs.register.events] == found.events


SPANS = "value: [[2022-09, 2022-12], [2023-04, 2023-12]]"


@pytest.mark.parametrize(
    "spans", ["[]", "[[2022-09]]", "[[2022-09, 2022-12, 2023-01]]", "[[2022-09, 2022-13]]", "2022-09"]
)
def test_spans_that_are_none_are_refused(root, tmp_path, spans):
    text = (root / "calibration.yaml").read_text(encoding="utf-8")
    assert SPANS in text
    (tmp_path / "calibration.yaml").write_text(text.replace(SPANS, f"value: {spans}"), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"calibration\.yaml:.*exit_spans"):
        load_calibration_settings(tmp_path)


# --- the bank of simulations on disk: what it holds, when it goes on, when it is refused


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
def edited(tmp_path, monkeypatch):
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


def test_a_bank_of_other_priors_is_refused_and_kept(bank, settings, edited):
    path = edited / "coefficients" / "priors.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("0.0045", "0.0046", 1), encoding="utf-8")
    _, _, folder = bank
    before = sorted(file.name for file in folder.rglob("*.parquet"))
    with pytest.raises(EweaError, match="configs"):
        fill_training(edited, folder, settings, scheduler="serial")
    assert sorted(file.name for file in folder.rglob("*.parquet")) == before


def test_a_fit_that_is_written_and_used_leaves_its_bank_valid(bank, settings, edited):
    """Recovery and sensitivity read the bank after the posterior was put into the configuration."""
    _, _, folder = bank
    place = edited / "coefficients"
    header = (place / "priors.csv").read_text(encoding="utf-8").splitlines()[0]
    row = "return_hazard,0.02,1/month,normal,0.01,0.03,fitted,fit,what"
    (place / "mine.csv").write_text(f"{header}\n{row}\n", encoding="utf-8")
    (place / "mine_draws.csv").write_text("return_hazard\n0.02\n", encoding="utf-8")
    (place / "fit.yaml").write_text("fit: mine\nreason: a test\n", encoding="utf-8")
    _, summary = fill_training(edited, folder, settings, scheduler="serial")
    assert (summary.done, summary.skipped) == (0, 6)
    # and a calibration made anew starts from the priors, not from this fit
    assert read_inputs(edited, settings).world.coefficients["return_hazard"] == 0.0045


def test_the_bank_spreads_over_every_parameter_of_the_past():
    inputs = training_prior(default_configs())
    assert "return_hazard" in inputs.names
    assert "arrival_shock_size" not in inputs.names
    assert len(training_source()) == 16
    assert training_source() == training_source()
