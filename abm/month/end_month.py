"""end_month: everybody ages, all are counted, nobody may be lost, and the registers are updated."""

import numpy as np

from abm.codes import Status
from abm.errors import EweaError
from abm.kernels.end_month import age, count
from abm.months import month_label
from abm.register_view import update_register
from abm.state import State


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
