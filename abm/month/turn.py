"""start_month and end_month: what is in force and the tables of the decision; ageing, counts and registers.

A register shows people who are there with a title, and people who left without being taken off. Most only
accumulate until a clean-up removes at once who left unseen; a few deregister as they go. A change of title
leaves at once; a lapse leaves where the register takes people off as they go, and a grant follows some months
later while the person stays, elsewhere that grant counts the person twice until a clean-up. After
the last month a host published, the register carries on what it showed beyond its view there, and, as a
damped trend, what it did lately and the model does not explain, small clean-ups of hosts without a calendar
included, since none are drawn ahead; exits catch up with a part of its growth.
"""

import math
from statistics import NormalDist

import numpy as np

from abm.arrays import Booleans, Floats, Integers
from abm.codes import Status, Stream
from abm.data.world import Registers, Renewal, World
from abm.errors import EweaError
from abm.kernels.draws import draw
from abm.kernels.end_month import age, count
from abm.months import calendar_month, month_label
from abm.state import Environment, Flow, State


def terms_of_entry(world: World, month: int) -> tuple[Booleans, Floats]:
    """Return where newcomers receive protection, and their share in collective housing, both [H]."""
    return world.hosts.protection_end > month, np.ascontiguousarray(world.hosts.collective_share[month])


def start_month(state: State) -> None:
    """Set the environment of the month and forget the events of the last one."""
    protected, collective_share = terms_of_entry(state.world, state.month)
    # Where reception is behind its recorded path more newcomers start in it.
    collective_share = np.where(
        state.reception[2] > 0.005, np.maximum(collective_share, 0.98), collective_share
    )
    tables = state.decisions.build(state.month, state.displaced().astype(float))
    state.environment = Environment(protected, collective_share, tables, state.month > state.last_known_month)
    state.households["triggers"][:] = 0
    state.refused[:] = 0


def take_stock(state: State, index: int) -> None:
    """Count the population into row ``index`` of the history."""
    totals = (state.history.stock[index], state.history.counts[index])
    state.sweep(count, state.n_hosts, state.world.origins.group_of_unit, totals=totals)


def check_conservation(state: State) -> None:
    """Stop the run if a person appeared or vanished (abm/ODD.md section 3)."""
    H, history, now = state.n_hosts, state.history, state.index
    flows = history.flows[now].sum(axis=0)
    expected = history.stock[now].sum(axis=(1, 2, 3)) + flows[:, :H].sum(axis=0) - flows[:H, :].sum(axis=1)
    found = history.stock[now + 1].sum(axis=(1, 2, 3))
    if not np.array_equal(expected, found):
        host = int(np.flatnonzero(expected != found)[0])
        raise EweaError(
            f"{month_label(state.month)}, {state.world.hosts.ids[host]}: {found[host]} persons counted, "
            f"{expected[host]} expected from the flows. This is a fault of the model: please report it."
        )


def end_month(state: State) -> None:
    """Let everybody grow a month older, count, check and update the register view."""
    state.sweep(age, state.n_hosts)
    take_stock(state, state.index + 1)
    check_conservation(state)
    history, now = state.history, state.index
    present = history.stock[now + 1, :, Status.TEMPORARY_PROTECTION].sum(axis=(1, 2))
    flows = history.flows[now][:, :, : state.n_hosts].sum(axis=(1,))
    entered = flows.sum(axis=0) - flows[Flow.SPLIT] - state.refused
    entered = np.where(state.environment.protected, entered, 0)
    update_register(state, present.astype(float), entered.astype(float), state.leavers.astype(float))


def update_register(state: State, present: Floats, entered: Floats, left: Floats) -> None:
    """Write the register view of the month into the history.

    ``present``, ``entered`` and ``left``, float64[H], are persons with temporary protection at the end of
    the month, who registered during it, and who left the host with it. A title changed or lost leaves no
    trace: it is no longer among ``present``.
    """
    registers, month, history, index = state.world.registers, state.month, state.history, state.index
    share, known = registers.deregistration_share[month], state.last_known_month
    state.leaving += share * left
    taken_off = state.leaving / np.maximum(registers.deregistration_lag, 1.0)
    state.leaving -= taken_off
    # A register that takes nobody off as they go does not notice a lapse: the grant counts a person twice.
    noticed, again = share * lapses(state), share * history.again[index]
    state.unseen += (1.0 - share) * (left + history.again[index])
    state.lapsed = np.maximum(state.lapsed + noticed - again, 0.0)
    history.entered[index], history.left[index], history.deregistered[index] = entered, left, taken_off
    history.lapsed[index] = noticed
    if month <= known:
        least = state.world.coefficients["small_clean_up_share"]
        extra = small_clean_up(registers, month, taken_off + noticed, least)
        removed = np.minimum(extra, state.unseen)
        removed += (state.unseen - removed) * registers.break_completeness[month]
        state.unseen -= removed
        history.cleaned[index] = removed
    counted = present if registers.count_share is None else present * registers.count_share[month]
    view = counted - state.lapsed + state.unseen + state.leaving
    published = published_month(registers, known)
    at_last = month == published
    state.offset = np.where(at_last, registers.stock[month] - view, state.offset)
    if np.any(month == published + 1):
        state.trend = np.where(month == published + 1, recent_changes(state, published), state.trend)
    c, ahead = state.world.coefficients, month - published
    fading = c["register_trend_persistence"] ** np.maximum(ahead, 0)
    unexplained, of_view = state.trend
    caught_up = c["register_catch_up"] * of_view * (1.0 - fading)
    state.drift += np.where((published >= 0) & (ahead > 0), unexplained * fading - caught_up, 0.0)
    if month > known and state.settings.clean_ups:
        total = np.maximum(view + state.drift + state.offset, 0.0)
        removed = drawn_clean_up(state) * total
        found = np.minimum(removed, state.unseen)
        state.unseen -= found
        state.drift -= removed - found
        view -= found
        history.cleaned[index] = removed
    # Where protection has ended there is no holder left to count, whoever was never taken off included.
    for part in (state.unseen, state.leaving, state.drift, state.lapsed, state.offset, view):
        part[state.environment.expired] = 0.0
    history.offset[index] = state.offset
    history.register[index] = np.maximum(view + state.drift + state.offset, 0.0)


