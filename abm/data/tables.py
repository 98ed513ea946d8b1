"""Strict loading of CSV tables and the cards beside them: every fault named with file, line, column, remedy.

A card says what a table is, whose it is, how sure it is and how it was made.
"""

import csv
import io
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import numpy as np
from pydantic import Field, field_validator, model_validator

from abm.arrays import Floats
from abm.data.config import Strict, fault, load_named, read_text
from abm.errors import ConfigError, refuse_all
from abm.months import month_index, month_label, to_day

Status = Literal["recorded", "quoted", "derived", "assumed"]
"""How sure a figure is: taken from the publisher's table, quoted in a text, computed by us, judged by us."""

STATUSES: tuple[str, ...] = ("recorded", "quoted", "derived", "assumed")

Beyond = Literal["mean_of_last_12_months", "repeat_last_12_months", "last_value"]
"""What holds after the last data month: each is a no-change assumption a scenario may replace."""


class Label(Strict):
    """A name in the three languages of the project."""

    en: str = Field(min_length=1)
    nl: str = Field(min_length=1)
    uk: str = Field(min_length=1)


class Parameter(Strict):
    """A number used to make a derived table."""

    value: float
    unit: str = Field(min_length=1)
    status: Status
    source: str = Field(min_length=1)


TABLE = r"^[a-z][a-z0-9_]*\.csv$"


