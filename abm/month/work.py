"""work: finding, losing and improving jobs."""

from abm.codes import Stream
from abm.kernels.work import update_work
from abm.state import State


def run(state: State) -> None:
    """Update the jobs of every household abroad."""
    c, environment = state.world.coefficients, state.environment
    terms = (
        c["job_language_gain"],
        c["job_at_level_share"],
        c["job_without_status"],
    )
    key = state.key(Stream.WORK)
    rates = (environment.find, environment.lose, environment.upgrade)
    state.sweep(update_work, key, state.n_hosts, *rates, terms)
