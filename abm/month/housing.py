"""housing: dwellings found and lost, and scarce collective places handed out in keyed random order."""

from typing import NamedTuple

import numpy as np

from abm.arrays import Booleans, Floats
from abm.codes import Stream
from abm.data.world import World
from abm.kernels.housing import PARTS, allocate_places, count_housing, update_housing
from abm.kernels.layout import MOST_MONTHS
from abm.state import State


class HousingRules(NamedTuple):
    """What is in force in a month, by host."""

    leave_collective: Floats  # [H] Monthly hazard of leaving collective housing
    worker_leaves: Floats  # [H] Factor on it when somebody works
    subsidised: Floats  # [H] Share of leavers with subsidised rent
    hosting_ends: Floats  # [H] Monthly hazard that private hosting ends without an own dwelling
    stay_limit: Floats  # [H, completed months there] Longest stay in collective housing, months
    exempt: Booleans  # [H] Households with minors or older people are exempt from the limit
    places: Floats  # [H] Places in collective housing; infinite where no limit is known
    duty: Booleans  # [H] Everybody is placed, if need be in an emergency
    vulnerable_first: Booleans  # [H]


def housing_rules(world: World, month: int) -> HousingRules:
    """Return the rates and rules of a month."""
    policy, hosts, c = world.policy, world.hosts, world.coefficients
    return HousingRules(
        # Where most live in collective places an own dwelling is hard to find (B077, B078).
        leave_collective=c["leave_collective_hazard"]
        * (1.0 - hosts.collective_share[month])
        * policy.now("leave_collective", month),
        worker_leaves=c["housing_work_factor"] * policy.now("own_contribution", month),
        subsidised=np.clip(c["subsidised_share"] + policy.now("rent_subsidy", month), 0.0, 1.0),
        hosting_ends=np.full(len(hosts.ids), c["hosting_ends_hazard"]),
        stay_limit=policy.by_stay("collective_stay_limit", month, MOST_MONTHS),
        exempt=policy.is_exempt("collective_stay_limit", month),
        places=world.places_available(month),
        duty=policy.now("place_duty", month) >= 0.5,
        vulnerable_first=policy.now("priority_vulnerable", month) >= 0.5,
    )


MEMORY = 12.0
"""Months over which the factors of the recorded past are averaged for the months after it."""

MOST_FACTOR = 25.0
MOST_MOVES = 0.6
"""Largest factor on leaving collective places, and largest monthly probability of a change of dwelling."""


def counted_persons(state: State) -> Floats:
    """Return the persons whom shares of collective housing are of at the end of the month, float64[H].

    Beds are published as a share of registered persons: recorded stocks, between those published in a
    straight line, after them the register of the model; where there is no register, who is there.
    """
    registers, month = state.world.registers, state.month
    last = state.history.register[state.index - 1] if state.index else state.displaced()
    found = np.where(last > 0.0, last, state.displaced()).astype(float)
    known = min(state.last_known_month, registers.last_month)
    for host in range(state.n_hosts):
        months = np.flatnonzero(np.isfinite(registers.stock[: known + 1, host]))
        if len(months) and months[0] <= month <= months[-1]:
            found[host] = np.interp(month, months, registers.stock[months, host])
    return found


def solved_rules(state: State) -> HousingRules:
    """Return the rules of the month with rates that keep collective places in use on their recorded path.

    Leavers of collective places are raised or lowered, and where nobody leaving is not enough, private
    hosting ends sooner. After the last month recorded, and where a lever acts on reception, the mean factors
    of the last year hold, so that a policy does all it does.
    """
    world, month, policy = state.world, state.month, state.world.policy
    rules = housing_rules(world, month)
    counts = np.zeros((4, state.n_hosts), np.int64)
    by_host = (rules.leave_collective, rules.worker_leaves)
    state.sweep(count_housing, state.n_hosts, *by_host, totals=(counts,))
    there, used, leaving, hosted = counts / np.array([[1], [1], [PARTS], [1]])
    share = world.hosts.collective_share[min(month + 1, world.n_months - 1)]
    wanted = np.minimum(share * counted_persons(state), there)
    entering = rules.hosting_ends * hosted
    excess = used + entering - wanted
    factors = np.ones((2, state.n_hosts))
    factors[0] = np.clip(excess / np.maximum(leaving, 1.0), 0.0, MOST_FACTOR)
    factors[1] = np.where(excess < 0.0, 1.0 - excess / np.maximum(entering, 1.0), 1.0)
    free = np.isinf(rules.stay_limit).all(axis=1) & np.isnan(policy.now("collective_places", month))
    free &= (policy.now("leave_collective", month) == 1.0) & (policy.now("own_contribution", month) == 1.0)
    free &= (month <= state.last_known_month) & (there > 0.0)
    mean = state.reception[:2] + (np.minimum(factors, MOST_FACTOR) - state.reception[:2]) / MEMORY
    factors = np.where(free, factors, state.reception[:2])
    state.reception[:2] = np.where(free, mean, state.reception[:2])
    # What private hosts cannot give, newcomers of the next month do.
    short = np.maximum(-excess - MOST_MOVES * hosted, 0.0)
    state.reception[2] = np.where(free, short / np.maximum(wanted, 1.0), 0.0)
    return rules._replace(
        leave_collective=np.minimum(rules.leave_collective * factors[0], MOST_MOVES),
        hosting_ends=np.minimum(rules.hosting_ends * factors[1], MOST_MOVES),
    )


def housing(state: State) -> None:
    """Update dwellings; where places are limited, hand them out and count who finds none."""
    c, rules = state.world.coefficients, solved_rules(state)
    state.environment.housing = rules
    terms = (c["leave_hosted_hazard"], c["housing_work_factor"], c["limit_finds_home_share"])
    counts = np.zeros((2, state.n_hosts), np.int64)
    by_host = (rules.leave_collective, rules.worker_leaves, rules.subsidised, rules.hosting_ends)
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
