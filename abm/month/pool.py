"""Who can still leave Ukraine: people there, movers among them, and whom a change lets go or drives out.

Departures are a hazard on a pool, so what drives people out runs dry. Of the people in a unit some would move
in a war that goes on as it does (movers); their departures deplete them. Three more pools wait until
something opens them: men of 18 to 22, men of 23 to 60 (exit rule), and people who would leave a unit without
power and heat. Once open, ``flight_release_hazard`` of those left in it go every month.
"""

from functools import lru_cache

import numpy as np

from abm.arrays import Floats
from abm.codes import MINORS, PersonKind
from abm.data.origins import AGES, YEAR
from abm.data.world import World
from abm.state import Flow, State

YOUNG_MEN, MEN = int(PersonKind.MEN_18_22), int(PersonKind.MEN_23_60)

WORST_WINTER, NO_GRID = 1.0, 2.0
"""Energy shortage of the worst winter so far, up to which nobody leaves for it, and of a unit without any."""

CLOSED = ((YOUNG_MEN, "young_men_leave", "young"), (MEN, "men_leave", "men"))
"""Men of the exit rule: kind, mechanism of the lever, and name in the parameters."""


def let_go(reach: Floats, hazard: float, renewed: float) -> Floats:
    """Return persons who leave a waiting pool by month, of the shape of ``reach`` float64[T, ...].

    ``reach`` are the persons of the pool whom the rule or event of the month reaches. ``hazard`` of those
    who are still there leave in a month; over ``renewed`` months others take the place of who has left.

    >>> let_go(np.array([0.0, 100.0, 100.0, 0.0]), 0.5, np.inf)
    array([ 0., 50., 25.,  0.])
    """
    gone, leave = np.zeros_like(reach[0]), np.empty_like(reach)
    for month, reached in enumerate(reach):
        leave[month] = hazard * np.maximum(reached - gone, 0.0)
        gone = gone + leave[month]
        gone = gone - gone / renewed
    return leave


@lru_cache(maxsize=64)
def released_men(world: World) -> Floats:
    """Return men of 18 to 22 and of 23 to 60 whom the exit rule lets go, persons float64[T, 2].

    A lever of ``v`` opens as much of the pool as makes ``v`` times the usual number leave in its first month.
    ``flight_registered_later_share`` of them register the month after.
    """
    c = world.coefficients
    found = np.zeros((world.n_months, len(CLOSED)))
    for column, (kind, mechanism, name) in enumerate(CLOSED):
        factor = np.array([world.policy.ukraine(mechanism, month) for month in range(world.n_months)])
        waiting = c[f"flight_waiting_{name}_share"] * world.origins.residents[:, :, kind].sum(axis=1)
        full = c["flight_release_hazard"] * waiting
        more = np.maximum(factor - 1.0, 0.0) * c[f"flight_usual_{name}"]
        open_share = np.minimum(more / np.maximum(full, 1.0), 1.0)
        least, end, _ = AGES[kind]
        found[:, column] = let_go(open_share * waiting, c["flight_release_hazard"], YEAR * (end - least))
    later = c["flight_registered_later_share"]
    found[1:] += later * (found[:-1] - found[1:])
    found[0] *= 1.0 - later
    return found


@lru_cache(maxsize=64)
def driven_out(world: World) -> Floats:
    """Return people who leave units without power and heat, persons float64[T, U]; 0 up to the threshold."""
    c = world.coefficients
    without = (world.drivers["energy_deficit"] - WORST_WINTER) / (NO_GRID - WORST_WINTER)
    would = c["flight_no_grid_share"] * world.origins.residents.sum(axis=2)
    reach: Floats = np.clip(without, 0.0, 1.0) * would
    return let_go(reach, c["flight_release_hazard"], YEAR)


def in_ukraine(state: State) -> Floats:
    """Return people in Ukraine by unit and kind on the first day of the month, float64[U, K].

    Residents of the month less who is abroad, by the origins of their hosts.
    """
    world, history, now, H = state.world, state.history, state.index, state.n_hosts
    abroad = history.stock[now].sum(axis=(1, 2)).astype(float)
    came = history.flows[:now, :, H, :H]
    if now:
        # Neither children born abroad nor people who were abroad before the war have left a unit.
        abroad[:, list(MINORS)] *= 1.0 - np.minimum(
            came[:, Flow.BIRTH].sum() / max(abroad[:, list(MINORS)].sum(), 1.0), 1.0
        )
        # Who died abroad does not come back; most were old.
        abroad[:, PersonKind.WOMEN_65] += history.flows[:now, Flow.DEATH, :H, H].sum(axis=0)
        before = world.registers.before_war_share * came[:, Flow.LATE].sum()
        abroad *= 1.0 - min(before / max(abroad.sum(), 1.0), 1.0)
    residents = world.origins.residents[state.month]
    return np.asarray(np.maximum(residents - world.composition.origin.T @ abroad, 0.0))


def depletes(state: State, month: int) -> bool:
    """Return whether departures of a month deplete the movers.

    To the month in which the shock of the invasion has faded, that fading stands for it.
    """
    registers, settings = state.world.registers, state.settings
    everything = settings.arrivals == "modelled" and settings.known_until is None
    faded = registers.first_month + state.world.coefficients["flight_onset_fades_months"]
    return month >= faded and not everything


def movers_left(state: State) -> Floats:
    """Return what is left of the movers since the jump-off, share by unit, float64[U]."""
    begun, left = state.movers
    return np.asarray(np.where(begun > 0.0, left / np.maximum(begun, 1.0), 1.0))


def find_movers(state: State, people: Floats) -> None:
    """Set the movers in the first month whose departures deplete them; ``people`` float64[U, K]."""
    if not state.movers.any() and depletes(state, state.month):
        state.movers[:] = state.world.coefficients["flight_movers_share"] * people.sum(axis=1)


def take_movers(state: State, left: Floats) -> None:
    """Take who leaves this month, persons float64[U], from the movers."""
    state.movers[1] = np.maximum(state.movers[1] - left, 0.0)
