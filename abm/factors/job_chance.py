"""Chance of suitable work in another host, by the gap in unemployment."""

from abm.decision.terms import spread
from abm.factors import Factor, MonthView, Tables

META = Factor(
    id="job_chance",
    label="chance of work in the other host",
    tables=("destination",),
    parameters=("job_choice",),
    sign="lower unemployment there raises the move",
    source="O1, O2",
)


def contribute(view: MonthView) -> Tables:
    """Return the utility of the unemployment gap in standard deviations over hosts."""
    rate = spread(view.yardstick).unemployment_score(view.world.hosts.unemployment_share[view.month])
    return {"destination": view["job_choice"] * (rate[:, None] - rate[None, :])[:, None, :]}
