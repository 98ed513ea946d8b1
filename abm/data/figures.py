"""A figure as it stands in a configuration file: value, unit, date, publisher, status."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import AfterValidator, Field, GetCoreSchemaHandler, model_validator
from pydantic_core import CoreSchema, core_schema

from abm.arrays import Floats
from abm.data.config import Strict
from abm.data.tables import Status
from abm.months import first_day, to_day


def _is_date(text: str) -> str:
    try:
        to_day(text)
    except ValueError as error:
        raise ValueError("must be a date; write YYYY, YYYY-MM or YYYY-MM-DD") from error
    return text


DateText = Annotated[str, AfterValidator(_is_date)]
"""A day, month or year, kept as the text that was written."""

MonthText = Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]
Text = Annotated[str, Field(min_length=1)]
Share = Annotated[float, Field(ge=0, le=1)]
Amount = Annotated[float, Field(ge=0)]


class Reasoned[V, S](Strict):
    """Something decided or found, with how sure it is and its source."""

    value: V
    status: S
    source: Text


class Sourced[V, U, S](Reasoned[V, S]):
    """The same of a number, with its unit."""

    unit: U


@dataclass(frozen=True)
class ValueOf:
    """Reads what a file has ``written`` and keeps what ``read`` makes of it, a figure's value."""

    written: Any
    read: Callable[[Any], Any] = lambda figure: figure.value

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Return the schema of what is written, followed by ``read``."""
        return core_schema.no_info_after_validator_function(self.read, handler.generate_schema(self.written))


class Figure[V, U](Strict):
    """One number with where it comes from."""

    value: V
    unit: U
    date: DateText  # Day the figure is in force from, or was observed on
    publisher: Text
    status: Status
    method: Text | None = None  # How a derived or assumed figure was made, and why; needed for both
    note: Text | None = None  # Definition or limit of a recorded or quoted figure
    checked_on: DateText | None = None  # Day on which somebody last read that it is so; ``date`` if absent

    @model_validator(mode="after")
    def _says_how(self) -> "Figure[V, U]":
        if self.status in ("derived", "assumed") and self.method is None:
            raise ValueError(f"a figure with status {self.status} needs the key method: how and why")
        return self


Persons = Figure[Amount, Literal["persons"]]
Places = Figure[Amount, Literal["places"]]
Kilometres = Figure[Amount, Literal["km"]]
EurosMonth = Figure[Amount, Literal["EUR/month"]]
EurosYear = Figure[Amount, Literal["EUR/year"]]
Months = Figure[Amount, Literal["months"]]
ShareFigure = Figure[Share, Literal["share"]]

type AnyFigure = Figure[float, Any]


def rising_dates[F: Figure[Any, Any]](figures: list[F]) -> list[F]:
    """Return dated figures unchanged; raise ValueError when their dates overlap or go back."""
    days = [to_day(figure.date) for figure in figures]
    for earlier, later in itertools.pairwise(days):
        if later == earlier:
            raise ValueError(f"two values start on {later}; dates overlap. Keep one")
        if later < earlier:
            raise ValueError(f"{later} stands after {earlier}. Put dates in rising order")
    return figures


type Dates[F: Figure[Any, Any]] = Annotated[list[F], Field(min_length=1), AfterValidator(rising_dates)]
"""Figures in rising order of their dates, at least one."""


def as_steps(figures: Sequence[AnyFigure], n_months: int) -> Floats:
    """Return the value in force on each month's first day, float64[T], from 2022-01; ends are held."""
    days = [to_day(figure.date).toordinal() for figure in figures]
    values = np.array([figure.value for figure in figures])
    position = np.searchsorted(days, _first_days(n_months), side="right") - 1
    return np.asarray(values[np.maximum(position, 0)], dtype=np.float64)


def as_lines(figures: Sequence[AnyFigure], n_months: int) -> Floats:
    """Return observations carried linearly to the first day of every month, float64[T]; ends hold."""
    days = [to_day(figure.date).toordinal() for figure in figures]
    return np.interp(_first_days(n_months), days, [figure.value for figure in figures])


def _first_days(n_months: int) -> list[int]:
    return [first_day(month).toordinal() for month in range(n_months)]
