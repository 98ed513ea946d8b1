"""Every outcome a comparison, sweep, page or report looks at: what it is and what it is called.

``configs/outcomes.yaml`` lists them once. ``OUTCOMES``, ``STOCKS``, ``FLOWS`` and ``CHANNELS`` are their ids
in the order of the file (axes of arrays follow ``OUTCOMES``); ``RATIOS`` are shares of a place.
``outcome(id)`` gives kind, unit, definition, ``noun`` (English, inside a sentence) and ``label_in("nl")`` (in
a table or chart); ``shown_in("briefing")`` gives the ids a place shows. Two more, ``RETURNS_BEFORE_SAFE`` and
``PUBLIC_COST``, need a recorder and exist in sweeps only. :mod:`experiments.ensemble.counts` counts them in a
run.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from abm.data.config import Strict, fault, line_of, load, read_yaml
from abm.data.figures import Figure, Text
from abm.data.folder import default_configs
from abm.data.tables import Label
from abm.errors import ConfigError, nearest
from abm.places import unknown
from abm.policy.lever import load_levers

Place = Literal["terminal", "briefing", "levers"]

FILE = "outcomes.yaml"
RETURNS_BEFORE_SAFE, PUBLIC_COST = "returns_before_safe", "public_cost"
MILLION = 1e6
"""EUR in one unit of the public cost."""


class OutcomeEntry(Strict):
    """One outcome; the file says what every key means."""

    id: str
    kind: Literal["stock", "flow", "ratio"]
    unit: Literal["persons", "million EUR", "share"]
    of: list[str] | None = Field(default=None, min_length=2, max_length=2)
    flow_of: Literal[-1, 1] | None = None
    definition: Text
    noun: Text
    label: Label
    shown: list[Place] = Field(default_factory=list)

    @model_validator(mode="after")
    def _ratio_of_two(self) -> "OutcomeEntry":
        if (self.kind == "ratio") != (self.of is not None):
            raise ValueError("of: a ratio names the two stocks it is made of, nothing else does")
        return self

    def label_in(self, language: str) -> str:
        """Return its name in a table or chart."""
        return str(getattr(self.label, language))


class Threshold(Figure):
    """A threshold or a share with its source."""

    unit: Literal["index 0 to 1", "share"]


class MonthlyPrice(Figure):
    """A price of a month with its source."""

    unit: Literal["EUR/month"]


class Safe(Strict):
    """Up to where an origin unit counts as safe."""

    most_attack_intensity: Threshold
    most_occupied_share: Threshold


class PaidOnReturn(Strict):
    """Levers whose value is paid to each person who returns, and how many of them take it."""

    levers: list[str]
    take_up: Threshold


class Definitions(Strict):
    """What ``configs/outcomes.yaml`` holds."""

    outcomes: list[OutcomeEntry]
    safe: Safe
    place_cost_eur_month: dict[str, MonthlyPrice]
    paid_on_return: PaidOnReturn


def load_definitions(root: Path) -> Definitions:
    """Return the outcomes and the definitions behind two of them."""
    path = root / FILE
    found = load(path, Definitions)
    listed = [one.id for one in found.outcomes]
    stocks = [one.id for one in found.outcomes if one.kind == "stock"]
    for number, one in enumerate(found.outcomes):
        if unknown := [part for part in one.of or () if part not in stocks]:
            line = line_of(read_yaml(path), ("outcomes", number, "of"))
            wrong = f"{path}:{line}: outcomes.{number}.of: found {unknown[0]}"
            raise ConfigError(f"{wrong}; stocks are {', '.join(stocks)}.")
    for number, name in enumerate(listed):
        if name in listed[:number]:
            line = line_of(read_yaml(path), ("outcomes", number))
            raise ConfigError(f"{path}:{line}: outcomes: {name} stands twice. Keep one.")
    return found


def checked_definitions(root: Path, hosts: Sequence[str]) -> Definitions:
    """Return the definitions; every host and lever they name must be there."""
    path, found = root / FILE, load_definitions(root)
    faults = [
        fault(path, ("place_cost_eur_month", host), unknown(host, hosts, ()))
        for host in found.place_cost_eur_month
        if host not in hosts
    ]
    levers = load_levers(root)
    faults += [
        fault(path, ("paid_on_return", "levers", number), f"found {name!r}. {nearest(name, levers)}")
        for number, name in enumerate(found.paid_on_return.levers)
        if name not in levers
    ]
    if faults:
        raise ConfigError("\n".join(faults))
    return found


@lru_cache(maxsize=1)
def entries() -> dict[str, OutcomeEntry]:
    """Return all outcomes by id, in the order of the file."""
    return {one.id: one for one in load_definitions(default_configs()).outcomes}


def outcome(name: str) -> OutcomeEntry:
    """Return one outcome; KeyError if there is none of this id."""
    return entries()[name]


RATIOS: Mapping[str, list[str]] = {name: one.of for name, one in entries().items() if one.of}
"""Shares of a place and the two stocks each is made of."""

OUTCOMES = tuple(
    name for name in entries() if name not in RATIOS and name not in (RETURNS_BEFORE_SAFE, PUBLIC_COST)
)
"""Ids of the outcomes every run has."""

STOCKS = tuple(name for name in OUTCOMES if outcome(name).kind == "stock")
FLOWS = tuple(name for name in OUTCOMES if outcome(name).kind == "flow")
CHANNELS: Mapping[str, int] = {name: way for name in FLOWS if (way := outcome(name).flow_of) is not None}
"""Flows that change the stock, and in which direction."""


def shown_in(place: Place) -> tuple[str, ...]:
    """Return the ids a place shows, in order."""
    return tuple(name for name in OUTCOMES if place in outcome(name).shown)
