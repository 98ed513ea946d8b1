"""What calibration is asked to meet and what is held out: ``configs/targets`` as typed targets.

``load_targets`` is the only door; :mod:`calibration.targets.files` checks the files.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TypedDict

import numpy as np

from abm.data.world import Hosts, World
from abm.months import month_index
from abm.places import GROUPS, hosts_of
from calibration.targets.files import read_folder
from calibration.targets.lines import Use
from calibration.targets.quantities import MonthWindow, QuantityFile, RegisterFile
from calibration.targets.records import (
    Condition,
    ContrastTarget,
    Population,
    QuantityTarget,
    RegisterTarget,
    SurveyTarget,
    Targets,
)
from calibration.targets.surveys import AnswerLine, PopulationLine, SurveyFile
from calibration.validation.rules import load_rules

__all__ = [
    "Condition",
    "ContrastTarget",
    "Population",
    "QuantityTarget",
    "RegisterTarget",
    "SurveyTarget",
    "Targets",
    "load_targets",
]

PERCENTAGE_POINTS = 100


def load_targets(root: Path, world: World) -> Targets:
    """Return all targets, hosts and months resolved and shares scaled to 1.

    Parameters
    ----------
    root : Path
        The ``configs`` folder; the last month of the fit comes from its ``validation.yaml``.
    world : World
        Hosts and registers.

    Raises
    ------
    ConfigError
        With every fault of the folder, each with file and line.
    """
    rules = load_rules(root / "validation.yaml", world.hosts.ids, world.registers)
    surveys: list[SurveyTarget] = []
    contrasts: list[ContrastTarget] = []
    quantities: list[QuantityTarget] = []
    register: list[RegisterTarget] = []
    for file in read_folder(root, world.hosts.ids, rules.windows["fit"][1]):
        content = file.content
        if isinstance(content, SurveyFile):
            surveys += _waves(content, world.hosts)
            contrasts += _splits(content, world.hosts)
        elif isinstance(content, QuantityFile):
            quantities += _quantities(content, world.hosts)
        else:
            register.append(_register(content, rules.hosts))
    return Targets(tuple(surveys), tuple(contrasts), tuple(quantities), register[0])


def _numbers(names: list[str], hosts: Hosts) -> tuple[int, ...]:
    """Return the numbers of hosts named singly or as a group, in code order."""
    chosen = hosts_of(names, hosts, groups=tuple(GROUPS))
    return tuple(int(host) for host in np.flatnonzero(chosen))


def _population(line: PopulationLine, hosts: Hosts) -> Population:
    attribute, value = next(iter(line.attributes.items()), (None, None))
    return Population(_numbers(line.hosts, hosts), attribute, value, "+".join(sorted(line.hosts)))


class _Asked(TypedDict):
    id: str
    survey: str
    family: str
    condition: Condition
    horizon_months: int | None
    month: int
    n: int
    design_effect: float
    discrepancy: float
    use: Use
    reason: str
    source: str
    publisher: str
    label: dict[str, str]


def _asked(content: SurveyFile, line: AnswerLine) -> _Asked:
    return {
        "id": line.id,
        "survey": content.id,
        "family": content.family,
        "condition": "safe" if content.condition == "when_safe" else "now",
        "horizon_months": content.horizon_months,
        "month": month_index(line.month),
        "n": line.n,
        "design_effect": line.design_effect,
        "discrepancy": line.discrepancy_pp / PERCENTAGE_POINTS,
        "use": line.use,
        "reason": line.reason,
        "source": line.source,
        "publisher": content.publisher,
        "label": content.label.model_dump(),
    }


def _waves(content: SurveyFile, hosts: Hosts) -> Iterator[SurveyTarget]:
    for wave in content.observations:
        total = sum(wave.answers.values())
        yield SurveyTarget(
            **_asked(content, wave),
            population=_population(wave.population, hosts),
            answers=tuple((tuple(key.split("+")), share / total) for key, share in wave.answers.items()),
        )


def _splits(content: SurveyFile, hosts: Hosts) -> Iterator[ContrastTarget]:
    for split in content.contrasts:
        yield ContrastTarget(
            **_asked(content, split),
            group=_population(split.group, hosts),
            against=_population(split.against, hosts),
            answer=split.answer,
            difference=split.difference,
            against_n=split.against_n,
        )


def _quantities(content: QuantityFile, hosts: Hosts) -> Iterator[QuantityTarget]:
    for line in content.quantities:
        yield QuantityTarget(
            id=line.id,
            file=content.id,
            measure=line.measure,
            hosts=_numbers(line.hosts, hosts),
            of_hosts=None if line.of_hosts is None else _numbers(line.of_hosts, hosts),
            first=month_index(line.begin),
            last=month_index(line.end),
            arrived_until=None if line.arrived_until is None else month_index(line.arrived_until),
            value=line.value,
            sd=line.sd,
            unit=line.unit,
            use=line.use,
            reason=line.reason,
            source=line.source,
            publisher=line.publisher,
        )


def _register(content: RegisterFile, scored: tuple[int, ...]) -> RegisterTarget:
    def months(window: MonthWindow) -> tuple[int, int]:
        return month_index(window.first), month_index(window.last)

    return RegisterTarget(
        id=content.id,
        hosts=scored,
        fit=months(content.fit),
        held_out=months(content.held_out),
        exit_rate_sd=content.exit_rate_sd.value,
        clean_up_log_sd=content.clean_up_log_sd.value,
        source=content.source,
    )
