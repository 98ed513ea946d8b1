"""Measures that make leaving or returning easier or harder, beyond those with a mechanism of their own."""

import numpy as np

from abm.codes import N_STATUS, Status
from abm.factors import Factor, MonthView, Tables, calm

META = Factor(
    tables=("host_return", "host_onward"),
    parameters=(),
    sign="return support raises return; ties of a permit to the host lower onward moves",
    source="B100, B121, B122, B127, E1-E5, H8, R14",
)


def contribute(view: MonthView) -> Tables:
    """Return the utilities by host and status; zero where no lever is set."""
    policy, month = view.world.policy, view.month
    H = len(view.world.hosts.ids)
    back, on = np.zeros((H, N_STATUS)), np.zeros((H, N_STATUS))
    back += (policy.now("return_utility", month) + policy.ukraine("homecoming", month))[:, None]
    on += policy.now("onward_utility", month)[:, None]
    on[:, Status.TRANSITION_PERMIT] += np.log(np.maximum(policy.now("permit_moves", month), 1e-6))
    # Nobody is made to go back while attacks go on: return can be enforced only as far as it is calm.
    quiet = calm(view.world, view.reference_world, month)
    back[:, Status.NONE] += policy.now("enforced_return", month) * quiet
    return {"host_return": back[:, :, None, None], "host_onward": on[:, :, None, None]}
