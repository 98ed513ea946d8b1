"""``ewea calibrate baseline``: from priors and targets to a posterior the baseline uses."""

import datetime as dt
import re
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from abm.data.folder import BEFORE_FIT, digest
from abm.data.parameters import PRIORS
from abm.errors import EweaError
from abm.months import month_index
from calibration.fit.forecast_parameters import FITTED, ForecastPosterior, fit_forecast_parameters
from calibration.fit.posterior import Fit, TrainingRuns, natural_draws, prepare, sample_posterior
from calibration.fit.predictive import check_targets, thresholds_path, thresholds_table
from calibration.fit.prior import Prior, forecast_prior, hindcast_prior, rounded_parameter
from calibration.validation.scores import finite
from experiments.calibrate import tables
from experiments.calibrate.inputs import FOLDER, TASK, Inputs, context_of, fill_training, training_source
from experiments.calibrate.tables import central_text, draws_text, write_csv
from experiments.ensemble.files import write_json, write_whole
from experiments.ensemble.resume import run_tasks
from experiments.ensemble.store import Store, new_manifest, read_store_manifest
from experiments.options import ProgressLog

Floats = NDArray[np.float64]

SEED = 1
"""Of the sampler; another one gives the same posterior up to its Monte Carlo error."""

KIND = "ewea-fit"
MANIFEST = "manifest.json"
DRAWS = "posterior.csv"
RESERVED = ("_draws", "_cuts", "_controls")
"""Ends of the names of files beside a fit."""


@dataclass(frozen=True)
class Calibrated:
    """A finished calibration; ``summary`` is what ``manifest.json`` says under that key."""

    folder: Path
    training: TrainingRuns
    fit: Fit
    summary: dict[str, Any]


@dataclass(frozen=True)
class Where:
    """Where simulations run (:func:`experiments.ensemble.resume.run_tasks`), and who hears of it."""

    workers: int
    scheduler: str | None
    log: ProgressLog


def calibrate(given: Inputs, name: str, folder: Path, where: Where, *, repair: bool = False) -> Calibrated:
    """Fit the model, write the fit folder, and put the posterior into ``configs/coefficients``."""
    began, started = time.monotonic(), dt.datetime.now(dt.UTC)
    root, log = given.root, where.log
    versions = training_source(), digest(root, BEFORE_FIT)
    training, ran = fill_training(
        root, folder / FOLDER, given.settings, prior=hindcast_prior(given.coefficients),
        workers=where.workers, scheduler=where.scheduler, repair=repair, on_progress=log.progress("bank"),
    )  # fmt: skip
    log(f"bank: {ran.done} simulations run, {ran.skipped} already stored, {ran.failed} failed")
    settings, rules, targets = given.settings, given.rules, given.targets.only("fit")
    problem, outputs = prepare(training, given.world, targets, given.register, settings)
    log(f"emulator: {len(outputs.names)} outputs, {len(problem.layout.active)} active parameters")
    sample = sample_posterior(
        problem, settings.particles.value, SEED, lambda power: log(f"sampler: power {power:.3f}")
    )
    fit = Fit(training.prior, problem, outputs, sample)
    log("forecast parameters: rolling forecasts of the registers")
    ahead = fit_forecast_parameters(
        given.world, forecast_prior(given.coefficients), rules.hosts, rules.windows["fit"], rules.lookback,
        settings.forecast_information.value,
    )  # fmt: skip
    posterior = Posterior.of(given, fit, ahead)
    predictions = predict(given, fit, posterior, folder / "predictive", where)
    if (training_source(), digest(root, BEFORE_FIT)) != versions:
        raise EweaError(
            f"{root}: the configuration or the model changed while the calibration ran, so training runs and "
            "predictions are of two kinds. Nothing was written; start it again."
        )
    summary = _write(given, name, folder, fit, posterior, predictions)
    summary |= {
        "simulations_in_bank": len(training.z),
        "simulations_run_now": ran.done,
        "effective_draws": round(fit.sample.effective),
        "minutes": round((time.monotonic() - began) / 60, 1),
    }
    manifest = {
        "kind": KIND,
        "fit": name,
        "started": started.isoformat(timespec="seconds"),
        "model": versions[0],
        "configs": versions[1],
        "settings": given.settings.model_dump(),
        "powers": fit.sample.powers,
        "acceptance": fit.sample.acceptance,
        "summary": summary,
    }
    write_json(folder / MANIFEST, finite(manifest))
    return Calibrated(folder, training, fit, summary)


