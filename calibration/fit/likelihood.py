"""How well a parameter set meets the targets: answers with answers, registers with the register view.

Every target is normal around what the emulator predicts, with the variance of sampling (binomial times the
design effect), of the model's discrepancy (data, with its source) and of the emulator itself. Targets of a
kind are predicted together from plain arrays, so a problem can be sent to another process.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from abm.arrays import Floats, Integers
from abm.data.world import World
from abm.months import month_label
from calibration.fit.emulator import Emulator
from calibration.fit.outputs import Scale, from_scale, onward_name, scale_of, to_scale
from calibration.fit.prior import Layout
from calibration.fit.register_exits import CleanUp, ExitRate
from calibration.fit.virtual_survey import GRID, answers, shares_below
from calibration.targets.schema import ANSWERS, SurveyLine
from calibration.targets.targets import Targets

DENSITY = 0.25
"""Largest density of a standard logistic: turns an error of a mean into one of a share, from above."""


@dataclass(frozen=True)
class Term:
    """One number observed."""

    target: str  # Id of the target (a survey has one term per answer) and what is measured
    label: str
    observed: float  # On the scale of comparison; ``log_scale`` says whether that is a logarithm
    target_sd: float  # Of sampling and model discrepancy; the same with the error of the emulator
    sd: float
    log_scale: bool = False


class Answers(NamedTuple):
    """What surveys and contrasts read; ``Q`` questions put to one distribution of wishes each."""

    mean: Integers  # [Q] Columns of the emulator
    log_spread: Integers
    shapes: Floats  # [Q, grid]
    family: Integers  # [Q] Number of the family, whose thresholds the question shares
    # [O] Questions that offer moving on; ``onward_mean``, ``onward_log_spread`` and ``onward_shapes`` are
    # those of the readiness they ask for
    offering: Integers
    onward_mean: Integers
    onward_log_spread: Integers
    onward_shapes: Floats
    # [T, 3] A term is the sum of up to three answers, ``len(ANSWERS) * question + answer``, with their signs
    part: Integers
    sign: Floats

    def predict(self, layout: Layout, z: Floats, out: Floats) -> Floats:
        """Return all terms, float64[n, T]."""
        thresholds = layout.thresholds(z)
        mean, spread = out[:, self.mean], np.exp(out[:, self.log_spread])
        below_return = shares_below(mean, spread, self.shapes, thresholds.to_return[:, self.family])
        below_stay = shares_below(mean, spread, self.shapes, thresholds.to_stay[:, self.family])
        ready = np.zeros_like(below_return)
        if len(self.offering):
            onward = thresholds.onward[:, self.family[self.offering]]
            mean, spread = out[:, self.onward_mean], np.exp(out[:, self.onward_log_spread])
            ready[:, self.offering] = 1.0 - shares_below(mean, spread, self.onward_shapes, onward)
        by_answer = answers(below_return, below_stay, ready)
        shares = np.stack([by_answer[answer] for answer in ANSWERS], axis=2).reshape(len(z), -1)
        parts = self.sign * shares[:, self.part]
        return np.asarray(parts[..., 0] + parts[..., 1] + parts[..., 2])


class Quantities(NamedTuple):
    """What observed quantities read: column of the emulator and scale of each, int64[T]."""

    column: Integers
    scale: Integers

    def predict(self, out: Floats) -> Floats:
        """Return all terms, float64[n, T]."""
        found = out[:, self.column]
        for scale in Scale:
            chosen = self.scale == scale
            found[:, chosen] = from_scale(scale, found[:, chosen])
        return found


class RegisterExits(NamedTuple):
    """What the usual exits and the clean-ups of registers read."""

    # [R] Column of the emulator and place of the host in the layout, of every exit rate
    rate_column: Integers
    rate_host: Integers
    left_column: Integers  # [E] The same of every clean-up, and the place of its completeness
    left_host: Integers
    completeness: Integers
    # [E] The clean-up of the same host before it, -1 for the first: what it left behind is still there
    earlier: Integers
    taken: Floats  # [E] Persons taken off since then

    def predict(self, layout: Layout, z: Floats, out: Floats) -> Floats:
        """Return exit rates and logarithms of persons removed, float64[n, R + E]."""
        share = layout.deregistration(z)
        rates = share[:, self.rate_host] * np.exp(out[:, self.rate_column])
        if not len(self.earlier):
            return rates
        unseen = (1.0 - share[:, self.left_host]) * np.exp(out[:, self.left_column])
        done = layout.completeness(z)[:, self.completeness]
        removed = np.empty_like(unseen)
        behind = np.zeros((len(z), len(self.earlier) + 1))  # the last column stands for "no earlier one"
        for event, earlier in enumerate(self.earlier):
            gone = behind[:, earlier] + unseen[:, event]
            piled = np.maximum(gone - self.taken[event], 1.0)
            removed[:, event] = done[:, event] * piled
            behind[:, event] = (1.0 - done[:, event]) * piled
        return np.hstack([rates, np.log(np.maximum(removed, 1.0))])


@dataclass(frozen=True)
class Problem:
    """Everything the sampler needs: terms in the order surveys, contrasts, quantities, rates, clean-ups."""

    layout: Layout
    emulator: Emulator
    terms: tuple[Term, ...]
    answers: Answers
    quantities: Quantities
    registers: RegisterExits

    @cached_property
    def observed(self) -> Floats:
        """Numbers observed, float64[term]."""
        return np.array([term.observed for term in self.terms])

    @cached_property
    def sd(self) -> Floats:
        """Standard deviations of the terms, float64[term]."""
        return np.array([term.sd for term in self.terms])

    def predict_from(self, z: Floats, outputs: Floats) -> Floats:
        """Return what parameter sets predict for every term given the outputs of runs, float64[n, term]."""
        groups = [
            self.answers.predict(self.layout, z, outputs),
            self.quantities.predict(outputs),
            self.registers.predict(self.layout, z, outputs),
        ]
        # row by row in memory, whatever the order of the groups: sums over terms keep their last bit
        return np.concatenate(groups, axis=1, out=np.empty((len(z), len(self.terms))))

    def predict(self, z: Floats) -> Floats:
        """Return what parameter sets predict for every term, float64[n, term]."""
        return self.predict_from(z, self.emulator.predict(self.layout.coordinates(z)))

    def residuals(self, z: Floats) -> Floats:
        """Return predictions less what was observed, in SD, float64[n, term]."""
        return np.asarray((self.predict(z) - self.observed) / self.sd)

    def log_likelihood(self, z: Floats) -> Floats:
        """Return the log likelihood, float64[n]."""
        return np.asarray(-0.5 * (self.residuals(z) ** 2).sum(axis=1))


def calibration_problem(
    world: World,
    layout: Layout,
    emulator: Emulator,
    shapes: dict[str, Floats],
    targets: Targets,
    rates: list[ExitRate],
    events: list[CleanUp],
) -> Problem:
    """Return the problem of meeting all fitted targets."""
    terms: list[Term] = []
    return Problem(
        layout,
        emulator,
        # each of the three adds its terms
        answers=_answers(layout, emulator, shapes, targets, terms),
        quantities=_quantities(emulator, targets, terms),
        registers=_registers(world, layout, emulator, targets, rates, events, terms),
        terms=tuple(terms),
    )


def _answers(
    layout: Layout, emulator: Emulator, shapes: dict[str, Floats], targets: Targets, terms: list[Term]
) -> Answers:
    asked: dict[tuple[str, str, str], int] = {}
    sums: list[list[tuple[int, float]]] = []

    def number(question: SurveyLine, distribution: str, onward: str = "") -> int:
        return len(ANSWERS) * asked.setdefault((distribution, question.family, onward), len(asked))

    def error(distribution: str) -> float:
        return DENSITY * float(emulator.error_sd[emulator.index(f"mean.{distribution}")])

    for survey in targets.surveys:
        distribution = survey.distribution(survey.population)
        first = number(survey, distribution, onward_name(survey) if survey.offers_onward else "")
        # one term per group of answers but the last, which the others imply
        for group, share in survey.groups[: max(len(survey.groups) - 1, 1)]:
            own = float(np.sqrt(survey.sampling_variance(share) + survey.discrepancy**2))
            sd = float(np.hypot(own, error(distribution)))
            terms.append(Term(survey.id, " or ".join(group), share, own, sd))
            sums.append([(first + ANSWERS.index(answer), 1.0) for answer in group])
    for split in targets.contrasts:
        one, other = (split.distribution(group) for group in (split.group, split.against))
        own = float(np.sqrt(split.sampling_variance + split.discrepancy**2))
        sd = float(np.sqrt(own**2 + error(one) ** 2 + error(other) ** 2))
        terms.append(Term(split.id, split.label, split.difference, own, sd))
        answer = ANSWERS.index(split.answer)
        sums.append([(number(split, one) + answer, 1.0), (number(split, other) + answer, -1.0)])
    # shorter sums end with an answer that counts nothing
    sums = [[*parts, *[(0, 0.0)] * (3 - len(parts))] for parts in sums]
    onward = [(question, name) for question, (_, _, name) in enumerate(asked) if name]

    def columns(kind: str, names: list[str]) -> Integers:
        return np.array([emulator.index(f"{kind}.{name}") for name in names], np.int64)

    wishes, readiness = [name for name, _, _ in asked], [name for _, name in onward]
    return Answers(
        mean=columns("mean", wishes),
        log_spread=columns("log_spread", wishes),
        shapes=np.array([shapes[name] for name in wishes]).reshape(-1, len(GRID)),
        family=np.array([layout.families.index(family) for _, family, _ in asked], np.int64),
        offering=np.array([question for question, _ in onward], np.int64),
        onward_mean=columns("mean", readiness),
        onward_log_spread=columns("log_spread", readiness),
        onward_shapes=np.array([shapes[name] for name in readiness]).reshape(-1, len(GRID)),
        part=np.array([[place for place, _ in parts] for parts in sums], np.int64).reshape(-1, 3),
        sign=np.array([[sign for _, sign in parts] for parts in sums]).reshape(-1, 3),
    )


def _quantities(emulator: Emulator, targets: Targets, terms: list[Term]) -> Quantities:
    columns, scales = [], []
    for target in targets.quantities:
        if f"quantity.{target.id}" not in emulator.outputs:
            continue
        column, scale = emulator.index(f"quantity.{target.id}"), scale_of(target)
        # the error of the emulator at the observed value, in the unit of the target
        error = float(emulator.error_sd[column])
        at = to_scale(scale, np.array([target.value]))
        ends = from_scale(scale, np.concatenate([at - error, at + error]))
        sd = float(np.hypot(target.sd, 0.5 * (ends[1] - ends[0])))
        terms.append(Term(target.id, target.measure, target.value, target.sd, sd))
        columns.append(column)
        scales.append(scale)
    return Quantities(np.array(columns, np.int64), np.array(scales, np.int64))


def _registers(
    world: World,
    layout: Layout,
    emulator: Emulator,
    targets: Targets,
    rates: list[ExitRate],
    events: list[CleanUp],
    terms: list[Term],
) -> RegisterExits:
    ids, register = world.hosts.ids, targets.register
    rate_sd = register.exit_rate_sd.value
    for rate in rates:
        error = abs(rate.observed) * float(emulator.error_sd[emulator.index(rate.name)])
        months = f"{month_label(int(rate.months[0]))} to {month_label(int(rate.months[-1]))}"
        label = f"exits from the register a month, {months}"
        sd = float(np.hypot(rate_sd, error))
        terms.append(Term(f"exits.{ids[rate.host]}", label, rate.observed, rate_sd, sd))
    last: dict[int, int] = {}
    earlier = []
    for number, event in enumerate(events):
        earlier.append(last.get(event.host, -1))
        last[event.host] = number
        own = (
            layout.settings.recount_log_sd.value
            if event.is_recount
            else targets.register.clean_up_log_sd.value
        )
        error = float(emulator.error_sd[emulator.index(event.name)])
        name = f"clean_up.{ids[event.host]}.{event.month}"
        sd = float(np.hypot(own, error))
        terms.append(Term(name, "persons a clean-up removed", float(np.log(event.removed)), own, sd, True))

    def integers(values: list[int]) -> Integers:
        return np.array(values, np.int64)

    return RegisterExits(
        rate_column=integers([emulator.index(rate.name) for rate in rates]),
        rate_host=integers([layout.hosts.index(rate.host) for rate in rates]),
        left_column=integers([emulator.index(event.name) for event in events]),
        left_host=integers([layout.hosts.index(event.host) for event in events]),
        completeness=integers([layout.events.index((event.host, event.month)) for event in events]),
        earlier=integers(earlier),
        taken=np.array([event.taken for event in events]),
    )
