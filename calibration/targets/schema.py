"""Targets as the files of ``configs/targets`` write them and as the code reads them: lines and surveys.

Hosts and months are resolved while a file is read, from the context ``hosts`` (the host axis) and ``scored``
(hosts with a scored register); a record built in code may give the numbers themselves.
"""

from typing import Annotated, Any, Literal, NamedTuple

import numpy as np
from pydantic import AfterValidator, BeforeValidator, Field, PrivateAttr, ValidationInfo, model_validator

from abm.data.config import Strict, needed
from abm.data.figures import DateText, Share, Text
from abm.data.tables import Label
from abm.months import month_index, month_label
from abm.places import GROUPS, hosts_of, unknown

FIRST_MONTH, LAST_MONTH = month_index("2022-03"), month_index("2026-12")
"""Targets outside these months are rejected as typos."""

Use = Literal["fit", "holdout", "reported"]
"""fit: calibration sees it. holdout: scored afterwards. reported: shown, never scored."""

Condition = Literal["when_safe", "now"]
"""The intention if it were safe, or a plan under present conditions."""

ANSWERS = ("return", "undecided", "stay", "onward")
SURVEY_ROUNDING = 0.015
"""Published shares may miss 1 by this much, because publishers round; they are scaled to 1."""

PERCENTAGE_POINTS = 100
Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


