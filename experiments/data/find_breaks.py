"""Find clean-ups, recounts and restored registers in published stocks, with the thresholds of the update."""

import itertools
from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np

from abm.arrays import Floats
from abm.data.estimated_arrivals import EstimateRules, Published, estimate_arrivals, usual_exits
from abm.months import calendar_month, month_label

WITHIN = 12
"""Months after a fall in which a rise means that lapsed titles were put back."""


@dataclass(frozen=True)
class BreakRules:
    """Thresholds, shares of the stock before (``configs/registers/update_rules.yaml``)."""

    fall: float  # A fall in a month, or exits beyond the usual ones between months further apart
    visible: float  # What a stock must fall at least between months further apart
    rise: float  # A rise beyond the arrivals, soon after a fall


@dataclass(frozen=True)
class FoundBreak:
    """A month in which a register moved and people did not."""

    host: int
    month: int
    before: int  # Last published month before it
    after: int  # First published month that shows it
    persons_before: float
    persons_after: float
    restored: bool
    by_calendar: bool  # The host cleaned up in this month of another year

    @property
    def exact(self) -> bool:
        """Whether both months were published, so that the month is certain."""
        return self.after == self.before + 1

    @property
    def note(self) -> str:
        """The two figures, their months where they are not neighbours, and how the month was found."""
        change = self.persons_after / self.persons_before - 1
        figures = f"stock {self.persons_before:,.0f} to {self.persons_after:,.0f} ({100 * change:+.1f} %)"
        if self.exact:
            return figures
        how = "month of its yearly clean-up" if self.by_calendar else "the later of the two months"
        return f"{figures} from {month_label(self.before)} to {month_label(self.after)}; {how}"


def find_breaks(
    known: Published, rules: EstimateRules, thresholds: BreakRules, listed: Collection[tuple[int, int]]
) -> list[FoundBreak]:
    """Return breaks in order of host and month; ``listed`` (host, month) tells when hosts cleaned up before.

    Between neighbouring months a fall counts as it is. Between others it counts if exits beyond the usual
    ones explain it, or if it lies in the season of the host's clean-ups.
    """
    # Shares alone: how the stocks would move arrivals is not known before the breaks are.
    arrivals = estimate_arrivals(known, replace(rules, stock_weight=0.0))
    exits = usual_exits(known, rules)
    found: list[FoundBreak] = []
    for host in range(known.stock.shape[1]):
        months_of = {month for of, month in listed if of == host}
        ends = np.flatnonzero(np.isfinite(known.stock[: known.last + 1, host]))
        for before, after in itertools.pairwise(int(end) for end in ends):
            first, last = float(known.stock[before, host]), float(known.stock[after, host])
            if first <= 0:
                continue
            fall = 1 - last / first
            beyond = _unexplained(arrivals[:, host], exits[host], before, after, first, last)
            month, by_calendar = _calendar(months_of, before, after)
            if after == before + 1:
                falls = fall > thresholds.fall
            else:
                falls = fall > thresholds.visible and beyond > thresholds.fall
                falls = falls or (by_calendar and fall > thresholds.fall)
            recent = any(after - WITHIN <= earlier <= before for earlier in months_of)
            restored = not falls and recent and -beyond > thresholds.rise
            if falls or restored:
                month, by_calendar = (after, False) if restored else (month, by_calendar)
                months_of.add(month)
                found.append(FoundBreak(host, month, before, after, first, last, restored, by_calendar))
    return found


def _unexplained(arrivals: Floats, exits: float, before: int, after: int, first: float, last: float) -> float:
    """Return the share of a stock that left beyond the usual exits; negative: rose beyond the arrivals."""
    came = float(arrivals[before + 1 : after + 1].sum())
    return (came - (last - first)) / first - exits * (after - before)


def _calendar(earlier: Collection[int], before: int, after: int) -> tuple[int, bool]:
    """Return the month in (before, after] in which the host cleaned up in another year, else ``after``."""
    between = range(before + 1, after + 1)
    if listed := [month for month in between if month in earlier]:
        others = {calendar_month(month) for month in earlier if month != listed[0]}
        return listed[0], calendar_month(listed[0]) in others
    seasons = {calendar_month(month) for month in earlier}
    if season := [month for month in between if calendar_month(month) in seasons]:
        return season[0], True
    return after, False
