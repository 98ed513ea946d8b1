"""Run the model once, or forecast a register from rolling origins: what most users of the model need.

Whoever steps a run, forks it or reads its state uses :class:`abm.simulation.Simulation`.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from abm.arrays import Floats
from abm.branches import Branches
from abm.compiled import compile_once
from abm.data.settings import RunSettings
from abm.data.world import World, as_known_at
from abm.errors import EweaError
from abm.months import month_label
from abm.results import Results, tables_of
from abm.simulation import Simulation

__all__ = ["Results", "RunSettings", "forecast_register", "run"]


def run(
    world: World,
    settings: RunSettings,
    seed: int,
    on_month: Callable[[int, int], None] | None = None,
) -> Results:
    """Run the model once.

    Parameters
    ----------
    world : World
        Data; must reach to ``settings.until``.
    settings : RunSettings
        Scenario, scale, period and arrivals.
    seed : int
        Seed of all draws; the same seed gives the same result.
    on_month : callable, optional
        Called after every month with the months done and the months in all.

    Returns
    -------
    Results
        Tidy tables.

    Raises
    ------
    EweaError
        If the settings do not fit the world.
    """
    compile_once(world)
    simulation = Simulation(world, settings, seed)
    months = settings.until - settings.start
    while not simulation.finished:
        simulation.step()
        if on_month is not None:
            on_month(simulation.state.index, months)
    return Results(tables_of(simulation.state))


def forecast_register(
    world: World,
    settings: RunSettings,
    seed: int,
    origins: Sequence[int],
    horizon: int,
    clean_ups: bool = True,
) -> Floats:
    """Return forecasts of the register view from rolling origins.

    The hindcast runs once with recorded arrivals. At every origin a copy of its state goes on with
    modelled arrivals and with what was known at the origin only: registers to that month, drivers
    and host conditions held at their last known values.

    Parameters
    ----------
    origins : sequence of int
        Months whose end is the last known moment, in rising order.
    horizon : int
        Months to forecast from each.
    clean_ups : bool
        Whether clean-ups are drawn after the origin: renewals by the calendar known then, others at any time.

    Returns
    -------
    float64[origin, horizon + 1, host]
        Persons in the register at the end of origin + step; step 0 is the origin.

    Raises
    ------
    EweaError
        If an origin lies outside the register data.
    """
    months = list(origins)
    last = world.registers.last_month
    if months != sorted(months) or not months or months[0] < settings.start or months[-1] > last:
        raise EweaError(f"origins must rise between {month_label(settings.start)} and {month_label(last)}.")
    compile_once(world)
    base = replace(settings, until=months[-1] + 1, arrivals="recorded")
    hindcast = Branches(world, base, seed)
    forecasts = np.zeros((len(months), horizon + 1, len(world.hosts.ids)))
    for position, origin in enumerate(months):
        past = hindcast.at(origin + 1)
        ahead = replace(
            settings,
            until=origin + horizon + 1,
            arrivals="recorded",
            known_until=origin,
            clean_ups=clean_ups,
        )
        branch = past.fork(ahead, as_known_at(past.state.world, origin)).to_the_end()
        forecasts[position] = branch.state.history.register[past.state.index - 1 :]
    return forecasts
