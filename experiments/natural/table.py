"""Observed against simulated, with intervals."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from abm.band import HIGH, LOW
from abm.compiled import compile_once
from abm.data.folder import load_settings
from abm.errors import EweaError
from abm.policy.scenario import scenario_world
from experiments.natural.files import load_experiment
from experiments.natural.simulated import SIMULATED


def natural_experiment(root: Path, name: str, seeds: Sequence[int], scale: int) -> dict[str, Any]:
    """Return the experiment with what was observed and what the model says.

    Returns
    -------
    dict
        ``{id, label, question, reading, source, rows: [{name, unit, observed, observed_low,
        observed_high, simulated, low_80, high_80, inside}]}``.

    Raises
    ------
    EweaError
        If the experiment is unknown or nothing simulates it.
    """
    about = load_experiment(root, name)
    if name not in SIMULATED:
        raise EweaError(f"{name}: there are observations but no simulation; see experiments/natural.")
    compile_once(scenario_world(root, load_settings(root).default_until))
    found = np.array([SIMULATED[name](root, seed, scale) for seed in seeds])
    rows = []
    for number, seen in enumerate(about.observed):
        low, middle, high = np.quantile(found[:, number], [LOW, 0.5, HIGH])
        rows.append(
            {
                "name": seen.name,
                "unit": seen.unit,
                "observed": seen.value,
                "observed_low": seen.low,
                "observed_high": seen.high,
                "simulated": float(middle),
                "low_80": float(low),
                "high_80": float(high),
                "inside": bool(seen.low <= middle <= seen.high),
            }
        )
    document = about.model_dump(exclude={"observed"})
    return {**document, "rows": rows}
