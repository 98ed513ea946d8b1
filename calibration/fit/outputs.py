"""What runs find about every target, as one table of numbers that an emulator can learn.

Observed quantities are measured in runs exactly as they were measured in the world; what else is learnt are
moments of the distributions surveys ask for, and what the registers could have seen.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.arrays import Floats
from abm.data.world import World
from abm.errors import EweaError
from abm.months import month_index
from calibration.fit.register_exits import CleanUp, ExitRate, simulated_leavers, simulated_rates
from calibration.fit.virtual_survey import common_shape, intention_shares, mean_and_spread, onward_shares
from calibration.targets.schema import Population, SurveyLine, SurveyTarget
from calibration.targets.targets import QuantityTarget, Targets

Runs = Mapping[str, NDArray[Any]]

END_OF_2022 = month_index("2022-12")

LEAST = 1e-4
"""Keeps logarithms finite where a run has nobody."""


class Scale(IntEnum):
    """How a quantity is learnt: as it is where it can be negative, log odds of shares, else logarithms."""

    PLAIN, LOG_ODDS, LOG = range(3)


def scale_of(target: QuantityTarget) -> Scale:
    """Return the scale a quantity is learnt on."""
    if target.measure == "net_outflow":
        return Scale.PLAIN
    return Scale.LOG_ODDS if target.unit == "share" else Scale.LOG


def to_scale(scale: Scale, values: Floats) -> Floats:
    """Return a quantity on its scale."""
    if scale == Scale.PLAIN:
        return values
    if scale == Scale.LOG_ODDS:
        inside = np.clip(values, LEAST, 1.0 - LEAST)
        return np.asarray(np.log(inside / (1.0 - inside)))
    return np.asarray(np.log(np.maximum(values, LEAST)))


def from_scale(scale: Scale, values: Floats) -> Floats:
    """Return what :func:`to_scale` was given."""
    if scale == Scale.PLAIN:
        return values
    return np.asarray(1.0 / (1.0 + np.exp(-values)) if scale == Scale.LOG_ODDS else np.exp(values))


class Sums:
    """Monthly sums of stacked runs over hosts and months, all float64[run]."""

    def __init__(self, runs: Runs, first_month: int) -> None:
        self._runs, self._first = runs, first_month
        self.months = runs["arrivals"].shape[1]

    def flow(self, name: str, hosts: tuple[int, ...], first: int | None, last: int) -> Floats:
        """Return persons of a flow over months and hosts; ``first`` None: from the start."""
        begin = 0 if first is None else max(first - self._first, 0)
        part = self._runs[name][:, begin : last - self._first + 1, list(hosts)]
        return np.asarray(part.sum(axis=(1, 2), dtype=np.float64))

    def stock(self, hosts: tuple[int, ...], month: int) -> Floats:
        """Return persons at the end of a month."""
        return np.asarray(
            self._runs["stock"][:, month - self._first + 1, list(hosts)].sum(axis=1, dtype=np.float64)
        )

    def left(self, hosts: tuple[int, ...], first: int | None, last: int) -> Floats:
        """Return persons who returned or moved on."""
        return self.flow("returns", hosts, first, last) + self.flow("onward_out", hosts, first, last)

    def ever(self, hosts: tuple[int, ...], last: int) -> Floats:
        """Return everybody who ever came, those who came again counted again."""
        names = ("arrivals", "onward_in", "redepartures")
        return np.asarray(sum(self.flow(name, hosts, None, last) for name in names))


def _left_share(s: Sums, t: QuantityTarget, _: World) -> Floats:
    if t.arrived_until is None:
        return s.left(t.hosts, None, t.last) / s.ever(t.hosts, t.last)
    return s.left(t.hosts, t.arrived_until + 1, t.last) / s.stock(t.hosts, t.arrived_until)


def _hazard(s: Sums, t: QuantityTarget, _: World) -> Floats:
    rates = [s.flow("returns", t.hosts, m, m) / s.stock(t.hosts, m - 1) for m in range(t.first, t.last + 1)]
    return np.asarray(np.mean(rates, axis=0))


def _from_neighbours(s: Sums, t: QuantityTarget, world: World) -> Floats:
    near = tuple(host for host in t.hosts if world.hosts.is_neighbour[host])
    return s.flow("returns", near, None, t.last) / s.flow("returns", t.hosts, None, t.last)


def _net_outflow(s: Sums, t: QuantityTarget, _: World) -> Floats:
    out = s.flow("arrivals", t.hosts, t.first, t.last) + s.flow("redepartures", t.hosts, t.first, t.last)
    return out - s.flow("returns", t.hosts, t.first, t.last)


def _share_of_hosts(s: Sums, t: QuantityTarget, _: World) -> Floats:
    whole = t.hosts if t.of_group is None else t.of_group.hosts
    return s.stock(t.hosts, t.last) / s.stock(whole, t.last)


MEASURES: Mapping[str, Callable[[Sums, QuantityTarget, World], Floats]] = {
    "returned_share": lambda s, t, _: s.flow("returns", t.hosts, None, t.last) / s.ever(t.hosts, t.last),
    "moved_on_share": lambda s, t, _: s.flow("onward_out", t.hosts, None, t.last) / s.ever(t.hosts, t.last),
    "left_share": _left_share,
    "return_of_leavers_share": lambda s, t, _: (
        s.flow("returns", t.hosts, None, t.last) / s.left(t.hosts, None, t.last)
    ),
    "return_hazard": _hazard,
    "returns_total": lambda s, t, _: (
        s.flow("returns", t.hosts, None, t.last) - s.flow("redepartures", t.hosts, None, t.last)
    ),
    "returned_in_2022_share": lambda s, t, _: (
        s.flow("returns", t.hosts, None, END_OF_2022) / s.flow("returns", t.hosts, None, t.last)
    ),
    "returned_from_neighbours_share": _from_neighbours,
    "net_outflow": _net_outflow,
    "exit_share": lambda s, t, _: s.left(t.hosts, t.last, t.last) / s.stock(t.hosts, t.last - 1),
    "share_of_hosts": _share_of_hosts,
    "displaced_total": lambda s, t, _: s.stock(t.hosts, t.last),
}
"""Measures a run keeps enough for; the others are inputs of the model or not simulated by place."""


def measured_in_runs(runs: Runs, first_month: int, target: QuantityTarget, world: World) -> Floats | None:
    """Return a quantity by run in its target's unit, float64[run]; None where runs cannot tell."""
    sums = Sums(runs, first_month)
    begins = min(target.first, target.last if target.arrived_until is None else target.arrived_until)
    if target.measure not in MEASURES or begins < first_month or target.last - first_month >= sums.months:
        return None
    return MEASURES[target.measure](sums, target, world)


