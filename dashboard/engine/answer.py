"""The answer to a choice: what pages draw, from paired seeds with and without the choice."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from abm.band import HIGH, LOW
from abm.errors import EweaError
from abm.months import month_label
from abm.places import Members, hosts_of, places
from dashboard.engine.bands import Triple, triple
from dashboard.engine.bundle import Array, Axes, Bundle
from dashboard.engine.choice import Choices

Floats = NDArray[np.float64]
Of = Literal["choice", "baseline"]

STATUS_CHANGE = "status"


class _ByOutcome(Mapping[str, Array]):
    def __init__(self, axes: Axes, values: Array) -> None:
        self._axes, self._values = axes, values

    def __getitem__(self, name: str) -> Array:
        values: Array = self._values[self._axes.outcomes.index(name)]
        return values

    def __iter__(self) -> Iterator[str]:
        return iter(self._axes.outcomes)

    def __len__(self) -> int:
        return len(self._axes.outcomes)


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
    def seeds(self) -> tuple[int, ...]:
        """Seeds, the same with and without the choice."""
        return self.mine.seeds

    @property
    def scale(self) -> int:
        """Households one simulated household stands for, at most."""
        return self.mine.scale

    @property
    def hosts(self) -> tuple[str, ...]:
        """Host ids in the order of every host axis."""
        return self.axes.hosts

    @property
    def units(self) -> tuple[str, ...]:
        """Origin units in the order of ``origins``."""
        return self.axes.units

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Names of all outcomes."""
        return self.axes.outcomes

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
    def level(self) -> Mapping[str, Array]:
        """Outcomes of the choice, float32[seed, month, host] each."""
        return _ByOutcome(self.axes, self.mine.level)

    @property
    def base(self) -> Mapping[str, Array]:
        """Outcomes of the baseline on the same seeds, float32[seed, month, host] each."""
        return _ByOutcome(self.axes, self.theirs.level)

    @property
    def groups(self) -> dict[tuple[str, str], Array]:
        """Persons at the horizon by attribute and value, float32[seed, host] each."""
        return dict(zip(self.axes.groups, self.mine.groups, strict=True))

    @property
    def base_groups(self) -> dict[tuple[str, str], Array]:
        """The same for the baseline."""
        return dict(zip(self.axes.groups, self.theirs.groups, strict=True))

    @property
    def places(self) -> tuple[str, ...]:
        """Places every question may be asked for."""
        return places(self.hosts)

    def mask(self, place: str) -> NDArray[np.bool_]:
        """Return which hosts a place covers, bool[H]."""
        return hosts_of(place, Members(self.hosts, self.axes.in_eu))

    def _bundle(self, of: Of) -> Bundle:
        return self.mine if of == "choice" else self.theirs

    def _outcome(self, name: str) -> int:
        if name not in self.outcomes:
            raise EweaError(f"outcome: found {name[:40]!r}; allowed are {', '.join(self.outcomes)}.")
        return self.outcomes.index(name)

    def series(self, outcome: str, place: str, of: Of = "choice") -> Floats:
        """Return an outcome by seed and month, float64[S, M]."""
        values = self._bundle(of).level[self._outcome(outcome)][:, :, self.mask(place)]
        return np.asarray(values.sum(axis=2, dtype=float))

    def totals(self, outcome: str, of: Of = "choice") -> Floats:
        """Return stocks at the horizon, or flows summed over the period, float64[S, H]."""
        values = self._bundle(of).level[self._outcome(outcome)]
        if outcome in self.axes.stocks:
            return np.asarray(values[:, -1].astype(float))
        return np.asarray(values[:, self._from - self.axes.first :].sum(axis=1, dtype=float))

    def fan(self, outcome: str, place: str, against: bool = False, of: Of = "choice") -> dict[str, Any]:
        """Return the band of an outcome over time: ``{"months", "low80", "mid", "high80"}``.

        Months as text, the others float64[M]; with ``against`` the difference from the baseline by seed.
        """
        values = self.series(outcome, place, of)
        if against:
            values = values - self.series(outcome, place, "baseline")
        low, mid, high = np.quantile(values, [LOW, 0.5, HIGH], axis=0)
        months = self.months if outcome in self.axes.stocks else self.flow_months
        return {"months": months, "low80": low, "mid": mid, "high80": high}

    def at_horizon(self, outcome: str, place: str, of: Of = "choice") -> Triple:
        """Return the band of a stock at the horizon, or of a flow summed from ``since`` on."""
        return triple(self.totals(outcome, of)[:, self.mask(place)].sum(axis=1))

    def difference(self, outcome: str, place: str) -> Triple:
        """Return the band of the difference from the baseline, seed by seed."""
        return triple(self._apart(outcome)[:, self.mask(place)].sum(axis=1))

    def _apart(self, outcome: str) -> Floats:
        return self.totals(outcome) - self.totals(outcome, "baseline")

    def by_host(self, outcome: str, against: bool = False, of: Of = "choice") -> dict[str, Triple]:
        """Return the band of every host."""
        values = self._apart(outcome) if against else self.totals(outcome, of)
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
            return np.asarray(self._apart(name)[:, mask].sum(axis=1))

        parts = {name: way * by_seed(name) for name, way in self.axes.channels.items()}
        rest = by_seed(outcome) - sum(parts.values())
        if outcome != "stock":
            parts[STATUS_CHANGE] = rest
        return {name: _around_mean(values) for name, values in parts.items()}

    def mean_difference(self, outcome: str, place: str) -> Triple:
        """Return the mean difference with its band: what channels add up to."""
        return _around_mean(self._apart(outcome)[:, self.mask(place)].sum(axis=1))

    def group(
        self, attribute: str, place: str, of: Of = "choice", against: bool = False
    ) -> dict[str, Triple]:
        """Return the band of persons at the horizon by the values of an attribute."""
        mask = self.mask(place)
        rows = [(n, value) for n, (name, value) in enumerate(self.axes.groups) if name == attribute]
        if not rows:
            known = dict.fromkeys(name for name, _ in self.axes.groups)
            raise EweaError(f"attribute: found {attribute[:40]!r}; allowed are {', '.join(known)}.")
        values = self._bundle(of).groups.astype(float)
        if against:
            values = values - self.theirs.groups
        return {value: triple(values[n][:, mask].sum(axis=1)) for n, value in rows}

    def flow_matrix(self, of: Of = "choice", against: bool = False) -> Floats:
        """Return persons who moved from (row) to (column) in the period; mean, float64[H + 1, H + 1]."""

        def over_period(bundle: Bundle) -> Floats:
            parts = bundle.flows if self._from < self.axes.since else bundle.flows[:, 1:]
            return parts.sum(axis=1, dtype=float).mean(axis=0)

        found = over_period(self._bundle(of))
        return found - over_period(self.theirs) if against else found

    def origin_units(self, place: str, of: Of = "choice", against: bool = False) -> dict[str, Triple]:
        """Return the band of persons abroad in a place at the horizon by where they came from."""
        values = self._bundle(of).origins.astype(float)
        if against:
            values = values - self.theirs.origins
        chosen = values[:, :, self.mask(place)].sum(axis=2)
        return {unit: triple(chosen[:, n]) for n, unit in enumerate(self.units)}


def comparable(one: Answer, two: Answer) -> bool:
    """Return whether two answers pair run by run: the same seeds, resolution and horizon."""
    return (one.seeds, one.scale, one.months) == (two.seeds, two.scale, two.months)


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
