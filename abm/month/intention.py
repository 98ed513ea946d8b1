"""intention: the answer a household would give to a survey this month."""

from abm.kernels.intention import answer
from abm.state import State


def run(state: State) -> None:
    """Build the tables of the month and write every household's intention.

    The personal error of an answer is kept, so an answer changes only when circumstances do.
    """
    state.environment.tables = state.decisions.build(state.month, state.displaced().astype(float))
    state.sweep(answer, state.environment.tables, state.n_hosts)
