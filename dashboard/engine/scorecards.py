"""The scorecard as the app shows it: published score, score entered, effect, and the model's own score."""

from pathlib import Path
from typing import Any

import numpy as np

from abm.band import HIGH, LOW
from dashboard.engine.contents import indicators_of
from experiments.scorecard import load_indicators, load_scorecard, score_of


def indicator_rows(
    root: Path, published: str, scores: dict[str, int], effects: dict[str, list[float]]
) -> list[dict[str, Any]]:
    """Return one row per indicator: published score, score entered, effect and the model's own score."""
    about, card = load_indicators(root), load_scorecard(root, published)
    found = []
    for item in indicators_of(root).values():
        given = card.scores[item.id]
        low = mid = high = model = None
        if item.id in effects:
            low, mid, high = (float(v) for v in np.quantile(effects[item.id], [LOW, 0.5, HIGH]))
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
