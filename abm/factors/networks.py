"""Ukrainians already in a host draw others: pre-war diaspora and the displaced.

A host is a sum of towns: one of twice the people and twice the community is twice as likely to be chosen, so
what the community does not explain goes by the population (McFadden 1978, size of an aggregate alternative).
"""

import numpy as np

from abm.factors import Factor, MonthView, Tables

META = Factor(
    tables=("destination",),
    parameters=("network_elasticity",),
    sign="larger communities raise the move",
    source="O4-O7",
)


def contribute(view: MonthView) -> Tables:
    """Return elasticity x log of the community + (1 - elasticity) x log of the population, persons."""
    hosts, elasticity = view.world.hosts, view["network_elasticity"]
    community = np.maximum(hosts.diaspora + view.stock, 1.0)
    size = elasticity * np.log(community) + (1.0 - elasticity) * np.log(hosts.population)
    return {"destination": size[None, None, :]}
