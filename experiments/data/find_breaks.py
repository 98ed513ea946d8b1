"""Find clean-ups, recounts and restored registers in published stocks, with the thresholds of the update."""

import itertools
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from pydantic import Field

from abm.arrays import Booleans, Floats
from abm.data.config import Strict, load
from abm.data.estimated_arrivals import EstimateRules, Published, estimate_arrivals, usual_exits
from abm.data.registers import (
    BREAK_COLUMNS,
    DERIVED_COLUMNS,
    SERIES_COLUMNS,
    Cells,
    published,
    read_cells,
    read_estimate,
)
from abm.months import calendar_month, month_label
from experiments.data.derive_registers import FIRST_REGISTER_MONTH

WITHIN = 12
"""Months after a fall in which a rise means that lapsed titles were put back."""


class UpdateRules(Strict):
    """Thresholds of the update; meanings in ``configs/registers/update_rules.yaml``."""

    id: str
    # Shares of the stock before: a fall in a month, or exits beyond the usual ones between months further
    # apart; what a stock must fall at least between these; a rise beyond the arrivals, soon after a fall
    fall_shown_share: float = Field(gt=0, lt=1)
    fall_visible_share: float = Field(gt=0, lt=1)
    rise_restored_share: float = Field(gt=0)
    rise_shown_share: float = Field(gt=0, lt=1)
    rise_shown_persons: int = Field(ge=0)
    removed_most_share: float = Field(gt=0, lt=1)


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
    known: Published, rules: EstimateRules, thresholds: UpdateRules, listed: Collection[tuple[int, int]]
) -> list[FoundBreak]:
    """Return breaks by host and month; where months are missing, those that exits cannot explain."""
    # Shares alone: how the stocks would move arrivals is not known before the breaks are.
    arrivals = estimate_arrivals(known, replace(rules, stock_weight=0.0, late_rise_share=1.0))
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
                falls = fall > thresholds.fall_shown_share
            else:
                falls = fall > thresholds.fall_visible_share and beyond > thresholds.fall_shown_share
                falls = falls or (by_calendar and fall > thresholds.fall_shown_share)
            recent = any(after - WITHIN <= earlier <= before for earlier in months_of)
            restored = not falls and recent and -beyond > thresholds.rise_restored_share
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


def breaks_of(
    root: Path,
    host_ids: Sequence[str],
    is_eu: Booleans,
    stock: Cells | None = None,
    decisions: Cells | None = None,
) -> list[FoundBreak]:
    """Return the breaks that stocks show, those of the tables if no others are given."""
    rules = load(root / "registers" / "update_rules.yaml", UpdateRules)
    first = FIRST_REGISTER_MONTH
    stock = read_cells(root, "tp_stock", host_ids, SERIES_COLUMNS, first) if stock is None else stock
    if decisions is None:
        decisions = read_cells(root, "tp_decisions", host_ids, SERIES_COLUMNS, first)
    derived = read_cells(root, "arrivals_derived", host_ids, DERIVED_COLUMNS, first)
    listed = read_cells(root, "breaks", host_ids, BREAK_COLUMNS, first)
    last = max(month for _, month in [*stock, *decisions])
    known = published(root, host_ids, is_eu, (first, last), last + 1, stock, decisions, derived, listed)
    numbers = [(list(host_ids).index(host), month) for host, month in listed if month <= last]
    return find_breaks(known, read_estimate(root, host_ids)[0], rules, numbers)


COMPLETENESS = "0.8"
"""Prior of every clean-up until a calibration says more."""

NEAR = 3
"""Months within which a break seen between quarter ends is the one that monthly figures show."""


def renewed_breaks(
    root: Path,
    host_ids: Sequence[str],
    is_eu: Booleans,
    stock: Cells,
    decisions: Cells,
    flags: Mapping[tuple[str, int], str],
) -> tuple[Cells, list[str]]:
    """Return the rows of ``breaks.csv`` after an update, and what changed; rows a person wrote stay."""
    rows = read_cells(root, "breaks", host_ids, BREAK_COLUMNS, FIRST_REGISTER_MONTH)
    found = breaks_of(root, host_ids, is_eu, stock, decisions)
    shown = {(host_ids[one.host], one.month) for one in found}
    known_from, until = min(month for _, month in stock), max(month for _, month in stock)
    gone = {key for key in rows if known_from < key[1] <= until and key not in shown}
    notes = []
    for one in found:
        key = (host_ids[one.host], one.month)
        if key in rows:
            continue
        kind = "restored" if one.restored else "recount" if "b" in flags.get(key, "") else "clean_up"
        where = f"{key[0]} {month_label(one.month)}: {one.note}"
        near = [
            other
            for other in gone
            if other[0] == key[0] and abs(other[1] - one.month) <= NEAR and rows[other]["status"] == "derived"
        ]
        moved = ""
        for other in near:
            kind = rows.pop(other)["kind"]
            gone.discard(other)
            moved = f"; moved from {month_label(other[1])}, which was not exact"
        notes.append(f"break found ({kind}), {where}{moved}. Added to breaks.csv with status derived.")
        rows[key] = {
            "host": key[0],
            "month": one.month,
            "kind": kind,
            "completeness": 0.0 if one.restored else float(COMPLETENESS),
            "status": "derived",
            "publisher": "computed from Eurostat migr_asytpsm",
            "note": one.note,
        }
    for host, month in sorted(gone):
        what = f"{host} {month_label(month)}: listed in breaks.csv, not shown by the new figures"
        if rows[host, month]["status"] == "derived":
            del rows[host, month]
            notes.append(f"{what}; taken out.")
        else:
            notes.append(f"{what}; kept.")
    return rows, notes
