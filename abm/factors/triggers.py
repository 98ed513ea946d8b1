"""Events that turn a wish into a deed: work, home or title lost, a partner's call, end of school, a plan."""

import numpy as np

from abm.factors import Factor, MonthView, Tables
from abm.kernels.layout import (
    GOES_HOME,
    GOES_ON,
    HOUSING_LOSS,
    JOB_LOSS,
    N_TRIGGER_SETS,
    PARTNER_CALL,
    SCHOOL_YEAR_END,
    STATUS_LOSS,
)

EVENTS = {
    "job_loss": JOB_LOSS,
    "housing_loss": HOUSING_LOSS,
    "status_loss": STATUS_LOSS,
    "partner_call": PARTNER_CALL,
    "school_year_end": SCHOOL_YEAR_END,
}

CERTAIN = 20.0
"""Log odds of what a household without a title had planned for the month."""

META = Factor(
    tables=("trigger_return", "trigger_onward"),
    parameters=tuple(f"{event}_{way}" for event in EVENTS for way in ("return", "onward")),
    sign="every event raises leaving; a lost status onward before return",
    source="A079, B2, B102, B103; abm/ODD.md (Individual decision-making)",
)


def contribute(view: MonthView) -> Tables:
    """Return the sums over the events of every combination."""
    sets = np.arange(N_TRIGGER_SETS)
    back, on = np.zeros(N_TRIGGER_SETS), np.zeros(N_TRIGGER_SETS)
    for event, flag in EVENTS.items():
        present = (sets & flag) > 0
        back += view[f"{event}_return"] * present
        on += view[f"{event}_onward"] * present
    back += CERTAIN * ((sets & GOES_HOME) > 0)
    on += CERTAIN * ((sets & GOES_ON) > 0)
    return {"trigger_return": back, "trigger_onward": on}
