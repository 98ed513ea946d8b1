"""The bank of simulations: a design over the priors, run by the sweep runner, resumable after a kill."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.data.folder import BEFORE_FIT, digest
from abm.data.parameters import load_coefficients
from abm.data.settings import load_settings
from abm.errors import EweaError
from abm.months import month_index
from calibration.fit.design import sobol_normal, tasks_of
from calibration.fit.prior import Prior, hindcast_prior
from calibration.fit.settings import CalibrationSettings
from experiments.ensemble.identity import source_digest
from experiments.ensemble.resume import Summary, TaskProgress, run_tasks
from experiments.ensemble.store import Store

Floats = NDArray[np.float64]

TASK = "calibration.fit.simulated:simulate"
DESIGN_SEED = 20220304
"""Scrambling of the design; part of what makes a bank the same everywhere."""


@dataclass(frozen=True)
class Bank:
    """Runs of a design.

    Attributes
    ----------
    z : float64[n, p]
        Standard normal coordinates of the runs that succeeded; the replicates stand last, at the centre.
    n_replicates : int
        Runs at the centre of the priors, which differ by chance alone.
    prior : Prior
        The ``p`` parameters.
    runs : dict of str to array[n, ...]
        What :func:`calibration.fit.simulated.simulate` returns, stacked.
    first_month : int
        Month of the first row of the monthly arrays.
    """

    z: Floats
    prior: Prior
    runs: dict[str, NDArray[Any]]
    first_month: int
    n_replicates: int


def source_of_bank() -> str:
    """Return a digest of the code that makes a run; the version of a bank."""
    return source_digest("abm", TASK.split(":", maxsplit=1)[0])[:16]


def context_of(root: Path, settings: CalibrationSettings, until: int) -> dict[str, Any]:
    """Return what all runs of a bank share."""
    usual = load_settings(root)
    return {
        "start": usual.start_month,
        "until": until,
        "world_until": max(until, usual.last_register_month),
        "scale": settings.scale.value,
        "households_per_host": settings.households_per_host.value,
        "configs": digest(root, BEFORE_FIT),
        "model": source_of_bank(),
    }


def bank_prior(root: Path) -> Prior:
    """Return the priors the design spreads over."""
    return hindcast_prior(load_coefficients(root / "coefficients" / "priors.csv"))


def fill_bank(
    root: Path,
    folder: Path,
    settings: CalibrationSettings,
    *,
    workers: int = 0,
    scheduler: str | None = None,
    on_progress: Callable[[TaskProgress], None] | None = None,
    repair: bool = False,
) -> tuple[Bank, Summary]:
    """Run what is missing of the design and return the bank.

    Parameters
    ----------
    root : Path
        The ``configs`` folder.
    folder : Path
        Store of the bank; an interrupted one is continued.
    settings : CalibrationSettings
        Size and fineness.
    workers, scheduler, on_progress
        Of :func:`experiments.ensemble.resume.run_tasks`.
    repair : bool
        Move a damaged file aside and run what is lost again.

    Raises
    ------
    EweaError
        If the folder holds a bank of another model or other data, or the scheduler does not answer.
    """
    prior = bank_prior(root)
    z = sobol_normal(len(prior.names), settings.simulations.value, DESIGN_SEED)
    centre = np.zeros((settings.replicates.value, len(prior.names)))
    z = np.vstack([z, centre])
    tasks = tasks_of(prior, z)
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
    return Bank(z[good], prior, runs, load_settings(root).start_month, replicates), summary


def settings_text(settings: CalibrationSettings) -> str:
    """Return the settings as JSON, for a manifest."""
    return json.dumps(settings.model_dump(), indent=1, ensure_ascii=False)
