"""What holds or sends back people in one host beyond every named factor: a level of deed and of wish.

A level of the deed may change from half-year to half-year (``configs/registers/levels.csv``).
"""

import numpy as np

from abm.factors import Factor, MonthView, Tables

DATED = {"host_return": "return_level", "host_onward": "onward_level"}
"""Table and the field of :class:`abm.data.world.Registers` with its level by month and host."""

LEVELS = {"host_return": "return_level_", "host_onward": "onward_level_", "intent_host": "wish_level_"}
"""Table and the name of its level, to which the host is added."""

META = Factor(
    tables=("host_return", "host_onward", "intent_host", "intent_onward"),
    parameters=(),
    sign="either; hosts hold different people and treat them differently",
    source="B7, B109, L26",
)


def contribute(view: MonthView) -> Tables:
    """Return the levels of every host, of deed and wish; 0 where no coefficient names the host."""
    c, ids = view.world.coefficients, view.world.hosts.ids
    level = {table: np.array([c.get(f"{name}{host}", 0.0) for host in ids]) for table, name in LEVELS.items()}
    for table, name in DATED.items():
        by_month = getattr(view.world.registers, name)
        if by_month is not None:
            level[table] = level[table] + by_month[view.month]
    wished = np.array([c.get(f"onward_level_{host}", 0.0) for host in ids])
    return {
        "host_return": level["host_return"][:, None, None, None],
        "host_onward": level["host_onward"][:, None, None, None],
        "intent_host": level["intent_host"],
        # who lives where people pass through means to move on, and does
        "intent_onward": wished,
    }
