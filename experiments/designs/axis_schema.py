"""The shape of the axes of a design: levers a government sets, uncertainties nobody controls."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from abm.data.config import Strict
from abm.data.figures import DateText, Text
from abm.policy.change import RANGES, MonthText, Place, Rule, Value

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]

NOTHING = "none"
"""Level of a package that sets nothing."""


class LeverAxis(Rule):
    """A lever that takes several values.

    Attributes
    ----------
    values : list, optional
        Levels of a grid; null leaves the lever as it is in force.
    low, high : number, optional
        Range a sampler covers; instead of ``values``.
    """

    lever: Name
    place: Place
    values: list[Value] | None = Field(None, min_length=1)
    low: float | None = None
    high: float | None = None

    @model_validator(mode="after")
    def _one_way(self) -> "LeverAxis":
        _values_or_range(self.values, self.low, self.high)
        return self


class Package(Strict):
    """A set of policies that stand or fall together.

    Attributes
    ----------
    packages : list of str
        Ids of policy scenarios, joined with ``+``; ``none`` for as things stand.
    """

    packages: list[Text] = Field(min_length=1)


class EveryLever(Strict):
    """Every lever of ``configs/levers`` at the value, place and persons of its example.

    A new lever file is part of the design without further edits.
    """

    every_lever: Literal["example"]
    start: Annotated[DateText, Field(alias="from")]
    announced: DateText | None = None


class ParameterAxis(Strict):
    """A coefficient nobody knows exactly.

    Attributes
    ----------
    parameter : str
        Name in ``configs/coefficients``.
    spread : str
        ``posterior``: quantiles of the fit's draws; ``prior``: of the prior. Or give ``low`` and ``high``.
    """

    parameter: Text
    spread: Literal["prior", "posterior"] | None = None
    values: list[float] | None = Field(None, min_length=1)
    low: float | None = None
    high: float | None = None

    @model_validator(mode="after")
    def _one_way(self) -> "ParameterAxis":
        if self.spread is None:
            _values_or_range(self.values, self.low, self.high)
        elif (self.values, self.low, self.high) != (None, None, None):
            raise ValueError("give either spread, or values, or low and high")
        return self


class DriverAxis(Strict):
    """A course of events nobody controls: a driver of the war or of Ukraine's economy."""

    driver: Text
    units: Literal["all"] | list[str] | None = None
    start: Annotated[MonthText, Field(alias="from")]
    to: MonthText | None = None
    operation: Literal["set", "add", "multiply"] = "set"
    values: list[float] | None = Field(None, min_length=1)
    low: float | None = None
    high: float | None = None

    @model_validator(mode="after")
    def _fits(self) -> "DriverAxis":
        _values_or_range(self.values, self.low, self.high)
        if self.driver not in RANGES:
            raise ValueError(f"driver: found {self.driver!r}; there are {', '.join(RANGES)}")
        return self


class AllParameters(Strict):
    """Every coefficient that is not fixed, each moving on its own.

    Attributes
    ----------
    all_parameters : str
        ``posterior`` or ``prior``: where the spread of each comes from.
    but : list of str
        Beginnings of names that stay at their central value.
    """

    all_parameters: Literal["prior", "posterior"]
    but: list[Text] = Field(default_factory=list)


def _values_or_range(values: list[Value] | list[float] | None, low: float | None, high: float | None) -> None:
    """Raise ValueError unless either levels or a range is given."""
    if (low is None) != (high is None):
        raise ValueError("give both low and high")
    if (values is None) == (low is None):
        raise ValueError("give either values, or low and high")
    if low is not None and high is not None and low >= high:
        raise ValueError(f"low {low:g} must lie below high {high:g}")


Lever = LeverAxis | Package | EveryLever
Uncertainty = ParameterAxis | DriverAxis | AllParameters
