"""arrivals: new displacement from Ukraine, and households that came home and leave again."""

import numpy as np

from abm.codes import Stream
from abm.decision.newcomers import men_who_may_leave, refuse_newcomers
from abm.flight import modelled_arrivals, newcomer_attraction, push, recorded_arrivals
from abm.kernels.move import redepart
from abm.state import Flow, State


def _new_displacement(state: State) -> tuple[np.ndarray, np.ndarray]:
    """Return persons newly displaced to each host this month [H] and their household types [H, K]."""
    registers, settings = state.world.registers, state.settings
    known = registers.last_month if settings.known_until is None else settings.known_until
    if settings.arrivals == "recorded" and state.month <= min(known, registers.last_month):
        # Recorded registrations hold whoever could leave then; only predicted ones follow the exit rule.
        return recorded_arrivals(state, state.month), state.type_shares[state.month]
    return men_who_may_leave(state, modelled_arrivals(state), state.type_shares[state.month])


def run(state: State) -> None:
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
    ukraine = state.n_hosts
    state.book(Flow.ARRIVAL, ukraine, created)
    c = state.world.coefficients
    # A returnee leaves again at the base rate, raised and lowered by the same drivers as flight, but
    # not by the shock of the invasion: that hit those who had never left.
    hazard = np.minimum(c["redeparture_hazard"] * push(state.world, state.month, first_flight=False), 0.5)
    left = np.zeros(state.n_hosts, np.int64)
    state.sweep(
        redepart,
        state.key(Stream.REDEPARTURE),
        hazard,
        newcomer_attraction(state),
        c["redeparture_loyalty"],
        environment.protected,
        environment.collective_share,
        state.n_hosts,
        totals=(left,),
    )
    state.book(Flow.REDEPARTURE, ukraine, left)
    refuse_newcomers(state)
