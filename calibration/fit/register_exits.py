"""What the registers say about exits: slow exits between clean-ups, and everybody at once in a clean-up.

Exits from a register are decisions less the rise of the stock. In months without a break they are people
who deregister, soon or late; in a clean-up they are everybody who had left unseen since the last one, and
those counted twice (see the evidence note on registers in docs/sources.md).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.arrays import Floats, Integers
from abm.data.world import Registers


@dataclass(frozen=True)
class ExitRate:
    """Exits of one host in months without a break."""

    host: int
    months: Integers  # [m] Months counted
    observed: float  # Median share of the stock a month

    @property
    def name(self) -> str:
        """Name of what a run says about it."""
        return f"exit_rate.{self.host}.{self.months[0]}"


@dataclass(frozen=True)
class CleanUp:
    """One clean-up or recount."""

    host: int
    month: int
    first: int  # First month whose leavers it can remove: the one after the last clean-up
    removed: float  # Persons taken off beyond the usual exits
    taken: float  # Persons taken off since ``first`` in months without a flagged break, beyond the usual
    arrivals: float  # Persons recorded since ``first``: those counted twice are among them
    is_recount: bool

    @property
    def name(self) -> str:
        """Name of what a run says about it."""
        return f"left_unseen.{self.host}.{self.month}"


def recorded_exits(registers: Registers) -> Floats:
    """Return exits by the identity, persons, float64[T, H]; NaN where a figure is missing."""
    rise = np.full_like(registers.stock, np.nan)
    rise[1:] = np.diff(registers.stock, axis=0)
    return np.asarray(registers.decisions - rise)


def exit_rates(
    registers: Registers,
    hosts: tuple[int, ...],
    spans: tuple[tuple[int, int], ...],
    least: int,
    lowest: float,
) -> list[ExitRate]:
    """Return median exit rates of hosts by span; one below ``lowest`` (late registration) is no target."""
    exits = recorded_exits(registers)
    found = []
    for host in hosts:
        for first, last in spans:
            months = np.arange(first, last + 1)
            with np.errstate(invalid="ignore", divide="ignore"):
                rate = exits[months, host] / registers.stock[months - 1, host]
            good = np.isfinite(rate) & ~registers.is_break[months, host]
            if good.sum() >= least and np.median(rate[good]) >= lowest:
                found.append(ExitRate(host, months[good], float(np.median(rate[good]))))
    return found


def recorded_clean_ups(
    registers: Registers,
    hosts: tuple[int, ...],
    first: int,
    last: int,
    recounts: Mapping[tuple[int, int], bool],
    small: float,
) -> list[CleanUp]:
    """Return the clean-ups of a span of months, by host and month.

    Leavers count from ``registers.first_month`` on. ``recounts`` says by host and month whether a break
    changed what is counted; ``small`` is the share of a stock that leaves at once only in a clean-up.
    """
    exits = recorded_exits(registers)
    found = []
    for host in hosts:
        begin = registers.first_month
        for month in np.flatnonzero(registers.is_break[:, host]):
            if month > last:
                break
            rate = _usual(registers, exits, host, int(month), last)
            removed = exits[month, host] - rate * registers.stock[month - 1, host]
            if month >= first and np.isfinite(removed) and removed > 0:
                arrivals = float(registers.arrivals[begin : month + 1, host].sum())
                is_recount = recounts.get((host, int(month)), False)
                taken = _small(registers, exits, host, np.arange(begin, month), rate, small)
                found.append(CleanUp(host, int(month), begin, float(removed), taken, arrivals, is_recount))
            begin = int(month) + 1
    return found


def _small(
    registers: Registers, exits: Floats, host: int, months: Integers, usual: float, least: float
) -> float:
    """Return persons taken off in small clean-ups of some months (see :mod:`abm.month.turn`)."""
    months = months[months > registers.first_month]
    before = registers.stock[months - 1, host]
    extra = np.where(registers.is_break[months, host], 0.0, exits[months, host] - usual * before)
    counts = np.isfinite(extra) & (extra > least * before)
    return float(extra[counts].sum())


def _usual(registers: Registers, exits: Floats, host: int, month: int, last: int) -> float:
    """Return the median exit rate around a break up to a last month, breaks left out; 0 if none is known."""
    around = np.arange(max(month - 6, registers.first_month + 1), min(month + 7, last + 1))
    around = around[around != month]
    with np.errstate(invalid="ignore", divide="ignore"):
        rate = exits[around, host] / registers.stock[around - 1, host]
    good = np.isfinite(rate) & ~registers.is_break[around, host]
    return float(np.median(rate[good])) if good.any() else 0.0


def lagged(left: Floats, lag: float) -> Floats:
    """Return leavers by the month in which they are taken off: of those waiting ``1 / lag`` a month."""
    taken = np.empty_like(left)
    waiting = np.zeros_like(left[:, 0])
    for month in range(left.shape[1]):
        waiting = waiting + left[:, month]
        taken[:, month] = waiting / max(lag, 1.0)
        waiting = waiting - taken[:, month]
    return taken


def simulated_rates(
    runs: Mapping[str, NDArray[Any]], first_month: int, registers: Registers, rates: list[ExitRate]
) -> Floats:
    """Return the rate of each target if everybody deregistered, share a month, float64[run, rate]."""
    left = runs["left"].astype(np.float64)
    columns = []
    taken_by_lag: dict[float, Floats] = {}
    for target in rates:
        lag = float(registers.deregistration_lag[target.host])
        if lag not in taken_by_lag:
            taken_by_lag[lag] = lagged(left, lag)
        taken = taken_by_lag[lag][:, target.months - first_month, target.host]
        stock = registers.stock[target.months - 1, target.host]
        columns.append((taken / stock).mean(axis=1))
    return np.stack(columns, axis=1)


def simulated_leavers(runs: Mapping[str, NDArray[Any]], first_month: int, events: list[CleanUp]) -> Floats:
    """Return persons who left since the last clean-up, float64[run, clean-up]."""
    left = runs["left"]
    return np.stack(
        [
            left[:, e.first - first_month : e.month - first_month + 1, e.host].sum(axis=1, dtype=np.float64)
            for e in events
        ],
        axis=1,
    )
