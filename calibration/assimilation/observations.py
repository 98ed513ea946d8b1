"""What the smoother compares with a run: registers and returns by host, sums, the border, other counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.arrays import Floats
from abm.data.config import fault
from abm.data.tables import DATE, MONTH, STATUS, TEXT, Row, TableColumn, read_carded
from abm.data.world import World
from abm.errors import ConfigError
from abm.months import month_label
from abm.places import ALL
from calibration.assimilation.prior import AssimilationSettings, published_before

Runs = Mapping[str, NDArray[Any]]
"""Monthly sums by member, month and host (:func:`calibration.assimilation.smoother.run_member`)."""

RETURNS, BORDER, NET, RESIDENTS = "returns", "border_balance", "net_from_ukraine", "residents"
MEASURES = (RETURNS, BORDER, NET, RESIDENTS)

OBSERVED_COLUMNS = {
    "measure": TableColumn(allowed=MEASURES),
    "place": TEXT,
    "first": MONTH,
    "last": MONTH,
    "value": TableColumn("number", least=1),
    "sd": TableColumn("number", least=0),
    "sd_unit": TableColumn(allowed=("log", "persons")),
    "status": STATUS,
    "date": DATE,
    **dict.fromkeys(("publisher", "source"), TEXT),
}

LEAST_PERSONS = 100.0
"""Under this a logarithm of persons says nothing."""


@dataclass(frozen=True)
class CountedFigure:
    """A figure that others counted of the people themselves, persons."""

    measure: str
    host: int | None  # None for all hosts
    first: int
    last: int
    value: float
    sd: float  # Of the logarithm, or persons
    is_log: bool

    def of_scale(self, persons: Floats) -> Floats:
        """Return persons on the scale of the standard deviation."""
        return np.log(np.maximum(persons, LEAST_PERSONS)) if self.is_log else persons / self.sd

    @property
    def variance(self) -> float:
        """Variance on that scale."""
        return self.sd**2 if self.is_log else 1.0


@dataclass(frozen=True)
class CountedFigures:
    """Everything ``configs/account/observed.csv`` says, and how the border balance is read."""

    figures: tuple[CountedFigure, ...]
    through_russia: tuple[
        float, float
    ]  # Share of first departures that do not cross the western border: 2022, later

    def known(self, until: int, last_month: int) -> "CountedFigures":
        """Return those known at the end of a month: of periods that were over before it."""
        kept = tuple(one for one in self.figures if one.last < until or until >= last_month)
        return CountedFigures(kept, self.through_russia)


def load_counted(root: Path, world: World) -> CountedFigures:
    """Return the counted figures."""
    ids, found = world.hosts.ids, []

    def check(row: Row) -> str:
        first, last = month_label(row["first"]), month_label(row["last"])
        if last < first:
            return f"last: {last} lies before first {first}. Swap them"
        return "" if row["sd"] > 0 else f"sd: found {row['sd']:g}; a positive number is needed"

    columns = {**OBSERVED_COLUMNS, "place": TableColumn(allowed=(ALL, *ids))}
    path = root / "account" / "observed.csv"
    card, rows = read_carded(path, columns, ("measure", "place", "first"), check)
    for row in rows:
        is_log, sd, place = row["sd_unit"] == "log", row["sd"], row["place"]
        if row["measure"] == RETURNS and place != ALL:
            sd = float(np.hypot(sd, card.number("returns_rounding") / row["value"]))
        host = None if place == ALL else ids.index(place)
        found.append(CountedFigure(row["measure"], host, row["first"], row["last"], row["value"], sd, is_log))
    share = card.number("through_russia_2022"), card.number("through_russia_later")
    if not all(0 <= one < 1 for one in share):
        raise ConfigError(fault(path.with_suffix(".yaml"), ("parameters",), "a share is outside 0 to 1."))
    return CountedFigures(tuple(found), share)


@dataclass(frozen=True)
class Observations:
    """Observations that are taken in together."""

    host: int | None  # None for sums over hosts
    observed: Floats  # [m]
    covariance: Floats  # [m, m]
    names: tuple[str, ...]


class Observer:
    """Turns runs into predictions of what was observed, host by host and then the sums."""

    def __init__(
        self, world: World, settings: AssimilationSettings, counted: CountedFigures, until: int, start: int
    ) -> None:
        self.world, self.settings, self.until, self.start = world, settings, until, start
        self.counted = counted
        self.stock = world.registers.stock[: until + 1]
        published = np.isfinite(self.stock)
        published[:start] = False
        self.last = np.where(published.any(axis=0), until - published[::-1].argmax(axis=0), -1)
        quarter = (np.arange(until + 1) % 3 == 2)[:, None] | (np.arange(until + 1)[:, None] == self.last)
        self.months = [np.flatnonzero(published[:, h] & quarter[:, h]) for h in range(len(world.hosts.ids))]
        is_break = world.registers.is_break
        seen = is_break[: until + 1] & published
        self.breaks = []  # Month before and month of each correction that was published
        for host in range(len(world.hosts.ids)):
            pairs = [
                (published_before(self.stock, m, host), m) for m in np.flatnonzero(seen[:, host]).tolist()
            ]
            self.breaks.append([(a, m) for a, m in pairs if a is not None and a >= start])

    def of_host(self, host: int) -> Observations | None:
        """Return the observations of one host; None without any."""
        s, stock = self.settings, self.stock[:, host]
        months, breaks = self.months[host], self.breaks[host]
        figures = [one for one in self.counted.figures if one.host == host]
        names = [f"register.{month_label(int(m))}" for m in months]
        sd = np.where(months == self.last[host], s.last_register_sd.value, s.register_sd.value)
        apart = np.abs(months[:, None] - months[None, :])
        covariance = sd[:, None] * sd[None, :] * np.exp(-apart / s.register_memory.value)
        values, variances = [np.log(np.maximum(stock[months], 1.0))], []
        for before, m in breaks:
            size = float(np.log(stock[m] / stock[before]))
            values.append(np.array([size]))
            variances.append(s.break_sd.value**2 + (s.break_share.value * size) ** 2)
            names.append(f"correction.{month_label(int(m))}")
        for one in figures:
            values.append(np.atleast_1d(one.of_scale(np.array([one.value]))))
            variances.append(one.variance)
            names.append(f"{one.measure}.{month_label(one.first)}")
        observed = np.concatenate(values)
        if not len(observed):
            return None
        whole = np.diag([*np.diag(covariance), *variances])
        whole[: len(months), : len(months)] = covariance
        return Observations(host, observed, whole, tuple(names))

    def predicted(self, host: int, runs: Runs) -> Floats:
        """Return what each member predicts of them, float64[N, m]."""
        register = np.maximum(runs["register"][:, :, host].astype(np.float64), 1.0)
        parts = [np.log(register[:, self.months[host] - self.start])]
        at = np.array(self.breaks[host], np.int64).reshape(-1, 2) - self.start
        parts.append(np.log(register[:, at[:, 1]] / register[:, at[:, 0]]))
        figures = [one for one in self.counted.figures if one.host == host]
        parts += [one.of_scale(self.persons(one, runs)[:, host])[:, None] for one in figures]
        return np.concatenate(parts, axis=1)

    def of_sums(self) -> Observations | None:
        """Return the observations of all hosts together; None without any."""
        figures = self.sums
        if not figures:
            return None
        observed = np.concatenate([one.of_scale(np.array([one.value])) for one in figures])
        names = tuple(f"{one.measure}.{month_label(one.first)}" for one in figures)
        return Observations(None, observed, np.diag([one.variance for one in figures]), names)

    def predicted_sums(self, runs: Runs) -> Floats:
        """Return what each member predicts of the sums, float64[N, m]."""
        found = [one.of_scale(self.persons(one, runs).sum(axis=1)) for one in self.sums]
        return np.stack(found, axis=1)

    @property
    def sums(self) -> list[CountedFigure]:
        """Figures of all hosts together."""
        return [one for one in self.counted.figures if one.host is None]

    def persons(self, one: CountedFigure, runs: Runs) -> Floats:
        """Return what a figure counts by member and host, persons, float64[N, H]."""
        months = slice(one.first - self.start, one.last - self.start + 1)

        def total(name: str) -> Floats:
            return np.asarray(runs[name][:, months].sum(axis=1, dtype=np.float64))

        if one.measure == RETURNS:
            return total("returns")
        if one.measure == RESIDENTS:
            return runs["stock"][:, one.first - self.start].astype(np.float64)
        share = 0.0
        if one.measure == BORDER:
            share = self.counted.through_russia[int(one.first >= 12)]
        return total("arrivals") * (1.0 - share) + total("redepartures") - total("returns")
