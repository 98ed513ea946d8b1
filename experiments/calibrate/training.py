"""The training runs (the folder ``bank``): a design over the priors, run by the sweep runner, resumable."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from abm.data.folder import BEFORE_FIT, digest
from abm.data.parameters import load_coefficients
from abm.data.settings import load_settings
from abm.errors import EweaError
from abm.months import month_index
from calibration.fit.posterior import TrainingRuns
from calibration.fit.prior import CalibrationSettings, Prior, hindcast_prior, sobol_normal, tasks_of_design
from experiments.ensemble.identity import source_digest
from experiments.ensemble.resume import Summary, TaskProgress, run_tasks
from experiments.ensemble.store import Store

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
        "start": usual.start_month,
        "until": until,
        "world_until": max(until, usual.last_register_month),
        "scale": settings.scale.value,
        "households_per_host": settings.households_per_host.value,
        "configs": digest(root, BEFORE_FIT),
        "model": training_source(),
    }


def training_prior(root: Path) -> Prior:
    """Return the priors the design spreads over."""
    return hindcast_prior(load_coefficients(root / "coefficients" / "priors.csv"))


def fill_training(
    root: Path,
    folder: Path,
    settings: CalibrationSettings,
    *,
    workers: int = 0,
    scheduler: str | None = None,
    on_progress: Callable[[TaskProgress], None] | None = None,
    repair: bool = False,
) -> tuple[TrainingRuns, Summary]:
    """Run what is missing of the design in a store, and return all its runs that succeeded.

    ``repair`` moves a damaged file aside and runs what is lost again.
    """
    prior = training_prior(root)
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
    return TrainingRuns(z[good], prior, runs, load_settings(root).start_month, replicates), summary
