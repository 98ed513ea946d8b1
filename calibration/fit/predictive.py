"""Every target against simulations with draws of the posterior: answers as the survey would find them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.data.world import World
from calibration.fit.outputs import offers_onward
from calibration.fit.quantities import measured
from calibration.fit.virtual_survey import EDGES, Cuts, answers, onward_shares, wish_shares
from calibration.targets.records import (
    Asked,
    ContrastTarget,
    Population,
    QuantityTarget,
    SurveyTarget,
    Targets,
)

Floats = NDArray[np.float64]
Runs = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class Checked:
    """One number of a target beside what the posterior says of it.

    Attributes
    ----------
    target, label, use, kind, family : str
        ``kind`` is ``survey``, ``contrast`` or ``quantity``; ``family`` is empty for quantities.
    month : int
    observed : float
    model : float64[run]
        By draw, without sampling error.
    sampling_sd : float
        Sampling error of the observation; 0 for quantities, whose ``sd`` holds it.
    sd : float
        Sampling error and model discrepancy together.
    unit : str
    """

    target: str
    label: str
    use: str
    kind: str
    family: str
    month: int
    observed: float
    model: Floats
    sampling_sd: float
    sd: float
    unit: str


def cut_at(cumulative: Floats, cut: Floats) -> Floats:
    """Return the share below a cut, float64[run], from binned distributions float64[run, bin]."""
    return np.array([np.interp(c, EDGES, row, left=0.0) for c, row in zip(cut, cumulative, strict=True)])


def check_targets(
    runs: Runs, first_month: int, cuts: Mapping[str, Cuts], world: World, targets: Targets
) -> list[Checked]:
    """Return all targets that the runs reach, fitted and held out.

    Parameters
    ----------
    runs : mapping
        Runs with the parameters of the draws, stacked.
    first_month : int
        Month of their first row.
    cuts : mapping of str to Cuts
        Where each family of questions cuts the wish, one value per run; questions of other families are left
        out.
    world : World
    targets : Targets
    """
    last = first_month + runs["adults"].shape[1] - 1
    found: list[Checked] = []
    for survey in targets.surveys:
        if survey.month <= last and survey.family in cuts:
            found += _survey(survey, runs, first_month, cuts, world)
    for split in targets.contrasts:
        if split.month <= last and split.family in cuts:
            found.append(_contrast(split, runs, first_month, cuts, world))
    for target in targets.quantities:
        value = measured(runs, first_month, target, world)
        if value is not None:
            found.append(_quantity(target, value))
    return found


def _said(
    asked: Asked,
    population: Population,
    onward: bool,
    runs: Runs,
    first: int,
    cuts: Mapping[str, Cuts],
    world: World,
) -> dict[str, Floats]:
    here = cuts[asked.family]
    wishes = wish_shares(runs, first, world, asked.condition, asked.month, population)
    ready = None
    if onward:
        ready = 1.0 - cut_at(onward_shares(runs, first, asked.month, population.hosts), here.onward)
    return answers(cut_at(wishes, here.to_return), cut_at(wishes, here.to_stay), ready)


def _survey(
    survey: SurveyTarget, runs: Runs, first: int, cuts: Mapping[str, Cuts], world: World
) -> list[Checked]:
    said = _said(survey, survey.population, offers_onward(survey), runs, first, cuts, world)
    found = []
    for group, share in survey.answers:
        sampling = float(np.sqrt(share * (1.0 - share) * survey.design_effect / survey.n))
        model = np.asarray(sum(said[answer] for answer in group))
        sd = float(np.hypot(sampling, survey.discrepancy))
        label = " or ".join(group)
        found.append(
            Checked(
                survey.id,
                label,
                survey.use,
                "survey",
                survey.family,
                survey.month,
                share,
                model,
                sampling,
                sd,
                "share",
            )
        )
    return found


def _contrast(
    split: ContrastTarget, runs: Runs, first: int, cuts: Mapping[str, Cuts], world: World
) -> Checked:
    one, other = (
        _said(split, group, False, runs, first, cuts, world) for group in (split.group, split.against)
    )
    sampling = float(np.sqrt(0.25 * split.design_effect * (1.0 / split.n + 1.0 / split.against_n)))
    model = one[split.answer] - other[split.answer]
    label = f"{split.answer}: {split.group.key} less {split.against.key}"
    sd = float(np.hypot(sampling, split.discrepancy))
    return Checked(
        split.id,
        label,
        split.use,
        "contrast",
        split.family,
        split.month,
        split.difference,
        model,
        sampling,
        sd,
        "share",
    )


def _quantity(target: QuantityTarget, value: Floats) -> Checked:
    return Checked(
        target.id,
        target.measure,
        target.use,
        "quantity",
        "",
        target.last,
        target.value,
        value,
        0.0,
        target.sd,
        target.unit,
    )
