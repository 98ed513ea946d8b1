"""What is timed in turns, so that a busy moment hits all alike, and what lies around a month.

That is its growth with the number of households, what it moves through memory, peak memory, and start-up.
Started as a program it builds and simulates one month and prints the memory it took.
"""

import gc
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import pairwise
from math import log
from pathlib import Path
from statistics import median
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

from abm.branches import Branch
from abm.data.settings import RunSettings, load_settings
from abm.data.world import World
from abm.errors import EweaError
from abm.households import COLUMNS
from abm.month import processes
from abm.months import month_index
from abm.policy.scenario import scenario_world
from abm.simulation import Simulation
from abm.state import State
from experiments.bench.rivals.cpp import CppProgram

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
        scale=scale, threads=THREADS, until=month + 1, households_per_host=households_per_host
    )
    return Simulation(bench_world(configs), settings, seed).run_to(month)


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
    """Something to time."""

    name: str
    households: int
    run: Callable[[Any], object]  # What is timed; takes what ``prepare`` returned
    prepare: Callable[[int], Any] = _nothing  # Untimed; takes the number of the round, 0 for the warm-up
    after: Callable[[Any], object] = _nothing
    seconds: list[float] = field(default_factory=list)  # Of every round but the warm-up
    # The same of all threads on a processor, which a busy machine stretches less
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
    """Return how many times faster one job is per household-month, with least and most over the rounds."""
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


SIZES = (10_000, 100_000)
"""Households of the smaller runs, about."""

SHORT_RUN = ("run", "baseline", "--scale", "30000", "--seeds", "1", "--until", "2022-05", "--threads", "1")
"""Next to no households and two months: what is left is starting, loading, compiling and writing."""


def cost_by_size(configs: Path, full: Simulation, seed: int, rounds: int) -> dict[str, Any]:
    """Return the time of a month at several sizes, one thread, and its growth per doubling."""

    def month(simulation: Simulation) -> TimedJob:
        def run(state: Any) -> None:
            for _, process in processes():
                process(state)

        households = len(simulation.state.households)
        return TimedJob(f"month_{households}", households, run, lambda _: branch(simulation, 1))

    present, scale_now = len(full.state.households), full.state.settings.scale
    scales = [max(round(present * scale_now / size), 1) for size in SIZES if 2 * size <= present]
    jobs = [month(start_simulation(configs, scale, seed, households_per_host=1)) for scale in scales]
    in_turns(jobs, 3 * rounds)  # smaller sizes take more rounds
    jobs.append(month(full))
    in_turns(jobs[-1:], rounds)
    sizes = [
        {"households": job.households, "seconds": median(job.seconds), "nanoseconds": 1e9 / job.rate}
        for job in jobs
    ]
    growth = [
        2.0 ** (log(b["seconds"] / a["seconds"]) / log(b["households"] / a["households"]))
        for a, b in pairwise(sizes)
    ]
    return {"threads": 1, "sizes": sizes, "time_per_doubling": growth}


