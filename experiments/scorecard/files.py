"""Read the indicators and the scorecards of the EWEA reports."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, model_validator

from abm.data.config import Strict, line_of, load, read_yaml
from abm.data.figures import DateText, Text
from abm.errors import ConfigError, EweaError
from abm.policy.change import RANGES, Changes, DriverChange, LeverChange, MonthText, as_number
from abm.policy.lever import Lever, load_levers

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
        if self.driver is not None and self.driver not in RANGES:
            raise ValueError(f"driver: found {self.driver!r}; there are {', '.join(RANGES)}")
        if (self.lever is None) != (self.place is None):
            raise ValueError("lever and place go together")
        if self.no_driver is None and (self.step == 0.0 or not self.low <= self.high):
            raise ValueError("step must not be 0, and low not above high")
        return self


def moving(
    item: Indicator, amount: float, first: int, levers: Mapping[str, Lever], others: Sequence[str]
) -> Changes:
    """Return what moves an indicator by an amount from a month on; nothing if the model has no driver of it.

    ``others`` are the members of the Union besides the Netherlands.
    """
    if item.driver is not None:
        return Changes.of(DriverChange.of(item.driver, first, amount, "add", where=item.id))
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
    """Return -2 to +2 for a change of people to protect: fewer is positive.

    >>> score_of(-500, Thresholds(moderate=200, considerable=2000))
    1
    """
    size = 2 if abs(effect) >= thresholds.considerable else 1 if abs(effect) >= thresholds.moderate else 0
    return int(-np.sign(effect)) * size


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
    found = load(path, Indicators)
    names = [item.id for item in found.indicators]
    levers = load_levers(root)
    for number, item in enumerate(found.indicators):
        line = line_of(read_yaml(path), ("indicators", number)) if names.count(item.id) > 1 else 0
        if line:
            raise ConfigError(f"{path}:{line}: {item.id} stands twice. Keep one.")
        if item.lever is not None and item.lever not in levers:
            line = line_of(read_yaml(path), ("indicators", number))
            raise ConfigError(f"{path}:{line}: lever: found {item.lever!r}; there are {', '.join(levers)}.")
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
