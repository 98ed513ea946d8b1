"""One run of everything: time, compare, and put the figures into one document."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

from abm.errors import EweaError
from abm.households import COLUMNS
from abm.month import processes
from experiments.bench.around import cost_by_size, memory_in_own_process, start_up_times
from experiments.bench.contest import FALSE_ALARM, Contest
from experiments.bench.measure import MONTH, in_turns, ratio, start_simulation

PAIRS = {
    "full_month_vs_mesa": ("same_month_2_threads", "mesa_month"),
    "full_month_1_thread_vs_mesa": ("same_month_1_thread", "mesa_month"),
    "decide_vs_mesa": ("decide_2_threads", "mesa_decide"),
    "decide_1_thread_vs_mesa": ("decide_1_thread", "mesa_decide"),
    "decide_vs_numpy": ("decide_2_threads", "numpy_decide"),
    "decide_vs_cpp": ("decide_2_threads", "cpp_decide_2_threads"),
    "decide_1_thread_vs_cpp": ("decide_1_thread", "cpp_decide_1_thread"),
}
"""Which job is held against which; a month of Mesa against the same processes of ours."""


def run_bench(
    configs: Path,
    scale: int = 1,
    sample: int = 20_000,
    rounds: int = 5,
    seed: int = 1,
    *,
    around: bool = True,
    say: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """Return the figures of ``build/bench.json``; ``sample`` households make up the Mesa models.

    ``around`` also measures what lies around a month: memory, growth with size, start-up.
    """
    if sample < 1:
        raise EweaError(f"--sample: found {sample}; at least 1 household is needed, 20000 is usual.")
    if rounds < 1:
        raise EweaError(f"--rounds: found {rounds}; at least 1 is needed, 5 is usual.")
    busy = os.getloadavg()[0]
    say("building the population ...")
    simulation = start_simulation(configs, scale, seed)
    with tempfile.TemporaryDirectory(prefix="ewea-bench-") as folder:
        contest = Contest(simulation, sample, seed, Path(folder))
        in_turns(
            list(contest.jobs.values()),
            rounds,
            lambda k, n: say("warming up ..." if k == 0 else f"round {k} of {n} ..."),
        )
    figures = figures_of(contest)
    figures["machine"]["load_before"] = busy
    figures["settings"].update(scale=scale, rounds=rounds, seed=seed)
    if around:
        say("growth with the number of households ...")
        figures["scaling"] = cost_by_size(configs, simulation, seed, rounds)
        say("memory ...")
        del contest, simulation
        figures["memory"] = memory_in_own_process(configs, scale, seed)
        say("start-up, first with an empty cache ...")
        figures["start_up"] = start_up_times(configs)
    return figures


def figures_of(contest: Contest) -> dict[str, Any]:
    """Return all figures of a contest that has been timed."""
    jobs = contest.jobs
    ratios = {
        name: ratio(jobs[fast], jobs[slow]) if slow in jobs else None for name, (fast, slow) in PAIRS.items()
    }
    return {
        **{name: None if found is None else found["ratio"] for name, found in ratios.items()},
        "household_months_per_second": jobs["full_month_2_threads"].rate,
        "bytes_per_household": contest.simulation.state.households.bytes_per_household(),
        "ratios": ratios,
        "timings": {name: job.to_dict() for name, job in jobs.items()},
        "processes": processes_of(contest),
        "agreement": {
            "false_alarm": FALSE_ALARM,
            "different_choices": contest.different_choices(),
            "shares": contest.same_shares(),
        },
        "settings": {"month": MONTH, "households": contest.households, "sample": len(contest.rows)},
        "machine": {
            "processor": processor(),
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "numpy": np.__version__,
        },
        "notes": contest.notes,
    }


def processes_of(contest: Contest) -> dict[str, dict[str, float]]:
    """Return the time of every process per household, and what it streams if it reads its columns once."""
    table = {}
    for name, process in processes():
        one, two = (1e9 * median(contest.process_seconds[k][name]) / contest.households for k in (1, 2))
        touched = width(streamed_columns(process))
        table[name] = {
            "nanoseconds_1_thread": one,
            "nanoseconds_2_threads": two,
            "speed_up": one / two,
            "bytes": touched,
            "gb_per_second": touched / two,
        }
    return table


def streamed_columns(process: Callable[..., Any]) -> set[str]:
    """Return the columns that the kernels of a process name, read off their compiled code.

    Columns only touched for the few who move (inside functions a kernel calls) are left out.
    """
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


def processor() -> str:
    """Return the name of the processor, as far as the system tells."""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
