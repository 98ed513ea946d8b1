"""What holds or sends back people in one host beyond every named factor: a level of deed and of wish."""

import numpy as np

from abm.factors import Factor, MonthView, Tables

DEED, WISH = "return_level_", "wish_level_"

META = Factor(
    id="host_level",
    label="level of a host",
    tables=("host_return", "intent_host"),
    parameters=(),
    sign="either; hosts hold different people and treat them differently",
    source="B7, B109, L26",
)


def contribute(view: MonthView) -> Tables:
    """Return the levels of every host, of deed and wish.

    0 where ``return_level_<host>`` or ``wish_level_<host>`` is not among the coefficients.
    """
    c, ids = view.world.coefficients, view.world.hosts.ids
    deed, wish = (np.array([c.get(f"{name}{host}", 0.0) for host in ids]) for name in (DEED, WISH))
    return {"host_return": deed[:, None, None, None], "intent_host": wish}
