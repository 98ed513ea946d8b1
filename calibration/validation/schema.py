"""What may stand in ``configs/validation.yaml``."""

from typing import Annotated, Literal

from pydantic import Field

from abm.data.config import Strict

LONGEST_HORIZON = 24
"""Most months ahead a forecast may be scored; the data of a validation run reach that far."""

Month = Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]


class HorizonList(Strict):
    """Months ahead that are scored."""

    value: list[Annotated[int, Field(ge=1, le=LONGEST_HORIZON)]] = Field(min_length=1)
    unit: Literal["months"]
    status: Literal["decided"]
    source: str = Field(min_length=1)


class WholeMonths(Strict):
    """A number of months."""

    value: Annotated[int, Field(ge=1, le=24)]
    unit: Literal["months"]
    status: Literal["decided"]
    source: str = Field(min_length=1)


class Bar(Strict):
    """A level to clear, with where it comes from."""

    value: Annotated[float, Field(ge=0)]
    unit: Literal["ratio", "share", "percent"]
    status: Literal["decided", "reported"]
    source: str = Field(min_length=1)


class WindowFile(Strict):
    """First and last month forecast."""

    first_target: Month
    last_target: Month


class Windows(Strict):
    """The two windows; calibration may see the first only."""

    fit: WindowFile
    held_out: WindowFile


class Terms(Strict):
    """A number of ARIMA terms."""

    value: Annotated[int, Field(ge=0, le=5)]
    unit: Literal["terms"]
    status: Literal["decided"]
    source: str = Field(min_length=1)


class StatisticalRivals(Strict):
    """Settings of last-year growth, ETS and ARIMA."""

    growth_months: WholeMonths
    least_months_since_break: WholeMonths
    most_autoregressive_terms: Terms
    most_moving_average_terms: Terms
    most_terms_together: Terms


class HostList(Strict):
    """Hosts a level is asked of."""

    value: list[str] = Field(min_length=1)
    status: Literal["decided"]
    source: str = Field(min_length=1)


class ReportedErrors(Strict):
    """Errors of a rival as reported before, by horizon."""

    value: list[Annotated[float, Field(gt=0)]]
    unit: Literal["percent"]
    status: Literal["reported"]
    source: str = Field(min_length=1)


class ReportedByRival(Strict):
    """Errors of the two naive rivals."""

    persistence: ReportedErrors
    constant_inflow: ReportedErrors


class ComparedFile(Strict):
    """What the levels look at."""

    horizons_months: HorizonList
    hosts: HostList
    reported_error_pct: ReportedByRival


class Bars(Strict):
    """Levels printed beside the result."""

    break_error_ratio: Bar
    ard_stock: Bar
    ard_change_12m: Bar
    within_10_pct_at_12_months: Bar
    mase: Bar
    coverage_80_least: Bar
    coverage_80_most: Bar
    nl_error_pct_at_6_months: Bar
    nl_error_pct_at_12_months: Bar


class RulesFile(Strict):
    """Schema of ``configs/validation.yaml``."""

    horizons_months: HorizonList
    lookback_months: WholeMonths
    windows: Windows
    never_scored: list[str]
    statistical_rivals: StatisticalRivals
    default_scale: Annotated[int, Field(ge=1)]
    default_seeds: Annotated[int, Field(ge=1)]
    compared: ComparedFile
    bars: Bars