class Card(Strict):
    """Who published figures, when, in which unit, under which licence, and how they were made."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    label: Label
    unit: str = Field(min_length=1)
    per: Literal["origin_unit", "ukraine", "host", "europe", "household_type"]
    publisher: str = Field(min_length=1)
    date: str = Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])(-\d{2})?$")
    status: Status
    licence: str = Field(min_length=1)
    method: str = Field(min_length=1)
    table: str | None = None
    # Tables (relative to the card) from which a derived table is rebuilt
    inputs: list[str] = Field(default_factory=list)
    parameters: dict[str, Parameter] = Field(default_factory=dict)  # Numbers of the method

    def number(self, name: str) -> float:
        """Return a parameter of the method."""
        if name not in self.parameters:
            raise ConfigError(f"{self.id}.yaml: parameters: no {name}. Add it with unit, status and source.")
        return self.parameters[name].value


class SeriesCard(Card):
    """The card of a table."""

    table: str = Field(pattern=TABLE)  # File name of the CSV beside the card


class DriverCard(Card):
    """A monthly driver of flight and return: all that the project knows of it besides its formula."""

    per: Literal["origin_unit", "ukraine"]
    table: str | None = Field(None, pattern=TABLE)  # Without one the driver was 0 in every month recorded
    range: list[float] | None = None  # Least and largest value allowed in the table
    beyond_last_month: Beyond | None = None  # Rule that extends the table to the horizon
    # What a forecast from a past month holds of the table
    held: Literal["last_value", "mean_of_last_12_months"] | None = None
    # Least and largest value a scenario may set; absent where no scenario may change the driver
    change_range: list[float] | None = None

    @field_validator("range", "change_range")
    @classmethod
    def _two_rising_numbers(cls, value: list[float]) -> list[float]:
        if len(value) != 2 or value[0] >= value[1]:
            raise ValueError("must be [least, largest] with least below largest")
        return value

    @model_validator(mode="after")
    def _says_how_to_read_its_table(self) -> "DriverCard":
        for name in ("range", "beyond_last_month", "held"):
            if (getattr(self, name) is None) != (self.table is None):
                raise ValueError(f"table, range, beyond_last_month and held go together; {name} does not")
        return self

    @property
    def everywhere(self) -> Literal["all"] | None:
        """What a change in all of Ukraine says of units."""
        return "all" if self.per == "origin_unit" else None


def load_card[C: Card](path: Path, schema: type[C]) -> C:
    """Return a card; its id must match the file name, and its tables must be there."""
    card = load_named(path, schema)
    for name in filter(None, (card.table, *card.inputs)):
        if not (path.parent / name).is_file():
            key = "table" if name == card.table else "inputs"
            raise ConfigError(
                fault(path, (key,), f"no file {name} in {path.parent}. Restore it or fix the name.")
            )
    return card


MOST_FAULTS = 20
"""Faults listed before the message is cut; a wrong delimiter would name every line."""


@dataclass(frozen=True)
class TableColumn:
    """What one column of a table may hold."""

    # or integer, number, share (0 to 1), month (YYYY-MM), half (2022-H1; both become the number of a month),
    # date (YYYY, YYYY-MM or YYYY-MM-DD), vintage (both stay texts)
    kind: str = "text"
    allowed: Sequence[str] | None = None  # The only texts allowed
    least: float | None = None  # Inclusive bounds of numbers, and the first month
    most: float | None = None
    optional: bool = False  # An empty cell is allowed and becomes None

    def parse(self, text: str) -> Any:
        """Return the value of a cell; raise ValueError with what is allowed."""
        if text == "":
            if self.optional:
                return None
            raise ValueError("is empty; a value is needed")
        if self.kind == "text":
            if self.allowed is not None and text not in self.allowed:
                raise ValueError(f"{text!r} is not known; allowed are {', '.join(self.allowed)}")
            return text
        if self.kind == "month":
            month = month_index(text)
            if self.least is not None and month < self.least:
                raise ValueError(f"{text} is before {month_label(int(self.least))}, the first month")
            return month
        if self.kind == "half":
            if re.fullmatch(r"20(2[2-9]|3\d|40)-H[12]", text) is None:
                raise ValueError(f"{text!r} is not a half-year; allowed are 2022-H1 to 2040-H2")
            return month_index(f"{text[:4]}-{'01' if text[-1] == '1' else '07'}")
        if self.kind == "date":
            try:
                to_day(text)
            except ValueError as error:
                raise ValueError(f"{text!r} is no date; write YYYY, YYYY-MM or YYYY-MM-DD") from error
            return text
        if self.kind == "vintage":
            month_index(text[:7])
            if text[7:] and not text[7:].startswith(" citizen "):
                raise ValueError(f"{text!r} is no vintage; write the month of the figures, YYYY-MM")
            return text
        try:
            value: float = int(text) if self.kind == "integer" else float(text)
        except ValueError as error:
            raise ValueError(f"{text!r} is not a {self.kind}") from error
        if not math.isfinite(value):
            raise ValueError(f"{text!r} is not a finite number")
        least = 0.0 if self.kind == "share" else self.least
        most = 1.0 if self.kind == "share" else self.most
        if least is not None and value < least:
            raise ValueError(f"{text} is below the least allowed value {least:g}")
        if most is not None and value > most:
            raise ValueError(f"{text} is above the largest allowed value {most:g}")
        return value


TEXT, MONTH, SHARE = TableColumn(), TableColumn("month", least=0), TableColumn("share")
COUNT, STATUS = TableColumn("integer", least=0), TableColumn(allowed=STATUSES)
DATE = TableColumn("date")

type Row = dict[str, Any]
type Check = Callable[[Row], str]
"""Says what is wrong with a row whose cells are right; empty if nothing."""


def read_rows(
    path: Path,
    columns: Mapping[str, TableColumn],
    key: Sequence[str] = (),
    check: Check | None = None,
) -> list[Row]:
    """Return the rows of a CSV file as dicts of parsed values; leading lines with ``#`` are comments.

    The header must name exactly ``columns``, in any order; the values of ``key`` together must be unique.
    """
    lines = read_text(path).splitlines()
    skip = 0
    while skip < len(lines) and lines[skip].startswith("#"):
        skip += 1
    reader = csv.DictReader(io.StringIO("\n".join(lines[skip:])), strict=True)
    try:
        header = reader.fieldnames or []
    except csv.Error as error:
        raise ConfigError(f"{path}:{skip + 1}: not a CSV line: {error}.") from error
    faults = []
    if len(set(header)) != len(header):
        faults.append(f"{path}:{skip + 1}: a column is named twice: {', '.join(header)}.")
    if unknown := sorted(set(header) - set(columns)):
        faults.append(
            f"{path}:{skip + 1}: unknown column {', '.join(map(repr, unknown))}; "
            f"allowed are {', '.join(columns)}."
        )
    if missing := [name for name in columns if name not in header]:
        faults.append(f"{path}:{skip + 1}: missing column {', '.join(map(repr, missing))}.")
    refuse_all(faults)
    rows: list[Row] = []
    seen: dict[tuple[Any, ...], int] = {}
    try:
        for raw in reader:
            line = skip + reader.line_num
            if None in raw or None in raw.values():
                faults.append(f"{path}:{line}: {len(header)} cells are needed, found another number.")
                continue
            row = {}
            for name, column in columns.items():
                try:
                    row[name] = column.parse(raw[name].strip())
                except ValueError as error:
                    faults.append(f"{path}:{line}: {name}: {error}.")
            if len(row) == len(columns):
                identity = tuple(row[name] for name in key)
                if key and identity in seen:
                    shown = ", ".join(str(raw[name]) for name in key)
                    faults.append(
                        f"{path}:{line}: {', '.join(key)}: {shown} stands already in line "
                        f"{seen[identity]}. Keep one."
                    )
                if check is not None and (said := check(row)):
                    of_row = ", ".join(f"{name} {raw[name]}" for name in key)
                    faults.append(f"{path}:{line}: {of_row}: {said}.")
                seen[identity] = line
                rows.append(row)
    except csv.Error as error:
        # DictReader counts a line only once it is parsed; its inner reader knows the faulty one.
        faults.append(f"{path}:{skip + reader.reader.line_num}: not a CSV line: {error}.")
    if not rows and not faults:
        faults.append(f"{path}: the table has no rows. Restore the file.")
    more = [f"... and {len(faults) - MOST_FAULTS} more."] if len(faults) > MOST_FAULTS else []
    refuse_all([*faults[:MOST_FAULTS], *more])
    return rows


def read_carded(
    path: Path,
    columns: Mapping[str, TableColumn],
    key: Sequence[str] = (),
    check: Check | None = None,
) -> tuple[SeriesCard, list[Row]]:
    """Return the card (``<stem>.yaml`` beside the table) and the rows of a table."""
    card = load_card(path.with_suffix(".yaml"), SeriesCard)
    return card, read_rows(path.parent / card.table, columns, key, check)


KIND_OF = {str: TEXT, float: TableColumn("number"), int: TableColumn("integer")}


def columns_of(record: type[Any]) -> dict[str, TableColumn]:
    """Return the columns a record is read from: its fields without a default.

    The type says what a cell may hold, or the column it is annotated with.
    """
    hints = get_type_hints(record, include_extras=True)
    return {
        field.name: get_args(hint)[1] if get_origin(hint := hints[field.name]) is Annotated else KIND_OF[hint]
        for field in fields(record)
        if field.default is MISSING
    }


def read_records[R](path: Path, record: type[R], key: str, fault: Callable[[R], str]) -> list[R]:
    """Return the rows of a CSV file as records; ``fault`` says what is wrong with one, empty if nothing."""
    rows = read_rows(path, columns_of(record), (key,), lambda row: fault(record(**row)))
    return [record(**row) for row in rows]


def line_with(path: Path, *cells: str) -> int:
    """Return the 1-based line of the first row of a table that holds all these cells; 1 if none does."""
    lines = read_text(path).splitlines()
    return next((number for number, line in enumerate(lines, 1) if {*cells} <= {*line.split(",")}), 1)


def read_members(path: Path, row: str, remedy: str) -> tuple[tuple[str, ...], Floats]:
    """Return names and values, float64[row, name], of a CSV of finite numbers; ``#`` starts a comment.

    ``row`` is what one line is called in a message ("draw", "member").
    """
    numbered = _without_comments(path)
    lines = [line for _, line in numbered]
    names = tuple(lines[0].split(",")) if lines else ()
    if len(lines) < 2:
        raise ConfigError(f"{path}: no {row} in the file. {remedy}")
    for count, (line, text) in enumerate(numbered[1:], start=1):
        if text.count(",") != len(names) - 1:
            raise ConfigError(
                f"{path}:{line}: {row} {count}: found {text.count(',') + 1} cells; {len(names)} numbers are "
                f"needed. {remedy}"
            )
    try:
        values = np.loadtxt(lines[1:], delimiter=",", ndmin=2)
    except ValueError:
        values = np.full((1, 1), np.nan)
    if not np.isfinite(values).all():
        raise ConfigError(f"{_not_a_number(path, names, numbered[1:])} {remedy}")
    return names, values


def _not_a_number(path: Path, names: Sequence[str], numbered: Sequence[tuple[int, str]]) -> str:
    """Return which cell of a file of numbers holds none."""
    for line, text in numbered:
        for name, cell in zip(names, text.split(","), strict=True):
            try:
                found = math.isfinite(float(cell))
            except ValueError:
                found = False
            if not found:
                return f"{path}:{line}: {name}: found {cell!r}; a finite number is needed."
    return f"{path}: not a table of numbers."


def _without_comments(path: Path) -> list[tuple[int, str]]:
    lines = enumerate(read_text(path).splitlines(), start=1)
    return [(number, line) for number, line in lines if line and not line.startswith("#")]


def member_line(path: Path, row: int) -> int:
    """Return the line of a row, counted from 0, of a file of :func:`read_members`."""
    return _without_comments(path)[row + 1][0]
