"""Further questions about a choice: what runs them, what they give, or why they cannot be asked."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.errors import EweaError
from abm.places import Members, hosts_of
from dashboard.engine.answer import Answer
from dashboard.engine.bands import triple
from dashboard.engine.bundle import choice_key
from dashboard.engine.changes import components_of_choice, indicators_of
from dashboard.engine.choice import Choices
from dashboard.engine.jobs import Work
from dashboard.engine.limits import Limits
from dashboard.engine.queue import SideRun
from dashboard.messages.words import UserMessage, user_message
from experiments.ensemble.shapley import COARSE_SEEDS, fitted_to
from experiments.scorecard import load_indicators, load_scorecard, model_score

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Split:
    """Parts of an effect; they add up to the mean difference of the coarse runs."""

    ids: tuple[str, ...]  # ``<lever>:<place>`` or ``driver:<driver>``
    labels: tuple[dict[str, str], ...]  # Names by language
    parts: Floats  # [component, outcome, H] Mean parts, persons
    outcomes: tuple[str, ...]  # Names along the axes
    hosts: tuple[str, ...]
    in_eu: tuple[bool, ...]  # Whether a host is a member of the Union

    def at(self, outcome: str, place: str) -> dict[str, float]:
        """Return the part of every lever in the difference of an outcome."""
        if outcome not in self.outcomes:
            raise EweaError(f"outcome: found {outcome[:40]!r}; allowed are {', '.join(self.outcomes)}.")
        row = self.parts[:, self.outcomes.index(outcome)]
        mask = hosts_of(place, Members(self.hosts, self.in_eu))
        return dict(zip(self.ids, row[:, mask].sum(axis=1).tolist(), strict=True))

    def scaled_to(self, answer: Answer) -> "Split":
        """Return parts that add up to the mean difference of a (finer) answer."""
        mean = np.array([answer.apart(name).mean(axis=0) for name in self.outcomes])
        return replace(self, parts=np.array(fitted_to(mean, list(self.parts))))


type Move = tuple[str, int, int]
"""An indicator, by how many steps it is moved, and the seed."""


def indicators_to_move(root: Path, published: str, entered: dict[str, int], seeds: int) -> list[Move]:
    """Return all runs of a scorecard: by the score entered, else the published one; one step for 0."""
    card = load_scorecard(root, published)
    found = []
    for item in indicators_of(root).values():
        if item.no_driver is None:
            score = entered.get(item.id, card.scores[item.id].score)
            steps = score if isinstance(score, int) and score != 0 else 1
            found += [(item.id, steps, seed) for seed in range(1, seeds + 1)]
    return sorted(found, key=lambda one: one[2])  # all indicators of a seed together share the run without


def indicator_rows(
    root: Path, published: str, scores: dict[str, int], moved: list[Move], changes: list[float]
) -> list[dict[str, Any]]:
    """Return one row per indicator: published score, score entered, effect and the model's own score."""
    about, card = load_indicators(root), load_scorecard(root, published)
    effects: dict[str, list[float]] = {}
    for (indicator, _, _), change in zip(moved, changes, strict=True):
        effects.setdefault(indicator, []).append(change)
    found = []
    for item in indicators_of(root).values():
        given = card.scores[item.id]
        low = mid = high = model = None
        signs = (0, 0, 0)
        if item.id in effects:
            band = triple(effects[item.id])
            (low, mid, high), signs = band, band.signs
            model, _ = model_score(np.array(effects[item.id]), about.thresholds)
        found.append(
            {
                "indicator": item.id, "set": item.set, "factor": item.factor,
                "label": item.label.model_dump(),
                "published": given.score, "source": given.source, "score": scores.get(item.id),
                "model": model, "effect_low": low, "effect": mid, "effect_high": high, "signs": signs,
                "driver": item.driver, "lever": item.lever, "place": item.place, "step": item.step,
                "reason": item.no_driver,
            }
        )  # fmt: skip
    return found


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
        ids, labels = tuple(p.id for p in components), tuple(p.label for p in components)
        return Split(ids, labels, parts, outcomes, axes.hosts, axes.in_eu)

    return SideRun(
        f"split-{choice_key(choice)}",
        [Work("parts", limits.split, seed, choice) for seed in seeds],
        limits.workers,
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
    household, place = str(household)[:30], str(place)[:10]
    work = Work("story", resolution, seed, choice, (household, place))
    key = f"story-{choice_key(choice)}-{household}-{place}-{seed}"
    return SideRun(key, [work], limits.workers, lambda results: results[0])


def scorecard_question(
    root: Path, limits: Limits, choice: Choices, published: str, entered: dict[str, int]
) -> SideRun | UserMessage:
    """Return the question what every indicator does by itself."""
    resolution = limits.scorecard.resolution
    try:
        moved = indicators_to_move(root, published, entered, limits.scorecard.seeds)
    except EweaError as error:
        return user_message("refused", detail=str(error))
    return SideRun(
        f"scorecard-{choice_key(choice)}-{published}-{sorted(entered.items())}",
        [Work("effect", resolution, seed, choice, (item, steps)) for item, steps, seed in moved],
        limits.workers,
        lambda changes: indicator_rows(root, published, entered, moved, changes),
    )
