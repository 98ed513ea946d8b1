"""Cash support holds those without a job; little for the settled."""

import numpy as np

from abm.codes import Employment
from abm.factors import Factor, MonthView, Tables
from abm.standard import spread

META = Factor(
    id="benefits",
    label="cash support of those without a job",
    tables=("host_return", "host_onward", "destination"),
    parameters=("benefit_choice", "benefit_settled_share"),
    sign="higher support lowers leaving of those without a job and draws them, weakly",
    source="B046, O1, O9-O12; priors of the review in docs/sources.md",
)


def contribute(view: MonthView) -> Tables:
    """Return the effect of support in standard deviations of the hosts' level."""
    level = spread(view.yardstick).benefit_score(view.world.hosts.benefit_eur_month[view.month])
    jobless = np.zeros(len(Employment))
    jobless[Employment.NONE] = 1.0
    held = -view["benefit_choice"] * view["benefit_settled_share"] * level
    table = held[:, None] * jobless[None, :]
    return {
        "host_return": table[:, None, :, None],
        "host_onward": table[:, None, :, None],
        "destination": view["benefit_choice"] * view["benefit_settled_share"]
        * jobless[None, :, None] * level[None, None, :],
    }  # fmt: skip
