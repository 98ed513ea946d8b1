"""``ewea calibrate baseline``: from priors and targets to a posterior the baseline uses."""

import datetime as dt
import json
import re
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from abm.data.folder import BEFORE_FIT, digest
from abm.data.parameters import PRIORS
from abm.errors import EweaError
from abm.months import month_index
from calibration.fit.design import rounded
from calibration.fit.outputs import Learnt
from calibration.fit.posterior import Fit, natural_draws, prepare, sample_posterior
from calibration.fit.predictive import check_targets
from calibration.fit.prior import forecast_prior
from calibration.fit.thresholds_file import cuts_path, cuts_table
from calibration.validation.jump_off import FITTED, JumpOff, fit_jump_off
from experiments.calibrate import tables
from experiments.calibrate.bank import TASK, Bank, context_of, fill_bank, source_of_bank
from experiments.calibrate.inputs import Inputs
from experiments.calibrate.written import central_text, draws_text
from experiments.ensemble.files import write_whole
from experiments.ensemble.resume import TaskProgress, run_tasks
from experiments.ensemble.store import Store, new_manifest, read_store_manifest
from experiments.progress import duration

Floats = NDArray[np.float64]

SEED = 1
"""Of the sampler; another one gives the same posterior up to its Monte Carlo error."""

KIND = "ewea-fit"
DRAWS = "posterior.csv"
RESERVED = ("_draws", "_cuts")
"""Ends of the names of files beside a fit."""


@dataclass(frozen=True)
class Calibrated:
    """A finished calibration.

    Attributes
    ----------
    folder : Path
        The fit folder.
    summary : dict
        What ``manifest.json`` says under ``summary``.
    """

    folder: Path
    summary: dict[str, Any]


