"""Months of protection left, and what a household without a right to stay does."""

import numpy as np

from abm.codes import N_STATUS, Status
from abm.factors import Factor, MonthView, Tables

META = Factor(
    tables=("host_return", "host_onward"),
    parameters=(
        "certainty_horizon_months",
        "certainty_return",
        "certainty_onward",
        "no_status_return",
        "no_status_onward",
        "asylum_pending_leave",
        "settled_title_leave",
    ),
    sign="uncertainty raises leaving, onward before return; a settled title lowers it",
    source="A065, B102, B103, B108, B100; no analogue in war (E1-E7)",
)


def doubt(view: MonthView) -> np.ndarray:
    """Return how uncertain the stay of a holder of protection is, 0 to 1, float64[H].

    The months left until the end as it is known now, and what open announcements take away.
    """
    policy, month = view.world.policy, view.month
    known = policy.protection_end_known(month)
    end = view.world.hosts.protection_end if known is None else known
    left = np.clip(end - month, 0, view["certainty_horizon_months"])
    short = 1.0 - left / view["certainty_horizon_months"]
    return np.asarray(np.clip(short + policy.now("legal_uncertainty", month), 0.0, 1.0))


def contribute(view: MonthView) -> Tables:
    """Return the utility of leaving by host and status."""
    hosts = view.world.hosts
    short = doubt(view)
    back, on = np.zeros((len(hosts.ids), N_STATUS)), np.zeros((len(hosts.ids), N_STATUS))
    back[:, Status.TEMPORARY_PROTECTION] = view["certainty_return"] * short
    on[:, Status.TEMPORARY_PROTECTION] = view["certainty_onward"] * short
    back[:, Status.NONE] = view["no_status_return"]
    on[:, Status.NONE] = view["no_status_onward"]
    for settled in (Status.TRANSITION_PERMIT, Status.REGULAR_PERMIT, Status.REFUGEE):
        back[:, settled] = on[:, settled] = view["settled_title_leave"]
    back[:, Status.ASYLUM_PENDING] = on[:, Status.ASYLUM_PENDING] = view["asylum_pending_leave"]
    return {"host_return": back[:, :, None, None], "host_onward": on[:, :, None, None]}
