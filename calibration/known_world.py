"""The world as a forecaster knew it at the end of a month: nothing later than the origin.

Policy stays as it is in the files, because it is announced beforehand. Everything observed is carried
forward: the war and the economy at their mean of the last months, the power deficit as a year before,
work, reception and the mix of people as they were last seen. Registers end at the origin.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from abm.world import World

Floats = NDArray[np.float64]

YEAR = 12


def _held(series: Floats, origin: int) -> Floats:
    """Return a series whose value at the origin holds from then on; time is the first axis."""
    carried = series.copy()
    carried[origin + 1 :] = series[origin]
    return carried


def _held_at_mean(series: Floats, origin: int, months: int) -> Floats:
    """Return a series that continues at the mean of its last known months."""
    carried = series.copy()
    carried[origin + 1 :] = series[max(origin - months + 1, 0) : origin + 1].mean(axis=0)
    return carried


def _as_a_year_before(series: Floats, origin: int) -> Floats:
    """Return a seasonal series in which every later month repeats the latest known same month."""
    carried = series.copy()
    for month in range(origin + 1, len(series)):
        earlier = month - YEAR * (1 + (month - origin - 1) // YEAR)
        carried[month] = series[earlier] if earlier >= 0 else 0.0
    return carried


def known_at(world: World, origin: int, months: int) -> World:
    """Return the world without anything observed after the end of a month.

    Parameters
    ----------
    world : World
        All data.
    origin : int
        Last month known.
    months : int
        Months whose mean carries war and economy forward.

    Returns
    -------
    World
        Same axes; ``registers.last_month`` is the origin. Dates of register clean-ups are kept, because
        forecasts with and without the model's own clean-up are scored; their size is not data.
    """
    hosts, origins, registers, composition = world.hosts, world.origins, world.registers, world.composition
    after = np.arange(len(registers.stock)) > origin

    def unknown(series: Floats) -> Floats:
        return np.where(after[:, None], np.nan, series)

    return replace(
        world,
        hosts=replace(
            hosts,
            unemployment_share=_held(hosts.unemployment_share, origin),
            employment_share=_held(hosts.employment_share, origin),
            collective_share=_held(hosts.collective_share, origin),
        ),
        origins=replace(
            origins,
            intensity=_held_at_mean(origins.intensity, origin, months),
            occupied_share=_held(origins.occupied_share, origin),
            energy_deficit=_as_a_year_before(origins.energy_deficit, origin),
            economy=_held_at_mean(origins.economy, origin, months),
        ),
        registers=replace(
            registers,
            last_month=min(origin, registers.last_month),
            stock=unknown(registers.stock),
            decisions=unknown(registers.decisions),
            arrivals=unknown(registers.arrivals),
        ),
        composition=replace(
            composition, stock=_held(composition.stock, origin), arrivals=_held(composition.arrivals, origin)
        ),
    )
