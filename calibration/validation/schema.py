"""What may stand in ``configs/validation.yaml`` and ``configs/published_forecasts.yaml``."""

from typing import Annotated, Literal

from pydantic import Field

from abm.data.config import Strict
from abm.data.figures import MonthText, Text
from abm.data.tables import Label

LONGEST_HORIZON = 24
"""Most months ahead a forecast may be scored; the data of a validation run reach that far."""

Months = Annotated[int, Field(ge=1, le=LONGEST_HORIZON)]


class Decision[T, U](Strict):
    """Something decided, with its unit and why."""

    value: T
    unit: U
    status: Literal["decided"]
    source: Text


Horizons = Decision[Annotated[list[Months], Field(min_length=1)], Literal["months"]]
MonthCount = Decision[Months, Literal["months"]]
TermCount = Decision[Annotated[int, Field(ge=0, le=5)], Literal["terms"]]


class HostList(Strict):
    """Hosts a threshold is asked of."""

    value: list[str] = Field(min_length=1)
    status: Literal["decided"]
    source: Text


class AcceptanceThreshold(Strict):
    """A level that forecasts have to reach, with where it comes from."""

    value: Annotated[float, Field(ge=0)]
    unit: Literal["ratio", "share", "percent"]
    status: Literal["decided", "reported"]
    source: Text


class WindowFile(Strict):
    """First and last month forecast."""

    first_target: MonthText
    last_target: MonthText


class Windows(Strict):
    """The two windows; calibration may see the first only."""

    fit: WindowFile
    held_out: WindowFile


class AutomaticBaselines(Strict):
    """Settings of last-year growth, ETS and ARIMA."""

    growth_months: MonthCount
    least_months_since_break: MonthCount
    most_autoregressive_terms: TermCount
    most_moving_average_terms: TermCount
    most_terms_together: TermCount


class ReportedErrors(Strict):
    """Errors of a baseline as reported before, by horizon."""

    value: list[Annotated[float, Field(gt=0)]]
    unit: Literal["percent"]
    status: Literal["reported"]
    source: Text


class ReportedByBaseline(Strict):
    """Errors of the two naive baselines."""

    persistence: ReportedErrors
    constant_inflow: ReportedErrors


class ComparedFile(Strict):
    """What the thresholds look at."""

    horizons_months: Horizons
    hosts: HostList
    reported_error_pct: ReportedByBaseline


class AcceptanceThresholds(Strict):
    """Thresholds printed beside the result."""

    break_error_ratio: AcceptanceThreshold
    ard_stock: AcceptanceThreshold
    ard_change_12m: AcceptanceThreshold
    within_10_pct_at_12_months: AcceptanceThreshold
    mase: AcceptanceThreshold
    coverage_80_least: AcceptanceThreshold
    coverage_80_most: AcceptanceThreshold
    nl_error_pct_at_6_months: AcceptanceThreshold
    nl_error_pct_at_12_months: AcceptanceThreshold


class RulesFile(Strict):
    """Schema of ``configs/validation.yaml``."""

    horizons_months: Horizons
    lookback_months: MonthCount
    windows: Windows
    never_scored: list[str]
    statistical_rivals: AutomaticBaselines
    default_scale: Annotated[int, Field(ge=1)]
    default_seeds: Annotated[int, Field(ge=1)]
    compared: ComparedFile
    bars: AcceptanceThresholds


class PublishedMonth(Strict):
    """One month forecast, with what was observed on the publisher's own series."""

    forecast: Annotated[int, Field(gt=0)]
    observed: Annotated[int, Field(gt=0)]
    observed_status: Literal["recorded", "quoted", "derived"]
    observed_source: Text


class PublishedForecastFile(Strict):
    """One published forecast."""

    label: Label
    host: Text
    publisher: Text
    source: Text
    date: MonthText
    status: Literal["recorded", "quoted"]
    origins: Annotated[list[MonthText], Field(min_length=1)]
    unit: Literal["persons"]
    targets: Annotated[dict[MonthText, PublishedMonth], Field(min_length=1)]
    note: Text


class PublishedFile(Strict):
    """Schema of ``configs/published_forecasts.yaml``."""

    forecasts: dict[str, PublishedForecastFile]
