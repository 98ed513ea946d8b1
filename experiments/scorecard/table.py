"""The model's own scorecard beside the published one."""

from pathlib import Path
from typing import Any

import numpy as np

from abm.data.folder import load_settings
from abm.months import month_index
from experiments.scorecard.effect import Wheel
from experiments.scorecard.files import Indicator, Thresholds, load_indicators, load_scorecard


def score_of(effect: float, thresholds: Thresholds) -> int:
    """Return -2 to +2 for a change of people to protect: fewer is positive.

    >>> score_of(-500, Thresholds(moderate=200, considerable=2000))
    1
    """
    size = 2 if abs(effect) >= thresholds.considerable else 1 if abs(effect) >= thresholds.moderate else 0
    return int(-np.sign(effect)) * size


def scorecard(root: Path, scenario: str, published: str, seeds: int, scale: int) -> dict[str, Any]:
    """Return the scorecard of a scenario.

    The published score of an indicator says which way it moved and how much that matters. The model
    moves it by that many steps (by one step where the score is 0 or absent) and scores what becomes
    of the people to protect in the Netherlands twelve months later.

    Returns
    -------
    dict
        ``{rows: [{indicator, label, factor, published, model, effect_persons, moved, reason}],
        agreeing, compared, zeros}``; ``model`` is null where the indicator has no driver.
    """
    about, card = load_indicators(root), load_scorecard(root, published)
    first = max(month_index(card.month) + 1, load_settings(root).last_register_month + 1)
    wheel = Wheel(root, scenario, first, range(1, seeds + 1), scale)
    usual = wheel.run()[:, 0, -1]
    rows = []
    for item in about.indicators:
        given = card.scores[item.id].score
        rows.append(_row(item, given, wheel, usual, about.thresholds))
    pairs = [
        (row["published"], row["model"])
        for row in rows
        if row["model"] is not None and isinstance(row["published"], int)
    ]
    clear = [(p, m) for p, m in pairs if p != 0]
    return {
        "scenario": scenario,
        "published_in": published,
        "rows": rows,
        "compared": len(clear),
        "agreeing": sum(np.sign(p) == np.sign(m) for p, m in clear),
        "zeros": len(pairs) - len(clear),
    }


def _row(
    item: Indicator, given: int | str, wheel: Wheel, usual: np.ndarray, thresholds: Thresholds
) -> dict[str, Any]:
    row: dict[str, Any] = {
        "indicator": item.id, "label": item.label.en, "factor": item.factor, "published": given,
        "model": None, "effect_persons": None, "moved": None, "reason": item.no_driver,
    }  # fmt: skip
    if item.no_driver is None:
        steps = given if isinstance(given, int) and given != 0 else 1
        effect = float(
            (wheel.run(wheel.world_with(wheel.moving(item, item.step * steps)))[:, 0, -1] - usual).mean()
        )
        row |= {"model": score_of(effect, thresholds), "effect_persons": effect, "moved": item.step * steps}
    return row
