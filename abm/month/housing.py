"""housing: dwellings found and lost, and scarce collective places handed out in keyed random order."""

from typing import NamedTuple

import numpy as np

from abm.arrays import Booleans, Floats
from abm.codes import Stream
from abm.data.world import World
from abm.kernels.housing import allocate_places, update_housing
from abm.kernels.layout import MOST_MONTHS
from abm.state import State


class HousingRules(NamedTuple):
    """What is in force in a month, by host."""

    leave_collective: Floats  # [H] Monthly hazard of leaving collective housing
    worker_leaves: Floats  # [H] Factor on it when somebody works
    subsidised: Floats  # [H] Share of leavers with subsidised rent
    stay_limit: Floats  # [H, completed months there] Longest stay in collective housing, months
    exempt: Booleans  # [H] Households with minors or older people are exempt from the limit
    places: Floats  # [H] Places in collective housing; infinite where no limit is known
    duty: Booleans  # [H] Everybody is placed, if need be in an emergency
    vulnerable_first: Booleans  # [H]


def housing_rules(world: World, month: int) -> HousingRules:
    """Return the rates and rules of a month."""
    policy, hosts, c = world.policy, world.hosts, world.coefficients
    set_places = policy.now("collective_places", month)
    return HousingRules(
        # Where most live in collective places an own dwelling is hard to find (B077, B078).
        leave_collective=c["leave_collective_hazard"]
        * (1.0 - hosts.collective_share[month])
        * policy.now("leave_collective", month),
        worker_leaves=c["housing_work_factor"] * policy.now("own_contribution", month),
        subsidised=np.clip(c["subsidised_share"] + policy.now("rent_subsidy", month), 0.0, 1.0),
        stay_limit=policy.by_stay("collective_stay_limit", month, MOST_MONTHS),
        exempt=policy.is_exempt("collective_stay_limit", month),
        places=np.where(np.isnan(set_places), hosts.collective_places[month], set_places),
        duty=policy.now("place_duty", month) >= 0.5,
        vulnerable_first=policy.now("priority_vulnerable", month) >= 0.5,
    )


def housing(state: State) -> None:
    """Update dwellings; where places are limited, hand them out and count who finds none."""
    c, rules = state.world.coefficients, housing_rules(state.world, state.month)
    terms = (
        c["leave_hosted_hazard"],
        c["hosting_ends_hazard"],
        c["housing_work_factor"],
        c["limit_finds_home_share"],
    )
    counts = np.zeros((2, state.n_hosts), np.int64)
    by_host = (rules.leave_collective, rules.worker_leaves, rules.subsidised)
    limits = (rules.stay_limit, rules.exempt)
    key = state.key(Stream.HOUSING)
    state.sweep(update_housing, key, state.n_hosts, by_host, limits, terms, totals=(counts,))
    settled, claimed = counts
    luck = state.key(Stream.PLACES)
    columns = state.households.columns()
    for host in np.flatnonzero(settled + claimed > rules.places):
        free = max(int(rules.places[host]) - int(settled[host]), 0)
        state.history.places_short[state.index, host] = allocate_places(
            columns, luck, host, free, rules.duty[host], rules.vulnerable_first[host]
        )
