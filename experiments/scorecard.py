"""The EWEA scorecard: published judgements beside the model's own, and early warning."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from abm.band import HIGH, LOW
from abm.data.config import Strict, line_of, load, read_yaml
from abm.data.drivers import load_driver_cards
from abm.data.figures import DateText, Text
from abm.data.folder import load_settings
from abm.data.settings import RunSettings
from abm.data.tables import DriverCard
from abm.data.world import World
from abm.errors import ConfigError, EweaError
from abm.months import month_index, month_label
from abm.policy.change import Changes, DriverChange, LeverChange, MonthText, as_number, joined
from abm.policy.lever import Lever, load_levers
from abm.policy.scenario import asked, changed_world, scenario_world
from experiments.uncertainty import covered
from experiments.wording.numbers import rounding_step, to_step, verdict

NETHERLANDS = "NL"
FOLDER = "scorecards"
INDICATORS = "indicators.yaml"


class Names(Strict):
    """Name of an indicator."""

    en: Text
    nl: Text


class Indicator(Strict):
    """One indicator and what one step of its score means in the model."""

    id: Annotated[str, Field(pattern=r"^AX[12]-\d\d$")]
    set: Literal[1, 2]
    factor: Text
    label: Names
    driver: str | None = None  # What moves; neither where ``no_driver`` says why
    lever: str | None = None
    # Where a lever is set: a host, ``UA``, or ``others`` (the EU without the Netherlands)
    place: str | None = None
    # One point towards a smaller Dutch protection task, added to the series or to the lever's neutral value
    step: float = 0.0
    low: float = 0.0  # Range plausible within a year, in the same unit
    high: float = 0.0
    no_driver: Text | None = None

    @model_validator(mode="after")
    def _one_way(self) -> "Indicator":
        said = [self.driver, self.lever, self.no_driver]
        if sum(value is not None for value in said) != 1:
            raise ValueError("give one of driver, lever and no_driver")
        if (self.lever is None) != (self.place is None):
            raise ValueError("lever and place go together")
        if self.no_driver is None and (self.step == 0.0 or not self.low <= self.high):
            raise ValueError("step must not be 0, and low not above high")
        return self


def moving(
    item: Indicator,
    amount: float,
    first: int,
    levers: Mapping[str, Lever],
    drivers: Mapping[str, DriverCard],
    others: Sequence[str],
) -> Changes:
    """Return what moves an indicator by an amount from a month on; nothing if no driver does."""
    if item.driver is not None:
        units = drivers[item.driver].everywhere
        return Changes.of(DriverChange.of(item.driver, first, amount, "add", units, where=item.id))
    if item.lever is None or item.place is None:
        return Changes()
    lever = levers[item.lever]
    least, most = as_number(lever.range.least), as_number(lever.range.most)
    value = float(np.clip(lever.neutral_number + amount, least, most))
    places = others if item.place == "others" else [item.place]
    return Changes.of(*(LeverChange.of(lever.id, place, first, value) for place in places))


class Thresholds(Strict):
    """Persons from which an effect counts as moderate (1) or considerable (2)."""

    moderate: float = Field(gt=0)
    considerable: float = Field(gt=0)


def score_of(effect: float, thresholds: Thresholds) -> int:
    """Return -2 to +2 for a change of displaced people: fewer is positive.

    >>> score_of(-500, Thresholds(moderate=200, considerable=2000))
    1
    """
    size = 2 if abs(effect) >= thresholds.considerable else 1 if abs(effect) >= thresholds.moderate else 0
    return int(-np.sign(effect)) * size


def model_score(changes: NDArray[np.float64], thresholds: Thresholds) -> tuple[int, float]:
    """Return the score of a change by run, and its median; 0 where the runs support no direction.

    >>> model_score(np.array([-900.0, 100.0, 300.0, -200.0]), Thresholds(moderate=200, considerable=2000))[0]
    0
    """
    low, middle, high = np.quantile(changes, [LOW, 0.5, HIGH]).tolist()
    more, fewer, step = int((changes > 0).sum()), int((changes < 0).sum()), rounding_step(middle, low, high)
    found = verdict(to_step(low, step), to_step(high, step), more, fewer, len(changes))
    known = found not in ("none", "unclear")
    return score_of(to_step(middle, step), thresholds) if known else 0, middle


class Indicators(Strict):
    """All indicators."""

    publisher: Text
    date: DateText
    status: Literal["assumed"]
    thresholds: Thresholds
    indicators: list[Indicator]


class Score(Strict):
    """A published judgement: -2 much worse to +2 much better for the Dutch protection task."""

    score: Annotated[int, Field(ge=-2, le=2)] | Literal["not_scored"]
    source: Text


class Scorecard(Strict):
    """The scorecard of one report."""

    id: MonthText
    month: MonthText
    publisher: Text
    status: Literal["quoted"]
    note: Text
    scores: dict[str, Score]


def load_indicators(root: Path) -> Indicators:
    """Return all indicators."""
    path = root / FOLDER / INDICATORS
    found, levers = load(path, Indicators), load_levers(root)
    drivers = [card.id for card in load_driver_cards(root).values() if card.change_range is not None]
    names = [item.id for item in found.indicators]
    for number, item in enumerate(found.indicators):
        wrong = [f"{item.id} stands twice. Keep one."] if names.count(item.id) > 1 else []
        for key, name, known in (("lever", item.lever, levers), ("driver", item.driver, drivers)):
            if name is not None and name not in known:
                wrong.append(f"{key}: found {name!r}; there are {', '.join(known)}.")
        if wrong:
            line = line_of(read_yaml(path), ("indicators", number))
            raise ConfigError(f"{path}:{line}: {wrong[0]}")
    return found


def load_scorecard(root: Path, name: str) -> Scorecard:
    """Return a scorecard; every indicator must be scored or marked ``not_scored``."""
    path = root / FOLDER / f"{name}.yaml"
    known = sorted(p.stem for p in (root / FOLDER).glob("*.yaml") if p.name != INDICATORS)
    if name not in known:
        raise EweaError(f"{name!r} is no scorecard; there are {', '.join(known)}.")
    card = load(path, Scorecard)
    wanted = {item.id for item in load_indicators(root).indicators}
    if unknown := sorted(set(card.scores) - wanted):
        line = line_of(read_yaml(path), ("scores", unknown[0]))
        raise ConfigError(f"{path}:{line}: scores: unknown indicator {', '.join(unknown)}.")
    if missing := sorted(wanted - set(card.scores)):
        raise ConfigError(
            f"{path}: scores: missing {', '.join(missing)}; score it or write not_scored with its source."
        )
    return card


Array = NDArray[np.float64]

AHEAD = 12
"""Months over which a step works."""

HORIZONS = (6, 12)
DRAWS = 24
"""Draws of all indicators at once from their plausible ranges."""


class Wheel:
    """Runs one scenario to the month ``first`` once per seed, then turns one indicator at a time."""

    def __init__(self, root: Path, scenario: str, first: int, n_seeds: int, scale: int) -> None:
        # Not above: the server of the app reads the files of this module, and starts without compiled code.
        from experiments.ensemble.pasts import branches_of

        self.root, self.first = root, first
        self.until = first + AHEAD
        self.changes = asked(root, scenario, self.until)
        self.world = scenario_world(root, self.until, scenario)
        self.settings = RunSettings(
            scenario=scenario,
            until=self.until,
            scale=scale,
            households_per_host=load_settings(root).households_per_host_min,
            **covered(self.world),
        )
        self.levers = load_levers(root)
        self._pasts = [
            branches_of(self.world, self.settings, seed, self.changes) for seed in range(1, n_seeds + 1)
        ]

    def moving(self, indicator: Indicator, amount: float) -> Changes:
        """Return what moves an indicator by an amount from the first month on."""
        hosts = self.world.hosts
        others = [h for h, eu in zip(hosts.ids, hosts.is_eu, strict=True) if eu and h != NETHERLANDS]
        return moving(indicator, amount, self.first, self.levers, self.world.driver_cards, others)

    def world_with(self, *parts: Changes) -> World:
        """Return the scenario's world with changes on top."""
        return changed_world(self.root, self.until, joined([self.changes, *parts]))

    def run(self, world: World | None = None, only: int | None = None) -> Array:
        """Return displaced people and people who need a collective place in NL, [seed, 2, month ahead]."""
        from abm.kernels.end_month import COUNTS
        from abm.month.housing import housing_rules

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
    of the displaced people in the Netherlands twelve months later; where it has no driver of it, ``model``
    is null and ``reason`` says why.
    """
    about, card = load_indicators(root), load_scorecard(root, published)
    first = max(month_index(card.month) + 1, load_settings(root).last_register_month + 1)
    wheel = Wheel(root, scenario, first, seeds, scale)
    usual = wheel.run()[:, 0, -1]
    rows = []
    for item in about.indicators:
        given = card.scores[item.id].score
        row: dict[str, Any] = {
            "indicator": item.id, "label": item.label.en, "factor": item.factor, "published": given,
            "model": None, "effect_persons": None, "moved": None, "reason": item.no_driver,
        }  # fmt: skip
        if item.no_driver is None:
            moved = item.step * (given if isinstance(given, int) and given != 0 else 1)
            people = wheel.run(wheel.world_with(wheel.moving(item, moved)))[:, 0, -1]
            score, effect = model_score(np.asarray(people - usual, float), about.thresholds)
            row |= {"model": score, "effect_persons": effect, "moved": moved}
        rows.append(row)
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


def monitor(root: Path, scenario: str, seeds: int, scale: int, first: int | None = None) -> dict[str, Any]:
    """Return the state now, the worst end of every indicator, and the probability of a shortage.

    The probability is the share of draws and seeds in which more people need a collective place than
    there are, when all indicators move at once, each evenly within its plausible range; seeds differ by
    parameters and unexplained arrivals too. ``needed_6`` and ``past_6`` are persons who need a place six
    months ahead, and whether they are more than the places.
    """
    begin = load_settings(root).last_register_month + 1 if first is None else first
    wheel = Wheel(root, scenario, begin, seeds, scale)
    host = wheel.world.hosts.ids.index(NETHERLANDS)
    month = min(begin + AHEAD, wheel.world.n_months - 1)
    places = float(wheel.world.places_available(month)[host])
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
