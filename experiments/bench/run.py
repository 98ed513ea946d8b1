"""One run of everything: time, compare, and put the figures into ``build/bench.json``."""

import os
import platform
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from abm.errors import EweaError
from abm.month import processes
from experiments.bench.contest import FALSE_ALARM, Contest
from experiments.bench.measure import (
    BYTES_PER_VALUE,
    MONTH,
    cost_by_size,
    in_turns,
    memory_in_own_process,
    ratio,
    start_simulation,
    start_up_times,
    streamed_columns,
    width,
)
from experiments.ensemble.files import write_json


def write_figures(path: Path, figures: dict[str, Any]) -> None:
    """Write the figures as JSON, into a folder that is made if it is not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json(path, figures)


RIVALS = {
    "full_month{}_vs_mesa": ("same_month", "mesa_month"),
    "month{}_vs_cpp": ("full_month", "cpp_month{}"),
    "decide{}_vs_mesa": ("decide", "mesa_decide"),
    "decide{}_vs_mesa_tables": ("decide", "mesa_decide_tables"),
    "decide{}_vs_numpy": ("decide", "numpy_decide"),
    "decide{}_vs_cpp": ("decide", "cpp_decide_rows{}"),
    "decide{}_vs_cpp_fast_math": ("decide", "cpp_decide_rows_fast_math{}"),
    "decide{}_vs_cpp_same_loops": ("decide", "cpp_decide{}"),
    "decide{}_vs_cpp_same_loops_fast_math": ("decide", "cpp_decide_fast_math{}"),
}
"""Which job is held against which, with as many threads where the rival has any; a month of Mesa against the
same processes of ours."""

PAIRS = {
    name.format(said): (f"{ours}{job}", theirs.format(job))
    for name, (ours, theirs) in RIVALS.items()
    for said, job in (("", "_2_threads"), ("_1_thread", "_1_thread"))
}


FAIR = tuple(name for name in PAIRS if name.startswith("decide_vs_cpp"))
"""All C++ programs have our month tables and bounds; ``decide_vs_cpp_fair`` is against the fastest one."""


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
    """Return the figures of ``build/bench.json``; ``around`` adds memory, growth with size and start-up."""
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
            contest.timed,
            rounds,
            lambda k, n: say("warming up ..." if k == 0 else f"round {k} of {n} ..."),
        )
    figures = figures_of(contest)
    figures["machine"]["load_before"] = busy
    figures["settings"].update(scale=scale, rounds=rounds, seed=seed)
    if around:
        say("growth with the number of households ...")
        figures["scaling"] = cost_by_size(configs, simulation, seed, rounds)
        sizes = figures["scaling"]["sizes"]
        figures["small_over_large_cost"] = sizes[0]["nanoseconds"] / sizes[-1]["nanoseconds"]
        say("memory ...")
        del contest, simulation
        figures["memory"] = memory_in_own_process(configs, scale, seed)
        say("start-up, first with an empty cache ...")
        figures["start_up"] = start_up_times(configs)
    return figures


def figures_of(contest: Contest) -> dict[str, Any]:
    """Return all figures of a contest that has been timed."""
    jobs, different = contest.jobs, contest.different_choices()
    if wrong := {who: n for who, n in different.items() if n}:
        raise EweaError(f"households that decide otherwise than in our kernel, with the same draws: {wrong}.")
    ratios = {
        name: ratio(jobs[fast], jobs[slow]) if slow in jobs else None for name, (fast, slow) in PAIRS.items()
    }
    return {
        **{name: None if found is None else found["ratio"] for name, found in ratios.items()},
        "decide_vs_cpp_fair": min(
            (found["ratio"] for name in FAIR if (found := ratios[name]) is not None), default=None
        ),
        "second_thread_gain_month": jobs["full_month_2_threads"].rate / jobs["full_month_1_thread"].rate,
        **stream_of(contest),
        "cpp_month": cpp_month_of(contest),
        "household_months_per_second": jobs["full_month_2_threads"].rate,
        "bytes_per_household": contest.simulation.state.households.bytes_per_household(),
        "ratios": ratios,
        "timings": {name: job.to_dict() for name, job in jobs.items()},
        "processes": processes_of(contest),
        "agreement": {
            "false_alarm": FALSE_ALARM,
            "different_choices": different,
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


def stream_of(contest: Contest) -> dict[str, float | None]:
    """Return what the month must move per household and its share of what the machine can move."""
    touched = sum(width(streamed_columns(process)) for _, process in processes())
    rate = contest.jobs["full_month_2_threads"].rate
    bandwidth = None if contest.stream is None else BYTES_PER_VALUE * contest.stream.rate
    return {
        "stream_share_month": None if bandwidth is None else touched * rate / bandwidth,
        "stream_bytes_per_second": bandwidth,
        "month_bytes_per_household": touched,
    }


def cpp_month_of(contest: Contest) -> dict[str, dict[str, Any]]:
    """Return what differs after the month in C++, and how much of it is the same Python as in ours.

    ``passes_ratio`` leaves that Python out on both sides.
    """
    found = {}
    for name, seconds in contest.around.items():
        around = median(seconds)
        ours, theirs = (median(contest.jobs[job].seconds) for job in (name.replace("cpp", "full"), name))
        found[name] = {
            "different_values": contest.different_values[name],
            "around_seconds": around,
            "share_of_ours": around / ours,
            "passes_ratio": (theirs - around) / max(ours - around, 1e-9),
        }
    return found


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
        for k, seconds in contest.cpp_seconds.items():
            table[name][f"nanoseconds_cpp_{k}"] = 1e9 * median(seconds[name]) / contest.households
    return table


def processor() -> str:
    """Return the name of the processor, as far as the system tells."""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
