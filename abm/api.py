"""Run the model once: what most users of the model need.

Whoever steps a run, forks it or reads its state uses :class:`abm.simulation.Simulation`.
"""

from collections.abc import Callable

from abm.compiled import compile_once
from abm.data.settings import RunSettings
from abm.data.world import World
from abm.results import Results, tables_of
from abm.simulation import Simulation

__all__ = ["Results", "RunSettings", "run"]


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
