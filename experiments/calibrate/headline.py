"""Which parameters the headline results hang on, those included that no data move."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from abm.band import HIGH, LOW
from abm.data.settings import load_settings
from calibration.fit.headline import OTHER
from experiments.calibrate.bank import context_of
from experiments.calibrate.inputs import Inputs
from experiments.calibrate.run import Teller, fresh_store, read_posterior
from experiments.calibrate.tables import MOVED
from experiments.ensemble.resume import run_tasks

TASK = "calibration.fit.headline:headline"
NETHERLANDS = "NL"
SHOWN = 15
"""Parameters listed per outcome, strongest first."""


def sensitivity(
    given: Inputs, folder: Path, *, workers: int, scheduler: str | None, say: Teller
) -> pd.DataFrame:
    """Return rank correlations of headline results with parameters over draws of the posterior.

    Returns
    -------
    DataFrame
        ``outcome``, ``parameter``, ``correlation``, ``sd_ratio``, ``stays_at_prior``; strongest first.
    """
    posterior = read_posterior(folder)
    usual = load_settings(given.root)
    until = usual.default_until
    context: dict[str, Any] = {
        **context_of(given.root, given.settings, until),
        "fork": usual.last_register_month + 1,
        "households_per_host": given.settings.sensitivity_households.value,
        "scale": given.settings.sensitivity_scale.value,
    }
    n = min(given.settings.sensitivity_draws.value, len(posterior.values))
    tasks = [posterior.task(row) for row in range(n)]
    with fresh_store(folder / "headline", context, TASK) as store:
        run_tasks(store, tasks, workers=workers, scheduler=scheduler, on_progress=say.progress("headline"))
        failed = store.failures()
        good = [row for row in range(n) if store.key(tasks[row]) not in failed]
        runs = store.read(keys=[store.key(tasks[row]) for row in good])
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
