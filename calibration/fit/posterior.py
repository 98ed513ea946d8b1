"""One fit: training runs and targets in, posterior of every parameter out; and whether it finds the truth.

Recovery: a truth is a run left out of the training, with registers and thresholds drawn from their priors;
its observations are what the targets would have found in it, with their errors. If intervals of the posterior
hold the truth as often as they say, and its rank among the draws is uniform (simulation-based calibration,
Talts et al. 2018), the sampler, the emulator and the likelihood are right together.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from abm.arrays import Floats, Integers
from abm.band import key
from abm.data.world import World
from abm.months import month_index
from calibration.fit.emulator import Emulator, fit_emulator
from calibration.fit.likelihood import Problem, calibration_problem
from calibration.fit.outputs import Outputs, Runs, outputs_of
from calibration.fit.prior import ALWAYS_ACTIVE, CalibrationSettings, Layout, Prior, layout_of
from calibration.fit.register_exits import CleanUp, ExitRate, exit_rates, recorded_clean_ups
from calibration.fit.sampler import PosteriorSample, temper
from calibration.targets.targets import Targets


@dataclass(frozen=True)
class TrainingRuns:
    """Runs of a design, from which the emulator learns."""

    z: Floats  # [n, p] Standard normal coordinates of the runs; the replicates stand last, at the centre
    prior: Prior  # The ``p`` parameters
    runs: Runs  # What :func:`calibration.fit.simulated.simulate_past` returns, stacked
    first_month: int  # Month of the first row of the monthly arrays
    n_replicates: int  # Runs at the centre of the priors, which differ by chance alone

    @property
    def n_designed(self) -> int:
        """Number of runs that are no replicates."""
        return len(self.z) - self.n_replicates


@dataclass(frozen=True)
class RegisterTargets:
    """Register targets of a fit."""

    rates: list[ExitRate]
    events: list[CleanUp]


@dataclass(frozen=True)
class Fit:
    """A posterior and what it was made from; draws are in the coordinates of the layout."""

    prior: Prior
    problem: Problem
    outputs: Outputs
    sample: PosteriorSample

    @property
    def emulator(self) -> Emulator:
        """The emulator of the problem."""
        return self.problem.emulator

    @property
    def layout(self) -> Layout:
        """The layout of the problem."""
        return self.problem.layout


def register_targets(
    world: World, targets: Targets, settings: CalibrationSettings, recounts: Mapping[tuple[int, int], bool]
) -> RegisterTargets:
    """Return the register targets of the fit window."""
    first, last = targets.register.fit.first, targets.register.fit.last
    spans = tuple(
        (max(month_index(begin), first), min(month_index(end), last))
        for begin, end in settings.exit_spans.value
    )
    hosts = targets.register.hosts
    return RegisterTargets(
        exit_rates(
            world.registers, hosts, spans, settings.exit_months_least.value, settings.exit_rate_lowest.value
        ),
        recorded_clean_ups(
            world.registers, hosts, first, last, recounts, world.coefficients["small_clean_up_share"]
        ),
    )


def prepare(
    training: TrainingRuns,
    world: World,
    targets: Targets,
    register: RegisterTargets,
    settings: CalibrationSettings,
) -> tuple[Problem, Outputs]:
    """Return the problem of meeting the targets to be fitted with its emulator, and the outputs learnt."""
    prior, n = training.prior, training.n_designed
    found = outputs_of(training.runs, training.first_month, world, targets, register.rates, register.events)
    always = tuple(prior.names.index(name) for name in ALWAYS_ACTIVE)
    chance = found.values[n:].std(axis=0, ddof=1)
    emulator = fit_emulator(training.z[:n], found.values[:n], found.names, chance, always)
    names = [prior.names[column] for column in emulator.active]
    layout = layout_of(world, settings, prior.only(names), targets.register.hosts, targets.families())
    problem = calibration_problem(
        world, layout, emulator, found.shapes, targets, register.rates, register.events
    )
    return problem, found


def sample_posterior(
    problem: Problem, particles: int, seed: int, on_power: Callable[[float], None] | None = None
) -> PosteriorSample:
    """Return draws of the posterior of a problem."""
    return temper(
        problem.log_likelihood,
        problem.layout.size,
        particles,
        np.random.default_rng(seed),
        on_power,
        residuals=problem.residuals,
    )


def natural_draws(
    fit: Fit, n: int, ids: tuple[str, ...], seed: int
) -> tuple[tuple[str, ...], Floats, Floats]:
    """Return names of every parameter of the training runs and of the registers, and ``n`` draws of them.

    Draws come as natural values float64[n, parameter] and in the coordinates of the layout float64[n, d].
    Parameters that no target reacts to keep their prior.
    """
    rng = np.random.default_rng(seed)
    rows = rng.choice(len(fit.sample.z), n, replace=n > len(fit.sample.z))
    z = fit.sample.z[rows]
    everything = rng.standard_normal((n, len(fit.prior.names)))
    for column, name in enumerate(fit.layout.active):
        everything[:, fit.prior.names.index(name)] = z[:, column]
    register_names, register_values = fit.layout.register_parameters(z, ids)
    values = np.hstack([fit.prior.natural(everything), register_values])
    return (*fit.prior.names, *register_names), values, z


RECOVERY_LEVELS = {key("coverage", level): level for level in (0.5, 0.8, 0.95)}
"""Intervals asked whether they hold the truth, whatever the level of the bands shown; by column."""


@dataclass(frozen=True)
class Recovery:
    """What became of the truths; ``R`` replicates, ``d`` coordinates."""

    names: tuple[str, ...]  # Of the coordinates
    truth: Floats  # [R, d]
    rank: Floats  # [R, d] Share of draws below the truth
    sd: Floats  # [R, d] Standard deviation of the draws; the prior has 1
    mean: Floats  # [R, d]

    def coverage(self, level: float) -> Floats:
        """Return the share of truths in the central interval of a level, float64[d]."""
        tail = 0.5 * (1.0 - level)
        return np.asarray(((self.rank >= tail) & (self.rank <= 1.0 - tail)).mean(axis=0))

    def pooled(self, level: float, most_sd: float = 1.0) -> float:
        """Return the coverage over all coordinates whose posterior is narrower than ``most_sd``."""
        chosen = self.sd.mean(axis=0) < most_sd
        return float(self.coverage(level)[chosen].mean())


def without_truths(
    problem: Problem, z: Floats, found: Outputs, prior: Prior, truths: Sequence[int]
) -> Emulator:
    """Return an emulator that never saw the truths, for the layout of a problem.

    Its error holds chance between runs too: a synthetic truth is one run, while the people of the world are
    too many for chance to matter. ``z`` float64[n, p] is the design without replicates, ``found`` the outputs
    of the same runs, ``truths`` the rows left out.
    """
    keep = np.setdiff1d(np.arange(len(z)), np.asarray(truths))
    old = problem.emulator
    always = {*map(prior.names.index, ALWAYS_ACTIVE), *map(int, old.active)}
    chance = np.zeros(len(found.names))
    emulator = fit_emulator(z[keep], found.values[keep], found.names, chance, tuple(sorted(always)))
    if set(emulator.active.tolist()) - set(old.active.tolist()):
        # a parameter that only the smaller set of runs calls active stays at the centre of its prior
        emulator = _restricted(emulator, np.array([list(emulator.active).index(a) for a in old.active]))
    return emulator


def _restricted(emulator: Emulator, position: Integers) -> Emulator:
    """Return an emulator of fewer active parameters, at ``position``; the others stay at their centre."""
    A = len(emulator.active)
    place = {int(old): new for new, old in enumerate(position)}
    rows = [0, *(1 + i for i in position), *(1 + A + i for i in position)]
    products, kept = [], []
    for number, (a, b) in enumerate(emulator.products):
        if int(a) in place and int(b) in place:
            products.append((place[int(a)], place[int(b)]))
            kept.append(1 + 2 * A + number)
    return replace(
        emulator,
        active=emulator.active[position],
        products=np.array(products, np.int64).reshape(-1, 2),
        weights=emulator.weights[[*rows, *kept]],
    )


def recover(
    problem: Problem, z: Floats, outputs: Floats, seed: int, particles: int, moves: int, last_moves: int
) -> tuple[Floats, Floats]:
    """Return one truth float64[d] and draws of its posterior float64[particles, d].

    ``problem`` has an emulator that never saw the truth; ``z`` float64[A] are the active coordinates of the
    truth, ``outputs`` float64[K] what its run found.
    """
    rng = np.random.default_rng(seed)
    truth = np.concatenate([z, rng.standard_normal(problem.layout.size - len(z))])
    exact = problem.predict_from(truth[None, :], outputs[None, :])[0]
    noise = rng.standard_normal(len(exact))
    terms = tuple(
        replace(term, observed=float(value + term.target_sd * error))
        for term, value, error in zip(problem.terms, exact, noise, strict=True)
    )
    synthetic = replace(problem, terms=terms)
    size, said = problem.layout.size, synthetic.residuals
    sample = temper(
        synthetic.log_likelihood, size, particles, rng, moves=moves, last_moves=last_moves, residuals=said
    )
    return truth, sample.z


def summarise_recovery(names: tuple[str, ...], pairs: Sequence[tuple[Floats, Floats]]) -> Recovery:
    """Return the recovery of several replicates."""
    return Recovery(
        names,
        np.stack([truth for truth, _ in pairs]),
        np.stack([(draws < truth).mean(axis=0) for truth, draws in pairs]),
        np.stack([draws.std(axis=0) for _, draws in pairs]),
        np.stack([draws.mean(axis=0) for _, draws in pairs]),
    )
