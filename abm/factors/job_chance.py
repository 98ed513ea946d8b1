"""Chance of suitable work in another host, by the gap in unemployment."""

from abm.factors import Factor, MonthView, Tables, in_sds

META = Factor(
    tables=("destination",),
    parameters=("job_choice",),
    sign="lower unemployment there raises the move",
    source="O1, O2",
)


def contribute(view: MonthView) -> Tables:
    """Return the utility of the unemployment gap in standard deviations over hosts."""
    usual = view.reference_world
    over_hosts = usual.hosts.unemployment_share[usual.reference_month]
    rate = in_sds(view.world.hosts.unemployment_share[view.month], over_hosts)
    return {"destination": view["job_choice"] * (rate[:, None] - rate[None, :])[:, None, :]}
