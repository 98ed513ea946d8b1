"""Regret and robustness: which policy does well whatever the world turns out to be.

Policies are the combinations of lever axes of a sweep; worlds those of scenario, uncertainties and draw. The
regret of a policy in a world is how much worse it does than the best policy there (Savage 1951); a policy is
robust if its regret is small in most worlds, or if it meets the thresholds in most of them (domain criterion,
Starr 1963; Lempert, Popper & Bankes 2003; McPhail et al. 2018).

Seeds repeat a world with other draws, the same ones for every policy. A world's best policy is that of the
mean over seeds; regret in a single seed is measured against this same policy, so that the mean over seeds of
regrets is the regret of means, and the spread over seeds is what chance leaves open. Taking the best of each
seed would call luck a merit.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from abm.band import HIGH, LOW
from abm.errors import EweaError, nearest
from experiments.analysis.words import AxisWords, OutcomeCondition, is_unset
from experiments.designs.axes import SCENARIO
from experiments.designs.sweep import Sweep
from experiments.designs.worlds import DRAW, SEED

Array = NDArray[np.float64]

SIZEABLE = 0.9
"""Share of worlds in which the regret is at most the reported one; a bad case, but not the worst."""


@dataclass(frozen=True)
class Objective:
    """An outcome and whether less of it is better."""

    column: str
    minimise: bool = True


@dataclass(frozen=True)
class Crossed:
    """A table in which every policy was run in every world with every seed: values[policy, world, seed]."""

    policies: pd.DataFrame
    worlds: pd.DataFrame
    seeds: list[int]
    values: dict[str, Array]


@dataclass(frozen=True)
class Robustness:
    """How policies compare over all worlds."""

    crossing: Crossed
    objectives: Sequence[Objective]
    thresholds: Sequence[OutcomeCondition]
    words: AxisWords
    table: pd.DataFrame  # Of :func:`robustness`

    @property
    def policies(self) -> list[str]:
        """The policies in words, in the order of their numbers."""
        return [self.words.policy(row) for row in self.crossing.policies.to_dict("records")]

    def of(self, objective: Objective) -> pd.DataFrame:
        """Return the rows of an objective, by policy, the best first."""
        return self.table[self.table["objective"] == objective.column].set_index("policy")

    def shares(self) -> pd.DataFrame:
        """Return one row per policy: how often it meets the thresholds."""
        return self.table.drop_duplicates("policy").set_index("policy")

    def table_in_words(self) -> pd.DataFrame:
        """Return the table with policies in words and their levers in columns."""
        numbers = self.table["policy"]
        levers = self.crossing.policies.loc[numbers].reset_index(drop=True)
        table = pd.concat([self.table.drop(columns="policy"), levers], axis=1)
        table.insert(0, "policy", np.take(self.policies, numbers))
        table.insert(2, "unit", [self.words.units[column] for column in self.table["objective"]])
        return table.round(3)


def crossed(table: pd.DataFrame, sweep: Sweep, columns: Sequence[str]) -> Crossed:
    """Return a table of :func:`experiments.designs.results.table_of` by policy, world and seed."""
    of_policies = [axis for axis in sweep.axes if axis.role == "lever"]
    levers = [axis.name for axis in of_policies]
    drawn = [axis.name for axis in of_policies if axis.quantile is not None]
    around = [axis.name for axis in sweep.axes if axis.role != "lever" and axis.name in table]
    around += [DRAW] if DRAW in table and DRAW not in around else []
    outcomes = [str(name) for name in table if name not in {*levers, *around, "world", SEED}]
    for name in columns:
        if name not in outcomes:
            raise EweaError(f"{name!r} is no outcome of {sweep.path}. {nearest(name, outcomes)}")
    if drawn:
        raise EweaError(
            f"{sweep.path}: levers.{drawn[0]} has low and high, so every run has a policy of its own and no "
            "two can be compared in the same world. Give it values."
        )
    policy, policies = _numbered(table, levers)
    world, worlds = _numbered(table, around or [SCENARIO])
    if len(policies) < 2:
        raise EweaError(
            f"{sweep.path}: {len(policies)} policy in the table; regret compares at least two. Give a lever "
            "more than one value, or a package besides none."
        )
    seeds = sorted(table[SEED].unique().tolist())
    at = (policy, world, np.searchsorted(seeds, table[SEED]))
    shape = (len(policies), len(worlds), len(seeds))
    count = np.zeros(shape, np.int64)
    np.add.at(count, at, 1)
    if (count != 1).any():
        raise EweaError(
            f"{sweep.path}: {(count == 0).sum():,} of {count.size:,} pairs of policy and run are missing and "
            f"{(count > 1).sum():,} stand twice; every policy must be run once in every world with every "
            "seed. Run the sweep to its end, or use method grid, latin_hypercube or posterior."
        )
    values = {}
    for name in columns:
        values[name] = np.empty(shape)
        values[name][at] = table[name].to_numpy(float)
    return Crossed(policies, worlds, seeds, values)


def regret(values: Array, minimise: bool) -> Array:
    """Return how much worse each policy does than the best of its world, float64[policy, world, seed].

    ``values`` and the result have the same shape and unit; the mean over seeds is never below 0, a single
    seed may be.

    >>> regret(np.array([[[1.0], [5.0]], [[3.0], [2.0]]]), True)[:, :, 0]
    array([[0., 3.],
           [2., 0.]])
    """
    worse = values if minimise else -values
    best = worse.mean(axis=2).argmin(axis=0)
    return np.asarray(worse - worse[best, np.arange(worse.shape[1])])


def robustness(
    crossing: Crossed, objectives: Sequence[Objective], thresholds: Sequence[OutcomeCondition] = ()
) -> pd.DataFrame:
    """Return one row per policy and objective, the best first.

    ``policy`` is a row of ``crossing.policies``, ``mean`` that of the outcome. Regrets are the mean with its
    band over seeds (NaN with one seed), and over worlds the 90th percentile and the largest; ``best_share``
    is the share of worlds in which no policy does better, ``rank`` 1 the least mean regret (ties share). With
    thresholds ``meets_share`` is the share of runs that meet all, with a band over seeds.
    """
    found = []
    for objective in objectives:
        values = crossing.values[objective.column]
        lost = regret(values, objective.minimise)
        by_world = lost.mean(axis=2)
        # Equal policies are equally best; the rounding of a mean shall not separate them.
        level = 1e-9 * np.maximum(1.0, np.abs(values).max(axis=(0, 2)))
        by_world = np.where(by_world <= level, 0.0, by_world)
        low, high = _band(lost.mean(axis=1))
        mean = by_world.mean(axis=1)
        rows = pd.DataFrame(
            {
                "policy": np.arange(len(values)),
                "objective": objective.column,
                "mean": values.mean(axis=(1, 2)),
                "regret_mean": mean,
                "regret_low": low,
                "regret_high": high,
                "regret_90": np.quantile(by_world, SIZEABLE, axis=1),
                "regret_max": by_world.max(axis=1),
                "best_share": (by_world == 0).mean(axis=1),
                "rank": pd.Series(mean).rank(method="min").astype(int),
            }
        )
        found.append(rows.sort_values(["rank", "policy"]))
    whole = pd.concat(found, ignore_index=True)
    if thresholds:
        met = np.all([t.holds(crossing.values[t.outcome]) for t in thresholds], axis=0)
        low, high = _band(met.mean(axis=1))
        for name, numbers in (("share", met.mean(axis=(1, 2))), ("low", low), ("high", high)):
            whole[f"meets_{name}"] = numbers[whole["policy"]]
    return whole


def _band(by_seed: Array) -> tuple[Array, Array]:
    """Return both ends of the band over seeds of float64[policy, seed]; NaN if there is one seed."""
    if by_seed.shape[1] == 1:
        return np.full(len(by_seed), np.nan), np.full(len(by_seed), np.nan)
    low, high = np.quantile(by_seed, (LOW, HIGH), axis=1)
    return low, high


def _numbered(table: pd.DataFrame, names: list[str]) -> tuple[NDArray[np.int64], pd.DataFrame]:
    """Return the number of each row's combination, in order of appearance, and the combinations."""
    if not names:
        return np.zeros(len(table), np.int64), pd.DataFrame(index=[0])
    plain = table[names].astype(object)
    plain = plain.where(~plain.map(is_unset), None)
    keys = [tuple(row) for row in plain.itertuples(index=False)]
    numbers: dict[tuple[object, ...], int] = {}
    at = np.array([numbers.setdefault(key, len(numbers)) for key in keys], np.int64)
    return at, pd.DataFrame(list(numbers), columns=names, dtype=object)
