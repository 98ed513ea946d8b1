"""The shape of a design, ``experiments/designs/<id>.yaml``.

The words are those of exploratory modelling (Lempert, Popper & Bankes 2003; EMA Workbench): *uncertainties*
nobody controls, *levers* a government sets, *constants* that stay, *outcomes* one looks at. A *scenario* is
the course of events all policies of a row are held against.
"""

from typing import Literal

from pydantic import Field, model_validator

from abm.data.config import Strict
from abm.data.figures import Text
from abm.policy.lever import MonthText, Place, Value
from experiments.designs.axis_schema import Lever, Name, Uncertainty
from experiments.designs.measures import FLOW_MEASURES, MEASURES, TAKES

Method = Literal["grid", "one_at_a_time", "latin_hypercube", "sobol", "morris", "posterior", "list"]


SIZELESS = ("grid", "one_at_a_time", "list")
"""Methods whose number of worlds follows from the values."""

RESERVED = ("key", "task", "seconds", "error", "seed", "scenario", "policy", "draw", "world")
"""Columns of every table; an axis cannot have one of these names."""


class Constants(Strict):
    """What all worlds of a design share.

    Attributes
    ----------
    scale : int
        Real households one simulated household stands for, at most.
    households_per_host : int
        Rows every host keeps where it has them.
    start, until : str, optional
        First month and horizon; the month after the last register, and the default of ``settings.yaml``.
    parameters : str
        ``central`` coefficients, or the draw of the ``posterior`` that belongs to the seed.
    shocks : bool
        Whether arrivals differ from their expectation as they did in the past.
    """

    scale: int = Field(100, ge=1, le=30_000)
    households_per_host: int = Field(600, ge=1)
    start: MonthText | None = None
    until: MonthText | None = None
    parameters: Literal["central", "posterior"] = "central"
    shocks: bool = False


class Sampling(Strict):
    """How worlds are chosen.

    Attributes
    ----------
    method : str
        ``grid`` crosses all values; ``one_at_a_time`` sets nothing, then one value after the other;
        the samplers cover ranges and cross the result with all values;
        ``posterior`` takes the first ``size`` draws of the fit; ``list`` takes the worlds as written.
    size : int
        Points: of a Latin hypercube, the base of Sobol (a power of 2), trajectories of Morris, draws.
    seed : int
        Scrambling of the sample.
    groups : bool
        Sobol and Morris: move parameters of one factor of the model together (one index a group).
    second_order : bool
        Sobol: also interactions of pairs.
    """

    method: Method = "grid"
    size: int | None = Field(None, ge=1)
    seed: int = Field(1, ge=0)
    groups: bool = False
    second_order: bool = False

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


class Outcome(Strict):
    """Something to look at.

    Attributes
    ----------
    outcome : str
        One of :data:`experiments.designs.measures.MEASURES`.
    place : str
        Host, ``EU`` or ``ALL``.
    take : str
        ``end`` (stocks: the horizon), ``sum`` (flows: over the run), ``peak`` or ``mean`` over months.
    """

    outcome: Text
    place: Place
    take: Literal["end", "sum", "peak", "mean"] | None = None

    @model_validator(mode="after")
    def _fits(self) -> "Outcome":
        if self.outcome not in MEASURES:
            raise ValueError(f"outcome: found {self.outcome!r}; there are {', '.join(MEASURES)}")
        if self.take is not None and self.take not in TAKES[self.is_flow]:
            kind = "a flow" if self.is_flow else "a stock"
            raise ValueError(f"take: {self.outcome} is {kind}: allowed are {', '.join(TAKES[self.is_flow])}")
        return self

    @property
    def is_flow(self) -> bool:
        """Whether it adds up over months."""
        return self.outcome in FLOW_MEASURES

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
    """One design of a sweep.

    Attributes
    ----------
    scenarios : list of str
        Courses of events, crossed with everything else.
    worlds : list of dict
        For ``list``: one mapping of axis to value per world; an axis that is left out is not set.
    differences : bool
        Run every world also without its levers and report the change, on the same draws.
    """

    id: Name
    label: Text
    question: Text
    constants: Constants = Field(default_factory=Constants)
    scenarios: list[Text] = Field(default_factory=lambda: ["baseline"], min_length=1)
    levers: dict[Name, Lever] = Field(default_factory=dict)
    uncertainties: dict[Name, Uncertainty] = Field(default_factory=dict)
    sampling: Sampling = Field(default_factory=Sampling)
    worlds: list[dict[Name, Value]] = Field(default_factory=list)
    seeds: Seeds
    outcomes: list[Outcome] = Field(min_length=1)
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
