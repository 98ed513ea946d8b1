"""Changes against a base on common draws: differences, bands, groups, and parts by lever and by channel.

Every seed runs the base once; whatever is compared with it leaves that run in the first month in which it
differs. Draws are shared, so a difference is the effect of the changes, never of chance.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.band import HIGH, LOW, key
from abm.data.drivers import load_driver_cards
from abm.data.settings import RunSettings
from abm.data.world import World
from abm.errors import EweaError
from abm.places import hosts_of, places
from abm.policy.change import Changes, joined
from abm.policy.lever import load_levers
from abm.policy.scenario import Component, asked, changed_world, components_of
from abm.simulation import Simulation
from abm.state import State
from experiments.ensemble.counts import group_totals, outcomes_of, ratio_cell, ratio_of, totals
from experiments.ensemble.households import ANY, Follower, living_apart, months_of, type_changes
from experiments.ensemble.outcomes import CHANNELS, OUTCOMES, RATIOS
from experiments.ensemble.pasts import branches_of, check_ahead, present
from experiments.ensemble.pool import run_in_order
from experiments.ensemble.shapley import COARSE_SEEDS, fitted_to, parts_of
from experiments.uncertainty import covered

Array = NDArray[np.float64]

COARSE_SCALE, COARSE_PER_HOST = 1000, 100
"""Resolution of the runs that split an effect by lever."""


def coarse(settings: RunSettings) -> RunSettings:
    """Return the settings of runs that tell parts of an effect."""
    return replace(settings, scale=max(COARSE_SCALE, settings.scale), households_per_host=COARSE_PER_HOST)


KEPT_WORLDS = 8
_worlds: "OrderedDict[tuple[Path, int, str], World]" = OrderedDict()


def world_of(root: Path, until: int, changes: Changes) -> World:
    """Return the baseline with changes on top; those used last stay in memory, for all seeds use the same."""
    key = root, until, repr(changes)
    if key not in _worlds:
        _worlds[key] = changed_world(root, until, changes)
    _worlds.move_to_end(key)
    while len(_worlds) > KEPT_WORLDS:
        _worlds.popitem(last=False)
    return _worlds[key]


@dataclass(frozen=True)
class Contrast:
    """What is compared with a base."""

    name: str
    changes: Changes  # Everything it sets
    components: tuple[Component, ...]  # The levers and drivers in which it differs from the base
    month: int  # First month in which it can differ


def contrast_of(root: Path, base: Changes, name: str, changes: Changes, settings: RunSettings) -> Contrast:
    """Return how changes differ from those of a base."""
    levers, drivers = load_levers(root), load_driver_cards(root)
    before = {part.id: part.changes for part in components_of(base, levers, drivers)}
    mine = components_of(changes, levers, drivers)
    own = tuple(part for part in mine if before.get(part.id) != part.changes)
    dropped = [found for id_, found in before.items() if id_ not in {part.id for part in mine}]
    first = joined([*(part.changes for part in own), *dropped]).first_month
    month = settings.until if first is None else min(max(first, settings.start), settings.until)
    return Contrast(name, changes, own, month)


@dataclass(frozen=True)
class SeedTask:
    """Everything one seed needs; small, so that it travels to another process."""

    root: Path
    base: Changes
    contrasts: tuple[Contrast, ...]
    settings: RunSettings
    seed: int
    split: bool = False  # Whether to split the effects by component
    types: bool = False  # Whether to report the household types that change most


@dataclass(frozen=True)
class Counted:
    """What was counted in one run, from the first month that differs on."""

    level: Array  # [outcome, H] Stocks at the horizon and sums of flows
    monthly: Array  # [month, H] Displaced people
    groups: dict[tuple[str, str], Array]  # Stock at the horizon by group

    @classmethod
    def of(cls, state: State, first: int) -> "Counted":
        """Return the counts of a finished run from simulated month ``first`` (an index) on."""
        found = outcomes_of(state, min(first, state.index - 1))
        return cls(totals(found), found["stock"], group_totals(state))


@dataclass(frozen=True)
class SeedResult:
    """What one seed found: counts of the base and by contrast, parts by component, household types."""

    base: Counted
    others: dict[str, Counted]
    parts: dict[str, list[Array]]
    types: dict[str, list[tuple[str, float]]]


def run_seed(task: SeedTask) -> SeedResult:
    """Run one seed: the base in full, every contrast from where it begins to differ."""
    root, settings = task.root, task.settings
    base_world = world_of(root, settings.until, task.base)
    branches = branches_of(base_world, settings, task.seed, task.base)
    first = min((one.month for one in task.contrasts), default=settings.until) - settings.start

    def counted(changes: Changes, month: int) -> tuple[State, Counted]:
        state = branches.run(month, world_of(root, settings.until, changes)).state
        return state, Counted.of(state, first)

    runs = {one.name: counted(one.changes, one.month) for one in task.contrasts}
    base_state = branches.end().state
    base = Counted.of(base_state, first)
    parts = {}
    for one in task.contrasts if task.split else ():

        def level(subset: frozenset[int], one: Contrast = one) -> Array:
            if len(subset) in (0, len(one.components)):
                return runs[one.name][1].level if subset else base.level
            chosen = one.changes.only([one.components[i].changes for i in sorted(subset)])
            return counted(joined([task.base, chosen]), one.month)[1].level

        parts[one.name] = parts_of(len(one.components), level)
    return SeedResult(
        base,
        {name: found for name, (_, found) in runs.items()},
        parts,
        {name: type_changes(base_state, state) for name, (state, _) in runs.items()} if task.types else {},
    )


@dataclass(frozen=True)
class Comparison:
    """Differences of one scenario from the base."""

    base: str
    other: str
    difference: Array  # [seed, outcome, H] Scenario less base, on common draws
    by_lever: list[tuple[Component, Array]]  # Mean parts; they add up to the mean difference
    monthly: Array  # [seed, month, H] Difference in displaced people
    base_monthly: Array
    groups: dict[tuple[str, str], Array]  # Difference at the horizon by group
    types: list[tuple[str, float]]  # Household types with most changed paths, persons (first seed)
    base_level: Array  # [seed, outcome, H]

    def ratio(self, name: str, mask: NDArray[np.bool_]) -> tuple[Array, Array]:
        """Return a ratio of a place by seed, in the base and in the scenario, float64[seed] each."""
        base = self.base_level
        return ratio_of(name, base, mask), ratio_of(name, base + self.difference, mask)


def compare_scenarios(
    root: Path,
    base: str,
    others: Sequence[str],
    settings: RunSettings,
    seeds: Sequence[int],
    processes: int,
    on_seed: Callable[[int, int], None] = lambda done, total: None,
) -> list[Comparison]:
    """Run all scenarios with the same seeds and return their differences from ``base``."""
    if not others:
        raise EweaError("compare: name at least one scenario to compare with the base.")
    if len(set(others)) < len(others) or base in others:
        raise EweaError("compare: every scenario may be named once, and the base not among the others.")
    before = asked(root, base, settings.until)
    contrasts = [
        contrast_of(root, before, name, asked(root, name, settings.until), settings) for name in others
    ]
    tasks = [
        SeedTask(root, before, tuple(contrasts), settings, seed, types=seed == seeds[0]) for seed in seeds
    ]
    for one in contrasts:
        n = len(one.components)
        if n > 1:
            chosen = list(seeds)[: COARSE_SEEDS.get(n, 2)]
            tasks += [SeedTask(root, before, (one,), coarse(settings), seed, split=True) for seed in chosen]
    found: list[SeedResult] = run_in_order(run_seed, (), tasks, processes, on_done=on_seed)
    fine, split = found[: len(seeds)], found[len(seeds) :]
    return [
        _comparison(base, one, fine, [result.parts[one.name] for result in split if one.name in result.parts])
        for one in contrasts
    ]


def _comparison(
    base: str, one: Contrast, fine: Sequence[SeedResult], split: Sequence[list[Array]]
) -> Comparison:
    mine = [found.others[one.name] for found in fine]
    theirs = [found.base for found in fine]
    pairs = list(zip(mine, theirs, strict=True))
    difference = np.array([a.level - b.level for a, b in pairs])
    mean = difference.mean(axis=0)
    parts: list[Array] = []
    if len(one.components) == 1:
        parts = [mean]
    elif split:
        parts = fitted_to(mean, [np.mean(part, axis=0) for part in zip(*split, strict=True)])
    return Comparison(
        base=base,
        other=one.name,
        difference=difference,
        by_lever=list(zip(one.components, parts, strict=True)) if parts else [],
        monthly=np.array([a.monthly - b.monthly for a, b in pairs]),
        base_monthly=np.array([b.monthly for b in theirs]),
        groups={key: np.array([a.groups[key] - b.groups[key] for a, b in pairs]) for key in theirs[0].groups},
        types=fine[0].types.get(one.name, []),
        base_level=np.array([b.level for b in theirs]),
    )


def masks_of(world: World, wanted: Sequence[str] | None = None) -> dict[str, NDArray[np.bool_]]:
    """Return NL, EU, ALL and every host (or the places wanted) as masks over hosts."""
    known = places(world.hosts.ids) if wanted is None else wanted
    return {place: hosts_of(place, world.hosts, "--place") for place in known}


def band(values: Array) -> tuple[float, float, float]:
    """Return median and band over seeds."""
    low, middle, high = np.quantile(values, [LOW, 0.5, HIGH])
    return float(middle), float(low), float(high)


def channels(comparison: Comparison, outcome: str, mask: NDArray[np.bool_]) -> dict[str, float]:
    """Return the mean difference of an outcome by channel; what no flow explains is ``status``."""
    mean = comparison.difference.mean(axis=0)[:, mask].sum(axis=1)
    index = {name: number for number, name in enumerate(OUTCOMES)}
    if outcome in CHANNELS or outcome == "places_short":
        return {outcome: float(mean[index[outcome]])}
    parts = {name: way * float(mean[index[name]]) + 0.0 for name, way in CHANNELS.items()}  # no -0.0
    if outcome != "stock":
        parts["status"] = float(mean[index[outcome]]) - sum(parts.values())
    return parts


def as_json(
    comparisons: Sequence[Comparison], world: World, wanted: Sequence[str] | None = None
) -> dict[str, object]:
    """Return ``{outcome: {place: {difference, mean, low, high, by_lever, by_channel}}}``, by scenario.

    A ratio has the bands of its values, ``base`` and ``scenario``, in place of the parts.
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
                    key("low"): low,
                    key("high"): high,
                    "by_lever": {
                        part.id: float(values[number, mask].sum()) for part, values in comparison.by_lever
                    },
                    "by_channel": channels(comparison, outcome, mask),
                }
        for name in RATIOS:
            table[name] = {place: ratio_cell(*comparison.ratio(name, mask)) for place, mask in masks.items()}
        every[comparison.other] = table
    return every if len(every) > 1 else dict(next(iter(every.values())))  # type: ignore[call-overload]


