"""Cash support holds those without a job; little for the settled."""

import numpy as np

from abm.codes import Employment
from abm.factors import Factor, MonthView, Tables, in_sds
from abm.kernels.layout import MOST_MONTHS

META = Factor(
    tables=("entry_return", "entry_onward", "destination"),
    parameters=("benefit_choice", "benefit_settled_share"),
    sign="higher support lowers leaving of those without a job and draws them, weakly",
    source="B046, O1, O9-O12; priors of the review in docs/sources.md",
)


def contribute(view: MonthView) -> Tables:
    """Return the effect of support in standard deviations of the hosts' level.

    Who is here has the terms of the month of entry, so they are held by months in the host; who
    moves takes the terms of newcomers there.
    """
    policy, month = view.world.policy, view.month
    cash = view.world.hosts.benefit_eur_month[month]
    usual = view.reference_world
    over_hosts = usual.hosts.benefit_eur_month[usual.reference_month]
    level = in_sds(cash[:, None] * policy.by_stay("benefit", month, MOST_MONTHS), over_hosts)
    offered = in_sds(cash * policy.entry("benefit", month), over_hosts)
    jobless = np.zeros(len(Employment))
    jobless[Employment.NONE] = 1.0
    weight = view["benefit_choice"] * view["benefit_settled_share"]
    held = -weight * level[:, None, :] * jobless[None, :, None]
    drawn = weight * jobless[None, :, None] * offered[None, None, :]
    return {"entry_return": held, "entry_onward": held, "destination": drawn}
