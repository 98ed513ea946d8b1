"""What the bank says about every target, as one table of numbers that an emulator can learn."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.data.world import World
from calibration.fit.quantities import measured
from calibration.fit.register_exits import CleanUp, ExitRate, simulated_leavers, simulated_rates
from calibration.fit.virtual_survey import common_shape, mean_and_spread, onward_shares, wish_shares
from calibration.targets.records import Asked, ContrastTarget, Population, SurveyTarget, Targets

Floats = NDArray[np.float64]
Runs = dict[str, NDArray[Any]]

LEAST = 1e-4
"""Keeps logarithms finite where a run has nobody."""


def to_scale(unit: str, measure: str, values: Floats) -> Floats:
    """Return a quantity on the scale it is learnt on: log odds of shares, logarithms of others."""
    if measure in EITHER_SIGN:
        return values
    if unit == "share":
        inside = np.clip(values, LEAST, 1.0 - LEAST)
        return np.asarray(np.log(inside / (1.0 - inside)))
    return np.asarray(np.log(np.maximum(values, LEAST)))


def from_scale(unit: str, measure: str, values: Floats) -> Floats:
    """Return what :func:`to_scale` was given."""
    if measure in EITHER_SIGN:
        return values
    return np.asarray(1.0 / (1.0 + np.exp(-values)) if unit == "share" else np.exp(values))


EITHER_SIGN = ("net_outflow",)
"""Quantities that can be negative."""


def cell_name(asked: Asked, population: Population) -> str:
    """Return the name of the distribution a question cuts."""
    return f"{asked.condition}.{asked.month}.{population.key}"


def cells_of(targets: Targets) -> dict[str, tuple[Asked, Population]]:
    """Return every distribution the targets cut, by name."""
    asked: list[tuple[Asked, Population]] = [(line, line.population) for line in targets.surveys]
    for split in targets.contrasts:
        asked += [(split, split.group), (split, split.against)]
    return {cell_name(line, population): (line, population) for line, population in asked}


def offers_onward(survey: SurveyTarget) -> bool:
    """Return whether moving on is among the answers of a question."""
    return any("onward" in group for group, _ in survey.answers)


def onward_name(survey: SurveyTarget) -> str:
    """Return the name of the distribution of readiness a question cuts."""
    return f"{survey.month}.{survey.population.place}"


@dataclass(frozen=True)
class Learnt:
    """Outputs of the bank.

    Attributes
    ----------
    names : tuple of str
        ``K`` outputs: ``mean.<cell>``, ``log_spread.<cell>``, the same with ``onward.``, ``quantity.<id>``
        and the names of exit rates and clean-ups.
    values : float64[run, K]
    shapes : dict of str to float64[grid]
        Common shape of each distribution.
    """

    names: tuple[str, ...]
    values: Floats
    shapes: dict[str, Floats]


def learnt(
    runs: Runs, first_month: int, world: World, targets: Targets, rates: list[ExitRate], events: list[CleanUp]
) -> Learnt:
    """Return what the runs of a bank say about the targets.

    Parameters
    ----------
    runs : dict
        Stacked results of :func:`calibration.fit.simulated.simulate`.
    first_month : int
        Month of their first row.
    world : World
    targets : Targets
        Those to learn.
    rates, events
        Register targets.
    """
    columns: dict[str, Floats] = {}
    shapes: dict[str, Floats] = {}

    def add(name: str, cumulative: Floats) -> None:
        mean, spread = mean_and_spread(cumulative)
        columns[f"mean.{name}"], columns[f"log_spread.{name}"] = mean, np.log(spread)
        shapes[name] = common_shape(cumulative)

    for name, (asked, population) in cells_of(targets).items():
        add(name, wish_shares(runs, first_month, world, asked.condition, asked.month, population))
    for survey in targets.surveys:
        name = f"onward.{onward_name(survey)}"
        if offers_onward(survey) and f"mean.{name}" not in columns:
            add(name, onward_shares(runs, first_month, survey.month, survey.population.hosts))
    for target in targets.quantities:
        found = measured(runs, first_month, target, world)
        if found is not None:
            columns[f"quantity.{target.id}"] = to_scale(target.unit, target.measure, found)
    if rates:
        found_rates = simulated_rates(runs, first_month, world.registers, rates)
        for number, rate in enumerate(rates):
            columns[rate.name] = np.log(np.maximum(found_rates[:, number], LEAST))
    if events:
        leavers = simulated_leavers(runs, first_month, events)
        for number, event in enumerate(events):
            columns[event.name] = np.log(np.maximum(leavers[:, number], 1.0))
    return Learnt(tuple(columns), np.stack(list(columns.values()), axis=1), shapes)


def contrast_cells(split: ContrastTarget) -> tuple[str, str]:
    """Return the names of the two distributions of a contrast."""
    return cell_name(split, split.group), cell_name(split, split.against)
