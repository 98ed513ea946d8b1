"""Read ``configs/calibration.yaml``: size of the bank, priors of what is no coefficient, the sampler."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from abm.data.config import Strict, load
from abm.data.figures import MonthText, Text

Status = Literal["decided", "assumed"]
Unit = Literal[
    "runs",
    "households",
    "draws",
    "share",
    "log odds",
    "log odds, lognormal",
    "log",
    "month",
    "months",
    "share/month",
    "moves",
]


class Setting(Strict):
    """What every figure carries besides its value."""

    unit: Unit
    status: Status
    source: Text


class CountSetting(Setting):
    """A whole number."""

    value: Annotated[int, Field(ge=1)]


class NumberSetting(Setting):
    """A number of a prior or a judgement."""

    value: float


class PriorSetting(NumberSetting):
    """Centre and spread of a prior."""

    spread: Annotated[float, Field(gt=0)]


class MonthSetting(Setting):
    """A month."""

    value: MonthText
    unit: Literal["month"]


class SpanSetting(Setting):
    """Spans of months, first and last of each."""

    value: list[Annotated[list[MonthText], Field(min_length=2, max_length=2)]] = Field(min_length=1)
    unit: Literal["months"]


class CalibrationSettings(Strict):
    """The file as written; every figure with unit, status and source."""

    simulations: CountSetting
    scale: CountSetting
    households_per_host: CountSetting
    bank_until: MonthSetting
    particles: CountSetting
    draws: CountSetting
    predictive_draws: CountSetting
    predictive_until: MonthSetting
    deregistration_spread: NumberSetting
    deregistration_least: NumberSetting
    deregistration_most: NumberSetting
    completeness_spread: NumberSetting
    recount_log_sd: NumberSetting
    exit_spans: SpanSetting
    exit_months_least: CountSetting
    exit_rate_lowest: NumberSetting
    replicates: CountSetting
    cut_return: PriorSetting
    cut_gap: PriorSetting
    cut_onward: PriorSetting
    recovery_replicates: CountSetting
    recovery_particles: CountSetting
    recovery_moves: CountSetting
    sensitivity_draws: CountSetting
    sensitivity_scale: CountSetting
    sensitivity_households: CountSetting
    forecast_information: NumberSetting


def load_calibration_settings(root: Path) -> CalibrationSettings:
    """Return the settings of the calibration."""
    return load(root / "calibration.yaml", CalibrationSettings)