def calibrate(
    given: Inputs,
    name: str,
    folder: Path,
    *,
    workers: int = 0,
    scheduler: str | None = None,
    repair: bool = False,
    quiet: bool = False,
) -> Calibrated:
    """Fit the model, write the fit folder, and put the posterior into ``configs/coefficients``.

    Parameters
    ----------
    given : Inputs
        World, targets and settings.
    name : str
        Of the fit.
    folder : Path
        Fit folder; the bank in it is continued where it was interrupted.
    workers, scheduler
        Where simulations run (:func:`experiments.ensemble.resume.run_tasks`).
    repair : bool
        Move a damaged bank aside and run what is lost again.
    quiet : bool
        Show no progress.

    Raises
    ------
    EweaError
        If a file is wrong, the bank belongs to other data, or model or data change meanwhile. Nothing is
        written to ``configs`` then.
    """
    began, started = time.monotonic(), dt.datetime.now(dt.UTC)
    root = given.root
    versions = source_of_bank(), digest(root, BEFORE_FIT)
    say = Teller(quiet)
    bank, ran = fill_bank(
        root, folder / "bank", given.settings, workers=workers, scheduler=scheduler, repair=repair,
        on_progress=say.progress("bank"),
    )  # fmt: skip
    say(f"bank: {ran.done} simulations run, {ran.skipped} were there, {ran.failed} failed")
    fit, found = fit_bank(given, bank, say)
    say("forecast parameters: rolling forecasts of the registers")
    ahead = fit_forecasts(given)
    posterior = Posterior.of(given, fit, ahead)
    checked = predict(given, fit, posterior, folder / "predictive", workers, scheduler, say)
    if (source_of_bank(), digest(root, BEFORE_FIT)) != versions:
        raise EweaError(
            f"{root}: the configuration or the model changed while the calibration ran, so bank and "
            "predictions are of two kinds. Nothing was written; start it again."
        )
    summary = _write(root, name, folder, given, bank, fit, found, posterior, checked)
    summary |= {
        "simulations_in_bank": len(bank.z),
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
    write_whole(folder / "manifest.json", json.dumps(manifest, indent=1, ensure_ascii=False) + "\n")
    return Calibrated(folder, summary)


def fit_bank(given: Inputs, bank: Bank, say: "Teller") -> tuple[Fit, Learnt]:
    """Return the posterior given a bank."""
    problem, found = prepare(
        bank.z, bank.prior, bank.runs, bank.first_month, given.world, given.targets.only("fit"),
        given.register, given.settings, bank.n_replicates,
    )  # fmt: skip
    say(f"emulator: {len(found.names)} outputs, {len(problem.layout.active)} active parameters")
    sample = sample_posterior(
        problem, given.settings.particles.value, SEED, lambda power: say(f"sampler: power {power:.3f}")
    )
    return Fit(bank.prior, problem, sample, given.register), found


def fit_forecasts(given: Inputs) -> JumpOff:
    """Return the posterior of the forecast parameters."""
    rules = given.rules
    return fit_jump_off(
        given.world,
        forecast_prior(given.coefficients),
        rules.hosts,
        rules.windows["fit"],
        rules.lookback,
        given.settings.forecast_information.value,
    )


def check_name(name: str) -> None:
    """Refuse a name that cannot be a fit.

    Raises
    ------
    EweaError
        If it is not a word in small letters, or that of the priors.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or name == PRIORS or name.endswith(RESERVED):
        raise EweaError(
            f"--name: found {name!r}; a word in small letters is needed, not {PRIORS!r} and not ending in "
            f"{' or '.join(RESERVED)}."
        )


def read_posterior(folder: Path) -> "Posterior":
    """Return the draws a fit folder holds.

    Raises
    ------
    EweaError
        If there are none: the calibration was not finished.
    """
    path = folder / DRAWS
    if not path.is_file():
        raise EweaError(f"{path}: no posterior. Run 'ewea calibrate baseline --out {folder}' to its end.")
    table = pd.read_csv(path)
    return Posterior(tuple(table.columns), table.to_numpy(), np.empty((len(table), 0)))


@dataclass(frozen=True)
class Posterior:
    """Draws of every parameter.

    Attributes
    ----------
    names : tuple of str
    values : float64[draw, parameter]
        Natural values.
    z : float64[draw, d]
        The same draws in the coordinates of the fit's layout.
    """

    names: tuple[str, ...]
    values: Floats
    z: Floats

    @classmethod
    def of(cls, given: Inputs, fit: Fit, ahead: JumpOff) -> "Posterior":
        """Return the draws of a fit."""
        n = given.settings.draws.value
        names, values, z = natural_draws(fit, n, given.world.hosts.ids, SEED)
        more = ahead.draws(n, np.random.default_rng(SEED + 1))
        everything = np.hstack([values, more])
        kept = np.vectorize(rounded)(everything)
        return cls((*names, *ahead.prior.names), kept, z)

    def task(self, row: int) -> dict[str, Any]:
        """Return the task of one draw."""
        values = self.values[row].tolist()
        return {"seed": row + 1, "parameters": dict(zip(self.names, values, strict=True))}


def predict(
    given: Inputs,
    fit: Fit,
    posterior: Posterior,
    folder: Path,
    workers: int,
    scheduler: str | None,
    say: "Teller",
) -> pd.DataFrame:
    """Return every target beside simulations with draws of the posterior."""
    n = min(given.settings.predictive_draws.value, len(posterior.values))
    tasks = [posterior.task(row) for row in range(n)]
    until = month_index(given.settings.predictive_until.value)
    context = context_of(given.root, given.settings, until)
    with fresh_store(folder, context) as store:
        run_tasks(store, tasks, workers=workers, scheduler=scheduler, on_progress=say.progress("predictions"))
        failed = store.failures()
        good = [row for row in range(n) if store.key(tasks[row]) not in failed]
        runs = store.read(keys=[store.key(tasks[row]) for row in good])
    first = int(context["start"])
    cuts = {family: fit.layout.cuts(posterior.z[good], family) for family in fit.layout.families}
    checked = check_targets(runs, first, cuts, given.world, given.targets)
    return tables.prediction_table(checked, np.random.default_rng(SEED))


def fresh_store(folder: Path, context: dict[str, Any], task: str = TASK) -> Store:
    """Return the store of predictions; one of other data is removed, as nothing of it can be used.

    Raises
    ------
    EweaError
        If another process writes to it, or the folder is no store.
    """
    found = read_store_manifest(folder)
    if found is not None and found["fingerprint"] != new_manifest(task, context, None)["fingerprint"]:
        with Store.open(folder, found["function"], found["context"], found["fingerprint"], repair=True):
            shutil.rmtree(folder)
    return Store.open(folder, task, context)


def _write(
    root: Path,
    name: str,
    folder: Path,
    given: Inputs,
    bank: Bank,
    fit: Fit,
    found: Learnt,
    posterior: Posterior,
    predictions: pd.DataFrame,
) -> dict[str, Any]:
    """Write all tables, then the two files of ``configs``; return the summary."""
    rng = np.random.default_rng(SEED)
    layout, sample = fit.layout, fit.sample
    register_names, before = layout.register_parameters(
        rng.standard_normal((tables.PRIOR_DRAWS, layout.size)), given.world.hosts.ids
    )
    ahead = forecast_prior(given.coefficients)
    everything = type(bank.prior)((*bank.prior.coefficients, *ahead.coefficients))
    order = (*bank.prior.names, *ahead.names, *register_names)
    columns = [posterior.names.index(parameter) for parameter in order]
    mean_z, sd_z = _moments(fit, register_names)
    spread = _forecast_moments(everything, ahead.names, posterior)
    parameters = tables.parameter_table(
        everything, before, order, posterior.values[:, columns], mean_z | spread[0], sd_z | spread[1]
    )
    middle = np.median(posterior.values[:, columns], axis=0)
    # What no target reacts to keeps its prior value to the last digit, not the noise of its draws.
    fitted = {*mean_z, *FITTED}
    known = {row.parameter: row.value for row in everything.coefficients if row.parameter not in fitted}
    parameters["central"] = [known.get(name, value) for name, value in zip(order, middle, strict=True)]
    parameters["low_90"], parameters["high_90"] = np.quantile(
        posterior.values[:, columns], [0.05, 0.95], axis=0
    )
    terms = tables.term_table(fit.problem, sample.z, rng)
    for file, table in {
        "parameters": parameters,
        "targets": terms,
        "emulator": tables.emulator_table(fit.emulator, found),
        "predictions": predictions,
        "slopes": tables.slope_signs(predictions),
    }.items():
        write_whole(folder / f"{file}.csv", table.to_csv(index=False, float_format="%.6g"))
    write_whole(folder / DRAWS, draws_text(posterior.names, posterior.values))
    errors = tables.survey_errors(predictions)
    slopes = tables.slope_signs(predictions)
    comment = f"Posterior of the fit {name}: equally likely sets of parameters. See {name}.csv."
    place = root / "coefficients"
    cuts = {family: fit.layout.cuts(posterior.z, family) for family in fit.layout.families}
    write_whole(cuts_path(root, name), cuts_table(cuts).to_csv(index=False, float_format="%.5g"))
    write_whole(place / f"{name}_draws.csv", draws_text(posterior.names, posterior.values, comment))
    write_whole(place / f"{name}.csv", central_text(parameters, given.coefficients, name))
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


def _moments(fit: Fit, register_names: tuple[str, ...]) -> tuple[dict[str, float], dict[str, float]]:
    """Return posterior mean and SD of the coordinates by name."""
    z, layout = fit.sample.z, fit.layout
    names = (*layout.active, *register_names)
    return (
        dict(zip(names, z.mean(axis=0).tolist(), strict=False)),
        dict(zip(names, z.std(axis=0).tolist(), strict=False)),
    )


def _forecast_moments(
    prior: Any, names: tuple[str, ...], posterior: Posterior
) -> tuple[dict[str, float], dict[str, float]]:
    """Return the same for forecast parameters, whose draws are natural values: rank against the prior."""
    rng = np.random.default_rng(SEED)
    from scipy import stats

    means, sds = {}, {}
    before = prior.only(names).natural(rng.standard_normal((tables.PRIOR_DRAWS, len(names))))
    for number, name in enumerate(names):
        values = posterior.values[:, posterior.names.index(name)]
        rank = np.searchsorted(np.sort(before[:, number]), values) / len(before)
        z = stats.norm.ppf(np.clip(rank, 1e-4, 1 - 1e-4))
        means[name], sds[name] = float(z.mean()), float(z.std())
    return means, sds


class Teller:
    """Says on standard error how far things are."""

    def __init__(self, quiet: bool) -> None:
        self._quiet = quiet

    def __call__(self, text: str) -> None:
        """Say one line."""
        if not self._quiet:
            print(text, file=sys.stderr, flush=True)

    def progress(self, what: str) -> Any:
        """Return a listener that writes a line after every twentieth of the work."""
        said = -1

        def listen(now: TaskProgress) -> None:
            nonlocal said
            part = now.ended * 20 // max(now.total, 1)
            if part > said:
                said = part
                left = duration(now.seconds_left)
                self(f"{what}: {now.ended:,} of {now.total:,} simulations, about {left} left")

        return listen
