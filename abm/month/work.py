"""work and integration: finding, losing and improving jobs; language and other capital built up abroad."""

from typing import NamedTuple

import numpy as np

from abm.arrays import Floats
from abm.codes import Stream
from abm.data.world import World
from abm.kernels.layout import MOST_MONTHS
from abm.kernels.work import factors_needed, seek_work, update_integration, update_work
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


def unlearned(world: World, month: int) -> Floats | None:
    """Return the gain in finding work without courses over that with them, float64[H, completed months].

    What a jobless adult has learned since coming, at the rates of the months since; None without courses.
    """
    if not world.policy.acts_on("language"):
        return None
    c, since = world.coefficients, range(month - 1, max(month - MOST_MONTHS, 0) - 1, -1)
    usual, rates = c["integration_gain"], np.array([learning_rate(world, before) for before in since]).T
    left = np.cumprod(1.0 - np.pad(rates, ((0, 0), (1, MOST_MONTHS - len(since)))), axis=1)
    as_usual = (1.0 - usual) ** np.minimum(np.arange(MOST_MONTHS + 1), len(since))
    with_courses, without = (1.0 + c["job_language_gain"] * (1.0 - part) for part in (left, as_usual))
    return np.asarray(without / with_courses)


def solved_rates(state: State) -> WorkRates:
    """Return the hazards that bring employment to where the month aims, from who is there.

    Newcomers come without a job, leavers take theirs along, and people learn, so the balance of
    :func:`find_hazard` drifts off the recorded path. The aim is that path; a policy that multiplies the rate
    of finding work by ``k`` moves it as it would move a population at the aim, so its effect is kept, and so
    is that of courses, by what people have learned more. One
    factor by host on the rate is chosen so that as many households find work this month as are needed.
    """
    world, month, c = state.world, state.month, state.world.coefficients
    rates, path = work_rates(world, month), world.hosts.employment_share
    usual = np.repeat(find_hazard(world, month)[:, None], MOST_MONTHS + 1, axis=1)
    if (less := unlearned(world, month)) is not None:
        usual *= less
    terms = (c["job_language_gain"], c["job_at_level_share"], c["job_without_status"])
    wait, counts = np.empty(len(state.households)), np.zeros((5, state.n_hosts), np.int64)
    key = state.key(Stream.WORK)
    state.sweep(seek_work, key, state.n_hosts, rates.find, usual, rates.lose, terms, wait, totals=(counts,))
    adults, employed, lost, found, found_usually = counts.astype(float)
    now, later = path[month], path[min(month + 1, world.n_months - 1)]
    aim = np.where(np.isnan(state.employment), now, state.employment)
    loss = c["job_loss_hazard"]
    power = np.where(found_usually > 0.0, found / np.maximum(found_usually, 1.0), 1.0)
    balance = (loss * now + later - now) / np.maximum(1.0 - now, 0.02)
    state.employment = np.clip(aim + power * balance * (1.0 - aim) - loss * aim, 0.0, 0.98)
    needed = state.employment * adults - (employed - lost)
    more = np.maximum(-needed, 0.0) / np.maximum(employed, 1.0)
    return WorkRates(
        find=rates.find * factors_needed(state.households.columns(), wait, needed)[:, None],
        lose=np.minimum(rates.lose + more, 0.5),
        upgrade=rates.upgrade,
    )


def work(state: State) -> None:
    """Update the jobs of every household abroad."""
    c = state.world.coefficients
    terms = (c["job_language_gain"], c["job_at_level_share"], c["job_without_status"])
    rates = solved_rates(state)
    state.environment.work = rates
    state.sweep(update_work, state.key(Stream.WORK), state.n_hosts, *rates, terms)


def integration(state: State) -> None:
    """Let every household abroad learn; those who work learn faster."""
    learn = learning_rate(state.world, state.month)
    state.sweep(update_integration, state.n_hosts, learn, state.world.coefficients["integration_work_gain"])
