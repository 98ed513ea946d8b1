"""Compare scenarios: runs side by side, differences with bands, split by lever and by channel."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from abm.band import HIGH, LOW
from abm.data.settings import RunSettings
from abm.data.world import World
from abm.errors import EweaError
from abm.places import hosts_of, places
from abm.policy.scenario import Component, changes_of
from experiments.comparison.outcomes import CHANNELS, OUTCOMES
from experiments.comparison.runs import COARSE_PER_HOST, COARSE_SCALE, Found, Task, own_players, run_seed
from experiments.comparison.shapley import fitted_to, shapley
from experiments.ensemble.pool import run_in_order

Array = NDArray[np.float64]

COARSE_SEEDS = {1: 0, 2: 6, 3: 5, 4: 3, 5: 2, 6: 2, 7: 1, 8: 1}
"""Coarse runs that split an effect, by number of levers; more levers, fewer seeds."""


@dataclass(frozen=True)
class Comparison:
    """Differences of one scenario from the base.

    Attributes
    ----------
    difference : float64[seed, outcome, H]
        Scenario less base, on common draws.
    by_lever : list of (Component, float64[outcome, H])
        Mean parts; they add up to the mean difference.
    monthly : float64[seed, month, H]
        Difference in people to protect.
    groups : dict of (attribute, value) to float64[seed, H]
        Difference at the horizon by group.
    types : list of (str, float)
        Household types with most changed paths, persons (first seed).
    """

    base: str
    other: str
    difference: Array
    by_lever: list[tuple[Component, Array]]
    monthly: Array
    base_monthly: Array
    groups: dict[tuple[str, str], Array]
    types: list[tuple[str, float]]
    base_level: Array


def compare(
    root: Path,
    base: str,
    others: Sequence[str],
    settings: RunSettings,
    seeds: Sequence[int],
    processes: int,
    on_seed: Callable[[int, int], None] | None = None,
) -> list[Comparison]:
    """Run all scenarios with the same seeds and return their differences from ``base``.

    Parameters
    ----------
    root : Path
        The ``configs`` folder.
    base : str
        Scenario to measure against.
    others : sequence of str
        Scenarios to compare.
    settings : RunSettings
        Scale and period.
    seeds : sequence of int
        Seeds; every scenario runs with each of them.
    processes : int
        Processes side by side; the result does not depend on it.
    on_seed : callable, optional
        Called with tasks done and tasks in all.

    Raises
    ------
    EweaError
        If a scenario is unknown or named twice.
    """
    if not others:
        raise EweaError("compare: name at least one scenario to compare with the base.")
    if len(set(others)) < len(others) or base in others:
        raise EweaError("compare: every scenario may be named once, and the base not among the others.")
    for name in (base, *others):
        changes_of(root, name)
    players = {name: own_players(root, base, name) for name in others}
    tasks = [Task(root, base, tuple(others), settings, seed, types=seed == seeds[0]) for seed in seeds]
    coarse = replace(settings, scale=max(COARSE_SCALE, settings.scale), households_per_host=COARSE_PER_HOST)
    for name in others:
        n = len(players[name])
        if n > 1:
            chosen = list(seeds)[: COARSE_SEEDS.get(n, 2)]
            tasks += [Task(root, base, (name,), coarse, seed, coarse=True) for seed in chosen]
    found: list[Found] = run_in_order(
        run_seed, (), tasks, processes,
        on_done=None if on_seed is None else lambda n: on_seed(n, len(tasks)),
    )  # fmt: skip
    fine = found[: len(seeds)]
    return [
        _comparison(
            base, name, fine, [f for t, f in zip(tasks, found, strict=True) if t.coarse and name in t.others],
            players[name],
        )
        for name in others
    ]  # fmt: skip


def _comparison(
    base: str, name: str, fine: Sequence[Found], coarse: Sequence[Found], players: Sequence[Component]
) -> Comparison:
    difference = np.array([f.levels[name] - f.levels[base] for f in fine])
    mean = difference.mean(axis=0)
    if len(players) == 1:
        parts = [mean]
    elif coarse:
        each = [shapley(len(players), f.subsets[name]) for f in coarse]
        parts = fitted_to(mean, [np.mean(part, axis=0) for part in zip(*each, strict=True)])
    else:
        parts = []
    return Comparison(
        base=base,
        other=name,
        difference=difference,
        by_lever=list(zip(players, parts, strict=True)) if parts else [],
        monthly=np.array([f.monthly[name] - f.monthly[base] for f in fine]),
        base_monthly=np.array([f.monthly[base] for f in fine]),
        groups={
            key: np.array([f.groups[name][key] - f.groups[base][key] for f in fine])
            for key in fine[0].groups[base]
        },
        types=fine[0].types.get(name, []),
        base_level=np.array([f.levels[base] for f in fine]).mean(axis=0),
    )


def masks_of(world: World, wanted: Sequence[str] | None = None) -> dict[str, NDArray[np.bool_]]:
    """Return NL, EU, ALL and every host (or the places wanted) as masks over hosts."""
    known = places(world.hosts.ids) if wanted is None else wanted
    return {place: hosts_of(place, world.hosts, "--place") for place in known}


def band(values: Array) -> tuple[float, float, float]:
    """Return median and 80 % band over seeds."""
    low, middle, high = np.quantile(values, [LOW, 0.5, HIGH])
    return float(middle), float(low), float(high)


def channels(comparison: Comparison, outcome: str, mask: NDArray[np.bool_]) -> dict[str, float]:
    """Return the mean difference of an outcome by channel, adding up to it.

    Flows move the stock; whatever else changes a stock of one title or place of living is a change
    of status (or of work and housing) of people who stay.
    """
    mean = comparison.difference.mean(axis=0)[:, mask].sum(axis=1)
    index = {name: number for number, name in enumerate(OUTCOMES)}
    if outcome in CHANNELS or outcome == "places_short":
        return {outcome: float(mean[index[outcome]])}
    parts = {name: way * float(mean[index[name]]) for name, way in CHANNELS.items()}
    if outcome != "stock":
        parts["status"] = float(mean[index[outcome]]) - sum(parts.values())
    return parts


def as_json(
    comparisons: Sequence[Comparison], world: World, wanted: Sequence[str] | None = None
) -> dict[str, object]:
    """Return ``{outcome: {place: {difference, low_80, high_80, by_lever, by_channel}}}``.

    With several scenarios the same is nested under their names.
    """
    masks = masks_of(world, wanted)
    every: dict[str, object] = {}
    for comparison in comparisons:
        table: dict[str, dict[str, Mapping[str, object]]] = {}
        for number, outcome in enumerate(OUTCOMES):
            table[outcome] = {}
            for place, mask in masks.items():
                values = comparison.difference[:, number][:, mask].sum(axis=1)
                middle, low, high = band(values)
                table[outcome][place] = {
                    "difference": middle,
                    "mean": float(values.mean()),
                    "low_80": low,
                    "high_80": high,
                    "by_lever": {
                        player.id: float(part[number, mask].sum()) for player, part in comparison.by_lever
                    },
                    "by_channel": channels(comparison, outcome, mask),
                }
        every[comparison.other] = table
    return every if len(every) > 1 else dict(next(iter(every.values())))  # type: ignore[call-overload]
