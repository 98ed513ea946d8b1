"""An own dwelling binds; collective places do not."""

from abm.codes import Housing
from abm.factors import Factor, MonthView, Tables, by_code

META = Factor(
    tables=("host_return", "host_onward"),
    parameters=("collective_leave", "own_dwelling_leave"),
    sign="collective housing raises leaving, an own dwelling lowers it",
    source="A079, B078, L22",
)


def contribute(view: MonthView) -> Tables:
    """Return the utility of leaving by dwelling."""
    own = view["own_dwelling_leave"]
    value = by_code(Housing, COLLECTIVE=view["collective_leave"], INDEPENDENT=own, SUBSIDISED=own)
    return {"host_return": value, "host_onward": value}
