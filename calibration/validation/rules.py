"""What may stand in ``configs/validation.yaml`` and ``configs/published_forecasts.yaml``."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from abm.data.config import Strict, line_of, load, read_yaml
from abm.data.figures import MonthText, Text
from abm.data.tables import Label
from abm.data.world import Registers
from abm.errors import ConfigError
from abm.months import month_index, month_label

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


__all__ = ["LONGEST_HORIZON", "AcceptanceScope", "ArimaOrders", "PublishedForecast", "Rules", "load_rules"]


@dataclass(frozen=True)
class PublishedTarget:
    """One month whose end was forecast; persons on the publisher's own series."""

    month: int
    forecast: float
    observed: float


@dataclass(frozen=True)
class PublishedForecast:
    """A forecast of others, checked against the register it is set beside."""

    id: str  # Key in the file; English name; what to know when reading it
    label: str
    note: str
    host: int
    origins: tuple[int, ...]  # Months from whose end model and baselines start
    targets: tuple[PublishedTarget, ...]


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
    growth_months: int  # Of the baselines that read the register since its last break
    least_months_since_break: int
    arima_orders: ArimaOrders
    compared: AcceptanceScope
    acceptance: dict[str, float]  # Levels that forecasts have to reach
    published: tuple[PublishedForecast, ...]
    default_scale: int  # Of the command
    default_seeds: int


type Fault = Callable[[tuple[int | str, ...], str], ConfigError]


def _faults_of(path: Path) -> Fault:
    """Return what makes errors with the line of a place in a file."""
    data = read_yaml(path)
    return lambda where, message: ConfigError(
        f"{path}:{line_of(data, where)}: {'.'.join(map(str, where))}: {message}"
    )


def load_rules(path: Path, ids: tuple[str, ...], registers: Registers) -> Rules:
    """Return the scoring rule; ``published_forecasts.yaml`` is read from the same folder."""
    content, fault = load(path, RulesFile), _faults_of(path)
    horizons = content.horizons_months.value
    if sorted(set(horizons)) != horizons:
        raise fault(("horizons_months", "value"), f"found {horizons}; write each once, in rising order.")
    windows = _windows(content, registers, fault)
    for position, code in enumerate(content.never_scored):
        if code not in ids:
            raise fault(("never_scored", position), f"{code!r} is not a host; allowed are {', '.join(ids)}.")
    scored = tuple(h for h, code in enumerate(ids) if code not in content.never_scored)
    if not scored:
        raise fault(("never_scored",), "leaves no host to score. Remove a host from the list.")
    compared = _compared(content, [ids[h] for h in scored], fault)
    automatic, lookback = content.statistical_rivals, content.lookback_months.value
    return Rules(
        hosts=scored,
        horizons=tuple(horizons),
        lookback=lookback,
        windows=windows,
        growth_months=automatic.growth_months.value,
        least_months_since_break=automatic.least_months_since_break.value,
        arima_orders=ArimaOrders(
            automatic.most_autoregressive_terms.value,
            automatic.most_moving_average_terms.value,
            automatic.most_terms_together.value,
        ),
        compared=compared,
        acceptance={name: bar["value"] for name, bar in content.bars.model_dump().items()},
        published=load_published(
            path.with_name("published_forecasts.yaml"), ids, scored, registers, lookback, horizons[-1]
        ),
        default_scale=content.default_scale,
        default_seeds=content.default_seeds,
    )


def _windows(content: RulesFile, registers: Registers, fault: Fault) -> dict[str, tuple[int, int]]:
    def months(window: WindowFile) -> tuple[int, int]:
        return month_index(window.first_target), month_index(window.last_target)

    windows = {"fit": months(content.windows.fit), "held_out": months(content.windows.held_out)}
    first, last = registers.first_month, registers.last_month
    for name, (begin, end) in windows.items():
        if begin > end:
            raise fault(("windows", name), "first_target stands after last_target. Swap them.")
        if begin < first or end > last:
            raise fault(
                ("windows", name),
                f"leaves the register data, which run from {month_label(first)} to {month_label(last)}.",
            )
    if windows["fit"][1] >= windows["held_out"][0]:
        raise fault(("windows", "held_out"), "overlaps fit; the held-out months must come after it.")
    return windows


def _compared(content: RulesFile, allowed: list[str], fault: Fault) -> AcceptanceScope:
    compared, horizons = content.compared, content.horizons_months.value
    if extra := sorted(set(compared.horizons_months.value) - set(horizons)):
        raise fault(
            ("compared", "horizons_months"),
            f"{extra} is not scored; allowed are {horizons}. Score it or take it out.",
        )
    for position, code in enumerate(compared.hosts.value):
        if code not in allowed:
            raise fault(
                ("compared", "hosts", "value", position),
                f"{code!r} is not a scored host; allowed are {', '.join(allowed)}.",
            )
    reported = {
        "persistence": tuple(compared.reported_error_pct.persistence.value),
        "constant_inflow": tuple(compared.reported_error_pct.constant_inflow.value),
    }
    for name, errors in reported.items():
        if len(errors) != len(compared.horizons_months.value):
            raise fault(
                ("compared", "reported_error_pct", name),
                f"{len(errors)} errors; one per horizon {compared.horizons_months.value} is needed.",
            )
    return AcceptanceScope(tuple(compared.horizons_months.value), tuple(compared.hosts.value), reported)


def load_published(
    path: Path,
    ids: tuple[str, ...],
    scored: tuple[int, ...],
    registers: Registers,
    lookback: int,
    longest: int,
) -> tuple[PublishedForecast, ...]:
    """Return the forecasts others published (``published_forecasts.yaml``).

    Parameters
    ----------
    scored : tuple of int
        Numbers of the hosts with a register of their own.
    lookback, longest : int
        Months that must be known before an origin; months ahead that are forecast at most.
    """
    content, fault = load(path, PublishedFile), _faults_of(path)
    allowed = [ids[h] for h in scored]
    found = []
    for name, part in content.forecasts.items():
        key = ("forecasts", name)
        if part.host not in allowed:
            message = f"{part.host!r} is not a scored host; allowed are {', '.join(allowed)}."
            raise fault((*key, "host"), message)
        host = ids.index(part.host)
        origins = [month_index(label) for label in part.origins]
        targets = [
            PublishedTarget(month_index(label), float(target.forecast), float(target.observed))
            for label, target in part.targets.items()
        ]
        earliest = registers.first_month + lookback
        months: list[tuple[tuple[int | str, ...], int, int]] = [
            *((("origins", at), month, earliest) for at, month in enumerate(origins)),
            *((("targets", month_label(t.month)), t.month, max(origins) + 1) for t in targets),
        ]
        last = min(registers.last_month, min(origins) + longest)
        for place, month, first in months:
            if not first <= month <= last:
                raise fault(
                    (*key, *place),
                    f"found {month_label(month)}; allowed are {month_label(first)} to {month_label(last)} "
                    f"({lookback} months of register before an origin, at most {longest} months ahead).",
                )
            needed = [month, month - lookback] if place[0] == "origins" else [month]
            if not np.all(np.isfinite(registers.stock[needed, host])):
                raise fault(
                    (*key, *place),
                    f"{part.host} has no register figure in one of "
                    f"{', '.join(map(month_label, needed))}. Take another month.",
                )
        found.append(PublishedForecast(name, part.label.en, part.note, host, tuple(origins), tuple(targets)))
    return tuple(found)
