"""intention: the answer a household would give to a survey this month."""

from abm.codes import Stream
from abm.kernels.intention import answer
from abm.state import State


def run(state: State) -> None:
    """Build the tables of the month and write every household's intention.

    The personal error of an answer persists (it is keyed to month 0), so an answer changes only
    when the household's circumstances do.
    """
    state.environment.tables = state.decisions.build(state.month, state.displaced().astype(float))
    state.sweep(answer, state.environment.tables, state.key(Stream.INTENTION, 0), state.n_hosts)
