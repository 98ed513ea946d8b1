"""The shape of a search over policies, ``experiments/designs/searches/<id>.yaml``."""

from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field, model_validator

from abm.data.config import Strict
from abm.data.figures import DateText, Text
from abm.months import month_index, month_label
from abm.policy.lever import MonthText, Place, Value, Who, as_number, same
from experiments.designs.axis_schema import LeverAxis, Name
from experiments.designs.schema import Constants, Design, Outcome, Seeds

MOST_LEVELS = 200
MOST_OBJECTIVES = 6
"""Of more goals at once nearly every package is on the front, and nobody can weigh them."""


class SearchLever(Strict):
    """A lever the search may set, to one of a few levels.

    Attributes
    ----------
    values : list, optional
        Its levels.
    low, high, step : number or month, optional
        Or the levels from ``low`` to ``high``; the step of a month is in months.
    current : number, text or null
        The level that is in force: there the lever is left alone.
    """

    lever: Name
    place: Place | Literal["UA"]
    start: Annotated[DateText, Field(alias="from")]
    until: DateText | None = None
    announced: DateText | None = None
    who: Who | None = None
    values: list[Value] | None = Field(None, min_length=2)
    low: float | MonthText | None = None
    high: float | MonthText | None = None
    step: float | None = Field(None, gt=0)
    current: Value

    @model_validator(mode="after")
    def _one_way(self) -> "SearchLever":
        ends = (self.low, self.high, self.step)
        if any(end is None for end in ends) and ends != (None, None, None):
            raise ValueError("give low, high and step together")
        if (self.values is None) == (self.low is None):
            raise ValueError("give either values, or low, high and step")
        if self.low is not None:
            self._check_range()
        if len(set(self.levels)) != len(self.levels):
            raise ValueError("values: a level stands twice")
        if not any(_equal(level, self.current) for level in self.levels):
            raise ValueError(
                f"current: found {self.current!r}, which is none of the levels "
                f"{', '.join(map(str, self.levels[:8]))}; the search must be able to leave things as they are"
            )
        return self

    def _check_range(self) -> None:
        assert self.low is not None
        assert self.high is not None
        assert self.step is not None
        if isinstance(self.low, str) != isinstance(self.high, str):
            raise ValueError("low and high must both be numbers, or both be months such as 2027-04")
        width = as_number(self.high) - as_number(self.low)
        if width <= 0:
            raise ValueError(f"low {self.low} must lie below high {self.high}")
        steps = width / self.step
        if steps + 1 > MOST_LEVELS:
            raise ValueError(f"step {self.step:g} gives {steps + 1:,.0f} levels; at most {MOST_LEVELS}")
        if abs(steps - round(steps)) > 1e-9 * max(steps, 1) or (isinstance(self.low, str) and self.step % 1):
            raise ValueError(f"step {self.step:g} does not lead from {self.low} to {self.high}")

    @cached_property
    def levels(self) -> list[Value]:
        """Every level the search may choose, from low to high."""
        if self.values is not None:
            return list(self.values)
        assert self.low is not None
        assert self.high is not None
        assert self.step is not None
        count = round((as_number(self.high) - as_number(self.low)) / self.step) + 1
        if isinstance(self.low, str):
            return [month_label(month_index(self.low) + n * int(self.step)) for n in range(count)]
        return [float(f"{self.low + n * self.step:.9g}") for n in range(count)]

    @property
    def now(self) -> int:
        """Number of the level in force."""
        return next(n for n, level in enumerate(self.levels) if _equal(level, self.current))

    def written(self, number: int) -> Value:
        """Return a level as a world sets it: None for the one in force."""
        return None if number == self.now else self.levels[number]

    def axis(self) -> LeverAxis:
        """Return the lever as the axis of a design."""
        fixed = self.model_dump(
            exclude={"values", "low", "high", "step", "current"}, exclude_none=True, by_alias=True
        )
        return LeverAxis.model_validate(
            {**fixed, "values": [self.written(n) for n in range(len(self.levels))]}
        )


class SearchObjective(Outcome):
    """A goal: an outcome, and what is better.

    Attributes
    ----------
    goal : str
        ``min`` or ``max``.
    resolution : float
        Differences smaller than this are not worth a decision: values are rounded to it before packages are
        compared (the grid of epsilon-dominance, Laumanns et al. 2002).
    """

    goal: Literal["min", "max"] = "min"
    resolution: float = Field(gt=0)

    @property
    def sign(self) -> float:
        """1 if less is better, else -1."""
        return 1.0 if self.goal == "min" else -1.0


class Search(Strict):
    """A search for packages of policies that no other package beats on all goals.

    Attributes
    ----------
    scenarios : list of str
        Courses of events; goals are means over them and the seeds.
    population, generations : int
        Packages per generation, and generations, of NSGA-II.
    seed : int
        Of the search itself.
    seeds : Seeds
        Of the model: every package meets the same draws.
    """

    id: Name
    label: Text
    question: Text
    constants: Constants = Field(default_factory=Constants)
    scenarios: list[Text] = Field(default_factory=lambda: ["baseline"], min_length=1)
    levers: dict[Name, SearchLever] = Field(min_length=1)
    objectives: list[SearchObjective] = Field(min_length=2, max_length=MOST_OBJECTIVES)
    population: int = Field(ge=4, le=1000)
    generations: int = Field(ge=1, le=1000)
    seed: int = Field(1, ge=0)
    seeds: Seeds

    @model_validator(mode="after")
    def _hangs_together(self) -> "Search":
        if self.n_packages <= self.population:
            raise ValueError(
                f"population: found {self.population}, but the levers allow {self.n_packages} packages only; "
                "run them all with a design of method grid, or make the population smaller"
            )
        self.design()  # what a design refuses, such as an outcome that stands twice
        return self

    @property
    def n_packages(self) -> int:
        """How many packages there are."""
        count = 1
        for lever in self.levers.values():
            count *= len(lever.levels)
        return count

    def design(self) -> Design:
        """Return the design whose grid is the space of the search; the search runs a part of it.

        Population, generations and seed are no part of it, so that a longer search goes on in the same store.
        """
        outcomes = [
            Outcome.model_validate(o.model_dump(exclude={"goal", "resolution"}, exclude_none=True))
            for o in self.objectives
        ]
        return Design(
            id=self.id,
            label=self.label,
            question=self.question,
            constants=self.constants,
            scenarios=self.scenarios,
            levers={name: lever.axis() for name, lever in self.levers.items()},
            seeds=self.seeds,
            outcomes=outcomes,
            differences=False,
        )


def _equal(one: Value, other: Value) -> bool:
    """Return whether two levels are the same; null equals null only."""
    if one is None or other is None:
        return one is other
    return isinstance(one, str) == isinstance(other, str) and same(as_number(one), as_number(other))
