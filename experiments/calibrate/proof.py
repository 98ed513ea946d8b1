"""Proof that a calibration works: recovery of known parameters, sensitivity, scores of held-out months."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from abm.band import HIGH, LOW
from abm.data.settings import load_settings
from calibration.fit.likelihood import Problem, calibration_problem
from calibration.fit.outputs import Outputs
from calibration.fit.posterior import (
    RECOVERY_LEVELS,
    Recovery,
    TrainingRuns,
    recover,
    summarise_recovery,
    without_truths,
)
from calibration.fit.simulated import OTHER
from calibration.validation.scores import finite
from experiments.calibrate.inputs import Inputs, context_of
from experiments.calibrate.run import MANIFEST, Calibrated, Posterior, Where
from experiments.calibrate.tables import MOVED, write_csv
from experiments.ensemble.files import write_json
from experiments.ensemble.pool import run_in_order
from experiments.ensemble.worker import cores
from experiments.validate_hindcast import validate_hindcast

Floats = NDArray[np.float64]

TRUTH_SEED, FIRST_SEED = 7, 1000
"""Of the choice of truths; of the first synthetic truth."""

HEADLINE = "calibration.fit.simulated:headline_stocks"
NETHERLANDS = "NL"
SHOWN = 15
"""Parameters listed per outcome, strongest first."""

SCORES, FIGURE = "validation.json", "validation.png"


def prove(given: Inputs, calibrated: Calibrated, where: Where) -> dict[str, Any]:
    """Write ``recovery.csv``, ``ranks.csv`` and ``sensitivity.csv`` into a fit folder; return the summary."""
    folder, log, fit = calibrated.folder, where.log, calibrated.fit
    log(f"recovery: {given.settings.recovery_replicates.value} synthetic truths")
    found = recovery_of(given, calibrated.training, fit.problem, fit.outputs, where.workers or cores())
    ranks = [
        {"parameter": name, "replicate": r, "rank": found.rank[r, d], "truth": found.truth[r, d],
         "mean": found.mean[r, d], "sd": found.sd[r, d]}
        for d, name in enumerate(found.names)
        for r in range(len(found.truth))
    ]  # fmt: skip
    write_csv(folder / "ranks.csv", pd.DataFrame(ranks), "%.5g")
    table = pd.DataFrame({"parameter": found.names, "replicates": len(found.truth)})
    for column, level in RECOVERY_LEVELS.items():
        table[column] = found.coverage(level)
    table["sd_ratio"] = found.sd.mean(axis=0)
    table["p_uniform"] = [stats.kstest(found.rank[:, d], "uniform").pvalue for d in range(len(found.names))]
    write_csv(folder / "recovery.csv", table, "%.5g")
    log("sensitivity: headline results under draws of the posterior")
    write_csv(folder / "sensitivity.csv", headline_sensitivity(given, folder, where), "%.5g")
    summary = {
        "replicates": len(found.truth),
        "parameters": int((found.sd.mean(axis=0) < MOVED).sum()),
        "coverage": {str(level): round(found.pooled(level, MOVED), 3) for level in RECOVERY_LEVELS.values()},
        "ranks_uniform_share": round(float((table["p_uniform"] > 0.05).mean()), 3),
    }
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    manifest["summary"]["proof"] = summary
    write_json(folder / MANIFEST, manifest)
    return summary


def recovery_of(
    given: Inputs, training: TrainingRuns, problem: Problem, found: Outputs, processes: int
) -> Recovery:
    """Return what becomes of synthetic truths: training runs the emulator did not see."""
    n, settings, layout = training.n_designed, given.settings, problem.layout
    truths = np.random.default_rng(TRUTH_SEED).choice(n, settings.recovery_replicates.value, replace=False)
    designed = Outputs(found.names, found.values[:n], found.shapes)
    emulator = without_truths(problem, training.z[:n], designed, training.prior, truths)
    fitted, register = given.targets.only("fit"), given.register
    reduced = calibration_problem(
        given.world, layout, emulator, found.shapes, fitted, register.rates, register.events
    )
    columns = [training.prior.names.index(name) for name in layout.active]
    jobs = [(training.z[row][columns], found.values[row], number) for number, row in enumerate(truths)]
    shared = reduced, settings.recovery_particles.value, settings.recovery_moves.value
    pairs = run_in_order(_recovered, shared, jobs, processes)
    others = (f"other_{k}" for k in range(layout.size - len(layout.active)))
    return summarise_recovery((*layout.active, *others), pairs)


def _recovered(
    problem: Problem, particles: int, moves: int, job: tuple[Floats, Floats, int]
) -> tuple[Floats, Floats]:
    z, outputs, number = job
    return recover(problem, z, outputs, FIRST_SEED + number, particles, moves, 3 * moves)


def headline_sensitivity(given: Inputs, folder: Path, where: Where) -> pd.DataFrame:
    """Return rank correlations of headline results with parameters, strongest first."""
    posterior, usual, settings = Posterior.read(folder), load_settings(given.root), given.settings
    context = {
        **context_of(given.root, settings, usual.default_until),
        "fork": usual.last_register_month + 1,
        "households_per_host": settings.sensitivity_households.value,
        "scale": settings.sensitivity_scale.value,
    }
    n = settings.sensitivity_draws.value
    good, runs = posterior.simulate(n, folder / "headline", context, where, "headline", HEADLINE)
    hosts = given.world.hosts
    nl = hosts.ids.index(NETHERLANDS)
    baseline, other = runs["baseline"], runs[OTHER]
    outcomes = {
        "nl_stock": baseline[:, nl],
        "eu_stock": baseline[:, hosts.is_eu].sum(axis=1),
        f"nl_{OTHER}": other[:, nl] - baseline[:, nl],
        f"eu_{OTHER}": (other - baseline)[:, hosts.is_eu].sum(axis=1),
    }
    table = pd.read_csv(folder / "parameters.csv").set_index("parameter")
    rows = []
    for outcome, values in outcomes.items():
        found = [
            (name, float(stats.spearmanr(posterior.values[good, column], values).statistic))
            for column, name in enumerate(posterior.names)
            if np.ptp(posterior.values[good, column]) > 0
        ]
        for name, correlation in sorted(found, key=lambda pair: -abs(pair[1]))[:SHOWN]:
            ratio = float(table.loc[name, "sd_ratio"])
            rows.append(
                {"outcome": outcome, "parameter": name, "correlation": correlation, "sd_ratio": ratio,
                 "stays_at_prior": ratio >= MOVED, "median": float(np.median(values)),
                 "low": float(np.quantile(values, LOW)), "high": float(np.quantile(values, HIGH))}
            )  # fmt: skip
    return pd.DataFrame(rows)


def score(root: Path, fit: str, folder: Path, workers: int, *, quiet: bool) -> None:
    """Write ``validation.json`` (as ``ewea validate --json``) and the figure of a fit into its folder."""
    result = validate_hindcast(configs=root, threads=workers, figure=folder / FIGURE, quiet=quiet, fit=fit)
    scores = {"fit_name": fit, **result.scores}
    if result.intentions is not None:
        scores["intentions"] = result.intentions
    write_json(folder / SCORES, finite(scores))
