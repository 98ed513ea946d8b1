"""ties: contacts, bonds with Ukraine, and partners who join or part."""

import numpy as np

from abm.codes import Stream
from abm.kernels.family import update_ties
from abm.state import Flow, State


def run(state: State) -> None:
    """Update ties and book partners who join their household abroad."""
    c = state.world.coefficients
    terms = (
        c["ties_fade"],
        c["visit_gain"],
        c["partner_separates_hazard"],
        c["partner_call_hazard"],
    )
    visits, joins = state.environment.visit, state.environment.joins
    joined = np.zeros(state.n_hosts, np.int64)
    state.sweep(update_ties, state.key(Stream.TIES), state.n_hosts, visits, joins, terms, totals=(joined,))
    state.book(Flow.REUNIFICATION, state.n_hosts, joined)
