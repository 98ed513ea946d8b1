"""An own dwelling binds; collective places do not."""

import numpy as np

from abm.codes import Housing
from abm.factors import Factor, MonthView, Tables

META = Factor(
    tables=("host_return", "host_onward"),
    parameters=("collective_leave", "own_dwelling_leave"),
    sign="collective housing raises leaving, an own dwelling lowers it",
    source="A079, B078, L22",
)


def contribute(view: MonthView) -> Tables:
    """Return the utility of leaving by dwelling."""
    value = np.zeros(len(Housing))
    value[Housing.COLLECTIVE] = view["collective_leave"]
    value[[Housing.INDEPENDENT, Housing.SUBSIDISED]] = view["own_dwelling_leave"]
    return {"host_return": value, "host_onward": value}
