"""Forecasts others published, checked against the registers they are scored on."""

from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BeforeValidator, Field, ValidationInfo

from abm.data.config import Strict, fault, load
from abm.data.figures import MonthText, Text
from abm.data.tables import Label
from abm.data.world import Registers
from abm.errors import ConfigError
from abm.months import month_index, month_label


def _scored_host(code: Any, info: ValidationInfo) -> Any:
    scored: dict[str, int] = (info.context or {})["scored"]
    if str(code) not in scored:
        raise ValueError(f"{code!r} is not a scored host; allowed are {', '.join(scored)}")
    return scored[str(code)]


MonthNumber = Annotated[int, Field(ge=0), BeforeValidator(lambda text: month_index(str(text)))]


class PublishedTarget(Strict):
    """One month whose end was forecast, with what was observed; persons on the publisher's own series."""

    forecast: Annotated[int, Field(gt=0)]
    observed: Annotated[int, Field(gt=0)]
    observed_status: Literal["recorded", "quoted", "derived"]
    observed_source: Text


class PublishedForecast(Strict):
    """A forecast of others; its host by number, its months counted from 2022-01."""

    label: Label
    host: Annotated[int, BeforeValidator(_scored_host)]
    publisher: Text
    source: Text
    date: MonthText
    status: Literal["recorded", "quoted"]
    # Months from whose end model and baselines start
    origins: Annotated[list[MonthNumber], Field(min_length=1)]
    unit: Literal["persons"]
    targets: Annotated[dict[MonthNumber, PublishedTarget], Field(min_length=1)]
    note: Text


class PublishedFile(Strict):
    """Schema of ``configs/published_forecasts.yaml``."""

    forecasts: dict[str, PublishedForecast]


def load_published(
    path: Path,
    ids: tuple[str, ...],
    scored: tuple[int, ...],
    registers: Registers,
    lookback: int,
    longest: int,
) -> dict[str, PublishedForecast]:
    """Return the forecasts others published (``published_forecasts.yaml``), by their key.

    Their hosts must be ``scored``; ``lookback`` months must be known before an origin, and a target lie at
    most ``longest`` months ahead.
    """
    found = load(path, PublishedFile, {"scored": {ids[h]: h for h in scored}}).forecasts
    for name, part in found.items():
        earliest, last = registers.first_month + lookback, registers.last_month
        months: list[tuple[str, int | str, int, int]] = [
            *(("origins", at, month, earliest) for at, month in enumerate(part.origins)),
            *(("targets", month_label(month), month, max(part.origins) + 1) for month in part.targets),
        ]
        last = min(last, min(part.origins) + longest)
        for kind, place, month, first in months:
            where = ("forecasts", name, kind, place)
            if not first <= month <= last:
                said = (
                    f"found {month_label(month)}; allowed are {month_label(first)} to {month_label(last)} "
                    f"({lookback} months of register before an origin, at most {longest} months ahead)."
                )
                raise ConfigError(fault(path, where, said))
            needed = [month, month - lookback] if kind == "origins" else [month]
            if not np.all(np.isfinite(registers.stock[needed, part.host])):
                said = (
                    f"{ids[part.host]} has no register figure in one of "
                    f"{', '.join(map(month_label, needed))}. Take another month."
                )
                raise ConfigError(fault(path, where, said))
    return found
