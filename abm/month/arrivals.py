"""arrivals: new displacement from Ukraine, households that came home and leave again, and terms of entry."""

import numpy as np

from abm.arrays import Floats
from abm.codes import Status, Stream
from abm.flight import modelled_arrivals, newcomer_attraction, push, recorded_arrivals
from abm.kernels.move import redepart
from abm.kernels.status import refuse
from abm.state import Flow, State

YOUNG_MEN, MEN = 1, 2
"""Columns of the household types that count men of 18 to 22 and of 23 to 60."""


def men_who_may_leave(state: State, wanted: Floats, type_shares: Floats) -> tuple[Floats, Floats]:
    """Return arrivals [H] and type shares [H, K] with more, or fewer, men on their own.

    A wider exit rule lets men come who could not: they come alone, on top of the others (B030);
    a tighter one takes away men who would have come alone.
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


def _new_displacement(state: State) -> tuple[Floats, Floats]:
    """Return persons newly displaced to each host this month [H] and their household types [H, K]."""
    registers, settings = state.world.registers, state.settings
    known = registers.last_month if settings.known_until is None else settings.known_until
    if settings.arrivals == "recorded" and state.month <= min(known, registers.last_month):
        # Recorded registrations hold whoever could leave then; only predicted ones follow the exit rule.
        return recorded_arrivals(state, state.month), state.type_shares[state.month]
    return men_who_may_leave(state, modelled_arrivals(state), state.type_shares[state.month])


def redeparture_hazard(state: State) -> Floats:
    """Return the monthly probability that a returnee leaves again, by unit of residence, float64[U].

    The base rate, raised and lowered by the same drivers as flight, but not by the shock of the
    invasion: that hit those who had never left.
    """
    base = state.world.coefficients["redeparture_hazard"]
    return np.minimum(base * push(state.world, state.month, first_flight=False), 0.5)


def refuse_newcomers(state: State, moved: bool = False) -> None:
    """Apply the rules on regions and groups to this month's newcomers: to all so far, or to who ``moved``."""
    policy, month = state.world.policy, state.month
    rules = policy.refusing(month, holders=False)
    if not rules:
        return
    asylum = policy.now("asylum_open", month)
    for rule in rules:
        status = Status.ASYLUM_PENDING if asylum[rule.host] >= 0.5 else Status.NONE
        state.sweep(refuse, rule.host, rule.units, rule.kinds, rule.vulnerable_exempt, int(status), moved)


def arrivals(state: State) -> None:
    """Create arrivals and move returnees who leave again; book both flows and apply terms of entry."""
    environment = state.environment
    wanted, types = _new_displacement(state)
    created = state.creator.add(
        state.households,
        state.month,
        wanted,
        types,
        environment.protected,
        np.zeros(state.n_hosts),
        np.eye(1, state.month + 1, state.month).repeat(state.n_hosts, axis=0),
    )
    state.book(Flow.ARRIVAL, created)
    left = np.zeros(state.n_hosts, np.int64)
    state.sweep(
        redepart,
        state.key(Stream.REDEPARTURE),
        redeparture_hazard(state),
        newcomer_attraction(state),
        state.world.coefficients["redeparture_loyalty"],
        environment.protected,
        environment.collective_share,
        state.n_hosts,
        totals=(left,),
    )
    state.book(Flow.REDEPARTURE, left)
    refuse_newcomers(state)
