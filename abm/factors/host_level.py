"""What holds or sends back people in one host beyond every named factor: a level of deed and of wish."""

import numpy as np

from abm.factors import Factor, MonthView, Tables

LEVELS = {"host_return": "return_level_", "host_onward": "onward_level_", "intent_host": "wish_level_"}
"""Table and the name of its level, to which the host is added."""

META = Factor(
    id="host_level",
    label="level of a host",
    tables=tuple(LEVELS),
    parameters=(),
    sign="either; hosts hold different people and treat them differently",
    source="B7, B109, L26",
)


def contribute(view: MonthView) -> Tables:
    """Return the levels of every host, of deed and wish; 0 where no coefficient names the host."""
    c, ids = view.world.coefficients, view.world.hosts.ids
    level = {table: np.array([c.get(f"{name}{host}", 0.0) for host in ids]) for table, name in LEVELS.items()}
    deeds = {table: values[:, None, None, None] for table, values in level.items() if table != "intent_host"}
    return {**deeds, "intent_host": level["intent_host"]}
