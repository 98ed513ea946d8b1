"""Whether the cost of a month grows with the number of households and no faster."""

from __future__ import annotations

from itertools import pairwise
from math import log
from pathlib import Path
from statistics import median
from typing import Any

from abm.month import processes
from abm.simulation import Simulation
from experiments.bench.measure import Job, in_turns
from experiments.bench.population import branch, start_simulation

SIZES = (10_000, 100_000)
"""Households of the smaller runs, about."""


def cost_by_size(configs: Path, full: Simulation, seed: int, rounds: int) -> dict[str, Any]:
    """Return the time of a month at several sizes, one thread, and its growth per doubling.

    Parameters
    ----------
    configs : Path
        Configuration folder.
    full : Simulation
        The largest size.
    seed : int
        Seed of the smaller runs.
    rounds : int
        Timed rounds; smaller sizes take more of them.
    """
    present = len(full.state.households)
    scale_now = full.state.settings.scale
    jobs = []
    for size in SIZES:
        if 2 * size <= present:
            scale = max(round(present * scale_now / size), 1)
            jobs.append(_month(start_simulation(configs, scale, seed, households_per_host=1)))
    in_turns(jobs, 3 * rounds)
    largest = _month(full)
    in_turns([largest], rounds)
    jobs.append(largest)
    sizes = [
        {"households": job.households, "seconds": median(job.seconds), "nanoseconds": 1e9 / job.rate}
        for job in jobs
    ]
    growth = [
        2.0 ** (log(b["seconds"] / a["seconds"]) / log(b["households"] / a["households"]))
        for a, b in pairwise(sizes)
    ]
    return {"threads": 1, "sizes": sizes, "time_per_doubling": growth}


def _month(simulation: Simulation) -> Job:
    def run(state: Any) -> None:
        for _, process in processes():
            process(state)

    households = len(simulation.state.households)
    return Job(f"month_{households}", households, run, lambda _: branch(simulation, 1))
