"""housing: dwellings found and lost, and scarce collective places handed out in keyed random order."""

import numpy as np

from abm.codes import Stream
from abm.kernels.housing import allocate_places, count_collective_months, update_housing
from abm.state import State


def run(state: State) -> None:
    """Update dwellings; where places are limited, hand them out and count who finds none."""
    c, environment = state.world.coefficients, state.environment
    terms = (
        c["leave_hosted_hazard"],
        c["hosting_ends_hazard"],
        c["housing_work_factor"],
        c["limit_finds_home_share"],
    )
    counts = np.zeros((2, state.n_hosts), np.int64)
    key = state.key(Stream.HOUSING)
    by_host = (environment.leave_collective, environment.worker_leaves, environment.subsidised)
    limits = (environment.stay_limit, environment.exempt)
    state.sweep(update_housing, key, state.n_hosts, by_host, limits, terms, totals=(counts,))
    settled, claimed = counts
    places = environment.places
    luck = state.key(Stream.PLACES)
    columns = state.households.columns()
    for host in np.flatnonzero(settled + claimed > places):
        free = max(int(places[host]) - int(settled[host]), 0)
        state.history.places_short[state.index, host] = allocate_places(
            columns, luck, host, free, environment.duty[host], environment.vulnerable_first[host]
        )
    count_collective_months(columns, state.n_hosts)
