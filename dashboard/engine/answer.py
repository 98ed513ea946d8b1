"""The answer to a choice: what pages draw, from paired seeds with and without the choice."""

from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from abm.band import HIGH, LOW
from abm.errors import EweaError
from abm.months import month_label
from abm.places import Members, hosts_of, places
from dashboard.engine.bundle import Axes, Bundle
from dashboard.engine.choice import Choices
from experiments.wording.numbers import rounding_step, to_step

Floats = NDArray[np.float64]
Of = Literal["choice", "baseline"]

STATUS_CHANGE = "status"

Triple = tuple[float, float, float]


def triple(values: Any) -> Triple:
    """Return low end, median and high end of the band over seeds (first axis)."""
    low, mid, high = np.quantile(np.asarray(values, float), [LOW, 0.5, HIGH], axis=0)
    return float(low), float(mid), float(high)


def display(low: float, mid: float, high: float, least: float = 1.0) -> tuple[int, int, int]:
    """Return a band rounded to what it supports.

    >>> display(128_431, 134_321, 141_992)
    (128000, 134000, 142000)
    """
    step = rounding_step(mid, low, high, least)
    return to_step(low, step), to_step(mid, step), to_step(high, step)


def rounded_value(value: float, least: float = 1.0) -> int:
    """Return a value without a band, rounded to two digits and no finer than ``least``."""
    return to_step(value, rounding_step(value, None, None, least))


