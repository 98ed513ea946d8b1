"""The vector the sampler moves: active parameters, registers of hosts, and thresholds of survey families."""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit

from abm.arrays import Floats
from abm.data.parameters import COMPLETENESS, REGISTER
from abm.data.world import World
from abm.months import month_label
from calibration.fit.prior import CalibrationSettings, Prior
from calibration.fit.virtual_survey import AnswerThresholds

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
