"""Occupation of the origin unit, or fallout on it, blocks return there."""

import numpy as np

from abm.factors import Factor, MonthView, Tables

META = Factor(
    tables=("return_origin",),
    parameters=("territory",),
    sign="occupation lowers return to the unit",
    source="A009, B058, R2, R6, E4",
)


def contribute(view: MonthView) -> Tables:
    """Return the loss of utility with the share of the unit that is occupied or contaminated."""
    drivers = view.world.drivers
    lost = drivers["occupied_share"][view.month] + drivers["contamination"][view.month]
    return {"return_origin": -view["territory"] * np.minimum(lost, 1.0)[:, None]}
