"""Ease of entry and registration for a household that comes from another host."""

import numpy as np

from abm.factors import Factor, MonthView, Tables

META = Factor(
    tables=("destination",),
    parameters=("admission", "admission_unprotected"),
    sign="easier admission raises the move",
    source="A117, A119, AX2-15, AX2-18, B100",
)


def contribute(view: MonthView) -> Tables:
    """Return weight x log of the admission index: 1 is free choice; less where protection has ended."""
    hosts = view.world.hosts
    index = hosts.admission * view.world.policy.now("admission", view.month)
    index = np.where(hosts.protection_end <= view.month, index * view["admission_unprotected"], index)
    return {"destination": view["admission"] * np.log(np.maximum(index, 1e-6))[None, None, :]}
