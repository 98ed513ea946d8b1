"""The shape of a design, ``experiments/designs/<id>.yaml``.

The words are those of exploratory modelling (Lempert, Popper & Bankes 2003; EMA Workbench): *uncertainties*
nobody controls, *levers* a government sets, *constants* that stay, *outcomes* one looks at. A *scenario* is
the course of events all policies of a row are held against.
"""

from typing import Annotated, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator

from abm.data.config import Strict
from abm.data.figures import DateText, MonthText, Text
from abm.policy.change import Place, Rule, Value
from experiments.ensemble.outcomes import entries, outcome

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]

NOTHING = "none"
"""Level of a package that sets nothing."""


class Ranged(Strict):
    """What takes several values: levels of a grid, or a range that a sampler covers."""

    values: list[float] | None = Field(None, min_length=1)
    low: float | None = None
    high: float | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if getattr(self, "spread", None) is not None:
            if (self.values, self.low, self.high) != (None, None, None):
                raise ValueError("give either spread, or values, or low and high")
            return self
        if (self.low is None) != (self.high is None):
            raise ValueError("give both low and high")
        if (self.values is None) == (self.low is None):
            raise ValueError("give either values, or low and high")
        if self.low is not None and self.high is not None and self.low >= self.high:
            raise ValueError(f"low {self.low:g} must lie below high {self.high:g}")
        return self


class LeverAxis(Rule, Ranged):
    """A lever that takes several values."""

    lever: Name
    place: Place
    # Levels of a grid; null leaves the lever as it is in force
    values: list[Value] | None = Field(None, min_length=1)  # type: ignore[assignment]


class Package(Strict):
    """A set of policies that stand or fall together."""

    # Ids of policy scenarios, joined with ``+``; ``none`` for as things stand
    packages: list[Text] = Field(min_length=1)


class EveryLever(Strict):
    """Every lever of ``configs/levers`` at its example; a new file is part of the design by itself."""

    every_lever: Literal["example"]
    start: Annotated[DateText, Field(alias="from")]
    announced: DateText | None = None


class ParameterAxis(Ranged):
    """A coefficient nobody knows exactly."""

    parameter: Text  # Name in ``configs/coefficients``
    # ``posterior``: quantiles of the fit's draws; ``prior``: of the prior. Instead of values or a range
    spread: Literal["prior", "posterior"] | None = None


class DriverAxis(Ranged):
    """A course of events nobody controls: a driver of the war or of Ukraine's economy."""

    driver: Text
    units: Literal["all"] | list[str] | None = None
    start: Annotated[MonthText, Field(alias="from")]
    to: MonthText | None = None
    operation: Literal["set", "add", "multiply"] = "set"


class AllParameters(Strict):
    """Every coefficient that is not fixed, each moving on its own."""

    # ``posterior`` or ``prior``: where the spread of each comes from
    all_parameters: Literal["prior", "posterior"]
    but: list[Text] = Field(default_factory=list)  # Beginnings of names that stay at their central value


def _told_by(**names: str) -> Discriminator:
    """Return what tells entries apart: the first of some keys that was written."""

    def tag(item: object) -> str:
        there = [key for key in names if (key in item if isinstance(item, dict) else hasattr(item, key))]
        return names[there[0]] if there else next(iter(names.values()))

    return Discriminator(tag)


LeverEntry = Annotated[
    Annotated[Package, Tag("<package>")]
    | Annotated[EveryLever, Tag("<every lever>")]
    | Annotated[LeverAxis, Tag("<lever>")],
    _told_by(lever="<lever>", packages="<package>", every_lever="<every lever>"),
]
Uncertainty = Annotated[
    Annotated[DriverAxis, Tag("<driver>")]
    | Annotated[AllParameters, Tag("<all parameters>")]
    | Annotated[ParameterAxis, Tag("<parameter>")],
    _told_by(parameter="<parameter>", driver="<driver>", all_parameters="<all parameters>"),
]


Method = Literal["grid", "one_at_a_time", "latin_hypercube", "sobol", "morris", "posterior", "list"]


SIZELESS = ("grid", "one_at_a_time", "list")
"""Methods whose number of worlds follows from the values."""

RESERVED = ("key", "task", "seconds", "error", "seed", "scenario", "policy", "draw", "world")
"""Columns of every table; an axis cannot have one of these names."""


class Constants(Strict):
    """What all worlds of a design share."""

    scale: int = Field(100, ge=1, le=30_000)  # Real households one simulated household stands for, at most
    households_per_host: int = Field(600, ge=1)  # Rows every host keeps where it has them
    # Horizon; the default of ``settings.yaml``. Months count from the present on
    until: MonthText | None = None
    # ``central`` coefficients, or the draw of the ``posterior`` that belongs to the seed
    parameters: Literal["central", "posterior"] = "posterior"
    shocks: bool = True  # Whether arrivals differ from their expectation as they did in the past


