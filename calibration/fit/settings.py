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
    "months",
    "share/month",
    "moves",
]


class Count(Strict):
    """A whole number."""

    value: Annotated[int, Field(ge=1)]
    unit: Unit
    status: Status
    source: Text


class Figure(Strict):
    """A number of a prior or a judgement."""

    value: float
    unit: Unit
    status: Status
    source: Text


class Spread(Strict):
    """Centre and spread of a prior."""

    value: float
    spread: Annotated[float, Field(gt=0)]
    unit: Unit
    status: Status
    source: Text


class When(Strict):
    """A month."""

    value: MonthText
    unit: Literal["month"]
    status: Status
    source: Text


class Spans(Strict):
    """Spans of months, first and last of each."""

    value: list[Annotated[list[MonthText], Field(min_length=2, max_length=2)]] = Field(min_length=1)
    unit: Literal["months"]
    status: Status
    source: Text


class CalibrationSettings(Strict):
    """The file as written; every figure with unit, status and source."""

    simulations: Count
    scale: Count
    households_per_host: Count
    bank_until: When
    particles: Count
    draws: Count
    predictive_draws: Count
    predictive_until: When
    deregistration_spread: Figure
    deregistration_least: Figure
    deregistration_most: Figure
    completeness_spread: Figure
    recount_log_sd: Figure
    exit_spans: Spans
    exit_months_least: Count
    exit_rate_lowest: Figure
    replicates: Count
    cut_return: Spread
    cut_gap: Spread
    cut_onward: Spread
    recovery_replicates: Count
    recovery_particles: Count
    recovery_moves: Count
    sensitivity_draws: Count
    sensitivity_scale: Count
    sensitivity_households: Count
    forecast_information: Figure


def load_calibration_settings(root: Path) -> CalibrationSettings:
    """Return the settings of the calibration.

    Raises
    ------
    ConfigError
        With every fault of the file.
    """
    return load(root / "calibration.yaml", CalibrationSettings)
