"""Forecasts of the register from every origin: the hindcast is run once and continued from each month.

At an origin a copy of the run goes on with what was known then (:mod:`calibration.known_world`):
arrivals are modelled from the known months, and nothing observed later is used.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from abm.decision import DecisionBuilder
from abm.settings import RunSettings
from abm.simulation import Simulation
from abm.world import World
from calibration.known_world import known_at

Floats = NDArray[np.float64]


def rolling_forecasts(
    world: World,
    settings: RunSettings,
    seed: int,
    *,
    origins: Sequence[int],
    horizon: int,
    last_target: int,
    lookback: int,
    on_months: Callable[[int], None] | None = None,
) -> tuple[Floats, Floats, Floats]:
    """Return the register views of one seed.

    Parameters
    ----------
    world : World
        All data; must reach to ``last_target``.
    settings : RunSettings
        Scale and threads; start, horizon and what is known are set here.
    seed : int
        Of all draws; a forecast and the hindcast share them.
    origins : sequence of int
        Months at whose end a forecast is made, rising.
    horizon : int
        Most months ahead.
    last_target : int
        Last month simulated.
    lookback : int
        Months whose mean carries war and economy forward.
    on_months : callable, optional
        Called with the number of months just simulated.

    Returns
    -------
    with_clean_up, without_clean_up : float64[K, horizon + 1, H]
        Register by origin and months ahead, persons; NaN after ``last_target``.
    hindcast : float64[T, H]
        Register of the run with recorded arrivals by month, persons; NaN before its start.
    """
    note = on_months or (lambda _: None)
    hosts = len(world.hosts.ids)
    views = np.full((2, len(origins), horizon + 1, hosts), np.nan)
    hindcast = np.full((world.n_months, hosts), np.nan)
    run = Simulation(world, replace(settings, arrivals="recorded", until=last_target + 1), seed)
    while not run.finished:
        run.step()
        note(1)
        month = run.state.month - 1
        hindcast[month] = run.state.history.register[run.state.index - 1]
        if month not in origins:
            continue
        at = list(origins).index(month)
        twin = _continued(run, month, min(month + horizon, last_target), lookback)
        paths = _both_views(twin)
        views[:, at, 0] = hindcast[month]
        views[:, at, 1 : paths.shape[1] + 1] = paths
        note(paths.shape[1])
    return views[0], views[1], hindcast


def _both_views(twin: Simulation) -> Floats:
    """Run to the end; return the register with and without clean-ups, float64[2, months, H].

    A clean-up moves nobody, so both come from one run: the one without is simulated, and who would have
    been taken off is followed beside it.
    """
    completeness = twin.state.world.registers.break_completeness
    cleaned = twin.state.unseen.copy()
    months: list[tuple[Floats, Floats]] = []
    while not twin.finished:
        before = twin.state.unseen.copy()
        twin.step()
        state = twin.state
        cleaned = (cleaned + state.unseen - before) * (1.0 - completeness[state.month - 1])
        without = state.history.register[state.index - 1]
        months.append((without - state.unseen + cleaned, without))
    return np.array(months).swapaxes(0, 1)


def _continued(run: Simulation, origin: int, last: int, lookback: int) -> Simulation:
    """Return a copy of the run that goes on from an origin with what was known there."""
    full = run.state.world
    known = known_at(full, origin, lookback)
    twin = run.fork(replace(run.state.settings, until=last + 1, known_until=origin, clean_ups=False))
    twin.state.world = known
    # Centred on the same month as the run it continues, so that base hazards keep their meaning.
    twin.state.decisions = DecisionBuilder(known, base=full, without=run.state.decisions.without)
    held = run.state.type_shares.copy()
    held[origin + 1 :] = held[origin]
    twin.state.type_shares = held
    return twin
