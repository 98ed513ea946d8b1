"""Timing several ways to do the same work in turns, so that a busy moment hits all of them."""

import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any


def _nothing(*_: Any) -> None:
    """Do nothing."""


@dataclass
class Job:
    """Something to time.

    Parameters
    ----------
    name : str
        Name in the report.
    households : int
        Household-months one run stands for.
    run : callable
        What is timed; takes what ``prepare`` returned.
    prepare, after : callable
        Untimed work before and after; ``prepare`` takes the number of the round, 0 for the warm-up,
        ``after`` what ``prepare`` returned.

    Attributes
    ----------
    seconds : list of float
        Time of every round; the warm-up is left out.
    processor_seconds : list of float
        Time of all threads on a processor, which a busy machine stretches less.
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


def in_turns(jobs: Sequence[Job], rounds: int, on_round: Callable[[int, int], None] = _nothing) -> None:
    """Warm every job up once, then time all of them in every round.

    Parameters
    ----------
    jobs : sequence of Job
        What to time.
    rounds : int
        Timed rounds.
    on_round : callable, optional
        Called before every round with its number (0 for the warm-up) and their number.
    """
    for number in range(rounds + 1):
        on_round(number, rounds)
        for job in jobs:
            job.once(number)


def ratio(fast: Job, slow: Job) -> dict[str, float]:
    """Return how many times faster one job is per household-month.

    Returns
    -------
    dict
        ``ratio`` of the medians, ``min`` and ``max`` over the rounds, and ``by_processor_time``,
        the ratio of the medians of the time spent by all threads together.
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
