"""What a calibration reads: world, targets, register targets."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from abm.data.folder import BEFORE_FIT, CONFIGS_VARIABLE, digest
from abm.data.parameters import PRIORS, Coefficient, load_priors
from abm.data.registers import BREAK_COLUMNS, read_cells
from abm.data.settings import RunSettings, load_settings
from abm.data.world import World
from abm.errors import EweaError, nearest
from abm.months import month_index
from abm.policy.scenario import scenario_world
from calibration.fit.posterior import RegisterTargets, TrainingRuns, register_targets
from calibration.fit.prior import (
    ALWAYS_ACTIVE,
    CalibrationSettings,
    Prior,
    forecast_prior,
    hindcast_prior,
    load_calibration_settings,
    sobol_normal,
    tasks_of_design,
)
from calibration.targets.targets import Targets, load_targets
from calibration.validation.rules import Rules, load_rules
from experiments.ensemble.identity import source_digest
from experiments.ensemble.resume import ProgressListener, Summary, run_tasks
from experiments.ensemble.store import Store


@dataclass(frozen=True)
class Inputs:
    """Everything a fit is made of, besides its training runs."""

    root: Path  # The ``configs`` folder
    settings: CalibrationSettings
    world: World  # Baseline, to the horizon of the predictions
    targets: Targets  # All of them
    register: RegisterTargets  # Register targets of the fit window
    coefficients: dict[str, Coefficient]
    rules: Rules


def read_inputs(root: Path, settings: CalibrationSettings | None = None) -> Inputs:
    """Return the inputs of a calibration, all checked; the environment tells workers the folder."""
    os.environ[CONFIGS_VARIABLE] = str(root.resolve())
    settings = settings or load_calibration_settings(root)
    world = scenario_world(root, month_index(settings.predictive_until.value), fit=PRIORS)
    targets = load_targets(root, world)
    recounts = recounts_of(root, world)
    return Inputs(
        root,
        settings,
        world,
        targets,
        register_targets(world, targets, settings, recounts),
        load_priors(root),
        load_rules(root / "validation.yaml", world.hosts.ids, world.registers),
    )


def restricted_inputs(given: Inputs, simulations: int | None = None, only: Sequence[str] = ()) -> Inputs:
    """Return inputs with another number of training runs, and with all parameters but some held.

    What only forecasts use is fitted to the registers alone and stays free.
    """
    coefficients = given.coefficients
    if only:
        free = hindcast_prior(coefficients).names
        if unknown := [name for name in only if name not in free]:
            raise EweaError(f"--only: found {unknown[0]!r}. {nearest(unknown[0], free)}")
        kept = {*only, *ALWAYS_ACTIVE, *forecast_prior(coefficients).names}
        coefficients = {name: row if name in kept else row.held() for name, row in coefficients.items()}
    size, asked = given.settings.simulations, "--simulations"
    if simulations is None:
        asked = f"{given.root / 'calibration.yaml'}: simulations"
    else:
        size = size.model_copy(update={"value": simulations})
    least = 2 * len(hindcast_prior(coefficients).names) + 50
    if size.value < least:
        raise EweaError(
            f"{asked}: found {size.value}; the emulator needs at least {least}. With --only fewer are enough."
        )
    settings = given.settings.model_copy(update={"simulations": size})
    return replace(given, settings=settings, coefficients=coefficients)


def recounts_of(root: Path, world: World) -> dict[tuple[int, int], bool]:
    """Return, by host and month, whether a break changed what is counted."""
    ids, first = world.hosts.ids, load_settings(root).first_register_month
    cells = read_cells(root, "breaks", ids, BREAK_COLUMNS, first)
    return {(ids.index(host), month): row["kind"] == "recount" for (host, month), row in cells.items()}


FOLDER = "bank"
TASK = "calibration.fit.simulated:simulate_past"
DESIGN_SEED = 20220304
"""Scrambling of the design; part of what makes the runs the same everywhere."""


def training_source() -> str:
    """Return a digest of the code that makes a run; the version of training runs."""
    return source_digest("abm", TASK.split(":", maxsplit=1)[0])[:16]


def context_of(root: Path, settings: CalibrationSettings, until: int) -> dict[str, Any]:
    """Return what all runs of a store share."""
    usual = load_settings(root)
    return {
        "start": RunSettings.start,
        "until": until,
        "world_until": max(until, usual.last_register_month),
        "scale": settings.scale.value,
        "households_per_host": settings.households_per_host.value,
        "configs": digest(root, BEFORE_FIT),
        "model": training_source(),
    }


def training_prior(root: Path) -> Prior:
    """Return the priors the design spreads over."""
    return hindcast_prior(load_priors(root))


def fill_training(
    root: Path,
    folder: Path,
    settings: CalibrationSettings,
    *,
    prior: Prior | None = None,
    workers: int = 0,
    scheduler: str | None = None,
    on_progress: ProgressListener | None = None,
    repair: bool = False,
) -> tuple[TrainingRuns, Summary]:
    """Run what a store lacks of the design (with ``repair`` also what is damaged); return what succeeded."""
    prior = prior or training_prior(root)
    z = sobol_normal(len(prior.names), settings.simulations.value, DESIGN_SEED)
    centre = np.zeros((settings.replicates.value, len(prior.names)))
    z = np.vstack([z, centre])
    tasks = tasks_of_design(prior, z)
    until = month_index(settings.bank_until.value)
    with Store.open(folder, TASK, context_of(root, settings, until), repair=repair) as store:
        summary = run_tasks(store, tasks, workers=workers, scheduler=scheduler, on_progress=on_progress)
        keys = [store.key(task) for task in tasks]
        failed = store.failures()
        good = [number for number, key in enumerate(keys) if key not in failed]
        if len(good) < len(keys) // 2:
            first = next(iter(failed.values()))
            raise EweaError(f"{folder}: {len(failed)} of {len(keys)} runs failed; the first: {first}")
        runs = store.read(keys=[keys[number] for number in good])
    replicates = sum(number >= len(z) - len(centre) for number in good)
    return TrainingRuns(z[good], prior, runs, RunSettings.start, replicates), summary
