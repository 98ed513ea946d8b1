"""The scoring rule of ``configs/validation.yaml``, checked against the data it is applied to."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from abm.data.config import Strict, fault, load
from abm.data.figures import MonthText, Text
from abm.data.world import Registers
from abm.errors import ConfigError
from abm.months import month_index, month_label
from calibration.validation.published import PublishedForecast, load_published

HALF_YEAR = 6
LONGEST_HORIZON = 24
"""Most months ahead a forecast may be scored; the data of a validation run reach that far."""

Months = Annotated[int, Field(ge=1, le=LONGEST_HORIZON)]

log = logging.getLogger(__name__)


class RuleFigure[T, S](Strict):
    """Something decided or reported, with where it comes from."""

    value: T
    status: S
    source: Text


class Decision[T, U](RuleFigure[T, Literal["decided"]]):
    """Something decided, with its unit and why."""

    unit: U


Horizons = Decision[Annotated[list[Months], Field(min_length=1)], Literal["months"]]
MonthCount = Decision[Months, Literal["months"]]
TermCount = Decision[Annotated[int, Field(ge=0, le=5)], Literal["terms"]]
Persistence = Decision[Annotated[float, Field(ge=0, le=1)], Literal["share"]]


class AcceptanceThreshold(RuleFigure[Annotated[float, Field(ge=0)], Literal["decided", "reported"]]):
    """A level that forecasts have to reach."""

    unit: Literal["ratio", "share", "percent"]


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
    damped_trend_months: MonthCount
    damped_trend_persistence: Persistence
    least_months_since_break: MonthCount
    most_autoregressive_terms: TermCount
    most_moving_average_terms: TermCount
    most_terms_together: TermCount


class ReportedErrors(RuleFigure[list[Annotated[float, Field(gt=0)]], Literal["reported"]]):
    """Errors of a baseline as reported before, by horizon."""

    unit: Literal["percent"]


class ReportedByBaseline(Strict):
    """Errors of the two naive baselines."""

    persistence: ReportedErrors
    constant_inflow: ReportedErrors


class ComparedFile(Strict):
    """What the thresholds look at."""

    horizons_months: Horizons
    hosts: RuleFigure[Annotated[list[str], Field(min_length=1)], Literal["decided"]]
    reported_error_pct: ReportedByBaseline


class RollingThresholds(Strict):
    """Levels that rolling forecasts have to reach."""

    mae_ratio: AcceptanceThreshold
    nl_error_pct_at_10_months: AcceptanceThreshold
    nl_error_pct_at_16_months: AcceptanceThreshold
    eu_error_pct_at_10_months: AcceptanceThreshold


class RollingFile(Strict):
    """Forecasts from every month of a span, each made with what was known then."""

    first_origin: MonthText
    last_origin: MonthText
    last_target: MonthText
    half_year_origin: MonthText
    horizons_months: Horizons
    shown_hosts: RuleFigure[Annotated[list[str], Field(min_length=1)], Literal["decided"]]
    bars: RollingThresholds


class RulesFile(Strict):
    """Schema of ``configs/validation.yaml``."""

    horizons_months: Horizons
    lookback_months: MonthCount
    windows: Windows
    rolling: RollingFile
    never_scored: list[str]
    statistical_rivals: AutomaticBaselines
    default_scale: Annotated[int, Field(ge=1)]
    default_seeds: Annotated[int, Field(ge=1)]
    compared: ComparedFile
    bars: AcceptanceThresholds


@dataclass(frozen=True)
class ArimaOrders:
    """Largest orders of the ARIMA baseline: terms of either kind, and of both together."""

    autoregressive: int
    moving_average: int
    together: int

    def candidates(self) -> Iterator[tuple[int, int]]:
        """Yield the orders (p, q), simplest first, so that a tie goes to the simpler one."""
        orders = [(p, q) for p in range(self.autoregressive + 1) for q in range(self.moving_average + 1)]
        yield from sorted((o for o in orders if sum(o) <= self.together), key=lambda o: (sum(o), o))


@dataclass(frozen=True)
class DampedTrend:
    """Settings of the damped trend."""

    months: int  # Break-free months whose mean change is carried on
    persistence: float  # What is left of it every month


@dataclass(frozen=True)
class RollingRule:
    """Which rolling forecasts are scored, and the levels they have to reach."""

    origins: tuple[int, ...]
    last_target: int
    half_year: tuple[int, int]  # Origin and last month of the half-year scored by itself
    horizons: tuple[int, ...]  # Months ahead, rising
    hosts: tuple[str, ...]  # Codes shown by themselves
    acceptance: dict[str, float]


@dataclass(frozen=True)
class AcceptanceScope:
    """What the acceptance thresholds look at."""

    horizons: tuple[int, ...]  # Months ahead
    hosts: tuple[str, ...]  # Codes of the hosts in which the model must be better than both naive baselines
    # Errors of the naive baselines as reported before, %, one for each of ``horizons``
    reported: dict[str, tuple[float, ...]]


@dataclass(frozen=True)
class Rules:
    """The scoring rule, checked against the world it is applied to."""

    hosts: tuple[int, ...]  # Numbers of the scored hosts, in code order
    horizons: tuple[int, ...]  # Months ahead, rising
    lookback: int  # Months of known change before an origin
    windows: dict[str, tuple[int, int]]  # First and last month forecast, both included
    rolling: RollingRule
    growth_months: int  # Of the baselines that read the register since its last break
    damped: DampedTrend
    least_months_since_break: int
    arima_orders: ArimaOrders
    compared: AcceptanceScope
    acceptance: dict[str, float]  # Levels that forecasts have to reach
    published: dict[str, PublishedForecast]  # By the key in the file
    default_scale: int  # Of the command
    default_seeds: int


type Refusal = Callable[[tuple[int | str, ...], str], ConfigError]
"""Makes the error with the line of a place in a file."""


def load_rules(path: Path, ids: tuple[str, ...], registers: Registers) -> Rules:
    """Return the scoring rule; ``published_forecasts.yaml`` is read from the same folder."""
    content = load(path, RulesFile)

    def refusal(where: tuple[int | str, ...], message: str) -> ConfigError:
        return ConfigError(fault(path, where, message))

    horizons = content.horizons_months.value
    if sorted(set(horizons)) != horizons:
        raise refusal(("horizons_months", "value"), f"found {horizons}; write each once, in rising order.")
    windows = _windows(content, registers, refusal)
    for position, code in enumerate(content.never_scored):
        if code not in ids:
            raise refusal(
                ("never_scored", position), f"{code!r} is not a host; allowed are {', '.join(ids)}."
            )
    scored = tuple(h for h, code in enumerate(ids) if code not in content.never_scored)
    if not scored:
        raise refusal(("never_scored",), "leaves no host to score. Remove a host from the list.")
    compared = _compared(content, [ids[h] for h in scored], refusal)
    rolling = _rolling(content.rolling, [ids[h] for h in scored], registers, refusal)
    automatic, lookback = content.statistical_rivals, content.lookback_months.value
    published = path.with_name("published_forecasts.yaml")
    return Rules(
        hosts=scored,
        horizons=tuple(horizons),
        lookback=lookback,
        windows=windows,
        rolling=rolling,
        growth_months=automatic.growth_months.value,
        damped=DampedTrend(automatic.damped_trend_months.value, automatic.damped_trend_persistence.value),
        least_months_since_break=automatic.least_months_since_break.value,
        arima_orders=ArimaOrders(
            automatic.most_autoregressive_terms.value,
            automatic.most_moving_average_terms.value,
            automatic.most_terms_together.value,
        ),
        compared=compared,
        acceptance={name: bar["value"] for name, bar in content.bars.model_dump().items()},
        published=load_published(published, ids, scored, registers, lookback, horizons[-1]),
        default_scale=content.default_scale,
        default_seeds=content.default_seeds,
    )


def _windows(content: RulesFile, registers: Registers, refusal: Refusal) -> dict[str, tuple[int, int]]:
    windows = {
        name: (month_index(window["first_target"]), month_index(window["last_target"]))
        for name, window in content.windows.model_dump().items()
    }
    first, last = registers.first_month, registers.last_month
    for name, (begin, end) in windows.items():
        if begin > end:
            raise refusal(("windows", name), "first_target stands after last_target. Swap them.")
        if begin < first or end > last:
            raise refusal(
                ("windows", name),
                f"leaves the register data, which run from {month_label(first)} to {month_label(last)}.",
            )
    if windows["fit"][1] >= windows["held_out"][0]:
        raise refusal(("windows", "held_out"), "overlaps fit; the held-out months must come after it.")
    return windows


def _rolling(content: RollingFile, allowed: list[str], registers: Registers, refusal: Refusal) -> RollingRule:
    first, last, target = map(month_index, (content.first_origin, content.last_origin, content.last_target))
    if not registers.first_month < first <= last < target:
        raise refusal(
            ("rolling",),
            f"found origins {content.first_origin} to {content.last_origin} and targets to "
            f"{content.last_target}; they must rise, after the first register of "
            f"{month_label(registers.first_month)}.",
        )
    if target > registers.last_month:
        raise refusal(
            ("rolling", "last_target"),
            f"found {content.last_target}; the register data end in {month_label(registers.last_month)}.",
        )
    if target < registers.last_month:
        said = f"found {content.last_target}; registers reach {month_label(registers.last_month)}. "
        log.warning("%s", refusal(("rolling", "last_target"), f"{said}Later months are not scored."))
    half_year = month_index(content.half_year_origin)
    if half_year % HALF_YEAR != HALF_YEAR - 1 or not first <= half_year <= min(last, target - HALF_YEAR):
        raise refusal(
            ("rolling", "half_year_origin"),
            f"found {content.half_year_origin}; allowed are Junes and Decembers among the origins, with "
            f"targets half a year later. Write one from {content.first_origin} to "
            f"{month_label(min(last, target - HALF_YEAR))}.",
        )
    horizons = tuple(content.horizons_months.value)
    if list(horizons) != sorted(set(horizons)):
        raise refusal(("rolling", "horizons_months", "value"), "write each once, in rising order.")
    for position, code in enumerate(content.shown_hosts.value):
        if code not in allowed:
            said = f"{code!r} is not a scored host; allowed are {', '.join(allowed)}."
            raise refusal(("rolling", "shown_hosts", "value", position), said)
    return RollingRule(
        origins=tuple(range(first, last + 1)),
        last_target=target,
        half_year=(half_year, half_year + HALF_YEAR),
        horizons=horizons,
        hosts=tuple(content.shown_hosts.value),
        acceptance={name: bar["value"] for name, bar in content.bars.model_dump().items()},
    )


def _compared(content: RulesFile, allowed: list[str], refusal: Refusal) -> AcceptanceScope:
    compared, horizons = content.compared, content.horizons_months.value
    if extra := sorted(set(compared.horizons_months.value) - set(horizons)):
        raise refusal(
            ("compared", "horizons_months"),
            f"{extra} is not scored; allowed are {horizons}. Score it or take it out.",
        )
    for position, code in enumerate(compared.hosts.value):
        if code not in allowed:
            raise refusal(
                ("compared", "hosts", "value", position),
                f"{code!r} is not a scored host; allowed are {', '.join(allowed)}.",
            )
    reported = {
        name: tuple(errors["value"]) for name, errors in compared.reported_error_pct.model_dump().items()
    }
    for name, errors in reported.items():
        if len(errors) != len(compared.horizons_months.value):
            raise refusal(
                ("compared", "reported_error_pct", name),
                f"{len(errors)} errors; one per horizon {compared.horizons_months.value} is needed.",
            )
    return AcceptanceScope(tuple(compared.horizons_months.value), tuple(compared.hosts.value), reported)
