"""Pay in another host against pay here."""

from abm.factors import Factor, MonthView, Tables

META = Factor(
    tables=("destination",),
    parameters=("wage_per_500_eur", "wage_gap_limit_eur"),
    sign="a positive gap raises the move",
    source="O1, O2",
)


def contribute(view: MonthView) -> Tables:
    """Return the utility of the wage gap, here to there, limited to a plausible range."""
    wage = view.world.hosts.wage_eur_month
    limit = view["wage_gap_limit_eur"]
    gap = (wage[None, :] - wage[:, None]).clip(-limit, limit)
    return {"destination": view["wage_per_500_eur"] * gap[:, None, :] / 500.0}
