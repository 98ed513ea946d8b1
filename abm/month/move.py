"""move: carry out the choices and book the flows."""

import numpy as np

from abm.codes import Stream
from abm.decision.newcomers import refuse_newcomers
from abm.kernels.move import move
from abm.state import Flow, State


def run(state: State) -> None:
    """Move every household that chose to, and apply the terms of entry where it went."""
    environment = state.environment
    assert environment.tables is not None, "intention builds the tables before move"
    keys = np.array([state.key(Stream.RETURN_PLACE), state.key(Stream.DESTINATION)], np.uint64)
    places = state.n_hosts + 1
    flows = np.zeros((2, places, places), np.int64)
    state.sweep(
        move,
        environment.tables,
        keys,
        environment.protected,
        environment.collective_share,
        state.n_hosts,
        totals=(flows,),
    )
    state.history.flows[state.index, Flow.RETURN] += flows[0]
    state.history.flows[state.index, Flow.ONWARD] += flows[1]
    refuse_newcomers(state)
