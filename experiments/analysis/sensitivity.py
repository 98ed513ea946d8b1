"""What drives an outcome of a sweep: Sobol or Morris indices, cell by cell of its grid."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from abm.errors import EweaError, nearest
from experiments.analysis.sensitivity_indices import (
    MORRIS,
    SOBOL,
    Chance,
    chance_of,
    inputs_of,
    morris_indices,
    sobol_indices,
)
from experiments.analysis.words import AxisWords, words_of
from experiments.designs.simulate import CHANGE
from experiments.designs.sweep import Sweep
from experiments.designs.worlds import problem_of, unit_sample

Array = NDArray[np.float64]

MAIN = {SOBOL: "ST", MORRIS: "mu_star"}
"""The index inputs are ranked by."""


@dataclass(frozen=True)
class Cell:
    """One combination of the levels of the grid, in which the whole sample was run."""

    levels: Mapping[str, Any]  # Of the axes of the grid
    label: str  # The same in words; only axes with several levels, empty if there are none
    mean: float  # Over worlds, of the outcome averaged over seeds, in its unit
    deviation: float
    chance: Chance
    # One row an input, largest effect first; None if the outcome is the same in all worlds of the cell
    indices: pd.DataFrame | None
    pairs: pd.DataFrame  # Interactions of pairs of inputs (Sobol with ``second_order``)


@dataclass(frozen=True)
class Sensitivity:
    """The sensitivity of one outcome; ``worlds`` counts those of a cell, ``method`` is sobol or morris."""

    design: str
    outcome: str
    outcome_words: str
    unit: str
    method: str
    worlds: int
    cells: list[Cell]

    @property
    def main(self) -> str:
        """Column inputs are ranked by."""
        return MAIN[self.method]

    @property
    def moving(self) -> list[Cell]:
        """Cells in which the outcome differs between worlds."""
        return [cell for cell in self.cells if cell.indices is not None]

    def table(self) -> pd.DataFrame:
        """Return the indices of all cells as one table."""
        return self._stacked([(cell, cell.indices) for cell in self.moving])

    def pairs(self) -> pd.DataFrame:
        """Return the interactions of pairs of all cells as one table."""
        return self._stacked([(cell, cell.pairs) for cell in self.moving])

    def cell_table(self) -> pd.DataFrame:
        """Return one row a cell: its levels, mean and deviation, and what is chance."""
        return pd.DataFrame(
            [
                {
                    **cell.levels,
                    "cell": cell.label or "all worlds",
                    "outcome": self.outcome,
                    "unit": self.unit,
                    "worlds": self.worlds,
                    "seeds": cell.chance.seeds,
                    "mean": cell.mean,
                    "deviation": cell.deviation,
                    "chance_share_of_one_run": cell.chance.of_one_run,
                    "chance_share_of_averages": cell.chance.left,
                }
                for cell in self.cells
            ]
        )

    def _stacked(self, tables: list[tuple[Cell, pd.DataFrame | None]]) -> pd.DataFrame:
        found = [
            table.assign(**cell.levels, cell=cell.label or "all worlds")
            for cell, table in tables
            if table is not None and len(table)
        ]
        if not found:
            return pd.DataFrame()
        whole = pd.concat(found, ignore_index=True)
        first = ["cell", *self.cells[0].levels]
        return whole[[*first, *(column for column in whole if column not in first)]]


def sensitivity_of(sweep: Sweep, table: pd.DataFrame, outcome: str | None = None) -> Sensitivity:
    """Return what drives an outcome, from the whole table of a sweep with sampling sobol or morris.

    Without ``outcome``: the change of the first outcome if policies change it anywhere, else the outcome
    itself.
    """
    sampling = sweep.design.sampling
    if sampling.method not in MAIN:
        raise EweaError(
            f"{sweep.path}: sampling.method is {sampling.method}; a sensitivity analysis needs sobol or "
            "morris, whose worlds are chosen for it. Copy the design, set sampling: {method: morris, size: "
            "20} and run it; or ask when something happens with 'ewea discover', which takes any method."
        )
    name = _chosen(sweep, table, outcome)
    words = words_of(sweep)
    grid = [axis for axis in sweep.axes if axis.values is not None]
    ranged = [axis for axis in sweep.axes if axis.quantile is not None]
    sample = unit_sample(sampling, ranged)
    problem = problem_of(sampling, ranged)
    levels = [
        dict(zip([axis.name for axis in grid], values, strict=True))
        for values in itertools.product(*(axis.values or () for axis in grid))
    ]
    values = by_world_and_seed(table, name, len(levels) * len(sample), sweep.design.seeds.count)
    several = [axis.name for axis in grid if len(axis.values or ()) > 1]
    cells = []
    for at, parts in zip(levels, np.split(values, len(levels)), strict=True):
        label = ", ".join(f"{words.axis(n)}: {words.level(n, at[n])}" for n in several)
        cells.append(_cell(at, label, parts, problem, sample, sweep, words))
    found = Sensitivity(
        sweep.design.id, name, words.outcomes[name], words.units[name], sampling.method, len(sample), cells
    )
    if not found.moving:
        others = ", ".join(n for n in words.outcomes if n in table and n != name)
        raise EweaError(
            f"{name}: is the same ({cells[0].mean:,.6g}) in all worlds of a cell, so nothing drives it. "
            f"Choose another outcome with --outcome: {others}."
        )
    return found


def by_world_and_seed(table: pd.DataFrame, outcome: str, worlds: int, seeds: int) -> Array:
    """Return an outcome as float64[world, seed]."""
    if len(table) != worlds * seeds:
        raise EweaError(
            f"the table has {len(table):,} rows; the design has {worlds:,} worlds x {seeds} seeds. Run 'ewea "
            "sweep' with --resume to the end."
        )
    ordered = table.sort_values(["world", "seed"], kind="stable")
    values = ordered[outcome].to_numpy(np.float64).reshape(worlds, seeds)
    if bad := int((~np.isfinite(values)).sum()):
        raise EweaError(f"{outcome}: {bad:,} of {values.size:,} runs gave no number; look at them first.")
    return values


def _chosen(sweep: Sweep, table: pd.DataFrame, outcome: str | None) -> str:
    first = sweep.design.outcomes[0].name
    there = [n for o in sweep.design.outcomes for n in (o.name, o.name + CHANGE) if n in table]
    if outcome is None:
        changed = first + CHANGE
        return changed if changed in there and bool((table[changed] != 0).any()) else first
    if outcome not in there:
        raise EweaError(f"--outcome {outcome}: not an outcome of this design. {nearest(outcome, there)}")
    return outcome


def _cell(
    levels: Mapping[str, Any],
    label: str,
    values: Array,
    problem: Mapping[str, Any],
    sample: Array,
    sweep: Sweep,
    words: AxisWords,
) -> Cell:
    y, chance = values.mean(axis=1), chance_of(values)
    indices: pd.DataFrame | None = None
    pairs = pd.DataFrame()
    if np.ptp(y) > 1e-9 * max(1.0, float(np.abs(y).max())):
        sampling = sweep.design.sampling
        if sampling.method == SOBOL:
            indices, pairs = sobol_indices(
                problem, y, second_order=sampling.second_order, floor=chance.left or 0.0
            )
        else:
            indices = morris_indices(problem, sample, y, blur=chance.variance_left)
        assert indices["input"].tolist() == inputs_of(problem)
        indices = _named(indices, words).sort_values(
            MAIN[sampling.method], ascending=False, kind="stable", ignore_index=True
        )
        pairs = _named(pairs, words) if len(pairs) else pairs
    return Cell(levels, label, float(y.mean()), float(y.std(ddof=1)), chance, indices, pairs)


def _named(table: pd.DataFrame, words: AxisWords) -> pd.DataFrame:
    for column, meaning in (("other", "other_meaning"), ("input", "meaning")):
        if column in table:
            place = table.columns.get_loc(column)
            assert isinstance(place, int)
            table.insert(place + 1, meaning, [words.axis(name) for name in table[column]])
    return table
