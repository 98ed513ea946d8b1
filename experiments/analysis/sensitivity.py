"""What drives an outcome of a sweep: indices by SALib cell by cell, above the floor of chance between seeds.

Sobol indices after Saltelli et al. (2010), elementary effects after Morris (1991) and Campolongo et al.
(2007); confidence from a bootstrap with a fixed seed, so that the same results give the same figures.
"""

import itertools
import math
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from abm.errors import EweaError, nearest
from experiments.analysis.words import AxisWords, words_of
from experiments.designs.schema import Sampling
from experiments.designs.simulate import CHANGE
from experiments.designs.sweep import Sweep
from experiments.designs.worlds import MORRIS_LEVELS, problem_of, unit_sample

Array = NDArray[np.float64]

CONFIDENCE = 0.95
"""Level of every interval."""

BOOTSTRAP = {"num_resamples": 500, "conf_level": CONFIDENCE, "seed": 1}
"""The seed is not 0: SALib 1.6 takes 0 for "no seed" in its Sobol analysis."""

SOBOL, MORRIS = "sobol", "morris"
MAIN = {SOBOL: "ST", MORRIS: "mu_star"}
"""The index inputs are ranked by."""

ALL_WORLDS = "all worlds"
"""Label of the only cell."""


@dataclass(frozen=True)
class Chance:
    """How much chance between seeds there is in the outcomes of one cell."""

    seeds: int  # Seeds averaged
    # Share of the variance of single runs that is chance; None with one seed, where nobody can tell
    of_one_run: float | None
    left: float | None  # Share of the variance between the averages of worlds that is chance
    variance_left: float  # The same in squared units of the outcome; 0 with one seed


def chance_of(values: Array) -> Chance:
    """Return how much of the variance is chance, by a two-way analysis of variance.

    All worlds share their seeds. What a seed adds to every world alike does not blur a difference between
    worlds; what is left beside world and seed does. ``values`` is float64[world, seed].
    """
    n, seeds = values.shape
    if seeds == 1 or n == 1:
        return Chance(seeds, None, None, 0.0)
    by_world, by_seed = values.mean(axis=1, keepdims=True), values.mean(axis=0, keepdims=True)
    rest = values - by_world - by_seed + values.mean()
    blur = float((rest**2).sum() / ((n - 1) * (seeds - 1)))
    between = float(by_world.var(ddof=1))
    common = max(float(by_seed.var(ddof=1)) - blur / n, 0.0)
    true = max(between - blur / seeds, 0.0)
    whole = true + common + blur
    return Chance(
        seeds,
        (common + blur) / whole if whole > 0 else 0.0,
        min(blur / seeds / between, 1.0) if between > 0 else 0.0,
        blur / seeds,
    )


