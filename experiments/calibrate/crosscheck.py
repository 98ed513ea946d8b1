"""``ewea calibrate crosscheck``: the posterior of a fit beside that of a network taught by its bank."""

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from abm.errors import EweaError
from calibration.fit.likelihood import Problem
from calibration.fit.neural import Neural, check_installed, pooled, train
from calibration.fit.neural_pairs import INSIDE, Pairs, farther, outside, split, training_pairs
from calibration.fit.posterior import prepare
from calibration.fit.recovery import LEVELS, Recovery, summarise
from experiments.calibrate.bank import fill_bank
from experiments.calibrate.crosscheck_trial import Trial, trial
from experiments.calibrate.inputs import Inputs, with_simulations
from experiments.calibrate.run import Teller
from experiments.calibrate.written import write_whole

Floats = NDArray[np.float64]

PARAMETERS = 20
"""Parameters compared unless the user says otherwise: those the data moved most."""

DRAWS_PER_RUN = 20
"""Times a run is used, each time with other registers, cuts and errors: they cost nothing, runs do."""

FEWEST = 2
"""A coupling flow needs two coordinates to couple."""

DIFFERS = 0.5
"""Posterior means farther apart than this part of the sampler's SD are pointed out."""

SURPRISES = 2.0
"""An answer of the networks this many of its standard deviations off is not explained by their bias."""

NETWORKS = 5
"""Trained apart, their draws put together: means of one network move by half an SD with its seed."""

DRAWS, DRAWS_UNSEEN = 1000, 200
"""Draws from each network given the real observations, and given those of each run left out."""

SEED = 1

TABLE, SUMMARY = "crosscheck.csv", "crosscheck.json"


@dataclass(frozen=True)
class Crosschecked:
    """A finished cross-check.

    Attributes
    ----------
    table : DataFrame
        One row per parameter, in standard normal units of its prior.
    summary : dict
        What ``crosscheck.json`` says.
    """

    table: pd.DataFrame
    summary: dict[str, Any]


def crosscheck(
    given: Inputs, folder: Path, parameters: int = PARAMETERS, *, seed: int = SEED, quiet: bool = False
) -> Crosschecked:
    """Train a neural posterior on the bank of a fit, compare, and write ``crosscheck.csv`` beside the fit.

    Parameters
    ----------
    given : Inputs
        World, targets and settings of the fit.
    folder : Path
        Fit folder that ``ewea calibrate baseline`` wrote.
    parameters : int
        How many coefficients to compare: those the data moved most.
    seed : int
        Of the split, the pairs, the network and its draws.
    quiet : bool
        Show no progress.

    Raises
    ------
    EweaError
        If BayesFlow is missing, the fit is not finished, targets or data changed since, or ``parameters`` is
        out of range.
    """
    check_installed()
    began, say = time.monotonic(), Teller(quiet)
    fitted, targets, simulations = read_fit(folder)
    given = with_simulations(given, simulations)
    bank, _ = fill_bank(given.root, folder / "bank", given.settings, workers=1)
    problem, found = prepare(
        bank.z, bank.prior, bank.runs, bank.first_month, given.world, given.targets.only("fit"),
        given.register, given.settings, bank.n_replicates,
    )  # fmt: skip
    check_targets_unchanged(problem, targets, folder)
    names = most_moved(fitted, problem.layout.active, parameters)
    designed = len(bank.z) - bank.n_replicates
    active = [bank.prior.names.index(name) for name in problem.layout.active]
    columns = [problem.layout.active.index(name) for name in names]
    pairs = training_pairs(
        problem, bank.z[:designed, active], found.values[:designed], columns, DRAWS_PER_RUN, seed
    )
    unseen, parts = split(designed, NETWORKS, seed)
    say(f"network: {designed} runs, {len(names)} parameters, {len(problem.terms)} observations")
    networks = []
    for number, (learn, stop) in enumerate(parts):
        networks.append(train(pairs.of(learn), pairs.of(stop), seed + number))
        losses = networks[-1].losses
        say(f"network {number + 1} of {NETWORKS}: {len(losses)} passes, lowest loss {min(losses):.3f}")
    observed = np.array([term.observed for term in problem.terms])
    draws = pooled(networks, observed[None, :], DRAWS, seed)[:, 0]
    recovery = unseen_recovery(networks, names, pairs.of(unseen).once(), seed)
    say("trial: the sampler with another seed, the networks on data simulated from its posterior")
    tried = trial(problem, networks, columns, given.settings.particles.value, seed)
    table = comparison(fitted, names, draws, recovery, tried)
    out, beyond = outside(pairs.x, observed), farther(pairs.once().x, observed)
    summary = {
        "runs": {"trained_on": len(parts[0][0]), "stopped_by": len(parts[0][1]), "unseen": len(unseen)},
        "pairs_per_run": DRAWS_PER_RUN,
        "observations": len(observed),
        "networks": NETWORKS,
        "passes": [len(network.losses) for network in networks],
        "lowest_loss": [round(min(network.losses), 4) for network in networks],
        "coverage": {str(level): round(recovery.pooled(level, np.inf), 3) for level in LEVELS},
        "parameters": len(table),
        "differ": table.loc[table["differs"], "parameter"].tolist(),
        "differ_unexplained": table.loc[table["differs"] & ~table["explained"], "parameter"].tolist(),
        "median_sampler_again_in_sd": round(float(table["sampler_again_in_sd"].abs().median()), 3),
        "median_difference_in_sd": round(float(table["difference_in_sd"].abs().median()), 3),
        "median_sd_ratio": round(float(table["sd_ratio"].median()), 3),
        "outside_prior_predictive": [
            f"{term.target}: {term.label}" for term, is_out in zip(problem.terms, out, strict=True) if is_out
        ],
        "runs_farther_than_observed": round(beyond, 4),
        "together_outside_prior_predictive": beyond < 1.0 - INSIDE,
        "minutes": round((time.monotonic() - began) / 60, 1),
    }
    write_whole(folder / TABLE, table.to_csv(index=False, float_format="%.5g"))
    write_whole(folder / SUMMARY, json.dumps(summary, indent=1, ensure_ascii=False) + "\n")
    return Crosschecked(table, summary)