def distributions_of(targets: Targets) -> dict[str, tuple[SurveyLine, Population]]:
    """Return every distribution of intentions the targets ask for, by name."""
    asked: list[tuple[SurveyLine, Population]] = [(line, line.population) for line in targets.surveys]
    for split in targets.contrasts:
        asked += [(split, split.group), (split, split.against)]
    return {line.distribution(population): (line, population) for line, population in asked}


def onward_name(survey: SurveyTarget) -> str:
    """Return the name of the distribution of readiness a question asks for."""
    return f"onward.{survey.month}.{survey.population.group.place}"


@dataclass(frozen=True)
class Outputs:
    """Outputs of the training runs."""

    # ``K`` outputs: ``mean.<distribution>``, ``log_spread.<distribution>``, ``quantity.<id>`` and the names
    # of exit rates and clean-ups
    names: tuple[str, ...]
    values: Floats  # [run, K]
    shapes: dict[str, Floats]  # Common shape of each distribution


def outputs_of(
    runs: Runs, first_month: int, world: World, targets: Targets, rates: list[ExitRate], events: list[CleanUp]
) -> Outputs:
    """Return what stacked runs (:func:`calibration.fit.simulated.simulate_past`) find about the targets."""
    columns: dict[str, Floats] = {}
    shapes: dict[str, Floats] = {}

    def add(name: str, cumulative: Floats) -> None:
        mean, spread = mean_and_spread(cumulative)
        columns[f"mean.{name}"], columns[f"log_spread.{name}"] = mean, np.log(spread)
        shapes[name] = common_shape(cumulative)

    for name, (line, population) in distributions_of(targets).items():
        condition = line.question.condition
        add(name, intention_shares(runs, first_month, world, condition, line.month, population))
    for survey in targets.surveys:
        name = onward_name(survey)
        if survey.offers_onward and f"mean.{name}" not in columns:
            add(name, onward_shares(runs, first_month, survey.month, survey.population.hosts))
    for target in targets.quantities:
        with np.errstate(divide="ignore", invalid="ignore"):
            found = measured_in_runs(runs, first_month, target, world)
        if found is not None:
            columns[f"quantity.{target.id}"] = to_scale(scale_of(target), found)
    if rates:
        found_rates = simulated_rates(runs, first_month, world.registers, rates)
        for number, rate in enumerate(rates):
            columns[rate.name] = np.log(np.maximum(found_rates[:, number], LEAST))
    if events:
        leavers = simulated_leavers(runs, first_month, events)
        for number, event in enumerate(events):
            columns[event.name] = np.log(np.maximum(leavers[:, number], 1.0))
    values = np.stack(list(columns.values()), axis=1)
    if not np.isfinite(values).all():
        bad = [name for name, column in columns.items() if not np.isfinite(column).all()]
        raise EweaError(
            f"training runs: {len(bad)} quantities cannot be computed in some ({', '.join(bad[:3])}), as no "
            "simulated household did what they count. Take more households: a smaller 'scale' or more "
            "'households_per_host' in calibration.yaml."
        )
    return Outputs(tuple(columns), values, shapes)
