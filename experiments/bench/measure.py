"""The population everything is timed on, and timing in turns, so that a busy moment hits all alike."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from abm.branches import Branch
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
def bench_world(configs: Path) -> World:
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
    return Simulation(bench_world(configs), settings, seed)


def branch(simulation: Simulation, threads: int) -> State:
    """Return an independent state that stands where a run stands."""
    return Branch(simulation).fork(replace(simulation.state.settings, threads=threads)).state


def run_until(state: State, last: str) -> None:
    """Run the processes of the month up to and including one."""
    for name, process in processes():
        process(state)
        if name == last:
            return
    raise ValueError(f"no process is called {last!r}")


def _nothing(*_: Any) -> None:
    """Do nothing."""


@dataclass
class TimedJob:
    """Something to time.

    Parameters
    ----------
    run : callable
        What is timed; takes what ``prepare`` returned.
    prepare, after : callable
        Untimed work before and after; ``prepare`` takes the number of the round, 0 for the warm-up.

    Attributes
    ----------
    seconds, processor_seconds : list of float
        Time of every round (the warm-up is left out), and that of all threads on a processor, which a busy
        machine stretches less.
    """

    name: str
    households: int
    run: Callable[[Any], object]
    prepare: Callable[[int], Any] = _nothing
    after: Callable[[Any], object] = _nothing
    seconds: list[float] = field(default_factory=list)
    processor_seconds: list[float] = field(default_factory=list)

    def once(self, number: int) -> None:
        """Run round ``number``."""
        given = self.prepare(number)
        gc.collect()
        start, used = time.perf_counter(), time.process_time()
        self.run(given)
        elapsed, used = time.perf_counter() - start, time.process_time() - used
        if number > 0:
            self.seconds.append(elapsed)
            self.processor_seconds.append(used)
            self.after(given)

    @property
    def rate(self) -> float:
        """Household-months per second, from the median."""
        return self.households / median(self.seconds)

    def to_dict(self) -> dict[str, Any]:
        """Return the figures for a report."""
        return {
            "households": self.households,
            "household_months_per_second": self.rate,
            "nanoseconds_per_household": 1e9 / self.rate,
            "seconds_median": median(self.seconds),
            "seconds_min": min(self.seconds),
            "seconds_max": max(self.seconds),
            "seconds": self.seconds,
            "processor_seconds": self.processor_seconds,
        }


def in_turns(jobs: Sequence[TimedJob], rounds: int, on_round: Callable[[int, int], None] = _nothing) -> None:
    """Warm every job up once (round 0), then time all of them in every round."""
    for number in range(rounds + 1):
        on_round(number, rounds)
        for job in jobs:
            job.once(number)


def ratio(fast: TimedJob, slow: TimedJob) -> dict[str, float]:
    """Return how many times faster one job is per household-month, with least and most over the rounds.

    ``by_processor_time`` is the ratio of the medians of the time spent by all threads together.
    """
    per_round = [
        (fast.households / a) / (slow.households / b) for a, b in zip(fast.seconds, slow.seconds, strict=True)
    ]
    slower, faster = (median(job.processor_seconds) / job.households for job in (slow, fast))
    return {
        "ratio": fast.rate / slow.rate,
        "min": min(per_round),
        "max": max(per_round),
        "by_processor_time": slower / max(faster, 1e-15),
    }