class Sampling(Strict):
    """How worlds are chosen."""

    # ``grid`` crosses all values; ``one_at_a_time`` sets nothing, then one value after the other; the
    # samplers cover ranges and cross the result with all values; ``posterior`` takes the first ``size`` draws
    # of the fit; ``list`` takes the worlds as written
    method: Method = "grid"
    # Points: of a Latin hypercube, the base of Sobol (a power of 2), trajectories of Morris, draws
    size: int | None = Field(None, ge=1)
    seed: int = Field(1, ge=0)  # Scrambling of the sample
    # Sobol and Morris: move parameters of one factor of the model together (one index a group)
    groups: bool = False
    second_order: bool = False  # Sobol: also interactions of pairs

    @model_validator(mode="after")
    def _has_size(self) -> "Sampling":
        if (self.size is None) != (self.method in SIZELESS):
            says = "takes no size" if self.method in SIZELESS else "needs size"
            raise ValueError(f"method {self.method} {says}")
        if self.method == "sobol" and self.size is not None and self.size & (self.size - 1):
            raise ValueError(f"size: found {self.size}; Sobol needs a power of 2, such as 64 or 128")
        return self


class Seeds(Strict):
    """Repetitions of every world with other draws."""

    first: int = Field(1, ge=1)
    count: int = Field(ge=1)


LEVELS = ("end", "peak", "mean")
TAKES = {"flow": ("sum", "peak", "mean"), "stock": LEVELS, "ratio": LEVELS}
"""How months become one number, by kind of outcome."""


class Outcome(Strict):
    """Something to look at."""

    outcome: Text  # An id of ``configs/outcomes.yaml``
    place: Place  # Host, ``EU`` or ``ALL``
    # ``end`` (stocks: the horizon), ``sum`` (flows: over the run), ``peak`` or ``mean`` over months
    take: Literal["end", "sum", "peak", "mean"] | None = None

    @model_validator(mode="after")
    def _fits(self) -> "Outcome":
        if self.outcome not in entries():
            raise ValueError(f"outcome: found {self.outcome!r}; there are {', '.join(entries())}")
        kind = outcome(self.outcome).kind
        ways = TAKES[kind]
        if self.take is not None and self.take not in ways:
            raise ValueError(f"take: {self.outcome} is a {kind}: allowed are {', '.join(ways)}")
        return self

    @property
    def is_flow(self) -> bool:
        """Whether it adds up over months."""
        return outcome(self.outcome).kind == "flow"

    @property
    def way(self) -> str:
        """How months become one number."""
        return self.take or ("sum" if self.is_flow else "end")

    @property
    def name(self) -> str:
        """Column of the table."""
        usual = self.way == ("sum" if self.is_flow else "end")
        return f"{self.outcome}_{self.place}" + ("" if usual else f"_{self.way}")


class Design(Strict):
    """One design of a sweep."""

    id: Name
    label: Text
    question: Text
    constants: Constants = Field(default_factory=Constants)
    # Courses of events, crossed with everything else
    scenarios: list[Text] = Field(default_factory=lambda: ["baseline"], min_length=1)
    levers: dict[Name, LeverEntry] = Field(default_factory=dict)
    uncertainties: dict[Name, Uncertainty] = Field(default_factory=dict)
    sampling: Sampling = Field(default_factory=Sampling)
    # For ``list``: one mapping of axis to value per world; an axis that is left out is not set
    worlds: list[dict[Name, Value]] = Field(default_factory=list)
    seeds: Seeds
    outcomes: list[Outcome] = Field(min_length=1)
    # Run every world also without its levers and report the change, on the same draws
    differences: bool = True

    @model_validator(mode="after")
    def _hangs_together(self) -> "Design":
        if strange := sorted((self.levers.keys() | self.uncertainties.keys()) & set(RESERVED)):
            raise ValueError(f"{', '.join(strange)}: this name is a column of every table; rename the axis")
        if both := sorted(self.levers.keys() & self.uncertainties.keys()):
            raise ValueError(f"{', '.join(both)}: a lever and an uncertainty share a name; rename one")
        if (self.sampling.method == "list") != bool(self.worlds):
            raise ValueError("worlds: needed with sampling method list, and only there")
        names = [outcome.name for outcome in self.outcomes]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"outcomes: {', '.join(twice)} stands twice; leave one out")
        return self
