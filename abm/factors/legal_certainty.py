"""Months of protection left, and what a household without a title does."""

import numpy as np

from abm.codes import N_STATUS, Status
from abm.factors import Factor, MonthView, Tables

META = Factor(
    id="legal_certainty",
    label="certainty of legal stay",
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


def contribute(view: MonthView) -> Tables:
    """Return the utility of leaving by host and status."""
    hosts = view.world.hosts
    left = np.clip(hosts.protection_end - view.month, 0, view["certainty_horizon_months"])
    short = 1.0 - left / view["certainty_horizon_months"]
    back, on = np.zeros((len(hosts.ids), N_STATUS)), np.zeros((len(hosts.ids), N_STATUS))
    back[:, Status.TEMPORARY_PROTECTION] = view["certainty_return"] * short
    on[:, Status.TEMPORARY_PROTECTION] = view["certainty_onward"] * short
    back[:, Status.NONE] = view["no_status_return"]
    on[:, Status.NONE] = view["no_status_onward"]
    for settled in (Status.TRANSITION_PERMIT, Status.REGULAR_PERMIT, Status.REFUGEE):
        back[:, settled] = on[:, settled] = view["settled_title_leave"]
    back[:, Status.ASYLUM_PENDING] = on[:, Status.ASYLUM_PENDING] = view["asylum_pending_leave"]
    return {"host_return": back[:, :, None, None], "host_onward": on[:, :, None, None]}