@dataclass(frozen=True)
class Answer:
    """A choice and the baseline on the same seeds; shared between users, never written to."""

    choice: Choices
    mine: Bundle = field(repr=False)
    theirs: Bundle = field(repr=False)
    final: bool = True  # False for the first, coarse answer
    version: str = ""  # Release of the model; last month of register data
    data_date: str = ""
    stale: bool = False  # Whether it was made with an older model or configuration than the one that runs
    acts_from: int | None = None

    @property
    def axes(self) -> Axes:
        """What the axes mean."""
        return self.mine.axes

    @property
    def n_seeds(self) -> int:
        """Number of paired runs."""
        return len(self.mine.seeds)

    @property
    def hosts(self) -> tuple[str, ...]:
        """Host ids in the order of every host axis."""
        return self.axes.hosts

    @property
    def months(self) -> list[str]:
        """Months on whose first day the stocks are counted."""
        return [month_label(self.axes.first + 1 + i) for i in range(self.mine.level.shape[2])]

    @property
    def flow_months(self) -> list[str]:
        """Months in which the flows took place."""
        return [month_label(self.axes.first + i) for i in range(self.mine.level.shape[2])]

    @property
    def since(self) -> str:
        """First month of the period over which flows are summed."""
        return month_label(self._from)

    @property
    def _from(self) -> int:
        early = self.acts_from is not None and self.acts_from < self.axes.since
        return self.axes.first if early else self.axes.since

    @property
    def places(self) -> tuple[str, ...]:
        """Places every question may be asked for."""
        return places(self.hosts)

    def mask(self, place: str) -> NDArray[np.bool_]:
        """Return which hosts a place covers, bool[H]."""
        return hosts_of(place, Members(self.hosts, self.axes.in_eu))

    def _bundle(self, of: Of) -> Bundle:
        return self.mine if of == "choice" else self.theirs

    def series(self, outcome: str, place: str, of: Of = "choice") -> Floats:
        """Return an outcome by seed and month, float64[S, M]."""
        values = self._bundle(of).outcome(outcome)[:, :, self.mask(place)]
        return np.asarray(values.sum(axis=2, dtype=float))

    def totals(self, outcome: str, of: Of = "choice") -> Floats:
        """Return stocks at the horizon, or flows summed over the period, float64[S, H]."""
        values = self._bundle(of).outcome(outcome)
        if outcome in self.axes.stocks:
            return np.asarray(values[:, -1].astype(float))
        return np.asarray(values[:, self._from - self.axes.first :].sum(axis=1, dtype=float))

    def fan(self, outcome: str, place: str, against: bool = False, of: Of = "choice") -> dict[str, Any]:
        """Return the band of an outcome over time: ``{"months", "low", "mid", "high"}``.

        Months as text, the others float64[M]; with ``against`` the difference from the baseline by seed.
        """
        values = self.series(outcome, place, of)
        if against:
            values = values - self.series(outcome, place, "baseline")
        low, mid, high = np.quantile(values, [LOW, 0.5, HIGH], axis=0)
        months = self.months if outcome in self.axes.stocks else self.flow_months
        return {"months": months, "low": low, "mid": mid, "high": high}

    def at_horizon(self, outcome: str, place: str) -> Triple:
        """Return the band of a stock at the horizon, or of a flow summed from ``since`` on."""
        return triple(self.totals(outcome)[:, self.mask(place)].sum(axis=1))

    def difference(self, outcome: str, place: str) -> Triple:
        """Return the band of the difference from the baseline, seed by seed."""
        return triple(self.apart(outcome)[:, self.mask(place)].sum(axis=1))

    def apart(self, outcome: str) -> Floats:
        """Return the difference from the baseline, seed by seed, float64[S, H]."""
        return self.totals(outcome) - self.totals(outcome, "baseline")

    def by_host(self, outcome: str, against: bool = False, of: Of = "choice") -> dict[str, Triple]:
        """Return the band of every host."""
        values = self.apart(outcome) if against else self.totals(outcome, of)
        return {host: triple(values[:, n]) for n, host in enumerate(self.hosts)}

    def channels(self, outcome: str, place: str) -> dict[str, Triple]:
        """Return (low, mean, high) of how the difference of a stock came about; empty for a flow.

        The middles are means over runs: means add up, medians do not. What flows do not explain of one title,
        work or kind of housing is a change of people who stay (``status``).
        """
        if outcome not in self.axes.stocks:
            return {}
        mask = self.mask(place)

        def by_seed(name: str) -> Floats:
            return np.asarray(self.apart(name)[:, mask].sum(axis=1))

        parts = {name: way * by_seed(name) for name, way in self.axes.channels.items()}
        rest = by_seed(outcome) - sum(parts.values())
        if outcome != "stock":
            parts[STATUS_CHANGE] = rest
        return {name: _around_mean(values) for name, values in parts.items()}

    def mean_difference(self, outcome: str, place: str) -> Triple:
        """Return the mean difference with its band: what channels add up to."""
        return _around_mean(self.apart(outcome)[:, self.mask(place)].sum(axis=1))

    def group(self, attribute: str, place: str, against: bool = False) -> dict[str, Triple]:
        """Return the band of persons at the horizon by the values of an attribute."""
        mask = self.mask(place)
        rows = [(n, value) for n, (name, value) in enumerate(self.axes.groups) if name == attribute]
        if not rows:
            known = dict.fromkeys(name for name, _ in self.axes.groups)
            raise EweaError(f"attribute: found {attribute[:40]!r}; allowed are {', '.join(known)}.")
        values = self.mine.groups.astype(float) - (self.theirs.groups if against else 0)
        return {value: triple(values[n][:, mask].sum(axis=1)) for n, value in rows}

    def moved(self, of: Of = "choice") -> Floats:
        """Return persons who moved from (row) to (column) in the period, float64[S, H + 1, H + 1]."""
        flows = self._bundle(of).flows
        parts = flows if self._from < self.axes.since else flows[:, 1:]
        return np.asarray(parts.sum(axis=1, dtype=float))

    def origin_units(self, place: str, against: bool = False) -> dict[str, Triple]:
        """Return the band of persons abroad in a place at the horizon by where they came from."""
        values = self.mine.origins.astype(float) - (self.theirs.origins if against else 0)
        chosen = values[:, :, self.mask(place)].sum(axis=2)
        return {unit: triple(chosen[:, n]) for n, unit in enumerate(self.axes.units)}


def comparable(one: Answer, two: Answer) -> bool:
    """Return whether two answers pair run by run: the same seeds, resolution and horizon."""
    return (one.mine.seeds, one.mine.scale, one.months) == (two.mine.seeds, two.mine.scale, two.months)


def set_against(mine: Answer, other: Answer | None) -> Answer:
    """Return a choice set against another, comparable one; against the baseline if there is none."""
    if other is None:
        return mine
    starts = [start for start in (mine.acts_from, other.acts_from) if start is not None]
    return replace(mine, theirs=other.mine, acts_from=min(starts, default=None))


def _around_mean(values: Floats) -> Triple:
    """Return mean and band; a band is never drawn beside its own figure."""
    low, _, high = triple(values)
    mean = float(values.mean())
    return min(low, mean), mean, max(high, mean)
