"""One run of everything: time, compare, and put the figures into one document."""

from __future__ import annotations

import os
import platform
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from abm.errors import EweaError
from experiments.bench.agreement import FALSE_ALARM, different_choices, same_shares
from experiments.bench.column_traffic import bytes_by_process
from experiments.bench.contest import TRIAD_ROWS, Contest
from experiments.bench.measure import in_turns, ratio
from experiments.bench.peak_memory import in_own_process
from experiments.bench.population import MONTH, start_simulation
from experiments.bench.scaling import cost_by_size
from experiments.bench.start_up import start_up_times
from experiments.bench.stream_triad import BYTES_PER_ROW


def run_bench(
    configs: Path,
    scale: int = 1,
    sample: int = 20_000,
    rounds: int = 5,
    seed: int = 1,
    *,
    triad_rows: int = TRIAD_ROWS,
    around: bool = True,
    say: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """Return the figures of ``build/bench.json``.

    Parameters
    ----------
    configs : Path
        Configuration folder.
    scale : int
        Real households per simulated one; 1 simulates everybody.
    sample : int
        Households of the Mesa models.
    rounds : int
        Timed rounds, in which everything takes its turn.
    seed : int
        Seed of the population, the sample and the Mesa models.
    triad_rows : int
        Length of the arrays of the bandwidth measurement.
    around : bool
        Also measure what lies around a month: memory, growth with size, start-up.
    say : callable
        Told what is going on.

    Raises
    ------
    EweaError
        If the sample or the number of rounds is too small.
    """
    if sample < 1:
        raise EweaError(f"--sample: found {sample}; at least 1 household is needed, 20000 is usual.")
    if rounds < 1:
        raise EweaError(f"--rounds: found {rounds}; at least 1 is needed, 5 is usual.")
    busy = os.getloadavg()[0]
    say("building the population ...")
    simulation = start_simulation(configs, scale, seed)
    with tempfile.TemporaryDirectory(prefix="ewea-bench-") as folder:
        contest = Contest(simulation, sample, seed, Path(folder), triad_rows)
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
        figures["memory"] = in_own_process(configs, scale, seed)
        say("start-up, first with an empty cache ...")
        figures["start_up"] = start_up_times(configs)
    return figures


def figures_of(contest: Contest) -> dict[str, Any]:
    """Return all figures of a contest that has been timed."""
    jobs = contest.jobs
    has_cpp = "cpp_decide_2_threads" in jobs
    pairs = {
        "full_month_vs_mesa": ("full_month_2_threads", "mesa_month"),
        "full_month_1_thread_vs_mesa": ("full_month_1_thread", "mesa_month"),
        "decide_vs_mesa": ("decide_2_threads", "mesa_decide"),
        "decide_1_thread_vs_mesa": ("decide_1_thread", "mesa_decide"),
        "decide_vs_mesa_tabulated": ("decide_2_threads", "mesa_tabulated_decide"),
        "decide_vs_numpy": ("decide_2_threads", "numpy_decide"),
        "decide_vs_cpp": ("decide_2_threads", "cpp_decide_2_threads"),
        "decide_1_thread_vs_cpp": ("decide_1_thread", "cpp_decide_1_thread"),
        "decide_vs_cpp_fast_math": ("decide_2_threads", "cpp_fast_math_decide_2_threads"),
    }
    ratios = {
        name: ratio(jobs[fast], jobs[slow]) if slow in jobs else None for name, (fast, slow) in pairs.items()
    }
    assert has_cpp or ratios["decide_vs_cpp"] is None
    return {
        **{name: None if found is None else found["ratio"] for name, found in ratios.items()},
        "household_months_per_second": jobs["full_month_2_threads"].rate,
        "bytes_per_household": contest.simulation.state.households.bytes_per_household(),
        "ratios": ratios,
        "timings": {name: job.to_dict() for name, job in jobs.items() if name != "triad_2_threads"},
        "processes": processes_of(contest),
        "bandwidth": bandwidth_of(contest),
        "agreement": {
            "false_alarm": FALSE_ALARM,
            "different_choices": different_choices(contest),
            "shares": same_shares(contest),
            "persons_in_our_month": contest.persons_moved(),
        },
        "settings": {
            "month": MONTH,
            "households": contest.households,
            "sample": len(contest.rows),
        },
        "machine": {
            "processor": processor(),
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "numpy": np.__version__,
        },
        "notes": contest.notes,
    }


def processes_of(contest: Contest) -> dict[str, dict[str, float]]:
    """Return the time of every process per household, and what it streams."""
    touched = bytes_by_process()
    table = {}
    for name in contest.process_seconds[1]:
        one, two = (1e9 * median(contest.process_seconds[k][name]) / contest.households for k in (1, 2))
        table[name] = {
            "nanoseconds_1_thread": one,
            "nanoseconds_2_threads": two,
            "speed_up": one / two,
            "bytes": touched[name],
            "gb_per_second": touched[name] / two,
        }
    return table


def bandwidth_of(contest: Contest) -> dict[str, float]:
    """Return the triad bandwidth and the shares of it our month and our decision use, GB/s."""
    triad = contest.jobs["triad_2_threads"].rate * BYTES_PER_ROW / 1e9
    touched = bytes_by_process()
    used = {
        "full_month": sum(touched.values()) * contest.jobs["full_month_2_threads"].rate / 1e9,
        "decide": touched["decide"] * contest.jobs["decide_2_threads"].rate / 1e9,
    }
    return {
        "triad_gb_per_second": triad,
        "full_month_bytes": sum(touched.values()),
        "decide_bytes": touched["decide"],
        **{f"{name}_gb_per_second": value for name, value in used.items()},
        **{f"{name}_share": value / triad for name, value in used.items()},
    }


def processor() -> str:
    """Return the name of the processor, as far as the system tells."""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
