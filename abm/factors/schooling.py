"""Children in host schools bind, Ukrainian lessons keep the way back open."""

import numpy as np

from abm.codes import Schooling
from abm.factors import Factor, MonthView, Tables

META = Factor(
    tables=("schooling_return", "schooling_onward"),
    parameters=("school_host_return", "school_both_return", "school_online_return", "school_host_onward"),
    sign="host school lowers leaving, Ukrainian lessons raise return",
    source="A049, B082, B126",
)


def contribute(view: MonthView) -> Tables:
    """Return the utilities by schooling."""
    back, on = np.zeros(len(Schooling)), np.zeros(len(Schooling))
    back[Schooling.HOST] = view["school_host_return"]
    back[Schooling.BOTH] = view["school_both_return"]
    back[Schooling.UKRAINIAN_ONLINE] = view["school_online_return"]
    on[[Schooling.HOST, Schooling.BOTH]] = view["school_host_onward"]
    return {"schooling_return": back, "schooling_onward": on}
