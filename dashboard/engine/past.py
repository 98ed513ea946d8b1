"""The past as pages show it: recorded points, and the model's hindcast beside them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.data.settings import RunSettings
from abm.months import month_label
from abm.places import hosts_of, places
from abm.policy.scenario import scenario_world
from abm.simulation import Simulation
from dashboard.engine.limits import RunSample
from experiments.uncertainty import covered

Floats = NDArray[np.float64]

MOST_CARRIED = 0.1
"""Largest part of a recorded point that may be a host's figure of an earlier month, as in the figures."""


def recorded(world: Any, chosen: NDArray[np.bool_]) -> dict[str, Any]:
    """Return months, persons, whether every host published, and whether a register was cleaned up."""
    registers = world.registers
    stock = registers.stock[: registers.last_month + 1, chosen]
    known = np.isfinite(stock)
    filled = stock.copy()
    for month in range(1, len(filled)):
        filled[month] = np.where(known[month], stock[month], filled[month - 1])
    months = np.arange(registers.first_month, registers.last_month + 1)
    total = np.nansum(filled[months], axis=1)
    missing = ~np.isfinite(filled[months]).all(axis=1)
    carried = np.where(known[months], 0.0, np.nan_to_num(filled[months])).sum(axis=1)
    whole = known[months].all(axis=1)
    usable = whole | (~missing & (carried < MOST_CARRIED * total))
    broken = registers.is_break[months][:, chosen].any(axis=1)
    return {
        "months": [month_label(int(m)) for m in months[usable]],
        "persons": [float(v) for v in total[usable]],
        "complete": [bool(v) for v in whole[usable]],
        "cleaned_up": [bool(v) for v in broken[usable]],
    }


def _band(values: Floats, first: int) -> dict[str, Any]:
    low, mid, high = np.rint(np.quantile(values, [0.1, 0.5, 0.9], axis=0))
    months = [month_label(first + i) for i in range(values.shape[1])]
    return {"months": months, "low80": low.tolist(), "mid": mid.tolist(), "high80": high.tolist()}


def past(root: Path, sample: RunSample, on_seed: Callable[[], None] = lambda: None) -> dict[str, Any]:
    """Return recorded points and the hindcast by place, from the first month to the last register month."""
    from abm.data.folder import load_settings

    until = load_settings(root).last_register_month + 1
    world = scenario_world(root, until)
    settings = RunSettings(
        scale=sample.scale, households_per_host=sample.households_per_host, until=until, **covered(world)
    )
    stocks, registers = [], []
    for seed in range(1, sample.seeds + 1):
        run = Simulation(world, settings, seed).run_to_end()
        stocks.append(run.state.history.stock.sum(axis=(2, 3, 4)))
        registers.append(run.state.history.register)
        on_seed()
    people, shown = np.array(stocks, float), np.array(registers)
    masks = {place: hosts_of(place, world.hosts) for place in places(world.hosts.ids)}
    return {
        "recorded": {place: recorded(world, mask) for place, mask in masks.items()},
        "hindcast": {
            place: {
                "stock": _band(people[:, :, mask].sum(axis=2), settings.start),
                "register": _band(shown[:, :, mask].sum(axis=2), settings.start),
            }
            for place, mask in masks.items()
        },
        "protection_end": {
            place: sorted({month_label(int(m)) for m in world.hosts.protection_end[mask] if 0 <= m < 10**4})
            for place, mask in masks.items()
        },
    }
