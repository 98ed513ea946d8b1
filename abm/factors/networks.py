"""Ukrainians already in a host draw others: pre-war diaspora and the displaced."""

import numpy as np

from abm.factors import Factor, MonthView, Tables

META = Factor(
    tables=("destination",),
    parameters=("network_elasticity",),
    sign="larger communities raise the move",
    source="O4-O7",
)


def contribute(view: MonthView) -> Tables:
    """Return elasticity x log of the community, persons."""
    community = view.world.hosts.diaspora + view.stock
    return {"destination": view["network_elasticity"] * np.log(np.maximum(community, 1.0))[None, None, :]}