def check_name(name: str) -> None:
    """Refuse a name that cannot be a fit: no word in small letters, or that of the priors."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or name == PRIORS or name.endswith(RESERVED):
        raise EweaError(
            f"--name: found {name!r}; a word in small letters is needed, not {PRIORS!r} and not ending in "
            f"{' or '.join(RESERVED)}."
        )


@dataclass(frozen=True)
class Posterior:
    """Draws of every parameter."""

    names: tuple[str, ...]
    values: Floats  # [draw, parameter] Natural values
    z: Floats  # [draw, d] The same draws in the coordinates of the fit's layout

    @classmethod
    def of(cls, given: Inputs, fit: Fit, ahead: ForecastPosterior) -> "Posterior":
        """Return the draws of a fit."""
        n = given.settings.draws.value
        names, values, z = natural_draws(fit, n, given.world.hosts.ids, SEED)
        more = ahead.draws(n, np.random.default_rng(SEED + 1))
        kept = np.vectorize(rounded_parameter)(np.hstack([values, more]))
        return cls((*names, *ahead.prior.names), kept, z)

    @classmethod
    def read(cls, folder: Path) -> "Posterior":
        """Return the draws a fit folder holds, without coordinates."""
        path = folder / DRAWS
        if not path.is_file():
            raise EweaError(f"{path}: no posterior. Run 'ewea calibrate baseline --out {folder}' to its end.")
        table = pd.read_csv(path)
        return cls(tuple(table.columns), table.to_numpy(), np.empty((len(table), 0)))

    def of_parameter(self, name: str) -> Floats:
        """Return the draws of one parameter, float64[draw]."""
        return self.values[:, self.names.index(name)]

    def simulate(
        self, n: int, folder: Path, context: dict[str, Any], where: Where, what: str, task: str = TASK
    ) -> tuple[list[int], dict[str, NDArray[Any]]]:
        """Run a task with the first ``n`` draws; return those that succeeded and their stacked results."""
        rows = range(min(n, len(self.values)))
        tasks = [
            {"seed": row + 1, "parameters": dict(zip(self.names, self.values[row].tolist(), strict=True))}
            for row in rows
        ]
        with fresh_store(folder, context, task) as store:
            run_tasks(
                store,
                tasks,
                workers=where.workers,
                scheduler=where.scheduler,
                on_progress=where.log.progress(what),
            )
            failed = store.failures()
            good = [row for row in rows if store.key(tasks[row]) not in failed]
            return good, store.read(keys=[store.key(tasks[row]) for row in good])


def predict(given: Inputs, fit: Fit, posterior: Posterior, folder: Path, where: Where) -> pd.DataFrame:
    """Return every target beside simulations with draws of the posterior."""
    context = context_of(given.root, given.settings, month_index(given.settings.predictive_until.value))
    n = given.settings.predictive_draws.value
    good, runs = posterior.simulate(n, folder, context, where, "predictions")
    thresholds = fit.layout.thresholds_by_family(posterior.z[good])
    checked = check_targets(runs, int(context["start"]), thresholds, given.world, given.targets)
    return tables.prediction_table(checked, np.random.default_rng(SEED))


def fresh_store(folder: Path, context: dict[str, Any], task: str) -> Store:
    """Return the store of predictions; one of other data is removed, as nothing of it can be used."""
    found = read_store_manifest(folder)
    if found is not None and found["fingerprint"] != new_manifest(task, context, None)["fingerprint"]:
        with Store.open(folder, found["function"], found["context"], found["fingerprint"], repair=True):
            shutil.rmtree(folder)
    return Store.open(folder, task, context)


def _write(
    given: Inputs, name: str, folder: Path, fit: Fit, posterior: Posterior, predictions: pd.DataFrame
) -> dict[str, Any]:
    """Write all tables, then the three files of ``configs``; return the summary."""
    rng = np.random.default_rng(SEED)
    layout, sample = fit.layout, fit.sample
    register_names, before = layout.register_parameters(
        rng.standard_normal((tables.PRIOR_DRAWS, layout.size)), given.world.hosts.ids
    )
    ahead = forecast_prior(given.coefficients)
    everything = Prior((*fit.prior.coefficients, *ahead.coefficients))
    order = (*fit.prior.names, *ahead.names, *register_names)
    draws = np.stack([posterior.of_parameter(parameter) for parameter in order], axis=1)
    moments = _moments(fit, register_names)
    # What no target reacts to keeps its prior value to the last digit, not the noise of its draws.
    fitted = {*moments, *FITTED}
    known = {row.parameter: row.value for row in everything.coefficients if row.parameter not in fitted}
    parameters = tables.parameter_table(
        everything, before, order, draws, moments | _forecast_moments(ahead, posterior)
    )
    middle = np.median(draws, axis=0)
    parameters["central"] = [known.get(name, value) for name, value in zip(order, middle, strict=True)]
    parameters["low_90"], parameters["high_90"] = np.quantile(draws, [0.05, 0.95], axis=0)
    terms, slopes = tables.term_table(fit.problem, sample.z, rng), tables.slope_signs(predictions)
    for file, table in {
        "parameters": parameters,
        "targets": terms,
        "emulator": tables.emulator_table(fit.emulator, fit.outputs),
        "predictions": predictions,
        "slopes": slopes,
    }.items():
        write_csv(folder / f"{file}.csv", table, "%.6g")
    write_whole(folder / DRAWS, draws_text(posterior.names, posterior.values))
    comment = f"Posterior of the fit {name}: equally likely sets of parameters. See {name}.csv."
    place = given.root / "coefficients"
    write_csv(
        thresholds_path(given.root, name), thresholds_table(layout.thresholds_by_family(posterior.z)), "%.5g"
    )
    write_whole(place / f"{name}_draws.csv", draws_text(posterior.names, posterior.values, comment))
    write_whole(place / f"{name}.csv", central_text(parameters, given.coefficients, name))
    errors = tables.survey_errors(predictions)
    return {
        "draws": len(posterior.values),
        "parameters": len(order),
        "parameters_moved": int(parameters["moved"].sum()),
        "targets": len(terms),
        "targets_missed": int(terms["missed"].sum()),
        "conflicts": terms.loc[terms["conflict"], "target"].tolist(),
        "survey_rmse_pp": {use: round(value, 2) for use, value in errors.items()},
        "slopes_right": f"{int(slopes['same_sign'].sum())} of {len(slopes)}" if len(slopes) else "0 of 0",
    }


def _moments(fit: Fit, register_names: tuple[str, ...]) -> dict[str, tuple[float, float]]:
    """Return posterior mean and SD of the coordinates by name."""
    z, names = fit.sample.z, (*fit.layout.active, *register_names)
    mean, sd = z.mean(axis=0).tolist(), z.std(axis=0).tolist()
    return {name: (mean[number], sd[number]) for number, name in enumerate(names)}


def _forecast_moments(prior: Prior, posterior: Posterior) -> dict[str, tuple[float, float]]:
    """Return the same for forecast parameters, whose draws are natural values: rank against the prior."""
    rng = np.random.default_rng(SEED)
    found = {}
    before = prior.natural(rng.standard_normal((tables.PRIOR_DRAWS, len(prior.names))))
    for number, name in enumerate(prior.names):
        rank = np.searchsorted(np.sort(before[:, number]), posterior.of_parameter(name)) / len(before)
        z = stats.norm.ppf(np.clip(rank, 1e-4, 1 - 1e-4))
        found[name] = float(z.mean()), float(z.std())
    return found


def calibration_text(summary: dict[str, Any], name: str) -> str:
    """Return the result of a calibration in plain lines."""
    errors = summary["survey_rmse_pp"]
    lines = [
        f"Fit '{name}': {summary['draws']} draws ({summary['effective_draws']:,} effective) from "
        f"{summary['simulations_in_bank']:,} simulations, {summary['minutes']:g} minutes.",
        f"The data move {summary['parameters_moved']} of {summary['parameters']} parameters; the others "
        "keep their prior.",
        f"Survey answers: {errors['fit']:.1f} points off where fitted, {errors['holdout']:.1f} where held "
        "out (root mean square).",
        f"Direction of change between waves right in {summary['slopes_right']} questions.",
        f"{summary['targets_missed']} of {summary['targets']} fitted numbers lie more than two SD away.",
        "In conflict with the priors (outside 99 % of what they allow): "
        f"{', '.join(summary['conflicts']) or 'none'}.",
    ]
    if proof := summary.get("proof"):
        held = ", ".join(
            f"{100 * float(level):.0f} %: {100 * share:.0f} %" for level, share in proof["coverage"].items()
        )
        lines.append(
            f"Recovery of {proof['replicates']} synthetic truths: intervals of {held} hold the truth "
            f"({proof['parameters']} parameters that the data move)."
        )
    return "\n".join(lines)
