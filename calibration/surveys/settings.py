"""``configs/surveys.yaml``: how survey waves hang together."""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, model_validator

from abm.data.config import Strict, fault, load
from abm.data.figures import MonthText, Share, Sourced
from abm.errors import refuse_all
from abm.months import month_index
from calibration.fit.prior import PriorSetting, load_calibration_settings
from calibration.targets.schema import Id
from calibration.targets.targets import Targets

WEIGHTS = (1 / 6, 2 / 3, 1 / 6)
"""Prior weights of low, value and high of a learnt spread: the three points that stand for a normal."""

Unit = Literal["log odds", "log odds a month", "log", "share", "months"]
Status = Literal["decided", "reported", "derived", "assumed"]


class NewcomerShare(Sourced[Annotated[dict[MonthText, Share], Field(min_length=2)], Unit, Status]):
    """Share of the displaced who came after the panels began, month by month."""

    @model_validator(mode="after")
    def _months_rise(self) -> "NewcomerShare":
        months = [month_index(label) for label in self.value]
        if months != sorted(months):
            raise ValueError(f"months {', '.join(self.value)}; they must rise. Put them in order")
        return self


Spread = Sourced[Annotated[float, Field(gt=0)], Unit, Status]


class LearntSpread(Spread):
    """A spread that the waves before a forecast choose from an interval."""

    low: Annotated[float, Field(gt=0)]
    high: Annotated[float, Field(gt=0)]

    @model_validator(mode="after")
    def _is_an_interval(self) -> "LearntSpread":
        if not self.low < self.value < self.high:
            raise ValueError(
                f"low {self.low:g}, value {self.value:g}, high {self.high:g}; they must rise in this order"
            )
        return self

    @property
    def points(self) -> tuple[float, float, float]:
        """Return low, value and high."""
        return self.low, self.value, self.high


class SurveySettings(Strict):
    """The file as written."""

    scored_months: Sourced[Annotated[int, Field(ge=1)], Unit, Status]
    level_sd: Spread
    drift_persistence: Sourced[Annotated[float, Field(ge=0, lt=1)], Unit, Status]
    drift_sd: Spread
    first_drift_sd: LearntSpread
    discrimination_sd: LearntSpread
    house_sd: Spread
    wave_sd: LearntSpread
    place_sd: Spread
    group_sd: Spread
    same_words: dict[Id, Annotated[list[Id], Field(min_length=2)]]
    panels: list[Id]
    newcomer_sd: Spread
    newcomer_share: NewcomerShare

    def question(self, family: str) -> str:
        """Return the name of the words a family asks in."""
        return next((words for words, asked in self.same_words.items() if family in asked), family)

    def newcomers(self, month: int) -> float:
        """Return the share of the displaced who came after the panels began."""
        known = self.newcomer_share.value
        months = [month_index(label) for label in known]
        return float(np.interp(month, months, list(known.values())))

    def chosen(self) -> Iterator["Spreads"]:
        """Yield every combination of the learnt spreads."""
        learnt = (self.first_drift_sd, self.discrimination_sd, self.wave_sd)
        for points in itertools.product(range(len(WEIGHTS)), repeat=len(learnt)):
            drift, discrimination, wave = (
                spread.points[point] for spread, point in zip(learnt, points, strict=True)
            )
            weight = float(np.log(np.prod([WEIGHTS[point] for point in points])))
            yield Spreads(first_drift=drift, discrimination=discrimination, wave=wave, log_weight=weight)


class Spreads(Strict):
    """One choice of the learnt spreads, with the logarithm of its prior weight."""

    first_drift: float
    discrimination: float
    wave: float
    log_weight: float


class CutPriors(Strict):
    """Priors of where a question cuts the wish."""

    to_return: PriorSetting
    gap: PriorSetting
    onward: PriorSetting


def load_survey_settings(root: Path, targets: Targets) -> tuple[SurveySettings, CutPriors]:
    """Return the settings and the priors of cuts; every family they name must have waves."""
    path = root / "surveys.yaml"
    found, known = load(path, SurveySettings), {wave.family for wave in targets.surveys}
    named: dict[tuple[str, ...], list[str]] = {("panels",): found.panels}
    named |= {("same_words", words): asked for words, asked in found.same_words.items()}
    faults, seen = [], set[tuple[str, str]]()
    for where, families in named.items():
        for family in families:
            if family not in known:
                allowed = f"Allowed are {', '.join(sorted(known))}."
                faults.append(
                    fault(path, where, f"found {family}; no file of targets has this family. {allowed}")
                )
            if (where[0], family) in seen:
                faults.append(fault(path, where, f"found {family} twice; it stands once. Take one out."))
            seen.add((where[0], family))
    refuse_all(faults)
    cuts = load_calibration_settings(root)
    return found, CutPriors(to_return=cuts.cut_return, gap=cuts.cut_gap, onward=cuts.cut_onward)
