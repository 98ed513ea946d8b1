"""The scoring rule of ``configs/validation.yaml``, checked against the data it is applied to."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PrivateAttr,
    ValidationInfo,
    field_validator,
    model_validator,
)

from abm.data.config import Strict, fault, load
from abm.data.figures import Amount, Reasoned, Share, Sourced, ValueOf
from abm.data.world import Registers
from abm.months import month_label
from calibration.validation.published import MonthNumber, PublishedForecast, load_published

log = logging.getLogger(__name__)

HALF_YEAR = 6
LONGEST_HORIZON = 24
"""Most months ahead a forecast may be scored; the data of a validation run reach that far."""

Decided = Literal["decided"]
Months = Annotated[int, Field(ge=1, le=LONGEST_HORIZON)]


def _rising(months: list[int]) -> tuple[int, ...]:
    if sorted(set(months)) != months:
        raise ValueError("write each once, in rising order")
    return tuple(months)


def _scored_hosts(never: Any, info: ValidationInfo) -> Any:
    """Return the numbers of the hosts a list leaves; what is read after it finds them in ``context``."""
    if not isinstance(never, list):
        raise ValueError("must be a list of hosts")
    context = info.context or {}
    ids: tuple[str, ...] = context["ids"]
    if odd := [code for code in never if code not in ids]:
        raise ValueError(f"{odd[0]!r} is not a host; allowed are {', '.join(ids)}")
    context["scored"] = {code: number for number, code in enumerate(ids) if code not in never}
    if not context["scored"]:
        raise ValueError("leaves no host to score. Remove a host from the list")
    return tuple(context["scored"].values())


def _is_scored(code: str, info: ValidationInfo) -> str:
    scored = (info.context or {}).get("scored", {code: 0})
    if code not in scored:
        raise ValueError(f"{code!r} is not a scored host; allowed are {', '.join(scored)}")
    return code


Codes = Annotated[
    list[Annotated[str, AfterValidator(_is_scored)]], Field(min_length=1), AfterValidator(tuple)
]
MonthsAhead = Annotated[list[Months], Field(min_length=1), AfterValidator(_rising)]
Horizons = Annotated[tuple[int, ...], ValueOf(Sourced[MonthsAhead, Literal["months"], Decided])]
ShownHosts = Annotated[tuple[str, ...], ValueOf(Reasoned[Codes, Decided])]
MonthCount = Annotated[int, ValueOf(Sourced[Months, Literal["months"], Decided])]
TermCount = Annotated[int, ValueOf(Sourced[Annotated[int, Field(ge=0, le=5)], Literal["terms"], Decided])]
Persistence = Annotated[float, ValueOf(Sourced[Share, Literal["share"], Decided])]
AcceptanceThreshold = Annotated[
    float, ValueOf(Sourced[Amount, Literal["ratio", "share", "percent"], Literal["decided", "reported"]])
]
"""A level that forecasts have to reach."""


def _one_for_each_horizon(errors: list[float], info: ValidationInfo) -> tuple[float, ...]:
    horizons = (info.context or {}).get("compared", errors)
    if len(errors) != len(horizons):
        raise ValueError(f"{len(errors)} errors; one per horizon {list(horizons)} is needed")
    return tuple(errors)


Errors = Annotated[list[Annotated[float, Field(gt=0)]], AfterValidator(_one_for_each_horizon)]
ReportedErrors = Annotated[
    tuple[float, ...], ValueOf(Sourced[Errors, Literal["percent"], Literal["reported"]])
]


class AcceptanceThresholds(Strict):
    """Thresholds printed beside the result."""

    break_error_ratio: AcceptanceThreshold
    ard_stock: AcceptanceThreshold
    ard_change_12m: AcceptanceThreshold
    within_10_pct_at_12_months: AcceptanceThreshold
    mase: AcceptanceThreshold
    coverage_margin: AcceptanceThreshold
    nl_error_pct_at_6_months: AcceptanceThreshold
    nl_error_pct_at_12_months: AcceptanceThreshold


class RollingThresholds(Strict):
    """Levels that rolling forecasts have to reach."""

    mae_ratio: AcceptanceThreshold
    nl_error_pct_at_10_months: AcceptanceThreshold
    nl_error_pct_at_16_months: AcceptanceThreshold
    eu_error_pct_at_10_months: AcceptanceThreshold


class WindowFile(Strict):
    """First and last month forecast."""

    first_target: MonthNumber
    last_target: MonthNumber

    @model_validator(mode="after")
    def _lies_in_the_registers(self, info: ValidationInfo) -> "WindowFile":
        registers: Registers = (info.context or {})["registers"]
        first, last = registers.first_month, registers.last_month
        if self.first_target > self.last_target:
            raise ValueError("first_target stands after last_target. Swap them")
        if self.first_target < first or self.last_target > last:
            run = f"{month_label(first)} to {month_label(last)}"
            raise ValueError(f"leaves the register data, which run from {run}")
        return self


class Windows(Strict):
    """The two windows; calibration may see the first only."""

    fit: WindowFile
    held_out: WindowFile

    @field_validator("held_out")
    @classmethod
    def _comes_after_the_fit(cls, held_out: WindowFile, info: ValidationInfo) -> WindowFile:
        fit: WindowFile | None = info.data.get("fit")
        if fit is not None and fit.last_target >= held_out.first_target:
            raise ValueError("overlaps fit; the held-out months must come after it")
        return held_out

    def spans(self) -> dict[str, tuple[int, int]]:
        """Return first and last month by name, both included."""
        return {name: (one.first_target, one.last_target) for name, one in self}


class AutomaticBaselines(Strict):
    """Settings of the baselines that read the register since its last break."""

    growth_months: MonthCount
    damped_trend_months: MonthCount  # Break-free months whose mean change is carried on
    damped_trend_persistence: Persistence  # What is left of it every month
    least_months_since_break: MonthCount
    most_autoregressive_terms: TermCount
    most_moving_average_terms: TermCount
    most_terms_together: TermCount

    def orders(self) -> Iterator[tuple[int, int]]:
        """Yield the orders (p, q) of ARIMA, simplest first, so that a tie goes to the simpler one."""
        p, q = range(self.most_autoregressive_terms + 1), range(self.most_moving_average_terms + 1)
        orders = [(a, b) for a in p for b in q if a + b <= self.most_terms_together]
        yield from sorted(orders, key=lambda order: (sum(order), order))


class ReportedByBaseline(Strict):
    """Errors of the two naive baselines as reported before, %, by horizon."""

    persistence: ReportedErrors
    constant_inflow: ReportedErrors


class AcceptanceScope(Strict):
    """What the acceptance thresholds look at."""

    horizons: Horizons = Field(alias="horizons_months")
    hosts: ShownHosts  # Those in which the model must be better than both naive baselines
    reported: Annotated[dict[str, tuple[float, ...]], ValueOf(ReportedByBaseline, dict)] = Field(
        alias="reported_error_pct"
    )

    @field_validator("horizons")
    @classmethod
    def _are_scored(cls, horizons: tuple[int, ...], info: ValidationInfo) -> tuple[int, ...]:
        context = info.context or {}
        context["compared"], scored = horizons, context.get("horizons", horizons)
        if extra := sorted({*horizons} - {*scored}):
            raise ValueError(f"{extra} is not scored; allowed are {list(scored)}. Score it or take it out")
        return horizons


class RollingRule(Strict):
    """Forecasts from every month of a span, each made with what was known then."""

    first_origin: MonthNumber
    last_origin: MonthNumber
    last_target: MonthNumber
    half_year_origin: MonthNumber
    horizons: Horizons = Field(alias="horizons_months")
    hosts: ShownHosts = Field(alias="shown_hosts")  # Shown by themselves
    acceptance: Annotated[dict[str, float], ValueOf(RollingThresholds, dict)] = Field(alias="bars")

    @property
    def origins(self) -> tuple[int, ...]:
        """Months at whose end a forecast is made."""
        return tuple(range(self.first_origin, self.last_origin + 1))

    @property
    def half_year(self) -> tuple[int, int]:
        """Origin and last month of the half-year that is scored by itself."""
        return self.half_year_origin, self.half_year_origin + HALF_YEAR

    @field_validator("last_target")
    @classmethod
    def _lies_in_the_registers(cls, target: int, info: ValidationInfo) -> int:
        registers: Registers = (info.context or {})["registers"]
        first, last = (info.data.get(name, -1) for name in ("first_origin", "last_origin"))
        if not registers.first_month < first <= last < target:
            raise ValueError(
                "first_origin, last_origin and last_target must rise, after the first register of "
                f"{month_label(registers.first_month)}"
            )
        if target > registers.last_month:
            raise ValueError(f"the register data end in {month_label(registers.last_month)}")
        return target

    @field_validator("half_year_origin")
    @classmethod
    def _begins_a_half_year(cls, origin: int, info: ValidationInfo) -> int:
        known = info.data
        if "last_target" in known:
            first, last = known["first_origin"], min(known["last_origin"], known["last_target"] - HALF_YEAR)
            if origin % HALF_YEAR != HALF_YEAR - 1 or not first <= origin <= last:
                raise ValueError(
                    f"found {month_label(origin)}; allowed are Junes and Decembers among the origins, with "
                    f"targets half a year later. Write one from {month_label(first)} to {month_label(last)}"
                )
        return origin


class Rules(Strict):
    """The file as written, and what others published."""

    # Numbers of the hosts scored, in code order; the file names the others. First: the rest is checked by it
    hosts: Annotated[tuple[int, ...], BeforeValidator(_scored_hosts)] = Field(alias="never_scored")
    horizons: Horizons = Field(alias="horizons_months")  # Months ahead
    lookback: MonthCount = Field(alias="lookback_months")  # Months of known change before an origin
    windows: Annotated[dict[str, tuple[int, int]], ValueOf(Windows, Windows.spans)]
    rolling: RollingRule
    automatic: AutomaticBaselines = Field(alias="statistical_rivals")
    default_scale: Annotated[int, Field(ge=1)]  # Of the command
    default_seeds: Annotated[int, Field(ge=1)]
    compared: AcceptanceScope
    acceptance: Annotated[dict[str, float], ValueOf(AcceptanceThresholds, dict)] = Field(alias="bars")
    _published: dict[str, PublishedForecast] = PrivateAttr(default_factory=dict)

    @property
    def published(self) -> dict[str, PublishedForecast]:
        """Forecasts of others by their key."""
        return self._published

    @field_validator("horizons")
    @classmethod
    def _are_known_to_what_follows(cls, horizons: tuple[int, ...], info: ValidationInfo) -> tuple[int, ...]:
        (info.context or {})["horizons"] = horizons
        return horizons


def load_rules(path: Path, ids: tuple[str, ...], registers: Registers) -> Rules:
    """Return the scoring rule; ``published_forecasts.yaml`` is read from the same folder."""
    rules = load(path, Rules, {"ids": ids, "registers": registers})
    reach, target = registers.last_month, rules.rolling.last_target
    if target < reach:
        said = f"found {month_label(target)}; registers reach {month_label(reach)}."
        where = ("rolling", "last_target")
        log.warning("%s", fault(path, where, f"{said} Later months are not scored."))
    others = path.with_name("published_forecasts.yaml")
    rules._published = load_published(others, ids, rules.hosts, registers, rules.lookback, rules.horizons[-1])
    return rules
