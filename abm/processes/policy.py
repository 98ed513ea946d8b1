"""policy: the values in force on the first day of the month, as hazards and switches by host."""

import numpy as np

from abm.state import Environment, State


def find_hazard(state: State) -> np.ndarray:
    """Return the hazard of finding a job that keeps employment on its recorded path, float64[H].

    For jobs lost at rate ``s`` and an employment share ``e`` the balance is
    ``f (1 - e) (1 + gain * integration) = s e + de``.
    """
    hosts, c = state.world.hosts, state.world.coefficients
    now = hosts.employment_share[state.month]
    later = hosts.employment_share[min(state.month + 1, state.world.n_months - 1)]
    lost = c["job_loss_hazard"] * now
    gain = 1.0 + c["job_language_gain"] * c["integration_reference"]
    return np.asarray(np.clip((lost + later - now) / np.maximum(1.0 - now, 0.02) / gain, 0.0, 0.5))


def run(state: State) -> None:
    """Set the environment of the month."""
    hosts, c, month = state.world.hosts, state.world.coefficients, state.month
    collective = np.ascontiguousarray(hosts.collective_share[month])
    in_force = hosts.protection_end > month
    state.environment = Environment(
        protected=in_force,
        expired=~in_force,
        find=find_hazard(state),
        lose=np.full(state.n_hosts, c["job_loss_hazard"]),
        # Where most live in collective places an own dwelling is hard to find (B077, B078).
        leave_collective=c["leave_collective_hazard"] * (1.0 - collective),
        collective_share=collective,
    )
