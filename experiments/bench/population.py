"""The households and the month on which everything is timed."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from abm.data.settings import RunSettings, load_settings
from abm.month import processes
from abm.months import month_index
from abm.policy.scenario import scenario_world
from abm.simulation import Simulation

if TYPE_CHECKING:
    from abm.data.world import World
    from abm.state import State

MONTH = "2024-08"
"""A late month with registers on both sides: everybody is there, and every process has work."""

THREADS = 2


@cache
def world_of(configs: Path) -> World:
    """Return the data, loaded once."""
    return scenario_world(configs, max(load_settings(configs).last_register_month, month_index(MONTH) + 1))


def start_simulation(configs: Path, scale: int, seed: int, households_per_host: int = 600) -> Simulation:
    """Return a run on the first day of the month, with the whole population in place."""
    month = month_index(MONTH)
    settings = RunSettings(
        scale=scale,
        threads=THREADS,
        start=month,
        until=month + 1,
        households_per_host=households_per_host,
    )
    return Simulation(world_of(configs), settings, seed)


def branch(simulation: Simulation, threads: int) -> State:
    """Return an independent state that stands where a run stands."""
    return simulation.fork(replace(simulation.state.settings, threads=threads)).state


def run_until(state: State, last: str) -> None:
    """Run the processes of the month up to and including one."""
    for name, process in processes():
        process(state)
        if name == last:
            return
    raise ValueError(f"no process is called {last!r}")
