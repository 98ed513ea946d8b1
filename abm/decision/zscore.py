"""Standard deviations over hosts, so that effects measured "per SD" in surveys keep their unit."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from abm.data.world import World


@dataclass(frozen=True)
class Spread:
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
def _spread_of(benefit: bytes, unemployment: bytes) -> Spread:
    pay, rate = np.frombuffer(benefit), np.frombuffer(unemployment)
    return Spread(
        float(pay.mean()), float(max(pay.std(), 1e-9)), float(rate.mean()), float(max(rate.std(), 1e-9))
    )


def spread(world: World) -> Spread:
    """Return the spread of benefits and unemployment over hosts in the reference month."""
    month = world.reference_month
    hosts = world.hosts
    return _spread_of(hosts.benefit_eur_month[month].tobytes(), hosts.unemployment_share[month].tobytes())
