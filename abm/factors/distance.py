"""Distance between hosts."""

import numpy as np

from abm.factors import Factor, MonthView, Tables

META = Factor(
    tables=("destination",),
    parameters=("distance_elasticity", "distance_floor_km"),
    sign="lowers the move",
    source="O8",
)


def contribute(view: MonthView) -> Tables:
    """Return elasticity x log of the distance between capitals, km."""
    km = np.maximum(view.world.hosts.km_between, view["distance_floor_km"])
    return {"destination": view["distance_elasticity"] * np.log(km)[:, None, :]}
