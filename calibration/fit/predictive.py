"""Every target against simulations with draws of the posterior: answers as the survey would find them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from abm.arrays import Floats
from abm.data.tables import read_members
from abm.data.world import World
from abm.errors import ConfigError
from calibration.fit.outputs import measured_in_runs
from calibration.fit.virtual_survey import (
    EDGES,
    AnswerThresholds,
    Runs,
    answers,
    intention_shares,
    onward_shares,
)
from calibration.targets.schema import Population, SurveyLine, SurveyTarget
from calibration.targets.targets import Targets

PARTS = ("to_return", "to_stay", "onward")
NEVER = 99.0
"""Written for a question that does not offer moving on."""


def thresholds_path(root: Path, fit: str) -> Path:
    """Return the file of a fit's thresholds of each family, draw by draw: only surveys read them."""
    return root / "coefficients" / f"{fit}_cuts.csv"


def thresholds_table(thresholds: Mapping[str, AnswerThresholds]) -> pd.DataFrame:
    """Return one row per draw and one column ``<family>.<threshold>`` per threshold."""
    return pd.DataFrame(
        {
            f"{family}.{part}": np.minimum(getattr(here, part), NEVER)
            for family, here in thresholds.items()
            for part in PARTS
        }
    )


def read_thresholds(root: Path, fit: str, n_draws: int) -> dict[str, AnswerThresholds]:
    """Return the thresholds of every family by draw."""
    path, again = thresholds_path(root, fit), "Run 'ewea calibrate baseline' again."
    if not path.is_file():
        raise ConfigError(f"{path}: no such file. {again}")
    names, values = read_members(path, "draw", again)
    families = sorted({name.rsplit(".", 1)[0] for name in names})
    wanted = {f"{family}.{part}" for family in families for part in PARTS}
    if len(values) != n_draws or set(names) != wanted or len(names) != len(wanted):
        raise ConfigError(
            f"{path}:1: found {len(values)} draws of {len(names)} thresholds; {n_draws} draws of three "
            f"thresholds per family are needed. {again}"
        )
    columns = dict(zip(names, values.T, strict=True))
    return {family: AnswerThresholds(*(columns[f"{family}.{part}"] for part in PARTS)) for family in families}


@dataclass(frozen=True, kw_only=True)
class Checked:
    """One number of a target beside what the posterior predicts."""

    target: str
    label: str
    use: str
    kind: str  # ``survey``, ``contrast`` or ``quantity``; the family is empty for quantities
    family: str = ""
    month: int
    observed: float
    model: Floats  # [run] By draw, without sampling error
    sampling_sd: float = 0.0  # Sampling error of the observation; 0 for quantities, whose ``sd`` holds it
    sd: float  # Sampling error and model discrepancy together
    unit: str = "share"


def share_below(cumulative: Floats, threshold: Floats) -> Floats:
    """Return the share below a threshold, float64[run], from binned distributions float64[run, bin]."""
    return np.array(
        [np.interp(t, EDGES, row, left=0.0) for t, row in zip(threshold, cumulative, strict=True)]
    )


def check_targets(
    runs: Runs, first_month: int, thresholds: Mapping[str, AnswerThresholds], world: World, targets: Targets
) -> list[Checked]:
    """Return all targets that the runs reach, fitted and held out, of families with thresholds."""
    last = first_month + runs["adults"].shape[1] - 1
    found: list[Checked] = []

    def reached(line: SurveyLine) -> bool:
        return line.month <= last and line.family in thresholds

    def asked(line: SurveyLine, population: Population) -> dict[str, Floats]:
        here, condition = thresholds[line.family], line.question.condition
        shares = intention_shares(runs, first_month, world, condition, line.month, population)
        ready = np.zeros(len(shares))
        if isinstance(line, SurveyTarget) and line.offers_onward:
            ready = 1.0 - share_below(
                onward_shares(runs, first_month, line.month, population.hosts), here.onward
            )
        return answers(share_below(shares, here.to_return), share_below(shares, here.to_stay), ready)

    for survey in filter(reached, targets.surveys):
        predicted = asked(survey, survey.population)
        for group, share in survey.groups:
            sampling = float(np.sqrt(survey.sampling_variance(share)))
            found.append(
                Checked(
                    target=survey.id, label=" or ".join(group), use=survey.use, kind="survey",
                    family=survey.family, month=survey.month, observed=share,
                    model=np.asarray(sum(predicted[answer] for answer in group)),
                    sampling_sd=sampling, sd=float(np.hypot(sampling, survey.discrepancy)),
                )
            )  # fmt: skip
    for split in filter(reached, targets.contrasts):
        one, other = (asked(split, group) for group in (split.group, split.against))
        sampling = float(np.sqrt(split.sampling_variance))
        found.append(
            Checked(
                target=split.id, label=split.label, use=split.use, kind="contrast", family=split.family,
                month=split.month, observed=split.difference,
                model=one[split.answer] - other[split.answer],
                sampling_sd=sampling, sd=float(np.hypot(sampling, split.discrepancy)),
            )
        )  # fmt: skip
    for target in targets.quantities:
        value = measured_in_runs(runs, first_month, target, world)
        if value is not None:
            found.append(
                Checked(
                    target=target.id, label=target.measure, use=target.use, kind="quantity",
                    month=target.last, observed=target.value, model=value, sd=target.sd, unit=target.unit,
                )
            )  # fmt: skip
    return found
