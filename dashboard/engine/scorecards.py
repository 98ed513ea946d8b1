"""What moving one indicator of the EWEA scorecard does, all else as in a choice."""

from typing import TYPE_CHECKING, Any

import numpy as np

from dashboard.engine.choice import Choice
from dashboard.engine.limits import Resolution

if TYPE_CHECKING:
    from pathlib import Path

    from abm.policy.change import Changes
    from dashboard.engine.desk import Desk

AHEAD = 12
"""Months over which a step works, as in ``ewea scorecard``."""


def effect(
    desk: "Desk", choice: Choice, indicator: str, steps: int, resolution: Resolution, seed: int
) -> float:
    """Return the change in people to protect in the Netherlands after a year, persons, on one seed."""
    from abm.policy.change import joined
    from dashboard.engine.contents import changes_of_choice, indicators_of, levers_of, others_of
    from experiments.scorecard.files import moving

    item = indicators_of(desk.root)[indicator]
    usual = changes_of_choice(desk.root, choice)
    step = moving(item, item.step * steps, desk.fork, levers_of(desk.root), others_of(desk.root))
    moved = joined([usual, step])
    key = choice, resolution, seed
    if key not in desk.memo:
        desk.memo.clear()  # the tasks of one question come together
        desk.memo.update({key: _people(desk, usual, resolution, seed)})
    return _people(desk, moved, resolution, seed) - desk.memo[key]


def _people(desk: "Desk", contents: "Changes", resolution: Resolution, seed: int) -> float:
    until = desk.fork + AHEAD
    first = contents.first_month
    first = until if first is None else min(first, until)
    run = desk.finished(resolution, seed, desk.world_of(contents), first, until)
    return float(run.state.history.stock[run.state.index, desk.world.hosts.ids.index("NL")].sum())


def indicator_rows(
    root: "Path", published: str, scores: dict[str, int], effects: dict[str, list[float]]
) -> list[dict[str, Any]]:
    """Return one row per indicator: published score, score entered, effect and the model's own score."""
    from dashboard.engine.contents import indicators_of
    from experiments.scorecard.files import load_indicators, load_scorecard
    from experiments.scorecard.table import score_of

    about, card = load_indicators(root), load_scorecard(root, published)
    found = []
    for item in indicators_of(root).values():
        given = card.scores[item.id]
        low = mid = high = model = None
        if item.id in effects:
            low, mid, high = (float(v) for v in np.quantile(effects[item.id], [0.1, 0.5, 0.9]))
            model = score_of(float(np.mean(effects[item.id])), about.thresholds)
        found.append(
            {
                "indicator": item.id, "set": item.set, "factor": item.factor,
                "label": item.label.model_dump(),
                "published": given.score, "source": given.source, "score": scores.get(item.id),
                "model": model, "effect_low": low, "effect": mid, "effect_high": high,
                "driver": item.driver, "lever": item.lever, "place": item.place, "step": item.step,
                "reason": item.no_driver,
            }
        )  # fmt: skip
    return found


def steps_of(given: int | str | None) -> int:
    """Return by how many steps an indicator is moved for a score; one where it is 0 or not given."""
    return given if isinstance(given, int) and given != 0 else 1
