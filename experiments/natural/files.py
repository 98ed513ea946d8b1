"""Read ``configs/natural_experiments/<id>.yaml``: what was observed."""

from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from abm.data.config import Strict, load
from abm.data.figures import DateText, Text
from abm.errors import EweaError

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
    """Return what was observed.

    Raises
    ------
    EweaError
        If there is no such experiment.
    """
    if name not in experiment_ids(root):
        raise EweaError(f"{name!r} is no natural experiment; there are {', '.join(experiment_ids(root))}.")
    return load(root / FOLDER / f"{name}.yaml", NaturalExperiment)
