"""What a fit is made from: register targets of the fit window, and settings that are checked."""

import shutil
from dataclasses import replace

import numpy as np
import pytest

from abm.data.folder import CONFIGS_VARIABLE, default_configs
from abm.errors import ConfigError, EweaError
from abm.months import month_index
from calibration.fit.posterior import register_targets
from calibration.fit.prior import hindcast_prior, load_calibration_settings
from experiments.calibrate.inputs import read_inputs, recounts_of, with_simulations


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A copy of the configuration that workers read too."""
    folder = tmp_path / "configs"
    shutil.copytree(default_configs(), folder, ignore=shutil.ignore_patterns("geo"))
    monkeypatch.setenv(CONFIGS_VARIABLE, str(folder))
    return folder


@pytest.fixture
def inputs(root):
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
def test_spans_that_are_none_are_refused(root, spans):
    path = root / "calibration.yaml"
    text = path.read_text(encoding="utf-8")
    assert SPANS in text
    path.write_text(text.replace(SPANS, f"value: {spans}"), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"calibration\.yaml:.*exit_spans"):
        load_calibration_settings(root)
