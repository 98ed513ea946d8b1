"""Forecasts others published and what came of them: ``configs/published_forecasts.yaml``."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from abm.data.config import Strict, line_of, load, read_yaml
from abm.data.tables import Label
from abm.data.world import Registers
from abm.errors import ConfigError
from abm.months import month_index, month_label

Month = Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]
Persons = Annotated[int, Field(gt=0)]
Text = Annotated[str, Field(min_length=1)]


class TargetFile(Strict):
    """One month forecast, with what was observed on the publisher's own series."""

    forecast: Persons
    observed: Persons
    observed_status: Literal["recorded", "quoted", "derived"]
    observed_source: Text


class ForecastFile(Strict):
    """One published forecast."""

    label: Label
    host: Text
    publisher: Text
    source: Text
    date: Month
    status: Literal["recorded", "quoted"]
    origins: Annotated[list[Month], Field(min_length=1)]
    unit: Literal["persons"]
    targets: Annotated[dict[Month, TargetFile], Field(min_length=1)]
    note: Text


class PublishedFile(Strict):
    """Schema of ``configs/published_forecasts.yaml``."""

    forecasts: dict[str, ForecastFile]


@dataclass(frozen=True)
class PublishedTarget:
    """One month of a published forecast.

    Attributes
    ----------
    month : int
        Month whose end is forecast.
    forecast, observed : float
        Persons, on the publisher's own series.
    """

    month: int
    forecast: float
    observed: float


@dataclass(frozen=True)
class PublishedForecast:
    """A forecast of others, checked against the register it is set beside.

    Attributes
    ----------
    id, label, note : str
        Key in the file; English name; what to know when reading it.
    host : int
        Number of the host.
    origins : tuple of int
        Months from whose end model and rivals start.
    targets : tuple of PublishedTarget
        Months forecast.
    """

    id: str
    label: str
    note: str
    host: int
    origins: tuple[int, ...]
    targets: tuple[PublishedTarget, ...]


def load_published(
    path: Path,
    ids: tuple[str, ...],
    scored: tuple[int, ...],
    registers: Registers,
    lookback: int,
    longest: int,
) -> tuple[PublishedForecast, ...]:
    """Return the published forecasts.

    Parameters
    ----------
    path : Path
        ``published_forecasts.yaml``.
    ids : tuple of str
        Codes of all hosts, in code order.
    scored : tuple of int
        Numbers of the hosts with a register of their own.
    registers : Registers
        Where model and rivals are scored.
    lookback : int
        Months that must be known before an origin.
    longest : int
        Months ahead that are forecast at most.

    Raises
    ------
    ConfigError
        If the file is wrong, a host is not scored, a month has no register figure or lies too far ahead.
    """
    content = load(path, PublishedFile)
    data = read_yaml(path)
    allowed = [ids[h] for h in scored]
    found = []
    for name, part in content.forecasts.items():

        def fault(*where: int | str, says: str, name: str = name) -> ConfigError:
            place = ("forecasts", name, *where)
            return ConfigError(f"{path}:{line_of(data, place)}: {'.'.join(map(str, place))}: {says}")

        if part.host not in allowed:
            raise fault("host", says=f"{part.host!r} is not a scored host; allowed are {', '.join(allowed)}.")
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
        for place, month, first in months:
            last = min(registers.last_month, min(origins) + longest)
            if not first <= month <= last:
                raise fault(
                    *place,
                    says=f"found {month_label(month)}; allowed are {month_label(first)} to "
                    f"{month_label(last)} ({lookback} months of register before an "
                    f"origin, at most {longest} months ahead).",
                )
            needed = [month, month - lookback] if place[0] == "origins" else [month]
            if not np.all(np.isfinite(registers.stock[needed, host])):
                raise fault(
                    *place,
                    says=f"{part.host} has no register figure in one of "
                    f"{', '.join(map(month_label, needed))}. Take another month.",
                )
        found.append(PublishedForecast(name, part.label.en, part.note, host, tuple(origins), tuple(targets)))
    return tuple(found)
