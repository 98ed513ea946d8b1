"""When does it happen: the inputs and ranges under which an outcome of a sweep meets a condition."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from abm.errors import EweaError
from experiments.analysis.axis_words import Words, words_of
from experiments.analysis.discovery_box import Box, Limit, find_box
from experiments.analysis.discovery_condition import Condition, cases, parse
from experiments.analysis.sensitivity import by_world_and_seed
from experiments.designs.simulate import CHANGE
from experiments.designs.sweep import Sweep

LEAST_WORLDS = 20
"""Fewer worlds cannot fill a box and its outside."""

MOST_LEVELS = 8
"""An axis with more numbers than this counts as a range."""

SHARED = ("sobol", "morris")
"""Samples whose worlds share values with one another."""


@dataclass(frozen=True)
class Discovery:
    """What scenario discovery found.

    Attributes
    ----------
    design, unit : str
    condition : Condition
    words : Words
    inputs : DataFrame
        One row a world, one column an axis that takes several values.
    categorical : list of str
        Columns of ``inputs`` with levels instead of a range.
    values : float64[world]
        The outcome, averaged over seeds.
    of_interest : bool[world]
        Where the condition holds.
    box : Box
    seeds : int
    shared : bool
        Whether worlds share values, so that quasi-p-values are too small.
    """

    design: str
    unit: str
    condition: Condition
    words: Words
    inputs: pd.DataFrame
    categorical: list[str]
    values: NDArray[np.float64]
    of_interest: NDArray[np.bool_]
    box: Box
    seeds: int
    shared: bool

    @property
    def share(self) -> float:
        """Share of all worlds in which the condition holds."""
        return float(self.of_interest.mean())

    def limit_table(self) -> pd.DataFrame:
        """Return one row a limit of the box."""
        return pd.DataFrame(
            [
                {
                    "input": limit.axis,
                    "meaning": self.words.axis(limit.axis),
                    "low": limit.low,
                    "high": limit.high,
                    "levels": " | ".join(self.levels_of(limit)),
                    "quasi_p_low": limit.quasi_p_low,
                    "quasi_p_high": limit.quasi_p_high,
                    "reproduced": limit.reproduced,
                }
                for limit in self.box.limits
            ],
            columns=[
                *("input", "meaning", "low", "high", "levels"),
                *("quasi_p_low", "quasi_p_high", "reproduced"),
            ],
        )

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
    """Return the box of inputs in which a condition holds.

    Parameters
    ----------
    sweep : Sweep
        Of any design with at least ``LEAST_WORLDS`` worlds.
    table : DataFrame
        Of :func:`experiments.designs.table.table_of`, whole.
    when : str
        See :func:`experiments.analysis.discovery_condition.parse`. A world meets it if its mean over seeds
        does.

    Raises
    ------
    EweaError
        If the condition cannot be read or holds in none or all worlds, worlds are too few, or nothing
        moves.
    """
    outcomes = [n for o in sweep.design.outcomes for n in (o.name, o.name + CHANGE) if n in table]
    condition = parse(when, outcomes)
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
            f"{sweep.path}: no axis takes several values (draws of a posterior are not told apart); there is "
            "nothing to describe the worlds by. Use uncertainties with sampling method latin_hypercube."
        )
    inputs = one[moving]
    categorical = [name for name in moving if name in words.categorical or has_levels(inputs[name])]
    return Discovery(
        sweep.design.id,
        words.units[condition.outcome],
        condition,
        words,
        inputs,
        categorical,
        values,
        of_interest,
        find_box(inputs, of_interest, categorical),
        seeds,
        sweep.design.sampling.method in SHARED,
    )


def has_levels(column: "pd.Series") -> bool:  # type: ignore[type-arg]
    """Return whether a column holds levels: text, values that are not set, or only a few numbers."""
    numbers = pd.to_numeric(column, errors="coerce")
    return bool(numbers.isna().any()) or len(column.unique()) <= MOST_LEVELS
