"""schooling: host schools, Ukrainian lessons, and the language and other capital built up."""

from abm.codes import Stream
from abm.kernels.family import update_schooling
from abm.months import calendar_month
from abm.state import State

SUMMER = (6, 7, 8)
"""Months in which a school year has ended and a move does not break one off."""


def run(state: State) -> None:
    """Update schooling and integration of every household abroad."""
    c = state.world.coefficients
    state.sweep(
        update_schooling,
        state.key(Stream.SCHOOLING),
        state.n_hosts,
        c["enter_school_hazard"],
        c["leave_online_hazard"],
        state.environment.learn,
        c["integration_work_gain"],
        calendar_month(state.month) in SUMMER,
    )