def published_month(registers: Registers, known: int) -> Integers:
    """Return the last month each host published a stock, not after ``known``, int64[H]; -1 where none."""
    there = np.isfinite(registers.stock[: known + 1])
    last = known - np.argmax(there[::-1], axis=0)
    return np.asarray(np.where(there.any(axis=0), last, -1))


def lapses(state: State) -> Floats:
    """Return titles that lapse this month, persons, float64[H]: those granted again ``lapse_lag`` later."""
    registers, then = state.world.registers, state.month + state.world.registers.lapse_lag
    if then > min(state.last_known_month, registers.last_month):
        return np.asarray(state.history.again[state.index])
    return np.asarray(registers.again_share[then] * np.nan_to_num(registers.arrivals[then]))


def small_clean_up(registers: Registers, month: int, usual: Floats, least: float) -> Floats:
    """Return persons a register took off at once in a month without a flagged break, float64[H].

    Exits beyond those the model takes off (``usual``, float64[H]) count when they exceed the share
    ``least`` of the stock: they are people who had left unseen, and the next correction will not find
    them again. Where a month or the one before was not published there is nothing to see.
    """
    before = registers.stock[month - 1]
    exits = registers.decisions[month] - (registers.stock[month] - before)
    extra = np.where(registers.is_break[month], 0.0, np.nan_to_num(exits - usual))
    return np.asarray(np.where(extra > least * np.nan_to_num(before, nan=np.inf), extra, 0.0))


MOST_TREND = 0.03
"""Largest unexplained change of a register carried on, share of the stock a month."""


def recent_changes(state: State, published: Integers) -> Floats:
    """Return the recent change of each register less that of its view, and that of its view, float64[2, H].

    Persons a month, over the last ``register_trend_months`` between published stocks without a break, to the
    month in ``published`` int64[H]. Zero where the run did not simulate them.
    """
    registers, start = state.world.registers, state.settings.start
    wanted = int(state.world.coefficients["register_trend_months"])
    view = state.history.register - state.history.offset
    renewed = {rule.host for rule in known_renewals(registers, state.last_known_month)}
    found = np.zeros((2, state.n_hosts))
    for host in range(state.n_hosts):
        series, breaks = registers.stock[:, host], registers.is_break[:, host]
        last = min(int(published[host]), state.month - 1)
        known = [m for m in range(start, last + 1) if np.isfinite(series[m])]
        change, of_view, months = 0.0, 0.0, 0
        for later, earlier in zip(known[::-1], known[-2::-1], strict=False):
            if months >= wanted or later <= published[host] - MOST_BACK:
                break
            if breaks[earlier + 1 : later + 1].any():
                continue
            change += series[later] - series[earlier]
            of_view += view[later - start, host] - view[earlier - start, host]
            if host not in renewed:
                # Its small clean-ups are not drawn ahead: what they took off goes on as unexplained.
                of_view += state.history.cleaned[earlier + 1 - start : later + 1 - start, host].sum()
            months += later - earlier
        if months:
            most = MOST_TREND * series[published[host]]
            found[:, host] = np.clip([(change - of_view) / months, of_view / months], -most, most)
    return found


MOST_BACK = 18
"""Months before the last published one that may be looked at for a break-free span."""

_normal = NormalDist()


def drawn_clean_up(state: State) -> Floats:
    """Return the share of each register that a clean-up takes off this month, float64[H]; mostly 0.

    A renewal in its calendar month where a host is known to have one, otherwise at any time; whether, and
    how much, are keyed by seed, month and host.
    """
    registers, month, stream = state.world.registers, state.month, int(Stream.CLEAN_UP)
    share = np.zeros(state.n_hosts)
    for rule in known_renewals(registers, state.last_known_month):
        if rule.calendar_month not in (0, calendar_month(month)):
            continue
        for host in range(state.n_hosts) if rule.host < 0 else (rule.host,):
            owner = host if rule.host < 0 else OWN_CALENDAR + host
            if draw(state.seed, stream, month, owner, 0) < rule.probability:
                normal = _normal.inv_cdf(draw(state.seed, stream, month, owner, 1))
                share[host] = max(share[host], min(rule.size * math.exp(rule.spread * normal), MOST_SIZE))
    return share * (published_month(registers, state.last_known_month) >= 0)


def known_renewals(registers: Registers, known: int) -> list[Renewal]:
    """Return the newest rule of every host and calendar month that could be known at the end of a month."""
    rules = sorted((rule for rule in registers.renewals if rule.known <= known), key=lambda rule: rule.known)
    return list({(rule.host, rule.calendar_month): rule for rule in rules}.values())


OWN_CALENDAR = 1000
"""Added to a host number: owner of the draws of its own calendar, apart from those that come at any time."""

MOST_SIZE = 0.75
"""Largest part of a register that a drawn clean-up takes off."""
