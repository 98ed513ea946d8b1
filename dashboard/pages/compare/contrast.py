"""The difference between two choices, run by run: both live through the same chance events."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.band import HIGH, LOW
from dashboard.engine.answer import STATUS_CHANGE, Answer
from dashboard.engine.bands import Triple, triple

Floats = NDArray[np.float64]


def comparable(one: Answer, two: Answer) -> bool:
    """Return whether two answers can be set against each other run by run.

    They must have the same seeds, the same resolution and the same horizon.
    """
    return (one.seeds, one.scale, one.months) == (two.seeds, two.scale, two.months)


@dataclass(frozen=True, eq=False)
class Contrast:
    """One choice set against another, or against the baseline.

    Attributes
    ----------
    mine : Answer
        The choice.
    other : Answer or None
        What it is set against, comparable with ``mine``; None for the baseline.
    """

    mine: Answer
    other: Answer | None = None

    @property
    def since(self) -> str:
        """First month over which flows are summed: the earlier of the two."""
        return self.mine.since if self.other is None else min(self.mine.since, self.other.since)

    def _against(self, name: str) -> Floats:
        """Return outcome of the other side, float64[seed, month, host]."""
        values = self.mine.base[name] if self.other is None else self.other.level[name]
        return np.asarray(values, float)

    def _apart(self, name: str) -> Floats:
        """Return the difference, float64[seed, month, host]."""
        return np.asarray(self.mine.level[name], float) - self._against(name)

    def is_stock(self, outcome: str) -> bool:
        """Return whether an outcome is counted on a day (else during months)."""
        return outcome in self.mine.axes.stocks

    def totals(self, outcome: str) -> Floats:
        """Return the difference at the horizon, or summed over the period, float64[seed, host]."""
        apart = self._apart(outcome)
        if self.is_stock(outcome):
            return apart[:, -1]
        first = self.mine.flow_months.index(self.since)
        return np.asarray(apart[:, first:].sum(axis=1))

    def fan(self, outcome: str, place: str) -> dict[str, Any]:
        """Return the band of the difference over time, as :meth:`Answer.fan` does."""
        values = self._apart(outcome)[:, :, self.mine.mask(place)].sum(axis=2)
        low, mid, high = np.quantile(values, [LOW, 0.5, HIGH], axis=0)
        months = self.mine.months if self.is_stock(outcome) else self.mine.flow_months
        return {"months": months, "low80": low, "mid": mid, "high80": high}

    def at_horizon(self, outcome: str, place: str) -> Triple:
        """Return low end, median and high end of the difference in a place."""
        return triple(self.totals(outcome)[:, self.mine.mask(place)].sum(axis=1))

    def by_host(self, outcome: str) -> dict[str, Triple]:
        """Return the difference in every host."""
        values = self.totals(outcome)
        return {host: triple(values[:, n]) for n, host in enumerate(self.mine.hosts)}

    def group(self, attribute: str, place: str) -> dict[str, Triple]:
        """Return the difference at the horizon by the values of an attribute."""
        mask = self.mine.mask(place)
        theirs = self.mine.base_groups if self.other is None else self.other.groups
        found = {}
        for (name, value), mine in self.mine.groups.items():
            if name == attribute:
                apart = np.asarray(mine, float) - theirs[name, value]
                found[value] = triple(apart[:, mask].sum(axis=1))
        return found

    def channels(self, outcome: str, place: str) -> dict[str, Triple]:
        """Return by which way the difference of a stock came about; the middle figures add up.

        The middle of each is its mean over runs (means add up, medians do not). What is left for one
        title, work or kind of housing is a change of people who stay (``status``).

        Returns
        -------
        dict of str to (low, mean, high)
            Persons; empty for an outcome that is itself a flow.
        """
        if not self.is_stock(outcome):
            return {}
        mask = self.mine.mask(place)

        def by_seed(name: str) -> Floats:
            return np.asarray(self.totals(name)[:, mask].sum(axis=1))

        parts = {name: way * by_seed(name) for name, way in self.mine.axes.channels.items()}
        rest = by_seed(outcome) - sum(parts.values())
        if outcome != "stock":
            parts[STATUS_CHANGE] = rest
        return {name: _around_mean(values) for name, values in parts.items()}

    def mean(self, outcome: str, place: str) -> Triple:
        """Return the mean difference at the horizon with its band: what channels add up to."""
        return _around_mean(self.totals(outcome)[:, self.mine.mask(place)].sum(axis=1))


def _around_mean(values: Floats) -> Triple:
    """Return mean and band; a band is never drawn beside its own figure."""
    low, _, high = triple(values)
    mean = float(values.mean())
    return min(low, mean), mean, max(high, mean)
