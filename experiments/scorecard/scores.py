"""What moving one indicator does to the people to protect in the Netherlands, all else equal."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.branches import Branches
from abm.compiled import compile_once
from abm.data.folder import load_settings
from abm.data.settings import RunSettings
from abm.data.world import World
from abm.kernels.end_month import COUNTS
from abm.month.housing import housing_rules
from abm.months import month_index, month_label
from abm.policy.change import Changes, joined
from abm.policy.lever import load_levers
from abm.policy.scenario import changed_world, changes_of, scenario_world
from experiments.scorecard.files import (
    NETHERLANDS,
    Indicator,
    Thresholds,
    load_indicators,
    load_scorecard,
    moving,
    score_of,
)
from experiments.uncertainty import covered

Array = NDArray[np.float64]

AHEAD = 12
"""Months over which a step works."""


class Wheel:
    """Runs one scenario to a month once per seed, then turns one indicator at a time.

    Parameters
    ----------
    first : int
        Month from which an indicator is moved.
    seeds : sequence of int
        Seeds of all runs.
    scale : int
        Households per simulated one.
    uncertain : bool
        Whether seeds differ by parameters and unexplained arrivals too, not by chance alone.
    """

    def __init__(
        self,
        root: Path,
        scenario: str,
        first: int,
        seeds: Sequence[int],
        scale: int,
        uncertain: bool = False,
    ) -> None:
        self.root, self.first, self.seeds = root, first, tuple(seeds)
        self.changes = changes_of(root, scenario)
        self.until = first + AHEAD
        start = load_settings(root).last_register_month + 1
        self.world = scenario_world(root, self.until, scenario)
        compile_once(self.world)
        self.settings = RunSettings(
            scenario=scenario, start=min(start, first), until=self.until, scale=scale, households_per_host=300
        )
        if uncertain:
            self.settings = replace(self.settings, **covered(self.world))
        self.levers = load_levers(root)
        self._pasts = [Branches(self.world, self.settings, seed) for seed in self.seeds]

    def moving(self, indicator: Indicator, amount: float) -> Changes:
        """Return what moves an indicator by an amount from the first month on."""
        hosts = self.world.hosts
        others = [h for h, eu in zip(hosts.ids, hosts.is_eu, strict=True) if eu and h != NETHERLANDS]
        return moving(indicator, amount, self.first, self.levers, others)

    def world_with(self, *parts: Changes) -> World:
        """Return the scenario's world with changes on top."""
        return changed_world(self.root, self.until, joined([self.changes, *parts]))

    def run(self, world: World | None = None, only: int | None = None) -> Array:
        """Return people to protect and people who need a collective place in NL, [seed, 2, month ahead]."""
        found = []
        for past in self._pasts if only is None else [self._pasts[only % len(self._pasts)]]:
            state = past.run(self.first, world).state
            history, nl = state.history, self.world.hosts.ids.index(NETHERLANDS)
            first = self.first - self.settings.start
            people = history.stock[first + 1 :, nl].sum(axis=(1, 2, 3)).astype(float)
            housed = history.counts[first + 1 :, nl, COUNTS.index("housing_collective")].astype(float)
            if not housing_rules(state.world, state.month - 1).duty[nl]:
                housed = housed + history.places_short[first:, nl]
            found.append(np.stack([people, housed]))
        return np.array(found)


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
