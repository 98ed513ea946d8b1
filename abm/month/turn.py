"""start_month and end_month: what is in force and the tables of the decision; ageing, counts and registers.

A register shows people who are there, and people who left without being taken off. Most registers only
accumulate until a clean-up removes at once everybody who left unseen; a few deregister as they go. Some of
the decisions go to persons who are already counted elsewhere. In a forecast the register also carries on
what it did lately and the model does not explain: late registrations, status changes, people taken off in
bunches.
"""

import numpy as np

from abm.arrays import Booleans, Floats
from abm.codes import Status
from abm.data.world import Registers, World
from abm.errors import EweaError
from abm.kernels.end_month import age, count
from abm.months import month_label
from abm.state import Environment, State


def terms_of_entry(world: World, month: int) -> tuple[Booleans, Floats]:
    """Return where newcomers receive protection, and their share in collective housing, both [H]."""
    return world.hosts.protection_end > month, np.ascontiguousarray(world.hosts.collective_share[month])


def start_month(state: State) -> None:
    """Set the environment of the month and forget the events of the last one."""
    protected, collective_share = terms_of_entry(state.world, state.month)
    tables = state.decisions.build(state.month, state.displaced().astype(float))
    state.environment = Environment(protected, collective_share, tables)
    state.households["triggers"][:] = 0


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
    protected = Status.TEMPORARY_PROTECTION
    before = state.history.stock[state.index, :, protected].sum(axis=(1, 2))
    after = state.history.stock[state.index + 1, :, protected].sum(axis=(1, 2))
    entered = state.history.flows[state.index][:, :, : state.n_hosts].sum(axis=(0, 1))
    entered = np.where(state.environment.protected, entered, 0)
    left = np.maximum(before + entered - after, 0)
    update_register(state, after.astype(float), entered.astype(float), left.astype(float))


def update_register(state: State, present: Floats, entered: Floats, left: Floats) -> None:
    """Write the register view of the month into the history.

    ``present``, ``entered`` and ``left``, float64[H], are persons with temporary protection at the end of
    the month, who registered during it, and who lost or left the status during it. Of the state,
    ``unseen`` (left, not taken off until a correction), ``leaving`` (left, taken off with a lag) and
    ``drift`` (forecasts only: recent exits the model does not explain) are updated.
    """
    registers, month, history, index = state.world.registers, state.month, state.history, state.index
    share, lag = registers.deregistration_share, registers.deregistration_lag
    double = registers.double_share / (1.0 - registers.double_share)
    state.leaving += share * left
    taken_off = state.leaving / np.maximum(lag, 1.0)
    state.leaving -= taken_off
    state.unseen += (1.0 - share) * left + double * entered
    known = state.last_known_month
    if month <= known:
        least = state.world.coefficients["small_clean_up_share"]
        state.unseen -= np.minimum(small_clean_up(registers, month, taken_off, least), state.unseen)
    if month <= known or state.settings.clean_ups:
        state.unseen *= 1.0 - registers.break_completeness[month]
    history.entered[index], history.left[index], history.deregistered[index] = entered, left, taken_off
    if month > known:
        before = history.register[index - 1] if index else present
        fading = state.world.coefficients["register_gap_persistence"] ** (month - known)
        state.drift -= unexplained_exits(state, known) * fading * before
    # Where protection has ended there is no holder left to count, whoever was never taken off included.
    for part in (state.unseen, state.leaving, state.drift):
        part[state.environment.expired] = 0.0
    total = present + state.unseen + state.leaving + state.drift
    history.register[index] = np.maximum(total, 0.0)


def small_clean_up(registers: Registers, month: int, usual: Floats, least: float) -> Floats:
    """Return persons a register took off at once in a month without a flagged break, float64[H].

    Exits beyond those the model takes off (``usual``, float64[H]) count when they exceed the share
    ``least`` of the stock: they are people who had left unseen, and the next correction will not find
    them again.
    """
    before = registers.stock[month - 1]
    exits = registers.decisions[month] - (registers.stock[month] - before)
    extra = np.where(registers.is_break[month], 0.0, np.nan_to_num(exits - usual))
    return np.asarray(np.where(extra > least * np.nan_to_num(before, nan=np.inf), extra, 0.0))


def unexplained_exits(state: State, known: int) -> Floats:
    """Return recent exits from the recorded register beyond those of the model, share a month, float64[H].

    Exits by the identity decisions less the rise of the stock, set against what the model took off in
    the same months. The weight of a month halves every ``register_memory_months`` back; months with a
    clean-up (a small one too) or a recount, and months without a published figure, do not count. Zero where
    the run did not simulate the known months.
    """
    registers, start = state.world.registers, state.settings.start
    c = state.world.coefficients
    first = max(known - int(c["arrivals_window_months"]) + 1, start, registers.first_month + 1)
    months = np.arange(first, known + 1)
    if not len(months):
        return np.zeros(state.n_hosts)
    stock, before = registers.stock[months], registers.stock[months - 1]
    with np.errstate(invalid="ignore", divide="ignore"):
        exits = registers.decisions[months] - (stock - before)
        rate = (exits - state.history.deregistered[months - start]) / before
    counts = np.isfinite(rate) & ~registers.is_break[months] & (rate <= c["small_clean_up_share"])
    weights = 2.0 ** ((months - known) / c["register_memory_months"])[:, None] * counts
    total = weights.sum(axis=0)
    gap = (weights * np.where(counts, rate, 0.0)).sum(axis=0)
    return np.asarray(np.where(total > 0.0, gap / np.where(total > 0.0, total, 1.0), 0.0))