def history(
    root: Path, household: str, base: str, other: str, settings: RunSettings, seed: int
) -> dict[str, Any]:
    """Return a household's months under two scenarios, as ``ewea why --json`` prints them.

    ``household`` is an id, or ``any`` for the first one (by id) whose place differs at the end. Months are
    those from the present on, or from an earlier one in which the scenarios begin to differ. ``return`` and
    ``onward`` of a month that differs are ``{factor: [base, other]}`` in log odds against staying.
    """
    before = asked(root, base, settings.until)
    world = world_of(root, settings.until, before)
    check_ahead(settings.until, present(world))
    settings = replace(settings, **covered(world))
    contrast = contrast_of(root, before, other, asked(root, other, settings.until), settings)
    month = min(contrast.month, present(world))
    past = branches_of(world, settings, seed, before)

    def runs() -> Iterator[Simulation]:
        yield past.leave(month).run
        yield past.leave(month, world_of(root, settings.until, contrast.changes)).run

    if household == ANY:
        one, two = (run.run_to_end().state for run in runs())
        apart = living_apart(one, two)
        if not apart:
            raise EweaError("household any: no household lives differently under the two scenarios.")
        wanted = apart[0]
    else:
        try:
            wanted = int(household)
        except ValueError as error:
            raise EweaError(f"household: found {household!r}; write a household id, or 'any'.") from error
    followers = [Follower(wanted), Follower(wanted)]
    ends = [run.run_to_end(follower) for run, follower in zip(runs(), followers, strict=True)]
    months = months_of(*followers)
    if not months:
        ids = ends[0].state.households["household_id"]
        raise EweaError(
            f"household {household}: none of this id lives in these runs. Write 'any' for one whose path "
            f"differs, or an id such as {int(ids[0])}."
        )
    return {"household": wanted, "base": base, "other": other, "seed": seed, "months": months}
