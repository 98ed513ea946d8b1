"""How far Ukraine is from a peace that lasts: its territory, and guarantees of its security.

Conjoint surveys find effects of single conditions (R2, R3) far smaller than those of whole
scenarios (R4): territory and security work together (R7, B115). Their joint part is the product of
both, each counted in full once enough of it is there (the middle scenario of R4: most land back,
guarantees by some states), so that one without the other adds nothing.
"""

from abm.data.world import World
from abm.factors import MonthView


def integrity(world: World, month: int) -> float:
    """Return the share of the pre-war population that lives where no occupation is, 0 to 1."""
    weights = world.origins.population
    return 1.0 - float(world.origins.occupied_share[month] @ weights / weights.sum())


def regained(view: MonthView) -> float:
    """Return territory regained against the reference month: 1 is all of it, below 0 more is lost."""
    then = integrity(view.yardstick, view.world.reference_month)
    return (integrity(view.world, view.month) - then) / max(1.0 - then, 1e-6)


def settled_peace(view: MonthView) -> float:
    """Return the joint part of territory and security, 0 to 1."""
    guarantee = float(view.world.outlook.security_guarantee[view.month])
    if guarantee == 0.0:
        return 0.0
    land = min(max(regained(view), 0.0) / view["peace_land_enough"], 1.0)
    return land * min(guarantee / view["peace_guarantee_enough"], 1.0)


def outlook(view: MonthView) -> float:
    """Return the log odds of wishing to return that the outlook of Ukraine adds (R2-R7).

    Zero where nothing has changed against the reference month; losses of territory in the
    recorded war act through the origin units alone.
    """
    ahead, month = view.world.outlook, view.month
    guarantee = float(ahead.security_guarantee[month])
    value = (
        view["guarantee_return"] * guarantee
        + view["peace_interaction"] * settled_peace(view)
        + view["accession_return"] * float(ahead.eu_accession[month])
        + view["reform_return"] * float(ahead.reform[month])
    )
    # Territory counts for all of Ukraine only once it is regained: a front that moves in war does not.
    return value + view["integrity_return"] * max(regained(view), 0.0) * (guarantee > 0.0)