def sobol_indices(
    problem: Mapping[str, Any], y: Array, *, second_order: bool, floor: float = 0.0
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return first and total indices, and those of pairs (empty without second order).

    ``y`` is float64[point] in the order of the sample, and differs somewhere. ``floor`` is the share of the
    variance that is chance: a total index contains it even where nothing acts, so ``ST_told_apart`` compares
    with it, the others with zero.
    """
    from SALib.analyze import sobol

    with third_party_warnings():
        found = sobol.analyze(dict(problem), y, calc_second_order=second_order, **BOOTSTRAP)
    names = inputs_of(problem)
    table = pd.DataFrame({"input": names})
    for index, least in (("S1", 0.0), ("ST", floor)):
        _interval(table, index, found[index], found[f"{index}_conf"], least)
    pairs = pd.DataFrame(columns=["input", "other"])
    if second_order:
        at = np.triu_indices(len(names), 1)
        pairs = pd.DataFrame({"input": np.take(names, at[0]), "other": np.take(names, at[1])})
        _interval(pairs, "S2", found["S2"][at], found["S2_conf"][at], 0.0)
    return table, pairs


def morris_indices(problem: Mapping[str, Any], sample: Array, y: Array, *, blur: float = 0.0) -> pd.DataFrame:
    """Return mean absolute, mean and spread of the elementary effects, in units of the outcome.

    An effect is the change of the outcome, extrapolated to a move over the whole sampled range. ``sample`` is
    float64[point, axis] in the unit cube, ``y`` float64[point], ``blur`` the variance of an outcome that is
    chance between seeds. ``mu`` and ``sigma`` are missing for groups of several inputs.
    """
    from SALib.analyze import morris

    with third_party_warnings():
        found = morris.analyze(dict(problem), sample, y, num_levels=MORRIS_LEVELS, **BOOTSTRAP)
    step = MORRIS_LEVELS / (2 * (MORRIS_LEVELS - 1))
    # The mean size of the difference of two outcomes that differ by chance alone.
    least = 2 * math.sqrt(blur / math.pi) / step
    table = pd.DataFrame({"input": [str(name) for name in found["names"]]})
    _interval(table, "mu_star", np.asarray(found["mu_star"]), np.asarray(found["mu_star_conf"]), least)
    sigma = np.asarray(found["sigma"], np.float64)
    # In a group of several members move up and down at once: a mean with sign says nothing.
    return table.assign(
        mu=np.where(np.isnan(sigma), np.nan, np.asarray(found["mu"], np.float64)), sigma=sigma
    )


def inputs_of(problem: Mapping[str, Any]) -> list[str]:
    """Return what indices belong to: the variables, or their groups in the order of their first member."""
    return list(dict.fromkeys(problem.get("groups") or problem["names"]))


def _interval(table: pd.DataFrame, name: str, value: Array, half: Array, least: float) -> None:
    table[name] = np.asarray(value, np.float64)
    table[f"{name}_low"] = table[name] - half
    table[f"{name}_high"] = table[name] + half
    # Effects that are exactly zero have an interval of no width; rounding must not tell them apart.
    table[f"{name}_told_apart"] = table[f"{name}_low"] > max(least, 1e-9)


@contextmanager
def third_party_warnings() -> Iterator[None]:
    """Leave out SALib's warning of a bootstrap sample in which an outcome happens to be constant."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Constant values encountered", module=r"SALib\.")
        yield


@dataclass(frozen=True)
class Cell:
    """One combination of the levels of the grid, in which the whole sample was run."""

    levels: Mapping[str, Any]  # Of the axes of the grid
    label: str  # The same in words; only axes with several levels, empty if there are none
    mean: float  # Over worlds, of the outcome averaged over seeds, in its unit
    deviation: float
    chance: Chance
    # One row an input, largest effect first; none if the outcome is the same in all worlds of the cell
    indices: pd.DataFrame
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
        return [cell for cell in self.cells if len(cell.indices)]

    def table(self, of: Literal["indices", "pairs"] = "indices") -> pd.DataFrame:
        """Return the indices of all cells, or the interactions of pairs of inputs, as one table."""
        levels = self.cells[0].levels
        found = [
            getattr(cell, of).assign(**cell.levels, cell=cell.label or ALL_WORLDS)
            for cell in self.moving
            if len(getattr(cell, of))
        ]
        if not found:
            return pd.DataFrame()
        whole = pd.concat(found, ignore_index=True)
        first = ["cell", *levels]
        return whole[[*first, *(column for column in whole if column not in first)]]

    def cell_table(self) -> pd.DataFrame:
        """Return one row a cell: its levels, mean and deviation, and what is chance."""
        return pd.DataFrame(
            [
                {
                    **cell.levels,
                    "cell": cell.label or ALL_WORLDS,
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


def sensitivity_of(sweep: Sweep, table: pd.DataFrame, outcome: str | None = None) -> Sensitivity:
    """Return what drives an outcome: by default the change of the first, else the first itself."""
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
        cells.append(_cell(at, label, parts, problem, sample, sampling, words))
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
    sampling: Sampling,
    words: AxisWords,
) -> Cell:
    y, chance = values.mean(axis=1), chance_of(values)
    indices, pairs = pd.DataFrame(), pd.DataFrame()
    if np.ptp(y) > 1e-9 * max(1.0, float(np.abs(y).max())):
        if sampling.method == SOBOL:
            floor = chance.left or 0.0
            indices, pairs = sobol_indices(problem, y, second_order=sampling.second_order, floor=floor)
        else:
            indices = morris_indices(problem, sample, y, blur=chance.variance_left)
        assert indices["input"].tolist() == inputs_of(problem)
        indices = _named(indices, words).sort_values(
            MAIN[sampling.method], ascending=False, kind="stable", ignore_index=True
        )
        pairs = _named(pairs, words)
    return Cell(levels, label, float(y.mean()), float(y.std(ddof=1)), chance, indices, pairs)


def _named(table: pd.DataFrame, words: AxisWords) -> pd.DataFrame:
    for column, meaning in (("other", "other_meaning"), ("input", "meaning")):
        if column in table:
            place = list(table.columns).index(column) + 1
            table.insert(place, meaning, [words.axis(name) for name in table[column]])
    return table
