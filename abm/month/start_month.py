"""start_month: what is in force on the first day, the tables of the decision, and a clean slate of events."""

import numpy as np

from abm.arrays import Booleans, Floats
from abm.data.world import World
from abm.state import Environment, State


def terms_of_entry(world: World, month: int) -> tuple[Booleans, Floats]:
    """Return where newcomers receive protection, and their share in collective housing, both [H]."""
    return world.hosts.protection_end > month, np.ascontiguousarray(world.hosts.collective_share[month])


def start_month(state: State) -> None:
    """Set the environment of the month and forget the events of the last one."""
    protected, collective_share = terms_of_entry(state.world, state.month)
    tables = state.decisions.build(state.month, state.displaced().astype(float))
    state.environment = Environment(protected, collective_share, tables)
    state.households["triggers"][:] = 0
