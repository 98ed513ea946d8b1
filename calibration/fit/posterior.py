"""One fit: training runs and targets in, posterior of every parameter out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from abm.data.world import World
from abm.months import month_index
from calibration.fit.emulator import Emulator, fit_emulator
from calibration.fit.layout import ALWAYS_ACTIVE, Layout, layout_of
from calibration.fit.likelihood import Problem, calibration_problem
from calibration.fit.outputs import Outputs, Runs, outputs_of
from calibration.fit.prior import Prior
from calibration.fit.register_exits import CleanUp, ExitRate, exit_rates, recorded_clean_ups
from calibration.fit.sampler import PosteriorSample, temper
from calibration.fit.settings import CalibrationSettings
from calibration.targets.targets import Targets

Floats = NDArray[np.float64]


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
    """Return the problem of meeting the targets with its emulator, and the outputs it was trained on.

    ``targets`` are only those to be fitted.
    """
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
    problem: Problem,
    particles: int,
    seed: int,
    on_power: Callable[[float], None] | None = None,
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
    """Return names and natural values of ``n`` draws: every parameter of the bank and of the registers.

    Parameters that no target reacts to keep their prior.

    Returns
    -------
    (tuple of str, float64[n, parameter], float64[n, d])
        Names, natural values, and the same draws in the coordinates of the layout.
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
