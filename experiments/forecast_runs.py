"""Forecasts from every origin with several seeds, in processes of their own: the input of the scores."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from abm.months import month_index
from experiments.ensemble.pool import run_in_order

if TYPE_CHECKING:
    import pandas as pd

    from abm.api import RunSettings
    from abm.data.world import World
    from calibration.validation.forecasts import Forecasts


Floats = NDArray[np.float64]


def register_array(register: "pd.DataFrame", ids: Sequence[str], n_months: int) -> Floats:
    """Return the register table of one seed as float64[T, H], persons; NaN where it has no row."""
    month_of = {label: month_index(label) for label in register["month"].astype(str).unique()}
    host_of = {code: number for number, code in enumerate(ids)}
    rows = register["month"].astype(str).map(month_of).to_numpy()
    columns = register["host"].astype(str).map(host_of).to_numpy()
    array = np.full((n_months, len(ids)), np.nan)
    array[rows, columns] = register["persons"].to_numpy()
    return array


def one_seed(
    world: "World", settings: "RunSettings", origins: Sequence[int], horizon: int, seed: int
) -> tuple[Floats, Floats, Floats]:
    """Return the three register views of one seed, as ``Forecasts`` holds them."""
    from abm.api import forecast_register, run

    seen = forecast_register(world, settings, seed, origins, horizon)
    blind = forecast_register(world, settings, seed, origins, horizon, clean_ups=False)
    pinned = replace(settings, until=world.registers.last_month + 1, arrivals="recorded")
    register = run(world, pinned, seed).tables["register"]
    return seen, blind, register_array(register, world.hosts.ids, world.n_months)


def forecasts(
    world: "World",
    settings: "RunSettings",
    *,
    seeds: Sequence[int],
    origins: Sequence[int],
    horizon: int,
    processes: int,
    on_seed: Callable[[], None],
) -> "Forecasts":
    """Return the forecasts of all seeds, in the order of ``seeds`` whatever the number of processes.

    Parameters are those of :func:`abm.api.forecast_register`; ``on_seed`` is called after every seed.
    """
    from calibration.validation.forecasts import Forecasts

    shared = (world, settings, tuple(origins), horizon)
    by_seed = run_in_order(one_seed, shared, seeds, processes, on_done=lambda _: on_seed())
    seen, blind, hindcast = map(np.stack, zip(*by_seed, strict=True))
    return Forecasts(np.asarray(origins, dtype=np.int64), seen, blind, hindcast)
