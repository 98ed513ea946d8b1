"""The answer to a choice: what pages draw, from paired seeds with and without the choice."""

from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from abm.errors import EweaError
from abm.months import month_index, month_label
from abm.places import Members, hosts_of, places
from dashboard.engine.bands import Band, around_mean, levels, triple, triples, unit_of
from dashboard.engine.bundle import Axes, Bundle
from dashboard.engine.choice import Choices

Floats = NDArray[np.float64]
Of = Literal["choice", "baseline"]

STATUS_CHANGE = "status"

NEEDED, GAP = "places_needed", "places_gap"
"""Places asked for in collective reception (taken, or asked for in vain), and by how many they exceed those
there are: stocks that are worked out, not simulated."""

COMING, LEAVING = "coming", "leaving"
"""All flows that add to the people of a place, and all that take from them."""


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
    # [M, H] Places in reception with the choice and without, NaN where not known; None if nobody asked
    capacity: tuple[Floats, Floats] | None = field(default=None, repr=False)
    anchor: Bundle | None = field(default=None, repr=False)  # The full baseline, for a first answer

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

    @property
    def base(self) -> Bundle:
        """The baseline as it is known best; a first answer has the full one if that is known."""
        return self.theirs if self.final or self.anchor is None else self.anchor

    @property
    def least(self) -> float:
        """Persons below which no figure is told apart."""
        return float(self.base.scale)

    def is_stock(self, outcome: str) -> bool:
        """Return whether an outcome is counted on a day."""
        return outcome in (*self.axes.stocks, NEEDED, GAP)

    def knows(self, outcome: str, place: str) -> bool:
        """Return whether an outcome can be told for a place: places short only where places are known."""
        if outcome not in (GAP, "places_short"):
            return True
        return self.capacity is not None and bool(np.isfinite(self.capacity[0][-1, self.mask(place)]).all())

    def places_there(self, place: str, of: Of = "choice") -> Floats | None:
        """Return places in reception by month, float64[M]; None where they are not known."""
        if self.capacity is None or not self.knows(GAP, place):
            return None
        return np.asarray(self.capacity[of == "baseline"][:, self.mask(place)].sum(axis=1))

    def _level(self, outcome: str, bundle: Bundle, of: Of) -> NDArray[Any]:
        """Return an outcome, [S, M, H]."""
        if outcome in (COMING, LEAVING):
            way = 1 if outcome == COMING else -1
            names = [name for name, sign in self.axes.channels.items() if sign == way]
            return np.asarray(sum(bundle.outcome(name) for name in names))
        if outcome not in (NEEDED, GAP):
            return bundle.outcome(outcome)
        needed = bundle.outcome("collective_used") + bundle.outcome("places_short")
        if outcome == NEEDED:
            return needed
        if self.capacity is None:
            raise EweaError(f"{GAP}: places in reception are not known for this answer.")
        return needed - self.capacity[of == "baseline"]

    def series(self, outcome: str, place: str, of: Of = "choice") -> Floats:
        """Return an outcome by seed and month, float64[S, M]."""
        values = self._level(outcome, self._bundle(of), of)[:, :, self.mask(place)]
        return np.asarray(values.sum(axis=2, dtype=float))

    def _totals(self, outcome: str, bundle: Bundle, of: Of, month: str | None) -> Floats:
        values = self._level(outcome, bundle, of)
        if self.is_stock(outcome):
            return np.asarray(values[:, -1 if month is None else self.months.index(month)].astype(float))
        return np.asarray(values[:, self._from - self.axes.first :].sum(axis=1, dtype=float))

    def totals(self, outcome: str, of: Of = "choice", month: str | None = None) -> Floats:
        """Return stocks at the horizon or in a month, or flows summed over the period, float64[S, H]."""
        return self._totals(outcome, self._bundle(of), of, month)

    def fan(self, outcome: str, place: str, against: bool = False, of: Of = "choice") -> dict[str, Any]:
        """Return the band of an outcome over time: ``{"months", "low", "mid", "high", "shown"}``.

        Months as text, the others float64[M], ``shown`` one (low, mid, high) a month as pages write it; with
        ``against`` the difference from the baseline by seed.
        """
        if outcome == GAP and not against:
            found, there = self.fan(NEEDED, place, of=of), self.places_there(place, of)
            assert there is not None
            shown = zip(found["shown"], there.tolist(), strict=True)
            ends = {end: found[end] - there for end in ("low", "mid", "high")}
            less = [tuple(value - round(n) for value in three) for three, n in shown]
            return {"months": found["months"], **ends, "shown": less}
        mine, theirs = self.series(outcome, place, of), self.series(outcome, place, "baseline")
        if against:
            bands = triples(mine - theirs, self.least)
            # The unit of the end, as in the tables.
            shown = [Band(band, bands[-1].step).shown for band in bands]
        else:
            mask = self.mask(place)
            base = self._level(outcome, self.base, "baseline")[:, :, mask].sum(axis=2, dtype=float)
            # One unit for the whole line: that of its end for a stock, of its largest month for a flow.
            column = -1 if self.is_stock(outcome) else int(np.median(base, axis=0).argmax())
            unit = unit_of(base[:, column], self.least)
            bands = levels(mine, theirs, base, self.final, self.least, unit)
            shown = [band.shown for band in bands]
        low, mid, high = np.array(bands).T
        months = self.months if self.is_stock(outcome) else self.flow_months
        return {"months": months, "low": low, "mid": mid, "high": high, "shown": shown}

    def level(
        self, mine: Floats, theirs: Floats, base: Floats | None = None, unit: int | None = None
    ) -> Band:
        """Return the band of persons by seed with the choice, in the unit of those without."""
        three = [values[:, None] for values in (mine, theirs, theirs if base is None else base)]
        return levels(*three, self.final, self.least, unit)[0]

    def at_horizon(self, outcome: str, place: str, of: Of = "choice") -> Band:
        """Return the band of a stock at the horizon, or of a flow summed from ``since`` on.

        The gap is what is shown to be needed less the places there are, so that a reader can check it.
        """
        if outcome == GAP:
            needed, there = self.at_horizon(NEEDED, place, of), self.places_there(place, of)
            if there is None:
                raise EweaError(f"{GAP}: how many places there are in {place} is not known.")
            low, mid, high = (value - round(float(there[-1])) for value in needed.shown)
            ends = [value - float(there[-1]) for value in needed]
            return Band(ends, needed.step, (low, mid, high), needed.signs)
        mask = self.mask(place)
        return self.level(*(values[:, mask].sum(axis=1) for values in self._three(outcome, of)))

    def at(self, month: str, outcome: str, place: str, of: Of = "choice") -> Band:
        """Return the band of a stock on the first day of a month."""
        mask = self.mask(place)
        # In the unit of the end: two dates of one outcome stand beside each other.
        unit = self.at_horizon(outcome, place, "baseline").step
        three = (values[:, mask].sum(axis=1) for values in self._three(outcome, of, month))
        return self.level(*three, unit=unit)

    def _three(self, outcome: str, of: Of, month: str | None = None) -> tuple[Floats, Floats, Floats]:
        """Return an outcome with the choice, without it, and under the baseline as it is known best."""
        theirs = self.totals(outcome, "baseline", month)
        base = theirs if self.base is self.theirs else self._totals(outcome, self.base, "baseline", month)
        return self.totals(outcome, of, month), theirs, base

    def difference(self, outcome: str, place: str) -> Band:
        """Return the band of the difference from the baseline, seed by seed."""
        return self.change(self.apart(outcome)[:, self.mask(place)].sum(axis=1))

    def change(self, values: Floats) -> Band:
        """Return the band of a difference by seed, persons."""
        return triple(values, self.least)

    def apart(self, outcome: str) -> Floats:
        """Return the difference from the baseline, seed by seed, float64[S, H]."""
        return self.totals(outcome) - self.totals(outcome, "baseline")

    def by_host(
        self, outcome: str, against: bool = False, of: Of = "choice", month: str | None = None
    ) -> dict[str, Band]:
        """Return the band of every host at the horizon, or of a stock on the first day of a month."""
        if not against and month not in (None, self.months[-1]):
            return {host: self.at(str(month), outcome, host, of) for host in self.hosts}
        mine, theirs, base = self._three(outcome, of, month)
        if against:
            bands = triples(mine - theirs, self.least)
        else:
            bands = levels(mine, theirs, base, self.final, self.least)
        return dict(zip(self.hosts, bands, strict=True))

    def channels(self, outcome: str, place: str) -> dict[str, Band]:
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
        return {name: around_mean(values, self.least) for name, values in parts.items()}

    def mean_difference(self, outcome: str, place: str) -> Band:
        """Return the mean difference with its band: what channels add up to."""
        return around_mean(self.apart(outcome)[:, self.mask(place)].sum(axis=1), self.least)

    def group(self, attribute: str, place: str, against: bool = False) -> dict[str, Band]:
        """Return the band of persons at the horizon by the values of an attribute."""
        mask = self.mask(place)
        rows = [(n, value) for n, (name, value) in enumerate(self.axes.groups) if name == attribute]
        if not rows:
            known = dict.fromkeys(name for name, _ in self.axes.groups)
            raise EweaError(f"attribute: found {attribute[:40]!r}; allowed are {', '.join(known)}.")
        mine, theirs = (b.groups[:, :, mask].sum(axis=2, dtype=float) for b in (self.mine, self.theirs))
        return {value: self._one(mine[n], theirs[n], against) for n, value in rows}

    def _one(self, mine: Floats, theirs: Floats, against: bool) -> Band:
        return self.change(mine - theirs) if against else self.level(mine, theirs)

    def period(self, date: str) -> tuple[str, str]:
        """Return first and last month of flows up to a date; from the first on where it comes early."""
        start = self._from if month_index(date) > self._from else self.axes.first
        return month_label(start), month_label(month_index(date) - 1)

    def moved(self, of: Of = "choice", date: str | None = None) -> Floats:
        """Return persons who moved from (row) to (column) in the period, float64[S, H + 1, H + 1].

        The period ends before ``date``. Only moves out of Ukraine and back are known by month; those between
        hosts are NaN then.
        """
        bundle = self._bundle(of)
        if date in (None, self.months[-1]):
            parts = bundle.flows if self._from < self.axes.since else bundle.flows[:, 1:]
            return np.asarray(parts.sum(axis=1, dtype=float))
        start, last = (month_index(month) - self.axes.first for month in self.period(str(date)))

        def total(*outcomes: str) -> Floats:
            months = (bundle.outcome(name)[:, start : last + 1].sum(axis=1, dtype=float) for name in outcomes)
            return np.asarray(sum(months))

        found = np.full((self.n_seeds, len(self.hosts) + 1, len(self.hosts) + 1), np.nan)
        coming = ("arrivals", "redepartures", "reunifications")
        found[:, -1, :-1], found[:, :-1, -1] = total(*coming), total("returns")
        return found

    def origin_units(self, place: str, against: bool = False) -> dict[str, Band]:
        """Return the band of persons abroad in a place at the horizon by where they came from."""
        mask = self.mask(place)
        mine, theirs = (b.origins[:, :, mask].sum(axis=2, dtype=float) for b in (self.mine, self.theirs))
        return {unit: self._one(mine[:, n], theirs[:, n], against) for n, unit in enumerate(self.axes.units)}


def comparable(one: Answer, two: Answer) -> bool:
    """Return whether two answers pair run by run: the same seeds, resolution and horizon."""
    return (one.mine.seeds, one.mine.scale, one.months) == (two.mine.seeds, two.mine.scale, two.months)


def set_against(mine: Answer, other: Answer | None) -> Answer:
    """Return a choice set against another, comparable one; against the baseline if there is none."""
    if other is None:
        return mine
    capacity = None
    if mine.capacity is not None and other.capacity is not None:
        capacity = mine.capacity[0], other.capacity[0]
    starts = [start for start in (mine.acts_from, other.acts_from) if start is not None]
    acts = min(starts, default=None)
    return replace(mine, theirs=other.mine, acts_from=acts, capacity=capacity, anchor=None)
