"""Proof that the calibration works: recovery of known parameters, ranks, and sensitivity of the headlines."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import cloudpickle
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from calibration.fit.likelihood import Problem, problem_of
from calibration.fit.outputs import Learnt
from calibration.fit.posterior import prepare
from calibration.fit.recovery import LEVELS, Recovery, recover, summarise, without_truths
from experiments.calibrate.bank import Bank, fill_bank
from experiments.calibrate.headline import sensitivity
from experiments.calibrate.inputs import Inputs
from experiments.calibrate.run import Teller
from experiments.calibrate.tables import MOVED
from experiments.ensemble.files import write_whole
from experiments.ensemble.pool import run_in_order
from experiments.ensemble.worker import cores

Floats = NDArray[np.float64]


def prove(
    given: Inputs, folder: Path, *, workers: int = 0, scheduler: str | None = None, quiet: bool = False
) -> dict[str, Any]:
    """Write ``recovery.csv``, ``ranks.csv`` and ``sensitivity.csv`` into a fit folder.

    Returns
    -------
    dict
        ``replicates``, ``parameters`` counted, and ``coverage`` by level.
    """
    say = Teller(quiet)
    bank, _ = fill_bank(given.root, folder / "bank", given.settings, workers=workers, scheduler=scheduler)
    say(f"recovery: {given.settings.recovery_replicates.value} synthetic truths")
    found = recovery_of(given, bank, workers or cores())
    ranks = [
        {"parameter": name, "replicate": r, "rank": found.rank[r, d], "truth": found.truth[r, d],
         "mean": found.mean[r, d], "sd": found.sd[r, d]}
        for d, name in enumerate(found.names)
        for r in range(len(found.truth))
    ]  # fmt: skip
    write_whole(folder / "ranks.csv", pd.DataFrame(ranks).to_csv(index=False, float_format="%.5g"))
    table = pd.DataFrame({"parameter": found.names, "replicates": len(found.truth)})
    for level in LEVELS:
        table[f"coverage_{100 * level:.0f}"] = found.coverage(level)
    table["sd_ratio"] = found.sd.mean(axis=0)
    table["p_uniform"] = [stats.kstest(found.rank[:, d], "uniform").pvalue for d in range(len(found.names))]
    write_whole(folder / "recovery.csv", table.to_csv(index=False, float_format="%.5g"))
    say("sensitivity: headline results under draws of the posterior")
    outcomes = sensitivity(given, folder, workers=workers, scheduler=scheduler, say=say)
    write_whole(folder / "sensitivity.csv", outcomes.to_csv(index=False, float_format="%.5g"))
    summary = {
        "replicates": len(found.truth),
        "parameters": int((found.sd.mean(axis=0) < MOVED).sum()),
        "coverage": {str(level): round(found.pooled(level, MOVED), 3) for level in LEVELS},
        "ranks_uniform_share": round(float((table["p_uniform"] > 0.05).mean()), 3),
    }
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["summary"]["proof"] = summary
    write_whole(path, json.dumps(manifest, indent=1, ensure_ascii=False) + "\n")
    return summary


def recovery_of(given: Inputs, bank: Bank, processes: int) -> Recovery:
    """Return what becomes of synthetic truths drawn from the bank."""
    designed = len(bank.z) - bank.n_replicates
    problem, found = prepare(
        bank.z, bank.prior, bank.runs, bank.first_month, given.world, given.targets.only("fit"),
        given.register, given.settings, bank.n_replicates,
    )  # fmt: skip
    n = given.settings.recovery_replicates.value
    truths = np.random.default_rng(7).choice(designed, n, replace=False)
    learnt = Learnt(found.names, found.values[:designed], found.shapes)
    fitted = given.targets.only("fit")
    reduced = problem_of(
        given.world,
        problem.layout,
        without_truths(problem, bank.z[:designed], learnt, bank.prior, truths),
        found.shapes,
        fitted,
        given.register.rates,
        given.register.events,
    )
    names = (
        *problem.layout.active,
        *(f"other_{k}" for k in range(problem.layout.size - len(problem.layout.active))),
    )
    columns = [bank.prior.names.index(name) for name in problem.layout.active]
    jobs = [(bank.z[row][columns], found.values[row], number) for number, row in enumerate(truths)]
    settings = given.settings
    arguments = (settings.recovery_particles.value, settings.recovery_moves.value)
    # The problem holds closures, which plain pickle cannot hand on.
    pairs = run_in_order(_one, (cloudpickle.dumps(reduced), *arguments), jobs, processes)
    return summarise(names, pairs)


@lru_cache(maxsize=1)
def _thawed(frozen: bytes) -> Problem:
    return cloudpickle.loads(frozen)  # type: ignore[no-any-return]


def _one(frozen: bytes, particles: int, moves: int, job: tuple[Floats, Floats, int]) -> tuple[Floats, Floats]:
    z, outputs, number = job
    return recover(_thawed(frozen), z, outputs, 1000 + number, particles, moves, 3 * moves)
