"""What factor files share: the joint code of slow attributes, hosts in SDs, nearness of peace.

The axes of the joint code (one look-up for the decision), in this order: age of the head, family in
Ukraine, income before the war, remote work for Ukraine, an adult woman in the household, a man of draft
age in the household.

Conjoint surveys find effects of single conditions of peace (R2, R3) far smaller than those of whole
scenarios (R4): territory and security work together (R7, B115). Their joint part is the product of both,
each counted in full once enough of it is there (the middle scenario of R4: most land back, guarantees by
some states), so that one without the other adds nothing.
"""

import numpy as np

from abm.arrays import Floats
from abm.codes import AgeBand, FamilyInUkraine, Income
from abm.data.world import World
from abm.factors import MonthView

AXES = (len(AgeBand), len(FamilyInUkraine), len(Income), 2, 2, 2)
N_PROFILES = int(np.prod(AXES))


def profile_table(
    age_band: Floats | float = 0.0,
    family: Floats | float = 0.0,
    income: Floats | float = 0.0,
    remote: Floats | float = 0.0,
    woman: Floats | float = 0.0,
    draft_age_man: Floats | float = 0.0,
) -> Floats:
    """Return float64[N_PROFILES]: the sum of one value per level of each axis."""
    total = np.zeros(AXES)
    for axis, values in enumerate((age_band, family, income, remote, woman, draft_age_man)):
        shape = [1] * len(AXES)
        if np.ndim(values):
            shape[axis] = AXES[axis]
            total = total + np.asarray(values, np.float64).reshape(shape)
        elif values:
            raise ValueError("a profile axis needs one value per level")
    return total.ravel()


def in_sds(values: Floats, over_hosts: Floats) -> Floats:
    """Return values in standard deviations from the mean, both of ``over_hosts`` float64[H].

    Effects measured "per SD" in surveys keep their unit when the hosts are those of the reference month,
    which no policy moves.
    """
    return np.asarray((values - float(over_hosts.mean())) / float(max(over_hosts.std(), 1e-9)))


def calm(world: World, reference_world: World, month: int) -> float:
    """Return how far attacks have stopped against the reference month, weighted by people, 0 to 1."""
    people = world.origins.population
    attacks = world.drivers["attack_intensity"][month]
    usual = reference_world.drivers["attack_intensity"][reference_world.reference_month]
    return max(1.0 - float(attacks @ people / (usual @ people)), 0.0)


def integrity(world: World, month: int) -> float:
    """Return the share of the pre-war population that lives where no occupation is, 0 to 1."""
    weights = world.origins.population
    return 1.0 - float(world.drivers["occupied_share"][month] @ weights / weights.sum())


def regained(view: MonthView) -> float:
    """Return territory regained against the reference month: 1 is all of it, below 0 more is lost."""
    then = integrity(view.reference_world, view.world.reference_month)
    return (integrity(view.world, view.month) - then) / max(1.0 - then, 1e-6)


def settled_peace(view: MonthView) -> float:
    """Return the joint part of territory and security, 0 to 1."""
    guarantee = float(view.world.drivers["security_guarantee"][view.month])
    if guarantee == 0.0:
        return 0.0
    land = min(max(regained(view), 0.0) / view["peace_land_enough"], 1.0)
    return land * min(guarantee / view["peace_guarantee_enough"], 1.0)


def outlook(view: MonthView) -> float:
    """Return the log odds of wishing to return that the outlook of Ukraine adds (R2-R7).

    Zero where nothing has changed against the reference month; losses of territory in the
    recorded war act through the origin units alone.
    """
    ahead, month = view.world.drivers, view.month
    guarantee = float(ahead["security_guarantee"][month])
    prospects = view["economy"] * view["economy_peace_gain"] * float(ahead["economy"][month])
    value = (
        view["guarantee_return"] * guarantee
        + (view["peace_interaction"] + prospects) * settled_peace(view)
        + view["accession_return"] * float(ahead["eu_accession"][month])
        + view["reform_return"] * float(ahead["reform"][month])
    )
    # Territory counts for all of Ukraine only once it is regained: a front that moves in war does not.
    return value + view["integrity_return"] * max(regained(view), 0.0) * (guarantee > 0.0)
