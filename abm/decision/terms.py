"""What factor files share: the joint code of slow attributes, hosts in SDs, nearness of peace.

The axes of the joint code (one look-up for the decision), in this order: age of the head, family in
Ukraine, income before the war, remote work for Ukraine, an adult woman in the household, a man of draft
age in the household.

Conjoint surveys find effects of single conditions of peace (R2, R3) far smaller than those of whole
scenarios (R4): territory and security work together (R7, B115). Their joint part is the product of both,
each counted in full once enough of it is there (the middle scenario of R4: most land back, guarantees by
some states), so that one without the other adds nothing.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from abm.codes import AgeBand, FamilyInUkraine, Income
from abm.data.world import World
from abm.factors import MonthView

AXES = (len(AgeBand), len(FamilyInUkraine), len(Income), 2, 2, 2)
N_PROFILES = int(np.prod(AXES))


def profile_table(
    age_band: NDArray[np.float64] | float = 0.0,
    family: NDArray[np.float64] | float = 0.0,
    income: NDArray[np.float64] | float = 0.0,
    remote: NDArray[np.float64] | float = 0.0,
    woman: NDArray[np.float64] | float = 0.0,
    draft_age_man: NDArray[np.float64] | float = 0.0,
) -> NDArray[np.float64]:
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


@dataclass(frozen=True)
class HostSpread:
    """Mean and SD over hosts, fixed in the reference month so that a policy cannot move them."""

    benefit_mean: float
    benefit_sd: float
    unemployment_mean: float
    unemployment_sd: float

    def benefit_score(self, eur_month: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return benefits in SD from the mean."""
        return (eur_month - self.benefit_mean) / self.benefit_sd

    def unemployment_score(self, share: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return unemployment in SD from the mean."""
        return (share - self.unemployment_mean) / self.unemployment_sd


@lru_cache(maxsize=8)
def _spread_of(benefit: bytes, unemployment: bytes) -> HostSpread:
    pay, rate = np.frombuffer(benefit), np.frombuffer(unemployment)
    return HostSpread(
        float(pay.mean()), float(max(pay.std(), 1e-9)), float(rate.mean()), float(max(rate.std(), 1e-9))
    )


def spread(world: World) -> HostSpread:
    """Return the spread of benefits and unemployment over hosts in the reference month."""
    month = world.reference_month
    hosts = world.hosts
    return _spread_of(hosts.benefit_eur_month[month].tobytes(), hosts.unemployment_share[month].tobytes())


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
