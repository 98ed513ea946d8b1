"""Living elsewhere in Ukraine than at home is refused by most."""

from abm.factors import Factor, MonthView, Tables

META = Factor(
    tables=("return_elsewhere",),
    parameters=("relocation",),
    sign="lowers return to another place",
    source="B120 (82-92 % refuse)",
)


def contribute(view: MonthView) -> Tables:
    """Return the utility of another place in Ukraine against the origin."""
    return {"return_elsewhere": view["relocation"]}
