"""Observed against simulated, with intervals."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import Field, model_validator

from abm.band import HIGH, LOW
from abm.compiled import compile_once
from abm.data.config import Strict, load
from abm.data.figures import DateText, Text
from abm.data.folder import load_settings
from abm.errors import EweaError
from abm.policy.scenario import scenario_world
from experiments.natural.simulated import SIMULATED


def natural_experiment(root: Path, name: str, seeds: Sequence[int], scale: int) -> dict[str, Any]:
    """Return the experiment with what was observed and what the model says.

    Returns
    -------
    dict
        ``{id, label, question, reading, source, rows: [{name, unit, observed, observed_low,
        observed_high, simulated, low_80, high_80, inside}]}``.
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


FOLDER = "natural_experiments"


class Observed(Strict):
    """A number that was observed, with the interval a model has to meet."""

    name: Text
    value: float
    low: float
    high: float
    unit: Text
    date: DateText
    publisher: Text
    status: Literal["recorded", "quoted", "derived", "assumed"]

    @model_validator(mode="after")
    def _interval(self) -> "Observed":
        if not self.low <= self.value <= self.high:
            raise ValueError(f"value {self.value:g} must lie between low {self.low:g} and high {self.high:g}")
        return self


class NaturalExperiment(Strict):
    """One natural experiment."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    label: Text
    question: Text
    reading: Text
    source: Text
    observed: list[Observed] = Field(min_length=1)


def experiment_ids(root: Path) -> list[str]:
    """Return the ids of all natural experiments."""
    return sorted(path.stem for path in (root / FOLDER).glob("*.yaml"))


def load_experiment(root: Path, name: str) -> NaturalExperiment:
    """Return what was observed."""
    if name not in experiment_ids(root):
        raise EweaError(f"{name!r} is no natural experiment; there are {', '.join(experiment_ids(root))}.")
    return load(root / FOLDER / f"{name}.yaml", NaturalExperiment)
