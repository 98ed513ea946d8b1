"""Arrivals of host-months whose decisions nobody published: an estimate from the data, with no row to write.

Eurostat's decisions by host stop while the EU total goes on. A host's share of the total is what it was in
the last months it published; stocks at quarter ends move it. Method, numbers and a test on months held back:
``configs/registers/arrivals_by_period.yaml``.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from abm.arrays import Booleans, Floats

ROUNDS = 10
"""Passes in which hosts move to their stocks and months to the EU total; they agree long before."""

NOTHING = np.finfo(np.float64).tiny


@dataclass(frozen=True)
class EstimateRules:
    """Numbers of the method, from its card."""

    share_months: int
    exit_months: int
    stock_weight: float
    late_rise_share: float  # Of the stock in a month
    most_published_share: float


@dataclass(frozen=True)
class Period:
    """Registrations a host counts over several months itself."""

    host: int
    first_month: int
    last_month: int
    persons: float


@dataclass(frozen=True)
class Published:
    """What is known of the months from ``first`` to ``last``; all arrays [T, H] or [T]."""

    first: int
    last: int
    arrivals: Floats  # Published or derived from records; NaN where to estimate
    decisions: Floats
    stock: Floats
    is_break: Booleans
    eu_decisions: Floats  # [T] Citizens of Ukraine
    is_eu: Booleans  # [H]
    periods: Sequence[Period] = ()


def all_citizens(known: Published, rules: EstimateRules) -> Floats:
    """Return arrivals of all EU hosts together in every month, float64[T]; NaN before the first month.

    The sum of hosts while all are known, then the EU total of Ukrainian citizens times the ratio of the two
    in the last year all were known. A month after the EU series ends holds the mean of the months before.
    """
    hosts = known.arrivals[:, known.is_eu]
    total = np.where(np.isfinite(hosts).all(axis=1), hosts.sum(axis=1), np.nan)
    both = np.flatnonzero(np.isfinite(total) & np.isfinite(known.eu_decisions))[-12:]
    ratio = total[both].sum() / known.eu_decisions[both].sum() if len(both) else 1.0
    total = np.where(np.isfinite(total), total, known.eu_decisions * ratio)
    for month in range(known.first, known.last + 1):
        if not np.isfinite(total[month]):
            before = total[max(month - rules.share_months, known.first) : month]
            total[month] = np.nanmean(before) if np.isfinite(before).any() else np.nansum(hosts[month])
    return total


def usual_shares(known: Published, total: Floats, rules: EstimateRules) -> Floats:
    """Return every host's share of the EU total in its last published months, float64[H]; all hosts."""
    shares = np.zeros(known.arrivals.shape[1])
    for host in range(len(shares)):
        months = np.flatnonzero(np.isfinite(known.decisions[:, host]))[-rules.share_months :]
        if len(months):
            shares[host] = known.decisions[months, host].sum() / max(total[months].sum(), NOTHING)
    return shares


def usual_exits(known: Published, rules: EstimateRules) -> Floats:
    """Return the median monthly exit share of the last year with decisions and stocks, float64[H]."""
    rate = np.full_like(known.stock, np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        rate[1:] = (known.decisions[1:] - np.diff(known.stock, axis=0)) / known.stock[:-1]
    rate[known.is_break | ~np.isfinite(rate)] = np.nan
    found = np.zeros(rate.shape[1])
    for host in range(len(found)):
        ends = np.flatnonzero(np.isfinite(known.decisions[:, host]))
        if len(ends):
            months = rate[max(int(ends[-1]) - rules.exit_months + 1, 0) : int(ends[-1]) + 1, host]
            found[host] = np.nanmedian(months) if np.isfinite(months).any() else 0.0
    return found


def estimate_arrivals(known: Published, rules: EstimateRules) -> Floats:
    """Return arrivals with every month from ``first`` to ``last`` filled, float64[T, H]."""
    missing = np.isnan(known.arrivals)
    missing[: known.first] = missing[known.last + 1 :] = False
    if not missing.any():
        return known.arrivals
    total = all_citizens(known, rules)
    shares = usual_shares(known, total, rules)
    filled = np.where(missing, np.nan_to_num(total)[:, None] * shares, known.arrivals)
    targets = _stock_targets(known, missing, filled, usual_exits(known, rules), rules)
    for _ in range(ROUNDS):
        for host, months, persons in targets:
            _scale(filled, months, host, persons)
        for month in np.flatnonzero((missing & known.is_eu).any(axis=1)):
            _to_the_total(known, filled, int(month), missing[month] & known.is_eu, total, shares, rules)
    for period in known.periods:
        months = np.arange(max(period.first_month, known.first), min(period.last_month, known.last) + 1)
        span = period.last_month - period.first_month + 1
        own = months[missing[months, period.host]]
        rest = period.persons * len(months) / span - filled[months, period.host].sum()
        if len(own):
            _scale(filled, own, period.host, max(rest + filled[own, period.host].sum(), 0.0))
    return np.where(missing, np.round(np.maximum(filled, 0.0)), known.arrivals)


def _scale(filled: Floats, months: np.ndarray, host: int, persons: float) -> None:
    """Scale a host's months to a sum; even where they are all zero."""
    now = filled[months, host].sum()
    filled[months, host] = filled[months, host] * (persons / now) if now > 0 else persons / len(months)


def _stock_targets(
    known: Published, missing: Booleans, filled: Floats, exits: Floats, rules: EstimateRules
) -> list[tuple[int, np.ndarray, float]]:
    """Return hosts, missing months between two published stocks, and the sum that both sources give."""
    found = []
    for host in range(filled.shape[1]):
        ends = np.flatnonzero(np.isfinite(known.stock[: known.last + 1, host]))
        for before, after in itertools.pairwise(ends.tolist()):
            months = np.arange(before + 1, after + 1)
            own = months[missing[months, host]]
            if not len(own) or known.is_break[months, host].any():
                continue
            start = known.stock[before, host]
            usual = filled[own, host].sum()
            rise = known.stock[after, host] - start - (filled[months, host].sum() - usual)
            implied = max(rise + exits[host] * start * len(months), 0.0)
            mixed = (1.0 - rules.stock_weight) * usual + rules.stock_weight * implied
            # Nobody enters a register unregistered, but for a few who were late.
            found.append((host, own, max(mixed, rise - rules.late_rise_share * start * len(months))))
    return found


def _to_the_total(
    known: Published,
    filled: Floats,
    month: int,
    own: Booleans,
    total: Floats,
    shares: Floats,
    rules: EstimateRules,
) -> None:
    """Scale the estimated hosts of a month to the EU total; with most hosts known, to how those moved."""
    told = known.is_eu & ~own
    if shares[told].sum() > rules.most_published_share * shares[known.is_eu].sum():
        moved = filled[month, told].sum() / max(total[month] * shares[told].sum(), NOTHING)
        rest = total[month] * shares[own].sum() * moved
    else:
        rest = max(total[month] - filled[month, told].sum(), 0.0)
    now = filled[month, own].sum()
    if now > 0:
        filled[month, own] *= rest / now
