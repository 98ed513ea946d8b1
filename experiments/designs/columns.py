"""The columns of a row that say which world made it."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from experiments.designs.axes import SCENARIO
from experiments.designs.axis_schema import NOTHING, AllParameters, DriverAxis, Package, ParameterAxis
from experiments.designs.schema import Design
from experiments.designs.worlds import DRAW

TEXT, NUMBER = "text", "number"

SEED, POLICY = "seed", "policy"
type Described = Sequence[Sequence[str]]
"""Column, section of the task, name in that section, and kind; one entry per axis."""


def columns_of(design: Design) -> list[list[str]]:
    """Return where a task holds the value of each axis, as plain JSON.

    Parameters that move all together have no column of their own: the task, in column ``task``, holds them.
    """
    found = []
    for name, lever in design.levers.items():
        if isinstance(lever, Package):
            found.append([name, "packages", name, TEXT])
        else:
            is_text = any(isinstance(value, str) for value in lever.values or ())
            found.append([name, "levers", name, TEXT if is_text else NUMBER])
    for name, item in design.uncertainties.items():
        if isinstance(item, DriverAxis):
            found.append([name, "drivers", name, NUMBER])
        elif isinstance(item, ParameterAxis):
            found.append([name, "parameters", item.parameter, NUMBER])
        else:
            assert isinstance(item, AllParameters)
    if design.sampling.method == "posterior":
        found.append([DRAW, "", DRAW, NUMBER])
    return found


def described(columns: Described, task: Mapping[str, Any]) -> dict[str, str | float | int]:
    """Return the world of a task in columns; NaN or ``none`` for what it does not set.

    >>> described([["cash", "levers", "cash", "number"]], {"scenario": "baseline", "seed": 1})
    {'scenario': 'baseline', 'policy': 'none', 'seed': 1, 'cash': nan}
    """
    found: dict[str, str | float | int] = {
        SCENARIO: task[SCENARIO],
        POLICY: policy_of(task),
        SEED: int(task[SEED]),
    }
    for column, section, name, kind in columns:
        value = task.get(section, {}).get(name) if section else task.get(name)
        if isinstance(value, Mapping):
            value = value["value"]
        if kind == TEXT:
            found[column] = NOTHING if value is None else str(value)
        else:
            found[column] = math.nan if value is None else float(value)
    return found


def policy_of(task: Mapping[str, Any]) -> str:
    """Return what a government sets in a world, in one text that tells policies apart.

    >>> policy_of({"packages": {"law": "rtb_end"}, "levers": {"cash": {"place": "NL", "value": 0.5}}})
    'rtb_end, cash=0.5'
    """
    parts = list(dict.fromkeys(task.get("packages", {}).values()))
    parts += [f"{name}={_short(line['value'])}" for name, line in task.get("levers", {}).items()]
    return ", ".join(parts) or NOTHING


def _short(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:g}"
