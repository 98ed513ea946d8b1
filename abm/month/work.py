"""work and integration: finding, losing and improving jobs; language and other capital built up abroad."""

from typing import NamedTuple

import numpy as np

from abm.arrays import Floats
from abm.codes import Stream
from abm.data.world import World
from abm.kernels.layout import MOST_MONTHS
from abm.kernels.work import update_integration, update_work
from abm.state import State


class WorkRates(NamedTuple):
    """Monthly hazards: ``find`` float64[H, completed months there]; ``lose`` and ``upgrade`` float64[H]."""

    find: Floats
    lose: Floats
    upgrade: Floats


def find_hazard(world: World, month: int) -> Floats:
    """Return the hazard of finding a job that keeps employment on its recorded path, float64[H].

    For jobs lost at rate ``s`` and an employment share ``e`` the balance is
    ``f (1 - e) (1 + gain * integration) = s e + de``.
    """
    hosts, c = world.hosts, world.coefficients
    now = hosts.employment_share[month]
    later = hosts.employment_share[min(month + 1, world.n_months - 1)]
    lost = c["job_loss_hazard"] * now
    gain = 1.0 + c["job_language_gain"] * c["integration_reference"]
    return np.asarray(np.clip((lost + later - now) / np.maximum(1.0 - now, 0.02) / gain, 0.0, 0.5))


def work_rates(world: World, month: int) -> WorkRates:
    """Return the hazards of a month.

    Programmes raise the rate of finding work; a higher cash support lowers it a little (B047), and so
    does doubt about the law, which keeps people from learning the language and from a quick job (B065).
    """
    policy, c = world.policy, world.coefficients
    by_stay = policy.by_stay("find_work", month, MOST_MONTHS)
    support = policy.by_stay("benefit", month, MOST_MONTHS)
    # Support cut to nothing counts as cut to a twentieth, so that the power stays finite.
    pressure = np.maximum(support, 0.05) ** -c["benefit_work_elasticity"]
    settled = 1.0 - c["uncertainty_work_loss"] * policy.now("legal_uncertainty", month)
    return WorkRates(
        find=np.clip((find_hazard(world, month) * settled)[:, None] * by_stay * pressure, 0.0, 0.9),
        lose=np.full(len(world.hosts.ids), c["job_loss_hazard"]),
        upgrade=c["job_upgrade_hazard"] * policy.now("job_level", month),
    )


def learning_rate(world: World, month: int) -> Floats:
    """Return the share of the missing integration gained in a month, float64[H]."""
    return world.coefficients["integration_gain"] * world.policy.now("language", month)


def work(state: State) -> None:
    """Update the jobs of every household abroad."""
    c = state.world.coefficients
    terms = (c["job_language_gain"], c["job_at_level_share"], c["job_without_status"])
    rates = work_rates(state.world, state.month)
    state.sweep(update_work, state.key(Stream.WORK), state.n_hosts, *rates, terms)


def integration(state: State) -> None:
    """Let every household abroad learn; those who work learn faster."""
    learn = learning_rate(state.world, state.month)
    state.sweep(update_integration, state.n_hosts, learn, state.world.coefficients["integration_work_gain"])
