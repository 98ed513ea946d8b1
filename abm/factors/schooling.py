"""Children in host schools bind, Ukrainian lessons keep the way back open."""

from abm.codes import Schooling
from abm.factors import Factor, MonthView, Tables, by_code

META = Factor(
    tables=("schooling_return", "schooling_onward"),
    parameters=("school_host_return", "school_both_return", "school_online_return", "school_host_onward"),
    sign="host school lowers leaving, Ukrainian lessons raise return",
    source="A049, B082, B126",
)


def contribute(view: MonthView) -> Tables:
    """Return the utilities by schooling."""
    host, both, online = view["school_host_return"], view["school_both_return"], view["school_online_return"]
    bound = view["school_host_onward"]
    return {
        "schooling_return": by_code(Schooling, HOST=host, BOTH=both, UKRAINIAN_ONLINE=online),
        "schooling_onward": by_code(Schooling, HOST=bound, BOTH=bound),
    }
