"""How well a parameter set meets the targets: answers with answers, registers with the register view.

Every target is normal around what the emulator says, with the variance of sampling (binomial times the
design effect), of the model's discrepancy (data, with its source) and of the emulator itself.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from abm.data.world import World
from abm.months import month_label
from calibration.fit.emulator import Emulator
from calibration.fit.layout import Layout
from calibration.fit.outputs import (
    cell_name,
    contrast_cells,
    from_scale,
    offers_onward,
    onward_name,
    to_scale,
)
from calibration.fit.register_exits import CleanUp, ExitRate
from calibration.fit.virtual_survey import answers, share_below
from calibration.targets.records import Asked, Population, SurveyTarget, Targets

Floats = NDArray[np.float64]

DENSITY = 0.25
"""Largest density of a standard logistic: turns an error of a mean into one of a share, from above."""

RATIO = "double_registration_ratio"


@dataclass(frozen=True)
class Term:
    """One number observed, and what parameter sets say about it.

    Attributes
    ----------
    target : str
        Id of the target; a survey has one term per answer.
    label : str
        What is measured.
    observed : float
        On the scale of comparison.
    target_sd : float
        Of sampling and model discrepancy.
    sd : float
        The same with the error of the emulator.
    log_scale : bool
        Whether that scale is a logarithm.
    says : callable
        From (z, outputs) to float64[n] on the scale of comparison.
    """

    target: str
    label: str
    observed: float
    target_sd: float
    sd: float
    log_scale: bool
    says: Callable[[Floats, Floats], Floats]


@dataclass(frozen=True)
class Problem:
    """Everything the sampler needs.

    Attributes
    ----------
    layout : Layout
    emulator : Emulator
    terms : tuple of Term
    """

    layout: Layout
    emulator: Emulator
    terms: tuple[Term, ...]

    def said(self, z: Floats) -> Floats:
        """Return what parameter sets say about every term, float64[n, term]."""
        outputs = self.emulator.predict(self.layout.coordinates(z))
        return np.stack([term.says(z, outputs) for term in self.terms], axis=1)

    def residuals(self, z: Floats) -> Floats:
        """Return what parameter sets say less what was observed, in SD, float64[n, term]."""
        observed = np.array([term.observed for term in self.terms])
        sd = np.array([term.sd for term in self.terms])
        return np.asarray((self.said(z) - observed) / sd)

    def log_likelihood(self, z: Floats) -> Floats:
        """Return the log likelihood, float64[n]."""
        return np.asarray(-0.5 * (self.residuals(z) ** 2).sum(axis=1))


def problem_of(
    world: World,
    layout: Layout,
    emulator: Emulator,
    shapes: dict[str, Floats],
    targets: Targets,
    rates: list[ExitRate],
    events: list[CleanUp],
) -> Problem:
    """Return the problem of meeting all fitted targets."""
    builder = _Builder(world, layout, emulator, shapes)
    terms: list[Term] = []
    for survey in targets.surveys:
        terms += builder.survey(survey)
    terms += [builder.contrast(number, targets) for number in range(len(targets.contrasts))]
    terms += [
        builder.quantity(number, targets)
        for number, target in enumerate(targets.quantities)
        if f"quantity.{target.id}" in emulator.outputs
    ]
    terms += [builder.rate(rate, targets.register.exit_rate_sd) for rate in rates]
    terms += builder.clean_ups(events, targets.register.clean_up_log_sd)
    return Problem(layout, emulator, tuple(terms))


class _Builder:
    """Makes terms; keeps what they share."""

    def __init__(self, world: World, layout: Layout, emulator: Emulator, shapes: dict[str, Floats]) -> None:
        self.world, self.layout, self.emulator, self.shapes = world, layout, emulator, shapes

    def _below(self, name: str, cut: Callable[[Floats], Floats]) -> Callable[[Floats, Floats], Floats]:
        mean, spread = self.emulator.index(f"mean.{name}"), self.emulator.index(f"log_spread.{name}")
        shape = self.shapes[name]
        return lambda z, out: share_below(out[:, mean], np.exp(out[:, spread]), shape, cut(z))

    def _error(self, name: str) -> float:
        return DENSITY * float(self.emulator.error_sd[self.emulator.index(f"mean.{name}")])

    def _answers(
        self, asked: Asked, population: Population, survey: SurveyTarget | None
    ) -> Callable[[Floats, Floats], dict[str, Floats]]:
        cell, family, layout = cell_name(asked, population), asked.family, self.layout
        below_return = self._below(cell, lambda z: layout.cuts(z, family).to_return)
        below_stay = self._below(cell, lambda z: layout.cuts(z, family).to_stay)
        not_ready = None
        if survey is not None and offers_onward(survey):
            not_ready = self._below(f"onward.{onward_name(survey)}", lambda z: layout.cuts(z, family).onward)

        def say(z: Floats, out: Floats) -> dict[str, Floats]:
            ready = None if not_ready is None else 1.0 - not_ready(z, out)
            return answers(below_return(z, out), below_stay(z, out), ready)

        return say

    def survey(self, survey: SurveyTarget) -> list[Term]:
        """Return one term per group of answers but the last, which the others imply."""
        say = self._answers(survey, survey.population, survey)
        error = self._error(cell_name(survey, survey.population))
        terms = []
        for group, share in survey.answers[: max(len(survey.answers) - 1, 1)]:
            sampling = share * (1.0 - share) * survey.design_effect / survey.n
            own = float(np.sqrt(sampling + survey.discrepancy**2))

            def says(z: Floats, out: Floats, group: tuple[str, ...] = group) -> Floats:
                found = say(z, out)
                return np.asarray(sum(found[answer] for answer in group))

            terms.append(
                Term(survey.id, " or ".join(group), share, own, float(np.hypot(own, error)), False, says)
            )
        return terms

    def contrast(self, number: int, targets: Targets) -> Term:
        """Return the term of a difference between two groups."""
        split = targets.contrasts[number]
        one, other = (self._answers(split, group, None) for group in (split.group, split.against))
        errors = [self._error(cell) for cell in contrast_cells(split)]
        sampling = 0.25 * split.design_effect * (1.0 / split.n + 1.0 / split.against_n)
        own = float(np.sqrt(sampling + split.discrepancy**2))
        sd = float(np.sqrt(own**2 + errors[0] ** 2 + errors[1] ** 2))

        def says(z: Floats, out: Floats) -> Floats:
            return one(z, out)[split.answer] - other(z, out)[split.answer]

        label = f"{split.answer}: {split.group.key} less {split.against.key}"
        return Term(split.id, label, split.difference, own, sd, False, says)

    def quantity(self, number: int, targets: Targets) -> Term:
        """Return the term of an observed quantity."""
        target = targets.quantities[number]
        column = self.emulator.index(f"quantity.{target.id}")
        # the error of the emulator at the observed value, in the unit of the target
        error = float(self.emulator.error_sd[column])
        at = to_scale(target.unit, target.measure, np.array([target.value]))
        ends = from_scale(target.unit, target.measure, np.concatenate([at - error, at + error]))
        sd = float(np.hypot(target.sd, 0.5 * (ends[1] - ends[0])))

        def says(_: Floats, out: Floats) -> Floats:
            return from_scale(target.unit, target.measure, out[:, column])

        return Term(target.id, target.measure, target.value, target.sd, sd, False, says)

    def rate(self, rate: ExitRate, sd: float) -> Term:
        """Return the term of the usual exits from a register."""
        column, place = self.emulator.index(rate.name), self.layout.hosts.index(rate.host)
        error = abs(rate.observed) * float(self.emulator.error_sd[column])

        def says(z: Floats, out: Floats) -> Floats:
            return self.layout.deregistration(z)[:, place] * np.exp(out[:, column])

        name = self.world.hosts.ids[rate.host]
        return Term(
            f"exits.{name}",
            f"exits from the register a month, {month_label(int(rate.months[0]))} to "
            f"{month_label(int(rate.months[-1]))}",
            rate.observed,
            sd,
            float(np.hypot(sd, error)),
            False,
            says,
        )

    def clean_ups(self, events: list[CleanUp], log_sd: float) -> list[Term]:
        """Return one term per clean-up: what it removed, given what earlier ones left behind."""
        ids, layout = self.world.hosts.ids, self.layout
        terms = []
        for event in events:
            chain = [e for e in events if e.host == event.host and e.month <= event.month]
            sd = layout.settings.recount_log_sd.value if event.is_recount else log_sd
            error = float(self.emulator.error_sd[self.emulator.index(event.name)])

            def says(z: Floats, out: Floats, chain: list[CleanUp] = chain) -> Floats:
                return np.log(np.maximum(self._removed(z, out, chain), 1.0))

            terms.append(
                Term(
                    f"clean_up.{ids[event.host]}.{event.month}",
                    "persons a clean-up removed",
                    float(np.log(event.removed)),
                    sd,
                    float(np.hypot(sd, error)),
                    True,
                    says,
                )
            )
        return terms

    def _removed(self, z: Floats, out: Floats, chain: list[CleanUp]) -> Floats:
        """Return persons removed by the last clean-up of a chain, float64[n]."""
        layout, host = self.layout, chain[0].host
        share = layout.deregistration(z)[:, layout.hosts.index(host)]
        completeness = layout.completeness(z)
        double = self.world.registers.double_share[host] * layout.parameter(z, RATIO)
        behind = np.zeros(len(z))
        removed = behind
        for event in chain:
            left = np.exp(out[:, self.emulator.index(event.name)])
            gone = behind + (1.0 - share) * left + np.minimum(double, 0.9) * event.arrivals
            piled = np.maximum(gone - event.taken, 1.0)
            done = completeness[:, layout.events.index((host, event.month))]
            removed, behind = done * piled, (1.0 - done) * piled
        return removed
