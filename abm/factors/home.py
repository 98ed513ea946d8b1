"""A destroyed or occupied home lowers return to the origin."""

import numpy as np

from abm.codes import Home
from abm.factors import Factor, MonthView, Tables

META = Factor(
    tables=("return_origin",),
    parameters=("home_damaged", "home_destroyed", "home_occupied"),
    sign="a lost home lowers return to the origin",
    source="L5 (UNHCR round 5: plan or hope to return by state of the house)",
)


def contribute(view: MonthView) -> Tables:
    """Return the utility of the origin by state of the home."""
    value = np.zeros(len(Home))
    value[Home.DAMAGED] = view["home_damaged"]
    value[Home.DESTROYED] = view["home_destroyed"]
    value[Home.OCCUPIED] = view["home_occupied"]
    return {"return_origin": value[None, :]}
