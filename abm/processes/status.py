"""status: expiry of protection, other titles, asylum (generic rules; national routes are levers)."""

import numpy as np

from abm.codes import Stream
from abm.kernels.status import update_status
from abm.state import State


def run(state: State) -> None:
    """Update the legal status of every household abroad and clear last month's triggers."""
    c, environment = state.world.coefficients, state.environment
    state.sweep(
        update_status,
        state.key(Stream.STATUS),
        state.n_hosts,
        environment.expired,
        np.full(state.n_hosts, c["regular_title_hazard"]),
        np.full(state.n_hosts, c["asylum_claim_hazard"]),
        (c["expiry_pass_share"], c["expiry_asylum_share"]),
        (c["asylum_ruling_hazard"], c["asylum_grant_share"]),
    )
