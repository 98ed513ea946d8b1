"""status: expiry of protection, asylum, and protection lost by a rule on regions or groups."""

import numpy as np
from numpy.typing import NDArray

from abm.codes import Stream
from abm.kernels.status import lapse, update_status
from abm.state import State

Array = NDArray[np.float64]


def asylum_terms(state: State) -> tuple[Array, Array, Array, Array]:
    """Return claims of holders, claims at the end of protection, rulings and grants, float64[H] each.

    Doubt about the future of protection raises claims (B042, B103, B130).
    """
    c, policy, month = state.world.coefficients, state.world.policy, state.month
    allowed = policy.now("asylum_open", month) >= 0.5
    doubt = 1.0 + c["uncertainty_asylum_gain"] * policy.now("legal_uncertainty", month)
    claims = c["asylum_claim_hazard"] * policy.now("asylum_claim", month) * doubt * allowed
    at_end = c["expiry_asylum_share"] * allowed
    rulings = c["asylum_ruling_hazard"] * policy.now("asylum_ruling", month)
    grants = c["asylum_grant_share"] * policy.now("asylum_grant", month)
    return (
        np.clip(claims, 0.0, 0.9),
        at_end.astype(float),
        np.clip(rulings, 0.0, 1.0),
        np.clip(grants, 0.0, 1.0),
    )


def run(state: State) -> None:
    """Update the legal status of every household abroad and clear last month's triggers."""
    key = state.key(Stream.STATUS)
    claims, at_end, rulings, grants = asylum_terms(state)
    state.sweep(update_status, key, state.n_hosts, state.environment.expired, claims, at_end, rulings, grants)
    for rule in state.world.policy.refusing(state.month, holders=True):
        state.sweep(
            lapse, key, rule.host, rule.units, rule.kinds, rule.vulnerable_exempt, float(at_end[rule.host])
        )
