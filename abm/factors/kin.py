"""Close kin in another host."""

from abm.factors import Factor, MonthView, Tables

META = Factor(
    tables=("kin",),
    parameters=("kin_choice",),
    sign="raises the move to that host",
    source="A111, O1, O2, L18",
)


def contribute(view: MonthView) -> Tables:
    """Return the utility of a host with close kin."""
    return {"kin": view["kin_choice"]}
