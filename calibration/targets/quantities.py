"""Schema of observed quantities and of the register stocks in ``configs/targets``."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from abm.data.config import Strict
from abm.data.figures import Text
from abm.data.tables import Label
from calibration.targets.lines import Id, Line, Month

Measure = Literal[
    "returned_share", "moved_on_share", "left_share", "return_of_leavers_share", "return_hazard",
    "returns_total", "returned_in_2022_share", "returned_from_neighbours_share", "return_elsewhere_share",
    "net_outflow", "exit_share", "women_share", "minors_share", "men_share", "employment_share",
    "share_of_hosts", "displaced_total",
]  # fmt: skip
UNITS = {
    "return_hazard": "share/month", "exit_share": "share/month",
    "returns_total": "persons", "net_outflow": "persons", "displaced_total": "persons",
}  # fmt: skip
"""Units of the measures that are no shares."""

OVER_A_PERIOD = ("return_hazard", "net_outflow")
OF_A_COHORT = ("returned_share", "moved_on_share", "left_share")


class Quantity(Line):
    """An observed quantity; configs/README.md defines the measures."""

    measure: Measure
    hosts: list[Text] = Field(min_length=1)
    of_hosts: list[Text] | None = None
    month: Month | None = None
    first: Month | None = None
    last: Month | None = None
    arrived_until: Month | None = None
    value: float
    unit: Literal["share", "share/month", "persons"]
    sd: Annotated[float, Field(gt=0)]
    sd_source: Text
    publisher: Text

    @property
    def begin(self) -> str:
        """Return the first month it covers."""
        return str(self.month or self.first)

    @property
    def end(self) -> str:
        """Return the last month it covers."""
        return str(self.month or self.last)

    @model_validator(mode="after")
    def _fits_its_measure(self) -> "Quantity":
        unit = UNITS.get(self.measure, "share")
        if self.unit != unit:
            raise ValueError(f"{self.measure} is measured in {unit}, not in {self.unit}")
        if unit != "persons" and not 0 <= self.value <= 1:
            raise ValueError(f"value {self.value:g}: a share lies between 0 and 1; write 33 % as 0.33")
        given = tuple(key for key in ("month", "first", "last") if getattr(self, key) is not None)
        wanted = ("first", "last") if self.measure in OVER_A_PERIOD else ("month",)
        if given != wanted:
            raise ValueError(
                f"{self.measure} needs {' and '.join(wanted)}; found {', '.join(given) or 'none'}"
            )
        if self.first and self.last and self.first > self.last:
            raise ValueError(f"first {self.first} stands after last {self.last}. Swap them")
        if self.arrived_until and self.measure not in OF_A_COHORT:
            raise ValueError(f"arrived_until belongs to {', '.join(OF_A_COHORT)}. Remove it")
        if self.arrived_until and self.month and self.arrived_until > self.month:
            raise ValueError(f"arrived_until {self.arrived_until} stands after month {self.month}. Swap them")
        if (self.of_hosts is None) == (self.measure == "share_of_hosts"):
            raise ValueError("of_hosts (the whole) belongs to share_of_hosts, and only to it")
        return self


class QuantityFile(Strict):
    """Observed quantities of one theme."""

    id: Id
    kind: Literal["quantity"]
    label: Label
    note: Text | None = None
    quantities: list[Quantity] = Field(min_length=1)


class MonthWindow(Strict):
    """First and last month, both included."""

    first: Month
    last: Month


class Spread(Strict):
    """A standard deviation with where it comes from."""

    value: Annotated[float, Field(gt=0)]
    unit: Literal["share/month", "log"]
    status: Literal["recorded", "quoted", "derived", "assumed"]
    source: Text


class RegisterFile(Strict):
    """The register stocks of ``configs/registers`` as a target."""

    id: Id
    kind: Literal["register"]
    label: Label
    hosts: Literal["scored"]
    publisher: Text
    source: Text
    reason: Text
    fit: MonthWindow
    held_out: MonthWindow
    exit_rate_sd: Spread
    clean_up_log_sd: Spread
