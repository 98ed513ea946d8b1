"""The shape of a scenario file, ``configs/scenarios/<id>.yaml``."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from abm.data.config import Strict
from abm.data.figures import DateText, Text
from abm.data.series_card import Label
from abm.policy.lever import MonthText, Place, Value, Who, check_dates

UNIT_DRIVERS = ("attack_intensity", "occupied_share", "energy_deficit", "contamination")
COUNTRY_DRIVERS = ("economy", "security_guarantee", "eu_accession", "reform", "war_weariness")
RANGES = {
    "attack_intensity": (0.0, 1.0),
    "occupied_share": (0.0, 1.0),
    "energy_deficit": (0.0, 1.0),
    "contamination": (0.0, 1.0),
    "economy": (-5.0, 5.0),
    "security_guarantee": (0.0, 1.0),
    "eu_accession": (0.0, 1.0),
    "reform": (-1.0, 1.0),
    "war_weariness": (0.0, 1.0),
}
"""Least and largest value of every driver a scenario may change."""


class LeverLine(Strict):
    """A lever set by a scenario; as in a lever file, but without a source of its own."""

    lever: str
    place: Place | list[Place] | Literal["UA"]
    start: Annotated[DateText, Field(alias="from")]
    until: DateText | None = None
    announced: DateText | None = None
    value: Value
    who: Who | None = None
    note: Text | None = None

    @model_validator(mode="after")
    def _dates_fit(self) -> "LeverLine":
        check_dates(self.start, self.until, self.announced)
        return self


class DriverLine(Strict):
    """A change of a driver.

    Attributes
    ----------
    units : "all" or list of str
        Origin units; absent for drivers of Ukraine as a whole.
    to : str, optional
        Last month of the change; to the horizon if absent.
    value : float
        Used in every month; or ``path``: one value a month, the last one stays.
    """

    driver: Literal[
        "attack_intensity", "occupied_share", "energy_deficit", "contamination",
        "economy", "security_guarantee", "eu_accession", "reform",
    ]  # fmt: skip
    units: Literal["all"] | list[str] | None = None
    start: Annotated[MonthText, Field(alias="from")]
    to: MonthText | None = None
    operation: Literal["set", "add", "multiply"] = "set"
    value: float | None = None
    path: list[float] | None = None
    note: Text | None = None

    @model_validator(mode="after")
    def _hangs_together(self) -> "DriverLine":
        if (self.value is None) == (self.path is None):
            raise ValueError("give either value or path")
        if self.path is not None and not self.path:
            raise ValueError("path: found an empty list; give one value a month")
        if (self.units is None) != (self.driver in COUNTRY_DRIVERS):
            needs = "takes no units" if self.driver in COUNTRY_DRIVERS else "needs units: all, or a list"
            raise ValueError(f"driver {self.driver} {needs}")
        if self.to is not None and self.to < self.start:
            raise ValueError(f"to {self.to} must not lie before from {self.start}")
        least, most = RANGES[self.driver]
        if self.operation == "set":
            for value in self.values():
                if not least <= value <= most:
                    raise ValueError(f"found {value:g}; driver {self.driver} allows {least:g} to {most:g}")
        return self

    def values(self) -> list[float]:
        """Return the values, one a month."""
        if self.path is not None:
            return self.path
        assert self.value is not None
        return [self.value]


class Scenario(Strict):
    """One scenario file."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    kind: Literal["policy", "war"]
    label: Label
    explanation: Label
    builds_on: list[str] = Field(default_factory=list)
    levers: list[LeverLine] = Field(default_factory=list)
    drivers: list[DriverLine] = Field(default_factory=list)
    source: Text
    note: Text | None = None