def peak_gib() -> float:
    """Return the largest resident size of this process so far, GiB.

    Linux hands ``ru_maxrss`` of the parent on to a child it starts, so there the kernel's own mark
    of this process (``VmHWM``) is read.
    """
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text(encoding="utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 2**20
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # macOS counts bytes, others KiB.
    return peak / (2**30 if sys.platform == "darwin" else 2**20)


def memory_in_own_process(configs: Path, scale: int, seed: int) -> dict[str, Any]:
    """Return ``households``, ``peak_gib``, ``imported_gib`` and ``build_seconds`` of a fresh process."""
    words = [sys.executable, "-m", __spec__.name, str(configs), str(scale), str(seed)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise EweaError(f"measuring memory failed: {done.stderr.strip()[-500:]}")
    return dict(json.loads(done.stdout))


def main(configs: str, scale: str, seed: str) -> None:
    """Build, simulate one month, print the memory it took as JSON."""
    imported, start = peak_gib(), time.perf_counter()
    simulation = start_simulation(Path(configs), int(scale), int(seed))
    built = time.perf_counter() - start
    simulation.step()
    figures = {
        "households": len(simulation.state.households),
        "peak_gib": peak_gib(),
        "imported_gib": imported,
        "build_seconds": built,
    }
    print(json.dumps(figures))


def seconds_of(arguments: tuple[str, ...], configs: Path, **environment: str) -> tuple[float, float]:
    """Return the seconds to the first line of progress and to the end of an ``ewea`` command."""
    call = "import sys; from experiments.command_line import main; sys.exit(main(sys.argv[1:]))"
    words = [sys.executable, "-c", call, "--configs", str(configs), *arguments]
    start = time.perf_counter()
    pipes: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(words, env={**os.environ, **environment}, **pipes) as process:  # noqa: S603
        assert process.stderr is not None
        first = process.stderr.readline()
        first_sign = time.perf_counter() - start
        rest = process.stderr.read()
    whole = time.perf_counter() - start
    if process.returncode:
        raise EweaError(f"ewea {' '.join(arguments)} failed: {(first + rest).strip()[-500:]}")
    return first_sign, whole


def start_up_times(configs: Path) -> dict[str, Any]:
    """Return seconds until help, or a first month, is shown: warm, and without compiled code on disk."""
    with tempfile.TemporaryDirectory(prefix="ewea-bench-") as folder:

        def short_run(name: str, **environment: str) -> tuple[float, float]:
            return seconds_of((*SHORT_RUN, "--out", str(Path(folder) / name)), configs, **environment)

        first = short_run("first", NUMBA_CACHE_DIR=str(Path(folder) / "compiled"))
        short_run("warm-up")
        runs = [short_run(f"run{k}") for k in range(3)]
    return {
        "help_seconds": median(seconds_of(("--help",), configs)[1] for _ in range(3)),
        "run_seconds": median(start for start, _ in runs),
        "first_run_seconds": first[0],
        "whole_run_seconds": median(whole for _, whole in runs),
        "whole_first_run_seconds": first[1],
        "run_command": "ewea " + " ".join(SHORT_RUN),
    }


if __name__ == "__main__":
    main(*sys.argv[1:])


TRIAD_VALUES = 16_000_000
"""Numbers per array of the triad: far more than caches hold."""

BYTES_PER_VALUE = 24
"""Two numbers read and one written, as STREAM counts."""


def triad_job(program: CppProgram, threads: int) -> TimedJob:
    """Return the triad ``a = b + factor * c`` as a job; its rate times 24 is the bandwidth in bytes/s."""
    a, b, c = (np.full(TRIAD_VALUES, float(k)) for k in range(3))

    def run(_: Any) -> None:
        program("set_threads", threads)
        program("triad", a, b, c, 3.0, TRIAD_VALUES)

    return TimedJob("triad", TRIAD_VALUES, run)


def streamed_columns(process: Callable[..., Any]) -> set[str]:
    """Return the columns a process' kernels name themselves: those touched for the few do not count."""
    named = (kernel.py_func.__code__.co_names for kernel in kernels_of(process))
    return set(COLUMNS).intersection(*[set().union(*named)])


def kernels_of(process: Callable[..., Any]) -> list[Any]:
    """Return the compiled functions that a process, or a helper in its file, names."""
    module, found, seen = sys.modules[process.__module__], [], {process.__name__}
    waiting = [process]
    while waiting:
        names = set(waiting.pop().__code__.co_names)
        for value in [vars(module).get(name) for name in names - seen]:
            # Either the kernel itself, or the room it stands in.
            kernels = [vars(value).get(one) for one in names] if isinstance(value, ModuleType) else [value]
            found += [kernel for kernel in kernels if hasattr(kernel, "py_func")]
            if isinstance(value, FunctionType) and value.__module__ == module.__name__:
                seen.add(value.__name__)
                waiting.append(value)
    return found


def width(names: set[str]) -> int:
    """Return the bytes of some columns of one household."""
    return sum(np.dtype(COLUMNS[name].dtype).itemsize * COLUMNS[name].width for name in names)
