"""policy: the values in force on the first day of the month, as hazards and switches by host."""

import numpy as np

from abm.kernels.layout import MOST_MONTHS
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


def find_by_stay(state: State) -> np.ndarray:
    """Return the hazard of finding a job by completed months in the host, float64[H, stay].

    Programmes raise it; a higher cash support lowers it a little (B047), and so does doubt about the
    law, which keeps people from learning the language and from a quick job alike (B065).
    """
    policy, month, c = state.world.policy, state.month, state.world.coefficients
    by_stay = policy.by_stay("find_work", month, MOST_MONTHS)
    support = policy.by_stay("benefit", month, MOST_MONTHS)
    # Support cut to nothing counts as cut to a twentieth, so that the power stays finite.
    pressure = np.maximum(support, 0.05) ** -c["benefit_work_elasticity"]
    settled = 1.0 - c["uncertainty_work_loss"] * policy.now("legal_uncertainty", month)
    return np.asarray(np.clip((find_hazard(state) * settled)[:, None] * by_stay * pressure, 0.0, 0.9))


def run(state: State) -> None:
    """Set the environment of the month."""
    hosts, c, month = state.world.hosts, state.world.coefficients, state.month
    policy = state.world.policy
    collective = np.ascontiguousarray(hosts.collective_share[month])
    in_force = hosts.protection_end > month
    set_places = policy.now("collective_places", month)
    state.environment = Environment(
        protected=in_force,
        expired=~in_force,
        find=find_by_stay(state),
        lose=np.full(state.n_hosts, c["job_loss_hazard"]),
        upgrade=c["job_upgrade_hazard"] * policy.now("job_level", month),
        learn=c["integration_gain"] * policy.now("language", month),
        visit=c["visit_hazard"] * policy.now("visits", month),
        joins=c["partner_joins_hazard"]
        * policy.now("family_reunion", month)
        * policy.ukraine("men_leave", month),
        # Where most live in collective places an own dwelling is hard to find (B077, B078).
        leave_collective=c["leave_collective_hazard"]
        * (1.0 - collective)
        * policy.now("leave_collective", month),
        worker_leaves=c["housing_work_factor"] * policy.now("own_contribution", month),
        subsidised=np.clip(c["subsidised_share"] + policy.now("rent_subsidy", month), 0.0, 1.0),
        stay_limit=policy.by_stay("collective_stay_limit", month, MOST_MONTHS),
        exempt=policy.is_exempt("collective_stay_limit", month),
        places=np.where(np.isnan(set_places), hosts.collective_places[month], set_places),
        duty=policy.now("place_duty", month) >= 0.5,
        vulnerable_first=policy.now("priority_vulnerable", month) >= 0.5,
        collective_share=collective,
    )
