"""``configs/calibration.yaml``, priors as one transformation, and the design that spreads runs over them.

A standard normal number per parameter becomes its natural value. Every prior of ``configs/coefficients``
is written as a quantile function of a standard normal, so design, emulator and sampler all work in one
space in which the prior is the unit normal.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field
from scipy import stats
from scipy.special import expit, logit
from scipy.stats import qmc

from abm.arrays import Floats
from abm.data.config import Strict, load
from abm.data.figures import MonthText, Sourced
from abm.data.parameters import COMPLETENESS, REGISTER, Coefficient
from abm.data.world import World
from abm.months import month_label
from calibration.fit.virtual_survey import AnswerThresholds

Status = Literal["decided", "assumed"]
Unit = Literal[
    "runs", "households", "draws", "share", "log odds", "log odds, lognormal", "log", "month", "months",
    "share/month", "moves",
]  # fmt: skip


CountSetting = Sourced[Annotated[int, Field(ge=1)], Unit, Status]
NumberSetting = Sourced[float, Unit, Status]
MonthSetting = Sourced[MonthText, Literal["month"], Status]
SpanSetting = Sourced[
    Annotated[list[Annotated[list[MonthText], Field(min_length=2, max_length=2)]], Field(min_length=1)],
    Literal["months"],
    Status,
]
"""Spans of months, first and last of each."""


class PriorSetting(NumberSetting):
    """Centre and spread of a prior."""

    spread: Annotated[float, Field(gt=0)]


class CalibrationSettings(Strict):
    """The file as written."""

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


HALF_90 = float(stats.norm.ppf(0.95))
"""Half the width of the central 90 % of a standard normal."""

DIGITS = 7
"""Significant digits of a parameter in a task, so that its text is the same everywhere."""

FORECAST_ONLY = ("flight_", "arrivals_", "arrival_shock_", "register_")
"""Parameters that act where arrivals are predicted; the past with recorded arrivals says nothing of them."""


@dataclass(frozen=True)
class Prior:
    """Independent priors of several parameters."""

    coefficients: tuple[Coefficient, ...]  # In a fixed order; none of them fixed

    @property
    def names(self) -> tuple[str, ...]:
        """Names, in order."""
        return tuple(row.parameter for row in self.coefficients)

    def natural(self, z: Floats) -> Floats:
        """Return natural values of standard normal numbers, both float64[..., parameter]."""
        columns = [_quantile(row, z[..., number]) for number, row in enumerate(self.coefficients)]
        return np.stack(columns, axis=-1)

    def only(self, names: Sequence[str]) -> "Prior":
        """Return the priors of some parameters, in the order of ``names``."""
        by_name = {row.parameter: row for row in self.coefficients}
        return Prior(tuple(by_name[name] for name in names))


def hindcast_prior(coefficients: Mapping[str, Coefficient]) -> Prior:
    """Return the priors of every parameter that is not fixed and can act in the past."""
    return Prior(tuple(row for row in _free(coefficients) if not row.parameter.startswith(FORECAST_ONLY)))


def forecast_prior(coefficients: Mapping[str, Coefficient]) -> Prior:
    """Return the priors of the parameters that act in forecasts only."""
    return Prior(tuple(row for row in _free(coefficients) if row.parameter.startswith(FORECAST_ONLY)))


def _free(coefficients: Mapping[str, Coefficient]) -> list[Coefficient]:
    return [row for row in coefficients.values() if row.distribution != "fixed"]


def _quantile(row: Coefficient, z: Floats) -> Floats:
    """Return natural values of one parameter."""
    # Two halves with scales of their own, so that the stated ends hold 90 % whatever the value between them.
    if row.distribution == "normal":
        return np.asarray(row.value + _half(z, row.value - row.low, row.high - row.value))
    if row.distribution == "lognormal":
        return np.asarray(
            row.value * np.exp(_half(z, np.log(row.value / row.low), np.log(row.high / row.value)))
        )
    chance = stats.norm.cdf(z)
    if row.distribution == "uniform":
        return np.asarray(row.low + (row.high - row.low) * chance)
    if row.distribution == "beta":
        a, b = beta_shape(row.value, (row.high - row.low) / (2.0 * HALF_90))
        return np.asarray(stats.beta.ppf(chance, a, b))
    raise ValueError(f"{row.parameter}: distribution {row.distribution} has no quantiles")


def _half(z: Floats, below: float, above: float) -> Floats:
    """Return distances from the median; 5 % are below ``-below`` and 5 % above ``above``."""
    return np.asarray(np.where(z > 0.0, above, below) * z / HALF_90)


def beta_shape(mean: float, sd: float) -> tuple[float, float]:
    """Return the two parameters of a beta distribution with a mean and a standard deviation.

    >>> beta_shape(0.5, 0.2886751345948129)
    (1.0, 1.0)
    """
    size = mean * (1.0 - mean) / sd**2 - 1.0
    return round(mean * size, 12), round((1.0 - mean) * size, 12)


def sobol_normal(dimensions: int, n: int, seed: int) -> Floats:
    """Return the first ``n`` scrambled Sobol points as standard normals; a longer design begins so."""
    sampler = qmc.Sobol(dimensions, scramble=True, rng=np.random.default_rng(seed))
    with np.errstate(all="ignore"):
        points = sampler.random_base2(int(np.ceil(np.log2(max(n, 2)))))[:n]
    return np.asarray(stats.norm.ppf(np.clip(points, 1e-6, 1.0 - 1e-6)))


def rounded_parameter(value: float) -> float:
    """Return a number with :data:`DIGITS` significant digits."""
    return float(f"{value:.{DIGITS - 1}e}")


def tasks_of_design(prior: Prior, z: Floats, first_seed: int = 1) -> list[dict[str, Any]]:
    """Return one task per row of a design: its seed and its parameters by name."""
    natural = prior.natural(z)
    return [
        {
            "seed": first_seed + number,
            "parameters": {name: rounded_parameter(v) for name, v in zip(prior.names, row, strict=True)},
        }
        for number, row in enumerate(natural)
    ]


MODEL_FAMILY = "unhcr_hope"
"""The question whose answer every household carries; its thresholds are coefficients of the model."""

MODEL_THRESHOLDS = ("intent_cut_return", "intent_cut_stay")

ALWAYS_ACTIVE = MODEL_THRESHOLDS
"""Parameters the likelihood reads itself, whatever the emulator reacts to."""


@dataclass(frozen=True)
class Layout:
    """Places in the vector ``z`` of standard normal coordinates."""

    prior: Prior  # Parameters of the model that some target reacts to
    hosts: tuple[int, ...]  # Hosts with a register
    events: tuple[tuple[int, int], ...]  # Host and month of clean-ups
    families: tuple[str, ...]  # Families of survey questions
    share_centre: Floats  # [host] Prior centre of the deregistration share, log odds
    completeness_centre: Floats  # [event] Prior centre of the completeness, log odds
    settings: CalibrationSettings

    @property
    def active(self) -> tuple[str, ...]:
        """Names of the active parameters."""
        return self.prior.names

    @property
    def size(self) -> int:
        """Number of coordinates."""
        return len(self.active) + len(self.hosts) + len(self.events) + 3 * len(self.free_families)

    @property
    def free_families(self) -> tuple[str, ...]:
        """Families with thresholds of their own; the model's question has those of its coefficients."""
        return tuple(family for family in self.families if family != MODEL_FAMILY)

    def coordinates(self, z: Floats) -> Floats:
        """Return the coordinates of the active parameters, float64[n, A]."""
        return z[:, : len(self.active)]

    def parameter(self, z: Floats, name: str) -> Floats:
        """Return natural values of one active parameter, float64[n]."""
        column = self.active.index(name)
        return self.prior.only([name]).natural(z[:, column : column + 1])[:, 0]

    def deregistration(self, z: Floats) -> Floats:
        """Return the share of leavers who deregister, float64[n, host]."""
        begin = len(self.active)
        part = z[:, begin : begin + len(self.hosts)]
        return np.asarray(expit(self.share_centre + self.settings.deregistration_spread.value * part))

    def completeness(self, z: Floats) -> Floats:
        """Return the completeness of clean-ups, float64[n, event]."""
        begin = len(self.active) + len(self.hosts)
        part = z[:, begin : begin + len(self.events)]
        return np.asarray(expit(self.completeness_centre + self.settings.completeness_spread.value * part))

    def thresholds(self, z: Floats) -> AnswerThresholds:
        """Return the thresholds of all families, float64[n, family]."""
        s, n = self.settings, len(z)
        free = z[:, self.size - 3 * len(self.free_families) :].reshape(n, -1, 3)
        to_return = s.cut_return.value + s.cut_return.spread * free[..., 0]
        gap = s.cut_gap.value * np.exp(s.cut_gap.spread * free[..., 1])
        found = AnswerThresholds(
            to_return, to_return - gap, s.cut_onward.value + s.cut_onward.spread * free[..., 2]
        )
        if MODEL_FAMILY not in self.families:
            return found
        at = self.families.index(MODEL_FAMILY)
        upper, lower = (self.parameter(z, name) for name in MODEL_THRESHOLDS)
        return AnswerThresholds(
            np.insert(found.to_return, at, upper, axis=1),
            np.insert(found.to_stay, at, np.minimum(lower, upper), axis=1),
            np.insert(found.onward, at, np.inf, axis=1),
        )

    def thresholds_by_family(self, z: Floats) -> dict[str, AnswerThresholds]:
        """Return the thresholds of every family, float64[n] each."""
        found = self.thresholds(z)
        return {family: found[:, number] for number, family in enumerate(self.families)}

    def register_parameters(self, z: Floats, ids: tuple[str, ...]) -> tuple[tuple[str, ...], Floats]:
        """Return names and values of the register parameters, in the names of :mod:`abm.data.parameters`."""
        shares = [f"{REGISTER}deregistration_share.{ids[host]}" for host in self.hosts]
        events = [f"{REGISTER}{COMPLETENESS}.{ids[host]}.{month_label(month)}" for host, month in self.events]
        return (*shares, *events), np.hstack([self.deregistration(z), self.completeness(z)])


def layout_of(
    world: World,
    settings: CalibrationSettings,
    prior: Prior,
    hosts: tuple[int, ...],
    families: tuple[str, ...],
) -> Layout:
    """Return the layout of a fit: every clean-up has a completeness, those after the fit one at its prior."""
    registers = world.registers
    share = np.clip(
        registers.deregistration_share[0, list(hosts)],
        settings.deregistration_least.value,
        settings.deregistration_most.value,
    )
    # Where a register put people back there is nobody to take off, so nothing to fit.
    takes_off = registers.is_break & (registers.break_completeness > 0.0)
    events = tuple((host, int(month)) for host in hosts for month in np.flatnonzero(takes_off[:, host]))
    completeness = np.array([registers.break_completeness[month, host] for host, month in events])
    return Layout(prior, hosts, events, families, logit(share), logit(completeness), settings)
