"""intention, decide and move: the answer to a survey, the choice of the month, and where it leads."""

import numpy as np

from abm.codes import Stream
from abm.kernels import decide as decision
from abm.kernels import move as moving
from abm.kernels.intention import answer
from abm.month.arrivals import refuse_newcomers
from abm.state import Flow, State


def intention(state: State) -> None:
    """Write the answer every household would give to a survey this month.

    The personal error of an answer is kept, so an answer changes only when circumstances do.
    """
    state.sweep(answer, state.environment.tables, state.n_hosts)


def decide(state: State) -> None:
    """Write every household's choice: stay, return or move onward, one keyed error per alternative."""
    state.sweep(decision.decide, state.environment.tables, state.key(Stream.DECIDE), state.n_hosts)


def move(state: State) -> None:
    """Move every household that chose to, book the flows, and apply the terms of entry where it went."""
    environment = state.environment
    keys = np.array([state.key(Stream.RETURN_PLACE), state.key(Stream.DESTINATION)], np.uint64)
    places = state.n_hosts + 1
    flows = np.zeros((2, places, places), np.int64)
    state.sweep(
        moving.move,
        environment.tables,
        keys,
        environment.protected,
        environment.collective_share,
        state.n_hosts,
        totals=(flows,),
    )
    state.book(Flow.RETURN, flows[0])
    state.book(Flow.ONWARD, flows[1])
    refuse_newcomers(state, moved=True)
