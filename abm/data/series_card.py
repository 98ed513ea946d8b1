"""The card that stands beside every table of figures: what it is, whose it is, how it was made."""

from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator, model_validator

from abm.data.config import Strict, line_of, load, read_yaml
from abm.errors import ConfigError

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


class SeriesCard(Strict):
    """Who published a table, when, in which unit, under which licence, and how it was made.

    Attributes
    ----------
    table : str
        File name of the CSV beside the card.
    inputs : list of str
        Tables (relative to the card) from which a derived table is rebuilt.
    parameters : dict
        Numbers of the method.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    label: Label
    unit: str = Field(min_length=1)
    per: Literal["origin_unit", "ukraine", "host", "europe", "household_type"]
    publisher: str = Field(min_length=1)
    date: str = Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])(-\d{2})?$")
    status: Status
    licence: str = Field(min_length=1)
    method: str = Field(min_length=1)
    table: str = Field(pattern=r"^[a-z][a-z0-9_]*\.csv$")
    inputs: list[str] = Field(default_factory=list)
    parameters: dict[str, Parameter] = Field(default_factory=dict)

    def number(self, name: str) -> float:
        """Return a parameter of the method.

        Raises
        ------
        ConfigError
            If the card has no such parameter.
        """
        if name not in self.parameters:
            raise ConfigError(f"{self.id}.yaml: parameters: no {name}. Add it with unit, status and source.")
        return self.parameters[name].value


class DriverCard(SeriesCard):
    """A monthly driver of flight and return.

    Attributes
    ----------
    range : list of float
        Least and largest value allowed in the table.
    beyond_last_month : str
        Rule that extends the series to the horizon.
    """

    range: list[float]
    beyond_last_month: Beyond

    @field_validator("range")
    @classmethod
    def _two_rising_numbers(cls, value: list[float]) -> list[float]:
        if len(value) != 2 or value[0] >= value[1]:
            raise ValueError("must be [least, largest] with least below largest")
        return value

    @model_validator(mode="after")
    def _per_unit_or_country(self) -> "DriverCard":
        if self.per not in ("origin_unit", "ukraine"):
            raise ValueError("per: a driver is per origin_unit or per ukraine")
        return self


class RegisterCard(SeriesCard):
    """A table about the registers of temporary protection."""


def load_card[C: SeriesCard](path: Path, schema: type[C]) -> C:
    """Return the card of a table; its id and table must match the file name.

    Raises
    ------
    ConfigError
        With every fault of the card, each with its line.
    """
    card = load(path, schema)
    if card.id != path.stem:
        line = line_of(read_yaml(path), ("id",))
        raise ConfigError(f"{path}:{line}: id: found {card.id!r}; must be the file name {path.stem!r}.")
    for name in (card.table, *card.inputs):
        if not (path.parent / name).is_file():
            line = line_of(read_yaml(path), ("table" if name == card.table else "inputs",))
            raise ConfigError(f"{path}:{line}: no file {name} in {path.parent}. Restore it or fix the name.")
    return card
