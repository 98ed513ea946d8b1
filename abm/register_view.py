"""What a register shows: people who are there, and people who left without being taken off.

Most registers only accumulate until a clean-up removes at once everybody who left unseen; a few
deregister as they go. Some of the decisions go to persons who are already counted elsewhere.
"""

import numpy as np
from numpy.typing import NDArray

from abm.state import State

Array = NDArray[np.float64]


def update_register(state: State, present: Array, entered: Array, left: Array) -> None:
    """Write the register view of the month into the history.

    Parameters
    ----------
    state : State
        ``unseen`` (left, not taken off until a clean-up) and ``leaving`` (left, taken off with a
        lag) are updated.
    present, entered, left : float64[H]
        Persons with temporary protection at the end of the month, who registered during it, and
        who lost or left the status during it.
    """
    registers, month = state.world.registers, state.month
    share, lag = registers.deregistration_share, registers.deregistration_lag
    double = registers.double_share / (1.0 - registers.double_share)
    state.leaving += share * left
    state.leaving -= state.leaving / np.maximum(lag, 1.0)
    state.unseen += (1.0 - share) * left + double * entered
    completeness = registers.break_completeness[month]
    known = registers.last_month if state.settings.known_until is None else state.settings.known_until
    if month <= known or state.settings.clean_ups:
        state.unseen *= 1.0 - completeness
    # Where protection has ended there is no holder left to count, whoever was never taken off included.
    ended = state.environment.expired
    state.unseen[ended] = 0.0
    state.leaving[ended] = 0.0
    state.history.register[state.index] = present + state.unseen + state.leaving
