"""Occupation of the origin unit blocks return there."""

from abm.factors import Factor, MonthView, Tables

META = Factor(
    id="territory",
    label="occupied or regained territory",
    tables=("return_origin",),
    parameters=("territory",),
    sign="occupation lowers return to the unit",
    source="A009, B058, R2, R6, E4",
)


def contribute(view: MonthView) -> Tables:
    """Return the loss of utility with the occupied share of the unit."""
    return {"return_origin": -view["territory"] * view.world.origins.occupied_share[view.month][:, None]}
