"""Early warning: which indicators could push the Netherlands past its places, and how likely."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from abm.data.folder import load_settings
from abm.months import month_label
from experiments.scorecard.effect import AHEAD, Wheel
from experiments.scorecard.files import NETHERLANDS, Indicator, load_indicators

HORIZONS = (6, 12)
DRAWS = 24
"""Draws of all indicators at once from their plausible ranges."""


def monitor(root: Path, scenario: str, seeds: int, scale: int, first: int | None = None) -> dict[str, Any]:
    """Return the state now, the worst end of every indicator, and the probability of a shortage.

    The probability is the share of draws and seeds in which more people need a collective place than
    there are, when all indicators move at once, each evenly within its plausible range; seeds differ by
    parameters and unexplained arrivals too.

    Returns
    -------
    dict
        ``{month, places, now, probability: {6, 12}, indicators: [{indicator, label, end, needed_6,
        needed_12, past_6, past_12}]}``.
    """
    begin = load_settings(root).last_register_month + 1 if first is None else first
    wheel = Wheel(root, scenario, begin, range(1, seeds + 1), scale, uncertain=True)
    host = wheel.world.hosts.ids.index(NETHERLANDS)
    month = min(begin + AHEAD, wheel.world.n_months - 1)
    said = float(wheel.world.policy.now("collective_places", month)[host])
    places = float(wheel.world.hosts.collective_places[month, host]) if np.isnan(said) else said
    usual = wheel.run()[:, 1]
    active = [item for item in load_indicators(root).indicators if item.no_driver is None]
    rows = []
    for item in active:
        # The worse end is the one away from the step that makes the task smaller.
        worse = item.low if item.step > 0 else item.high
        if worse == 0.0:
            continue
        needed = wheel.run(wheel.world_with(wheel.moving(item, worse)))[:, 1]
        row: dict[str, Any] = {"indicator": item.id, "label": item.label.en, "moved": worse}
        for ahead in HORIZONS:
            row[f"needed_{ahead}"] = float(np.median(needed[:, ahead - 1]))
            row[f"past_{ahead}"] = bool(np.median(needed[:, ahead - 1]) > places)
        rows.append(row)
    probability = _probability(wheel, active, places)
    return {
        "scenario": scenario,
        "month": month_label(begin),
        "places": places,
        "usual": {str(ahead): float(np.median(usual[:, ahead - 1])) for ahead in HORIZONS},
        "past_by_chance": {str(a): float((usual[:, a - 1] > places).mean()) for a in HORIZONS},
        "probability": probability,
        "indicators": sorted(rows, key=lambda row: -row["needed_12"]),
    }


def _probability(wheel: Wheel, active: Sequence[Indicator], places: float) -> dict[str, float]:
    """Return the share of draws in which places run short, by months ahead."""
    generator = np.random.default_rng(1)
    past = dict.fromkeys(HORIZONS, 0)
    total = 0
    for draw in range(DRAWS):
        moved = [wheel.moving(item, float(generator.uniform(item.low, item.high))) for item in active]
        needed = wheel.run(wheel.world_with(*moved), only=draw)[:, 1]
        for ahead in HORIZONS:
            past[ahead] += int((needed[:, ahead - 1] > places).sum())
        total += len(needed)
    return {str(ahead): past[ahead] / total for ahead in HORIZONS}
