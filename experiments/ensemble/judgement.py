"""How much of a comparison is judgement: what each judged prior moves, and its part of the band.

Coarse runs on the seeds of the comparison: each prior at either end of its interval with the others at their
medians, against all at their medians; and every seed with its own draws against the same seed at the medians.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from abm.arrays import Booleans
from abm.data.judged import Judged
from abm.data.settings import RunSettings
from abm.data.world import World
from abm.policy.scenario import changes_of
from experiments.ensemble.counts import outcomes_of, ratio_of, totals
from experiments.ensemble.outcomes import OUTCOMES, RATIOS
from experiments.ensemble.paired import Array, SeedTask, coarse, contrast_of, world_of
from experiments.ensemble.pasts import branches_of, present
from experiments.ensemble.pool import run_in_order

SWING_SEEDS = 2
"""Seeds of the runs with one prior at an end: a pair, whose shocks of arrivals are opposite."""

SHOWN = ("stock", "without_title_share")
"""Outcomes whose dependence on judgement is told: the headline, and what protection ends in."""

type Values = Mapping[str, float] | None
"""Judged priors that are held at a value; None: the seed's own draws."""


type JudgedTask = tuple[SeedTask, Values]
"""One seed of a comparison with judged priors held."""


def holding(world: World, held: Values) -> World:
    """Return a world whose seeds all have the same values of the judged priors named."""
    if held is None:
        return world

    def fixed(prior: Judged) -> Judged:
        value = held[prior.parameter]
        return replace(prior, median=value, low_80=value, high_80=value)

    return replace(world, judged=tuple(fixed(prior) for prior in world.judged))


def run_judged(task: JudgedTask) -> Array:
    """Return the levels of base and contrasts, float64[scenario, outcome, H]."""
    one, held = task
    settings = one.settings
    base = world_of(one.root, settings.until, one.base)
    past = branches_of(base, settings, one.seed, one.base)
    first = min((each.month for each in one.contrasts), default=settings.until) - settings.start
    found = []
    for changes in (one.base, *(each.changes for each in one.contrasts)):
        # Judged priors act ahead of the registers, so all runs share what is before.
        world = holding(world_of(one.root, settings.until, changes), held)
        state = past.run(present(base), world).state
        found.append(totals(outcomes_of(state, min(first, state.index - 1))))
    return np.array(found)


def judged_tasks(task: SeedTask, seeds: Sequence[int], judged: Sequence[Judged]) -> list[JudgedTask]:
    """Return all runs: of every seed its own draws and the medians; of the first two every end."""
    medians = {prior.parameter: prior.median for prior in judged}
    held: list[Values] = [None, medians]
    ends = [{**medians, prior.parameter: end} for prior in judged for end in (prior.low_80, prior.high_80)]
    each = [(replace(task, seed=seed), one) for seed in seeds for one in held]
    return each + [(replace(task, seed=seed), one) for seed in seeds[:SWING_SEEDS] for one in ends]


@dataclass(frozen=True)
class JudgedShare:
    """What judged priors do to base and contrasts."""

    judged: tuple[Judged, ...]
    own: Array  # [seed, scenario, outcome, H] With the seed's draws
    usual: Array  # The same with all priors at their medians
    ends: Array  # [seed of the swings, prior, end, scenario, outcome, H]

    @classmethod
    def of(cls, judged: Sequence[Judged], levels: Sequence[Array], n_seeds: int) -> "JudgedShare":
        """Return what the runs of :func:`judged_tasks` found, in their order."""
        found = np.array(levels)
        pairs = found[: 2 * n_seeds].reshape(n_seeds, 2, *found.shape[1:])
        ends = found[2 * n_seeds :].reshape(-1, len(judged), 2, *found.shape[1:])
        return cls(tuple(judged), pairs[:, 0], pairs[:, 1], ends)

    def part_of_band(self, name: str, mask: Booleans, number: int) -> float:
        """Return the share of the variance over seeds that vanishes with the priors at their medians.

        Of an outcome in a place, for the level of scenario ``number``; of a contrast (1 and up) less the base
        for a count.
        """
        own, usual = (_values(name, levels, mask, number) for levels in (self.own, self.usual))
        whole = float(np.var(own))
        return max(1.0 - float(np.var(usual)) / whole, 0.0) if whole > 0.0 else 0.0

    def swings(self, name: str, mask: Booleans, number: int) -> Array:
        """Return what each prior moves at its lower and upper end, float64[prior, 2], mean over the pair."""
        usual = _values(name, self.usual[: len(self.ends)], mask, number)
        return np.asarray((_values(name, self.ends, mask, number) - usual[:, None, None]).mean(axis=0))

    def to_dict(self, names: Sequence[str], masks: Mapping[str, Booleans]) -> dict[str, object]:
        """Return ``{outcome: {place: {scenario: {judged_share, priors: {parameter: [low, high]}}}}}``."""
        return {
            name: {
                place: {
                    scenario: {
                        "judged_share": self.part_of_band(name, mask, number),
                        "priors": {
                            prior.parameter: ends
                            for prior, ends in zip(
                                self.judged, self.swings(name, mask, number).tolist(), strict=True
                            )
                        },
                    }
                    for number, scenario in enumerate(names)
                }
                for place, mask in masks.items()
            }
            for name in SHOWN
        }


def judge(
    root: Path,
    base: str,
    others: Sequence[str],
    settings: RunSettings,
    seeds: Sequence[int],
    processes: int,
    on_done: Callable[[int, int], None],
) -> JudgedShare:
    """Run what tells how much of a comparison is judgement."""
    before, settings = changes_of(root, base), coarse(settings)
    contrasts = [contrast_of(root, before, name, changes_of(root, name), settings) for name in others]
    judged = world_of(root, settings.until, before).judged
    task = SeedTask(root, before, tuple(contrasts), settings, seeds[0])
    tasks = judged_tasks(task, seeds, judged)
    found = run_in_order(run_judged, (), tasks, processes, on_done=on_done)
    return JudgedShare.of(judged, found, len(seeds))


def _values(name: str, levels: Array, mask: Booleans, number: int) -> Array:
    """Return an outcome of a scenario, float64[...]; of a count what a contrast differs from the base."""
    if name in RATIOS:
        return ratio_of(name, levels[..., number, :, :], mask)
    counted = levels[..., OUTCOMES.index(name), :][..., mask].sum(axis=-1)
    return np.asarray(counted[..., number] - (counted[..., 0] if number else 0.0))
