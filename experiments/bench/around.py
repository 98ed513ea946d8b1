"""What lies around a month: its growth with the number of households, peak memory, and start-up."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from math import log
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from abm.errors import EweaError

if TYPE_CHECKING:
    from abm.simulation import Simulation

SIZES = (10_000, 100_000)
"""Households of the smaller runs, about."""

SHORT_RUN = ("run", "baseline", "--scale", "30000", "--seeds", "1", "--until", "2022-05", "--threads", "1")
"""Next to no households and two months: what is left is starting, loading, compiling and writing."""


def cost_by_size(configs: Path, full: Simulation, seed: int, rounds: int) -> dict[str, Any]:
    """Return the time of a month at several sizes, one thread, and its growth per doubling."""
    from abm.month import processes
    from experiments.bench.measure import TimedJob, branch, in_turns, start_simulation

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
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


def main(configs: str, scale: str, seed: str) -> None:
    """Build, simulate one month, print the memory it took as JSON."""
    from experiments.bench.measure import start_simulation

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
    with subprocess.Popen(  # noqa: S603
        words,
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        first = process.stderr.readline()
        first_sign = time.perf_counter() - start
        rest = process.stderr.read()
    whole = time.perf_counter() - start
    if process.returncode:
        raise EweaError(f"ewea {' '.join(arguments)} failed: {(first + rest).strip()[-500:]}")
    return first_sign, whole


def start_up_times(configs: Path, repeats: int = 3) -> dict[str, Any]:
    """Return seconds for help, a warm run and a run without any compiled code on disk.

    A run has started when it shows its first simulated month.
    """
    with tempfile.TemporaryDirectory(prefix="ewea-bench-") as folder:

        def short_run(name: str, **environment: str) -> tuple[float, float]:
            return seconds_of((*SHORT_RUN, "--out", str(Path(folder) / name)), configs, **environment)

        first = short_run("first", NUMBA_CACHE_DIR=str(Path(folder) / "compiled"))
        short_run("warm-up")
        runs = [short_run(f"run{k}") for k in range(repeats)]
    return {
        "help_seconds": median(seconds_of(("--help",), configs)[1] for _ in range(repeats)),
        "run_seconds": median(start for start, _ in runs),
        "first_run_seconds": first[0],
        "whole_run_seconds": median(whole for _, whole in runs),
        "whole_first_run_seconds": first[1],
        "run_command": "ewea " + " ".join(SHORT_RUN),
    }


if __name__ == "__main__":
    main(*sys.argv[1:])
