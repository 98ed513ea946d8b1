"""decide: stay, return or move onward, one keyed error per alternative."""

from abm.codes import Stream
from abm.kernels.decide import decide
from abm.state import State


def run(state: State) -> None:
    """Write every household's choice."""
    assert state.environment.tables is not None, "intention builds the tables before decide"
    state.sweep(decide, state.environment.tables, state.key(Stream.DECIDE), state.n_hosts)
