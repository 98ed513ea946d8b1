"""Indices of a sample's outcomes by SALib, and the floor that chance between seeds puts under them.

Sobol indices after Saltelli et al. (2010), elementary effects after Morris (1991) and Campolongo et al.
(2007); confidence from a bootstrap with a fixed seed, so that the same results give the same figures.
"""

import math
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.designs.worlds import MORRIS_LEVELS

Array = NDArray[np.float64]

CONFIDENCE = 0.95
"""Level of every interval."""

RESAMPLES = 500
BOOTSTRAP_SEED = 1
"""Not 0: SALib 1.6 takes 0 for "no seed" in its Sobol analysis."""

SOBOL, MORRIS = "sobol", "morris"


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
        found = sobol.analyze(
            dict(problem),
            y,
            calc_second_order=second_order,
            num_resamples=RESAMPLES,
            conf_level=CONFIDENCE,
            seed=BOOTSTRAP_SEED,
        )
    names = inputs_of(problem)
    table = pd.DataFrame({"input": names})
    for index, least in (("S1", 0.0), ("ST", floor)):
        _interval(table, index, found[index], found[f"{index}_conf"], least)
    pairs = pd.DataFrame(columns=["input", "other"])
    if second_order:
        at = [(one, other) for one in range(len(names)) for other in range(one + 1, len(names))]
        pairs = pd.DataFrame({"input": [names[i] for i, _ in at], "other": [names[j] for _, j in at]})
        _interval(
            pairs,
            "S2",
            np.array([found["S2"][i, j] for i, j in at]),
            np.array([found["S2_conf"][i, j] for i, j in at]),
            0.0,
        )
    return table, pairs


def morris_indices(problem: Mapping[str, Any], sample: Array, y: Array, *, blur: float = 0.0) -> pd.DataFrame:
    """Return mean absolute, mean and spread of the elementary effects, in units of the outcome.

    An effect is the change of the outcome, extrapolated to a move over the whole sampled range. ``sample`` is
    float64[point, axis] in the unit cube, ``y`` float64[point], ``blur`` the variance of an outcome that is
    chance between seeds. ``mu`` and ``sigma`` are missing for groups of several inputs.
    """
    from SALib.analyze import morris

    with third_party_warnings():
        found = morris.analyze(
            dict(problem),
            sample,
            y,
            num_resamples=RESAMPLES,
            conf_level=CONFIDENCE,
            num_levels=MORRIS_LEVELS,
            seed=BOOTSTRAP_SEED,
        )
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