def _month(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if not FIRST_MONTH <= (month := month_index(value)) <= LAST_MONTH:
        raise ValueError(
            f"must lie between {month_label(FIRST_MONTH)} and {month_label(LAST_MONTH)}; "
            "write the month of fieldwork"
        )
    return month


TargetMonth = Annotated[int, BeforeValidator(_month)]
"""A month number, written YYYY-MM."""


class HostGroup(NamedTuple):
    """Hosts by number in code order, and as they were written: ``ALL``, ``NEIGHBOURS``, ``CZ+EE``."""

    hosts: tuple[int, ...]
    place: str


def _group(names: Any, info: ValidationInfo) -> Any:
    if isinstance(names, HostGroup) or not isinstance(names, list) or not names:
        return names
    axis = (info.context or {})["hosts"]
    for name in names:
        if name not in axis.ids and name not in GROUPS:
            raise ValueError(unknown(name, axis.ids, tuple(GROUPS)))
    if len(names) > 1 and set(names) & set(GROUPS):
        raise ValueError("a group of hosts stands alone")
    if len(set(names)) < len(names):
        raise ValueError("write every host once")
    chosen = np.flatnonzero(hosts_of(names, axis, groups=tuple(GROUPS)))
    return HostGroup(tuple(int(host) for host in chosen), "+".join(sorted(names)))


Group = Annotated[HostGroup, BeforeValidator(_group)]


class TargetLine(Strict):
    """What every target carries: where it is from, how sure it is and what it is used for."""

    id: Id
    date: Annotated[
        DateText,
        needed("Write when it was published: YYYY, YYYY-MM or YYYY-MM-DD, in quotes where it is a year"),
    ] = Field(default=None, validate_default=True)
    status: Literal["recorded", "quoted", "derived", "assumed", "recall"]
    source: Text
    use: Use
    reason: Text
    note: Text | None = None

    @model_validator(mode="after")
    def _recall_is_no_target(self) -> "TargetLine":
        if self.status == "recall" and self.use != "reported":
            raise ValueError("a figure from memory is no target; write use: reported, or find the source")
        return self


class Population(Strict):
    """The households a survey speaks for: hosts, and at most one attribute they share."""

    group: Group = Field(alias="hosts")
    employed: bool | None = None
    family: Literal["partner", "parent", "nobody"] | None = None
    home: Literal["standing", "destroyed", "occupied"] | None = None
    age: Literal["18-34", "35-49", "50-64", "65+"] | None = None
    has_woman: bool | None = None
    has_man_18_60: bool | None = None
    remote_work: bool | None = None
    origin_group: Literal["occupied", "near_front", "kyiv", "lviv", "west", "central"] | None = None

    @property
    def attribute(self) -> tuple[str, str] | None:
        """Return the shared attribute and its value as text, for example ``family`` and ``partner``."""
        found = self.model_dump(exclude={"group"}, exclude_none=True)
        return next(((key, str(value).lower()) for key, value in found.items()), None)

    @property
    def hosts(self) -> tuple[int, ...]:
        """Return the numbers of the hosts, in code order."""
        return self.group.hosts

    @property
    def key(self) -> str:
        """Return a stable name: ``ALL``, ``PL``, ``OTHERS|family=partner``."""
        place, attribute = self.group.place, self.attribute
        return place if attribute is None else f"{place}|{attribute[0]}={attribute[1]}"

    @model_validator(mode="after")
    def _one_attribute(self) -> "Population":
        found = self.model_dump(exclude={"group"}, exclude_none=True)
        if len(found) > 1:
            raise ValueError(f"{' and '.join(found)}: one attribute is allowed. Keep one")
        return self


class SurveyQuestion(Strict):
    """What all lines of a survey share: who asked, and in which words."""

    id: Id
    kind: Literal["survey"] = "survey"
    family: Id  # Questions of a family have the same wording, so they share thresholds
    label: Label
    question: Text
    note: Text | None = None
    condition: Condition
    horizon_months: Annotated[int, Field(ge=1)] | None  # Months ahead the question names
    publisher: Text
    sampling: Text


class SurveyLine(TargetLine):
    """What waves and contrasts of a survey share."""

    month: Annotated[
        TargetMonth,
        needed(
            "Write the month of fieldwork, YYYY-MM from "
            f"{month_label(FIRST_MONTH)} to {month_label(LAST_MONTH)}"
        ),
    ] = Field(default=None, validate_default=True)
    n: Annotated[int, Field(ge=1)]  # Interviews
    n_status: Literal["quoted", "derived", "assumed"]
    n_reason: Text | None = None
    # Factor by which the sampling variance exceeds that of a simple random sample
    design_effect: Annotated[float, Field(ge=1)]
    design_effect_status: Literal["quoted", "assumed"]
    # Standard deviation of what model and question do not share
    discrepancy_pp: Annotated[float, Field(gt=0, le=50)]
    discrepancy_source: Text
    _question: SurveyQuestion = PrivateAttr()

    @property
    def question(self) -> SurveyQuestion:
        """Return the question of the survey the line stands in."""
        return self._question

    @property
    def family(self) -> str:
        """Return the family of the question."""
        return self._question.family

    @property
    def discrepancy(self) -> float:
        """Return the discrepancy as a share."""
        return self.discrepancy_pp / PERCENTAGE_POINTS

    def distribution(self, population: Population) -> str:
        """Return the name of the distribution of intentions the question divides: ``safe.11.ALL``."""
        return f"{self._question.condition.removeprefix('when_')}.{self.month}.{population.key}"

    @model_validator(mode="after")
    def _n_says_why(self) -> "SurveyLine":
        if self.n_status != "quoted" and self.n_reason is None:
            raise ValueError(f"n with n_status {self.n_status} needs the key n_reason: how and why")
        return self


def _partition(answers: dict[str, float]) -> dict[str, float]:
    parts = [part for key in answers for part in key.split("+")]
    if wrong := sorted(set(parts) - set(ANSWERS)):
        raise ValueError(f"no answers {', '.join(wrong)}; allowed are {', '.join(ANSWERS)}, joined with +")
    if len(set(parts)) < len(parts):
        raise ValueError("an answer stands twice; every answer belongs to one group")
    total = sum(answers.values())
    if abs(total - 1) > SURVEY_ROUNDING:
        raise ValueError(
            f"answers sum to {total:.3f}; they must sum to 1 within {SURVEY_ROUNDING}. "
            "Add what is missing to a joined group such as undecided+stay"
        )
    return answers


class SurveyTarget(SurveyLine):
    """One wave of a survey in one population; an answer in no group was not offered."""

    population: Annotated[
        Population,
        needed("Write who was asked: {hosts: [ALL]}, codes of hosts or a group, and at most one attribute"),
    ] = Field(default=None, validate_default=True)
    answers: Annotated[dict[str, Share], Field(min_length=2), AfterValidator(_partition)]

    @property
    def groups(self) -> tuple[tuple[tuple[str, ...], float], ...]:
        """Return the groups of joined answers with their shares, scaled to sum to 1."""
        total = sum(self.answers.values())
        return tuple((tuple(key.split("+")), share / total) for key, share in self.answers.items())

    @property
    def offers_onward(self) -> bool:
        """Return whether moving on is among the answers."""
        return any("onward" in group for group, _ in self.groups)

    def sampling_variance(self, share: float) -> float:
        """Return the variance of a share that an interview of ``n`` persons gives."""
        return share * (1.0 - share) * self.design_effect / self.n


class ContrastTarget(SurveyLine):
    """The difference of one answer between two groups of one wave: it carries no level."""

    group: Population
    against: Population
    against_n: Annotated[int, Field(ge=1)]  # Interviews in ``against``; ``n`` are those in ``group``
    answer: Literal["return", "undecided", "stay", "onward"]
    difference: Annotated[float, Field(ge=-1, le=1)]  # Share of the answer in ``group`` less ``against``

    @property
    def label(self) -> str:
        """Return what is compared, for tables."""
        return f"{self.answer}: {self.group.key} less {self.against.key}"

    @property
    def sampling_variance(self) -> float:
        """Return the variance of the difference, at its largest."""
        return 0.25 * self.design_effect * (1.0 / self.n + 1.0 / self.against_n)


class SurveyFile(SurveyQuestion):
    """One survey with all its waves."""

    kind: Literal["survey"]
    observations: list[SurveyTarget] = Field(default=[])
    contrasts: list[ContrastTarget] = Field(default=[])

    @model_validator(mode="after")
    def _holds_lines_that_know_their_question(self) -> "SurveyFile":
        if not self.observations and not self.contrasts:
            raise ValueError("holds neither observations nor contrasts. Add one or delete the file")
        question = SurveyQuestion(**{key: getattr(self, key) for key in SurveyQuestion.model_fields})
        for line in (*self.observations, *self.contrasts):
            line._question = question
        return self
