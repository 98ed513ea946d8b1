"""Schema of a survey in ``configs/targets``: who was asked, when, and what they answered."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from abm.data.config import Strict
from abm.data.figures import Share, Text
from abm.data.tables import Label
from calibration.targets.lines import Id, Line, Month

ANSWERS = ("return", "undecided", "stay", "onward")

ROUNDING = 0.015
"""Published shares may miss 1 by this much, because publishers round; they are scaled to 1."""


def _partition(answers: dict[str, float]) -> dict[str, float]:
    parts = [part for key in answers for part in key.split("+")]
    if unknown := sorted(set(parts) - set(ANSWERS)):
        raise ValueError(f"no answers {', '.join(unknown)}; allowed are {', '.join(ANSWERS)}, joined with +")
    if len(set(parts)) < len(parts):
        raise ValueError("an answer stands twice; every answer belongs to one group")
    total = sum(answers.values())
    if abs(total - 1) > ROUNDING:
        raise ValueError(
            f"answers sum to {total:.3f}; they must sum to 1 within {ROUNDING}. "
            "Add what is missing to a joined group such as undecided+stay"
        )
    return answers


Answers = Annotated[dict[str, Share], Field(min_length=2), AfterValidator(_partition)]


class PopulationLine(Strict):
    """Who was asked: hosts, and at most one attribute of the household."""

    hosts: list[Text] = Field(min_length=1)
    employed: bool | None = None
    family: Literal["partner", "parent", "nobody"] | None = None
    home: Literal["standing", "destroyed", "occupied"] | None = None
    age: Literal["18-34", "35-49", "50-64", "65+"] | None = None
    has_woman: bool | None = None
    has_man_18_60: bool | None = None
    remote_work: bool | None = None
    origin_group: Literal["occupied", "near_front", "kyiv", "lviv", "west", "central"] | None = None

    @property
    def attributes(self) -> dict[str, str]:
        """Return the attributes that are set, as text."""
        found = self.model_dump(exclude={"hosts"}, exclude_none=True)
        return {key: str(value).lower() for key, value in found.items()}

    @model_validator(mode="after")
    def _one_attribute(self) -> "PopulationLine":
        if len(self.attributes) > 1:
            raise ValueError(f"{' and '.join(self.attributes)}: one attribute is allowed. Keep one")
        return self


class AnswerLine(Line):
    """What observations and contrasts of a survey share."""

    month: Month
    n: Annotated[int, Field(ge=1)]
    n_status: Literal["quoted", "derived", "assumed"]
    n_reason: Text | None = None
    design_effect: Annotated[float, Field(ge=1)]
    design_effect_status: Literal["quoted", "assumed"]
    discrepancy_pp: Annotated[float, Field(gt=0, le=50)]
    discrepancy_source: Text

    @model_validator(mode="after")
    def _n_says_why(self) -> "AnswerLine":
        if self.n_status != "quoted" and self.n_reason is None:
            raise ValueError(f"n with n_status {self.n_status} needs the key n_reason: how and why")
        return self


class Observation(AnswerLine):
    """One wave of a survey in one population."""

    population: PopulationLine
    answers: Answers


class Contrast(AnswerLine):
    """The difference of one answer between two groups of one wave."""

    group: PopulationLine
    against: PopulationLine
    against_n: Annotated[int, Field(ge=1)]
    answer: Literal["return", "undecided", "stay", "onward"]
    difference: Annotated[float, Field(ge=-1, le=1)]


class SurveyFile(Strict):
    """One survey with all its waves."""

    id: Id
    kind: Literal["survey"]
    family: Id
    label: Label
    question: Text
    note: Text | None = None
    condition: Literal["when_safe", "now"]
    horizon_months: Annotated[int, Field(ge=1)] | None
    publisher: Text
    sampling: Text
    observations: list[Observation] = Field(default=[])
    contrasts: list[Contrast] = Field(default=[])

    @model_validator(mode="after")
    def _says_something(self) -> "SurveyFile":
        if not self.observations and not self.contrasts:
            raise ValueError("holds neither observations nor contrasts. Add one or delete the file")
        return self
