"""Further questions about a choice: what runs them, or why they cannot be asked."""

from pathlib import Path
from typing import Any

import numpy as np

from abm.errors import EweaError
from dashboard.engine import scorecards
from dashboard.engine.choice import Choices
from dashboard.engine.contents import components_of_choice, indicators_of
from dashboard.engine.identity import choice_key
from dashboard.engine.limits import Limits
from dashboard.engine.queue import SideRun
from dashboard.engine.split import Split
from dashboard.engine.user_message import UserMessage, user_message
from dashboard.engine.work import IndicatorEffect, SplitSeed, StoryOfSeed
from experiments.ensemble.shapley import COARSE_SEEDS
from experiments.scorecard import load_scorecard


def split_question(root: Path, limits: Limits, choice: Choices) -> SideRun | UserMessage:
    """Return the question which lever does how much."""
    components = components_of_choice(root, choice)
    most = limits.levers_in_split
    if len(components) < 2:
        return user_message("one_lever")
    if len(components) > most:
        return user_message("split_too_many", found=len(components), most=most)
    seeds = range(1, COARSE_SEEDS[len(components)] + 1)

    def combine(results: list[Any]) -> Split:
        axes, outcomes, _ = results[0]
        parts = np.mean([parts for _, _, parts in results], axis=0)
        return Split(
            tuple(p.id for p in components),
            tuple(p.label for p in components),
            parts,
            outcomes,
            axes.hosts,
            axes.in_eu,
        )

    return SideRun(
        f"split-{choice_key(choice)}",
        [SplitSeed(choice, limits.split, seed) for seed in seeds],
        [seed % limits.workers for seed in seeds],
        combine,
    )


def story_question(
    limits: Limits, choice: Choices, household: str, seed: int, place: str
) -> SideRun | UserMessage:
    """Return the question how one household lives with and without a choice."""
    if choice.is_baseline:
        return user_message("story_needs_choice")
    seed = max(1, min(int(seed), limits.full.seeds))
    resolution = limits.first.model_copy(update={"scale": limits.story_scale}).resolution
    work = StoryOfSeed(choice, str(household)[:30], str(place)[:10], resolution, seed)
    key = f"story-{choice_key(choice)}-{work.household}-{work.place}-{seed}"
    return SideRun(key, [work], [seed % limits.workers], lambda results: results[0])


def scorecard_question(
    root: Path, limits: Limits, choice: Choices, published: str, entered: dict[str, int]
) -> SideRun | UserMessage:
    """Return the question what every indicator does by itself."""
    try:
        card = load_scorecard(root, published)
    except EweaError as error:
        return user_message("refused", detail=str(error))
    sample = limits.scorecard
    asked = []
    for item in indicators_of(root).values():
        if item.no_driver is None:
            steps = scorecards.steps_of(entered.get(item.id, card.scores[item.id].score))
            asked += [(item.id, steps, seed) for seed in range(1, sample.seeds + 1)]
    asked.sort(key=lambda one: one[2])  # all indicators of a seed together share the run without

    def combine(results: list[float]) -> list[dict[str, Any]]:
        effects: dict[str, list[float]] = {}
        for (indicator, _, _), change in zip(asked, results, strict=True):
            effects.setdefault(indicator, []).append(change)
        return scorecards.indicator_rows(root, published, entered, effects)

    return SideRun(
        f"scorecard-{choice_key(choice)}-{published}-{sorted(entered.items())}",
        [IndicatorEffect(choice, item, steps, sample.resolution, seed) for item, steps, seed in asked],
        [seed % limits.workers for _, _, seed in asked],
        combine,
    )
