"""Terms of entry: who among this month's newcomers gets no protection, and which men may come."""

import numpy as np
from numpy.typing import NDArray

from abm.codes import Status
from abm.kernels.status import refuse
from abm.state import State

Array = NDArray[np.float64]

YOUNG_MEN, MEN = 1, 2
"""Columns of the household types that count men of 18 to 22 and of 23 to 60."""


def refuse_newcomers(state: State) -> None:
    """Apply the rules on regions and groups to everybody who entered a host this month."""
    policy, month = state.world.policy, state.month
    rules = policy.refusing(month, holders=False)
    if not rules:
        return
    asylum = policy.now("asylum_open", month)
    for rule in rules:
        status = Status.ASYLUM_PENDING if asylum[rule.host] >= 0.5 else Status.NONE
        state.sweep(refuse, rule.host, rule.units, rule.kinds, rule.vulnerable_exempt, int(status))


def men_who_may_leave(state: State, wanted: Array, type_shares: Array) -> tuple[Array, Array]:
    """Return arrivals and type shares with more, or fewer, men on their own.

    A wider exit rule lets men come who could not: they come alone, on top of the others (B030);
    a tighter one takes away men who would have come alone.

    Parameters
    ----------
    wanted : float64[H]
        Persons newly displaced.
    type_shares : float64[H, K]
        Shares of household types among them.
    """
    policy, types = state.world.policy, state.world.composition.household_types
    sizes = types.sum(axis=1)
    for column, mechanism in ((YOUNG_MEN, "young_men_leave"), (MEN, "men_leave")):
        factor = policy.ukraine(mechanism, state.month)
        if factor == 1.0:
            continue
        alone = np.flatnonzero((sizes == 1) & (types[:, column] == 1))
        mean_size = type_shares @ sizes
        extra = (type_shares @ types[:, column]) * (factor - 1.0)
        extra = np.maximum(extra, -type_shares[:, alone].sum(axis=1))
        added = np.zeros_like(type_shares)
        added[:, alone[0]] = extra
        type_shares = np.maximum(type_shares + added, 0.0)
        type_shares = type_shares / type_shares.sum(axis=1, keepdims=True)
        wanted = wanted * (mean_size + extra) / mean_size
    return wanted, type_shares