def read_fit(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame, int]:
    """Return the parameter table and the target table of a fit, and the size of its bank.

    Raises
    ------
    EweaError
        If the calibration was not run to its end.
    """
    paths = [folder / name for name in ("parameters.csv", "targets.csv", "manifest.json")]
    for path in paths:
        if not path.is_file():
            raise EweaError(f"{path}: no such file. Run 'ewea calibrate baseline --out {folder}' to its end.")
    manifest = json.loads(paths[2].read_text(encoding="utf-8"))
    return pd.read_csv(paths[0]), pd.read_csv(paths[1]), int(manifest["settings"]["simulations"]["value"])


def check_targets_unchanged(problem: Problem, targets: pd.DataFrame, folder: Path) -> None:
    """Refuse to compare posteriors of different targets.

    Raises
    ------
    EweaError
        If the terms of the likelihood are not those in ``targets.csv`` of the fit.
    """
    back = [float(np.exp(term.observed) if term.log_scale else term.observed) for term in problem.terms]
    now = [(term.target, term.label) for term in problem.terms]
    then = list(zip(targets["target"], targets["label"], strict=True))
    values = targets["observed"].to_numpy(np.float64)
    if now != then or not np.allclose(values, back, rtol=1e-4):
        raise EweaError(
            f"{folder / 'targets.csv'}: the targets have changed since this fit, so the two posteriors would "
            f"answer different questions. Fit again: 'ewea calibrate baseline --out {folder}'."
        )


def most_moved(fitted: pd.DataFrame, active: tuple[str, ...], n: int) -> tuple[str, ...]:
    """Return the ``n`` coefficients of the likelihood whose posterior is narrowest beside its prior.

    Raises
    ------
    EweaError
        If there are fewer, or fewer than two are asked for.
    """
    rows = fitted[fitted["parameter"].isin(active)].sort_values("sd_ratio", kind="stable")
    if not FEWEST <= n <= len(rows):
        raise EweaError(f"--parameters: found {n}; {FEWEST} to {len(rows)} can be compared.")
    return tuple(rows["parameter"].iloc[:n])


def unseen_recovery(networks: list[Neural], names: tuple[str, ...], unseen: Pairs, seed: int) -> Recovery:
    """Return what the networks together make of runs none of them saw."""
    draws = np.concatenate(pooled(networks, unseen.x, DRAWS_UNSEEN, seed + len(networks)), axis=1)
    return summarise(names, list(zip(unseen.theta, draws, strict=True)))


def comparison(
    fitted: pd.DataFrame, names: tuple[str, ...], draws: Floats, recovery: Recovery, tried: Trial
) -> pd.DataFrame:
    """Return one row per parameter: both posteriors, how far apart they are, and the network's coverage.

    Parameters
    ----------
    fitted : DataFrame
        ``parameters.csv``: ``shift`` and ``sd_ratio`` are mean and SD in units of the prior.
    names : tuple of str
        Parameters of the network.
    draws : float64[network, draw, parameter]
        Posterior of each network given the real observations. ``training_sd`` says how far their means
        scatter: a difference of that order is one of training.
    recovery : Recovery
        Of runs it never saw; ``unseen_sd`` is the mean width of its posterior there.
    tried : Trial
        A difference is ``explained`` if the networks say about the real data what they say about data
        simulated from the posterior of the sampler (``surprise_sd``), or if the sampler itself moves as far
        with another seed.
    """
    rows = fitted.set_index("parameter").loc[list(names)]
    table = pd.DataFrame(
        {
            "parameter": names,
            "sampler_mean": rows["shift"].to_numpy(),
            "sampler_sd": rows["sd_ratio"].to_numpy(),
            "neural_mean": draws.mean(axis=(0, 1)),
            "neural_sd": draws.std(axis=(0, 1)),
        }
    )
    table["difference_in_sd"] = (table["neural_mean"] - table["sampler_mean"]) / table["sampler_sd"]
    table["sd_ratio"] = table["neural_sd"] / table["sampler_sd"]
    table["differs"] = table["difference_in_sd"].abs() > DIFFERS
    table["sampler_again_in_sd"] = (tried.again - table["sampler_mean"]) / table["sampler_sd"]
    table["network_bias_in_sd"] = tried.bias / table["sampler_sd"]
    table["surprise_sd"] = (table["neural_mean"] - tried.answer) / tried.answer_sd
    table["explained"] = (table["surprise_sd"].abs() <= SURPRISES) | (
        table["sampler_again_in_sd"].abs() >= table["difference_in_sd"].abs()
    )
    for level in LEVELS:
        table[f"coverage_{100 * level:.0f}"] = recovery.coverage(level)
    table["training_sd"] = draws.mean(axis=1).std(axis=0, ddof=1)
    table["unseen_sd"] = recovery.sd.mean(axis=0)
    return table
