"""When does it happen: the inputs and ranges under which an outcome of a sweep meets a condition."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from abm.errors import EweaError
from experiments.analysis.conditions import OutcomeCondition, parse
from experiments.analysis.discovery_box import Box, Limit, find_box
from experiments.analysis.sensitivity import by_world_and_seed
from experiments.analysis.words import AxisWords, words_of
from experiments.designs.simulate import CHANGE
from experiments.designs.sweep import Sweep
from experiments.wording.numbers import shown

LEAST_WORLDS = 20
"""Fewer worlds cannot fill a box and its outside."""

MOST_LEVELS = 8
"""An axis with more numbers than this counts as a range."""

SHARED = ("sobol", "morris")
"""Samples whose worlds share values with one another."""


@dataclass(frozen=True)
class Discovery:
    """What scenario discovery found."""

    design: str
    unit: str
    condition: OutcomeCondition
    words: AxisWords
    inputs: pd.DataFrame  # One row a world, one column an axis that takes several values
    values: NDArray[np.float64]  # [world] The outcome, averaged over seeds
    of_interest: NDArray[np.bool_]  # [world] Where the condition holds
    box: Box
    seeds: int
    shared: bool  # Whether worlds share values, so that quasi-p-values are too small

    @property
    def share(self) -> float:
        """Share of all worlds in which the condition holds."""
        return float(self.of_interest.mean())

    def limit_table(self) -> pd.DataFrame:
        """Return one row a limit of the box."""
        columns = ("input", "meaning", "low", "high", "levels", "quasi_p_low", "quasi_p_high", "reproduced")
        rows = [
            (
                limit.axis,
                self.words.axis(limit.axis),
                limit.low,
                limit.high,
                " | ".join(self.levels_of(limit)),
                limit.quasi_p_low,
                limit.quasi_p_high,
                limit.reproduced,
            )
            for limit in self.box.limits
        ]
        return pd.DataFrame(rows, columns=list(columns))

    def levels_of(self, limit: Limit) -> list[str]:
        """Return the levels inside a limit in words."""
        return [self.words.level(limit.axis, level) for level in limit.levels or ()]

    def world_table(self) -> pd.DataFrame:
        """Return one row a world: inputs, outcome, whether the condition holds and whether it is inside."""
        extra = {
            self.condition.outcome: self.values,
            "of_interest": self.of_interest,
            "inside": self.box.inside,
        }
        return self.inputs.assign(**extra)


def discover(sweep: Sweep, table: pd.DataFrame, when: str) -> Discovery:
    """Return the box of inputs in which a condition holds; a world meets it if its mean over seeds does."""
    outcomes = [n for o in sweep.design.outcomes for n in (o.name, o.name + CHANGE) if n in table]
    condition = parse(when, "--when", outcomes)
    worlds, seeds = len(sweep.worlds), sweep.design.seeds.count
    if worlds < LEAST_WORLDS:
        raise EweaError(
            f"{sweep.path}: has {worlds} worlds; scenario discovery needs {LEAST_WORLDS} at least, better "
            "some hundreds. Raise sampling.size."
        )
    values = by_world_and_seed(table, condition.outcome, worlds, seeds).mean(axis=1)
    of_interest = cases(condition, values)
    words = words_of(sweep)
    one = table.drop_duplicates("world").sort_values("world", kind="stable").reset_index(drop=True)
    names = [axis.name for axis in sweep.axes if axis.name in one]
    moving = [name for name in names if len(one[name].unique()) > 1]
    if not moving:
        raise EweaError(
            f"{sweep.path}: no axis takes several values (draws of a posterior are not distinguished); there "
            "is nothing to describe the worlds by. Use uncertainties with sampling method latin_hypercube."
        )
    inputs = one[moving]
    categorical = [name for name in moving if name in words.categorical or has_levels(inputs[name])]
    return Discovery(
        design=sweep.design.id,
        unit=words.units[condition.outcome],
        condition=condition,
        words=words,
        inputs=inputs,
        values=values,
        of_interest=of_interest,
        box=find_box(inputs, of_interest, categorical),
        seeds=seeds,
        shared=sweep.design.sampling.method in SHARED,
    )


def cases(condition: OutcomeCondition, values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return in which worlds a condition holds, bool[world]; refuse one that holds in none or in all."""
    found = condition.holds(values)
    if not found.any() or found.all():
        which = "all" if found.all() else "none"
        low, middle, high = np.quantile(values, [0.0, 0.5, 1.0])
        raise EweaError(
            f"{condition.text!r} holds in {which} of the {len(values):,} worlds, so there is nothing to tell "
            f"apart: {condition.outcome} runs from {shown(low)} to {shown(high)} (median {shown(middle)}). "
            "Choose a bound in between."
        )
    return found


def has_levels(column: "pd.Series") -> bool:  # type: ignore[type-arg]
    """Return whether a column holds levels: text, values that are not set, or only a few numbers."""
    numbers = pd.to_numeric(column, errors="coerce")
    return bool(numbers.isna().any()) or len(column.unique()) <= MOST_LEVELS
