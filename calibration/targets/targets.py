"""Observed quantities and the register in ``configs/targets``, and all targets together."""

from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BeforeValidator, Field, ValidationInfo, model_validator

from abm.data.config import Strict
from abm.data.figures import Text
from abm.data.tables import Label
from abm.months import month_label
from calibration.targets.schema import (
    ContrastTarget,
    Group,
    Id,
    SurveyLine,
    SurveyTarget,
    TargetLine,
    TargetMonth,
    Use,
)

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


class QuantityTarget(TargetLine):
    """An observed quantity; configs/README.md defines the measures."""

    measure: Measure
    group: Group = Field(alias="hosts")
    of_group: Group | None = Field(default=None, alias="of_hosts")  # The whole of a ``share_of_hosts``
    # The end of ``month`` for a state, else the months from ``begin`` to ``end``, both included
    month: TargetMonth | None = None
    begin: TargetMonth | None = Field(default=None, alias="first")
    end: TargetMonth | None = Field(default=None, alias="last")
    # Last month of arrival of the cohort; None: everybody who came until the end
    arrived_until: TargetMonth | None = None
    value: float  # In ``unit``; the standard deviation covers measurement and model discrepancy
    unit: Literal["share", "share/month", "persons"]
    # In ``unit``; the standard deviation covers measurement and model discrepancy
    sd: Annotated[float, Field(gt=0)]
    sd_source: Text
    publisher: Text

    @property
    def hosts(self) -> tuple[int, ...]:
        """Return the hosts it speaks of."""
        return self.group.hosts

    @property
    def first(self) -> int:
        """Return the first month it covers."""
        return int(self.month if self.begin is None else self.begin)  # type: ignore[arg-type]

    @property
    def last(self) -> int:
        """Return the last month it covers."""
        return int(self.month if self.end is None else self.end)  # type: ignore[arg-type]

    @model_validator(mode="after")
    def _fits_its_measure(self) -> "QuantityTarget":
        unit = UNITS.get(self.measure, "share")
        if self.unit != unit:
            raise ValueError(f"{self.measure} is measured in {unit}, not in {self.unit}")
        if unit != "persons" and not 0 <= self.value <= 1:
            raise ValueError(f"value {self.value:g}: a share lies between 0 and 1; write 33 % as 0.33")
        months = {"month": self.month, "first": self.begin, "last": self.end}
        given = tuple(key for key, month in months.items() if month is not None)
        wanted = ("first", "last") if self.measure in OVER_A_PERIOD else ("month",)
        if given != wanted:
            raise ValueError(
                f"{self.measure} needs {' and '.join(wanted)}; found {', '.join(given) or 'none'}"
            )
        if self.first > self.last:
            raise ValueError(
                f"first {month_label(self.first)} stands after last {month_label(self.last)}. Swap them"
            )
        if self.arrived_until is not None:
            if self.measure not in OF_A_COHORT:
                raise ValueError(f"arrived_until belongs to {', '.join(OF_A_COHORT)}. Remove it")
            if self.arrived_until > self.last:
                raise ValueError(
                    f"arrived_until {month_label(self.arrived_until)} stands after month "
                    f"{month_label(self.last)}. Swap them"
                )
        if (self.of_group is None) == (self.measure == "share_of_hosts"):
            raise ValueError("of_hosts (the whole) belongs to share_of_hosts, and only to it")
        return self


class QuantityFile(Strict):
    """Observed quantities of one theme."""

    id: Id
    kind: Literal["quantity"]
    label: Label
    note: Text | None = None
    quantities: list[QuantityTarget] = Field(min_length=1)


class MonthWindow(Strict):
    """First and last month, both included."""

    first: TargetMonth
    last: TargetMonth


class TargetSpread(Strict):
    """A standard deviation with where it comes from."""

    value: Annotated[float, Field(gt=0)]
    unit: Literal["share/month", "log"]
    status: Literal["recorded", "quoted", "derived", "assumed"]
    source: Text


def _scored(word: Any, info: ValidationInfo) -> Any:
    return (info.context or {})["scored"] if word == "scored" else word


class RegisterTarget(Strict):
    """The register stocks of ``configs/registers``."""

    id: Id
    kind: Literal["register"]
    label: Label
    # Hosts with published stocks; the file says ``scored``: those of ``validation.yaml``
    hosts: Annotated[tuple[int, ...], BeforeValidator(_scored)]
    publisher: Text
    source: Text
    reason: Text
    fit: MonthWindow
    held_out: MonthWindow
    exit_rate_sd: TargetSpread  # Of monthly exits from the register, share of the stock a month
    clean_up_log_sd: TargetSpread  # Of the logarithm of a predicted clean-up


class Targets(NamedTuple):
    """All targets, in the order of files and lines."""

    surveys: tuple[SurveyTarget, ...]
    contrasts: tuple[ContrastTarget, ...]
    quantities: tuple[QuantityTarget, ...]
    register: RegisterTarget

    def families(self, use: Use | None = None) -> tuple[str, ...]:
        """Return the families with waves or contrasts of a use (of any use when None), sorted."""
        lines: tuple[SurveyLine, ...] = (*self.surveys, *self.contrasts)
        return tuple(sorted({line.family for line in lines if use in (None, line.use)}))

    def only(self, use: Use) -> "Targets":
        """Return the targets of one use; the register keeps both its windows."""
        return Targets(
            tuple(line for line in self.surveys if line.use == use),
            tuple(line for line in self.contrasts if line.use == use),
            tuple(line for line in self.quantities if line.use == use),
            self.register,
        )
