"""One run of everything: time, compare, and put the figures on the terminal and into ``build/bench.json``."""

import os
import platform
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

from abm.errors import EweaError
from abm.households import COLUMNS
from abm.month import processes
from experiments.bench.contest import FALSE_ALARM, Contest
from experiments.bench.measure import (
    MONTH,
    cost_by_size,
    in_turns,
    memory_in_own_process,
    ratio,
    start_simulation,
    start_up_times,
)
from experiments.ensemble.files import write_json
from experiments.options import console, terminal_table

type Row = tuple[str, ...]

QUIET = 0.5
"""Load of the machine up to which speeds mean something."""

BARS = {
    "decide_vs_mesa": ("decision against Mesa objects", 500.0, "at least", "x"),
    "decide_vs_cpp": ("decision against C++/OpenMP", 1.5, "at least", "x"),
    "full_month_vs_mesa": ("month against Mesa objects", 200.0, "at least", "x"),
    "bytes_per_household": ("state per household", 150.0, "at most", "bytes"),
    "memory": ("memory of the process", 4.0, "at most", "GiB"),
    "scaling": ("time when households double", 2.2, "at most", "x"),
    "help": ("ewea --help", 1.0, "at most", "s"),
    "run": ("ewea run, warm, to its first month", 3.0, "at most", "s"),
    "first_run": ("the first ewea run, which compiles", 60.0, "at most", "s"),
}
"""What the project promises at scale 1 on two cores: (meaning, value, direction, unit)."""

NAMES = {
    "full_month_1_thread": "our full month, 1 thread",
    "full_month_2_threads": "our full month, 2 threads",
    "same_month_1_thread": "our month as Mesa's, 1 thread",
    "same_month_2_threads": "our month as Mesa's, 2 threads",
    "mesa_month": "Mesa objects, month",
    "decide_1_thread": "our decision, 1 thread",
    "decide_2_threads": "our decision, 2 threads",
    "mesa_decide": "Mesa objects, decision",
    "numpy_decide": "NumPy columns, decision",
    "cpp_decide_1_thread": "C++, decision, 1 thread",
    "cpp_decide_2_threads": "C++/OpenMP, decision, 2 threads",
}
"""Order and names of the timings."""


def bars(figures: dict[str, Any]) -> list[dict[str, Any]]:
    """Return every promise with what was measured; promises that were not measured are left out."""
    direct = ("decide_vs_mesa", "decide_vs_cpp", "full_month_vs_mesa", "bytes_per_household")
    measured = {name: figures.get(name) for name in direct}
    if "memory" in figures:
        measured["memory"] = figures["memory"]["peak_gib"]
    if figures.get("scaling", {}).get("time_per_doubling"):
        measured["scaling"] = max(figures["scaling"]["time_per_doubling"])
    if "start_up" in figures:
        measured |= {name: figures["start_up"][f"{name}_seconds"] for name in ("help", "run", "first_run")}
    lines = []
    for name, (meaning, value, direction, unit) in BARS.items():
        found = measured.get(name)
        if found is not None:
            met = found >= value if direction == "at least" else found <= value
            lines.append(
                {"name": name, "meaning": meaning, "found": found, "bar": value, "direction": direction,
                 "unit": unit, "met": bool(met)}
            )  # fmt: skip
    return lines


def print_bench(figures: dict[str, Any]) -> None:
    """Print the report."""
    settings, machine, a = figures["settings"], figures["machine"], figures["agreement"]
    out = console()
    busy = " (busy: the ratios hold, the speeds do not)" if machine["load_before"] > QUIET else ""
    out.print(
        f"{settings['households']:,} households (scale {settings['scale']}), month {settings['month']}, "
        f"{settings['rounds']} rounds in turns; Mesa on a sample of {settings['sample']:,}.\n"
        f"{machine['processor']}, {machine['cores']} cores; load before {machine['load_before']:.1f}{busy}."
    )
    for title, heads, rows in (
        ("Speed", ("", "million household-months/s", "lowest", "highest", "ns each"), _timings(figures)),
        (
            "Times faster per household-month",
            ("", "median", "lowest round", "highest", "by processor time"),
            _ratios(figures),
        ),
        (
            "Processes, ns per household",
            ("process", "1 thread", "2 threads", "gain", "bytes", "GB/s"),
            _processes(figures),
        ),
        (
            f"Same shares? Bounds by chance alone, false alarm {a['false_alarm']:g}",
            ("who", "share", "expected", "bound", ""),
            _shares(figures),
        ),
        ("Promises", ("", "found", "bar", ""), _promises(figures)),
    ):
        out.print(terminal_table(title, heads, rows))
    different = ", ".join(f"{who} {n}" for who, n in a["different_choices"].items())
    out.print(f"Households that decide otherwise than in our kernel, same draws: {different}.")
    if "scaling" in figures:
        sizes = figures["scaling"]["sizes"]
        costs = ", ".join(f"{size['households']:,}: {size['nanoseconds']:.0f} ns" for size in sizes)
        growth = ", ".join(f"x {value:.2f}" for value in figures["scaling"]["time_per_doubling"])
        out.print(
            f"Cost per household-month, 1 thread: {costs}. Twice the households take {growth} the time."
        )
    if "start_up" in figures:
        s, memory = figures["start_up"], figures["memory"]
        out.print(
            f"{s['run_command']}: first month after {s['run_seconds']:.1f} s, done after "
            f"{s['whole_run_seconds']:.1f} s; without compiled code on disk {s['first_run_seconds']:.0f} s "
            f"and {s['whole_first_run_seconds']:.0f} s. 'ewea --help': {s['help_seconds']:.2f} s.\n"
            f"Building {memory['households']:,} households ({memory['build_seconds']:.1f} s) and a month of "
            f"them: {memory['peak_gib']:.2f} GiB at the peak; libraries {memory['imported_gib']:.2f}."
        )
    for note in figures["notes"]:
        out.print(note)


def _timings(figures: dict[str, Any]) -> Iterator[Row]:
    for name, label in NAMES.items():
        if name in figures["timings"]:
            t = figures["timings"][name]
            rates = [t["households"] / t[f"seconds_{at}"] / 1e6 for at in ("median", "max", "min")]
            yield label, *(f"{rate:.4g}" for rate in rates), f"{t['nanoseconds_per_household']:,.1f}"


def _ratios(figures: dict[str, Any]) -> Iterator[Row]:
    for name, found in figures["ratios"].items():
        keys = ("ratio", "min", "max", "by_processor_time")
        numbers = ("not measured",) if found is None else tuple(f"{found[key]:,.1f}" for key in keys)
        yield name.replace("_", " "), *numbers


def _processes(figures: dict[str, Any]) -> Iterator[Row]:
    for name, row in figures["processes"].items():
        times = (f"{row[f'nanoseconds_{k}']:.2f}" for k in ("1_thread", "2_threads"))
        yield name, *times, f"{row['speed_up']:.2f}", f"{row['bytes']:.0f}", f"{row['gb_per_second']:.2f}"


def _shares(figures: dict[str, Any]) -> Iterator[Row]:
    for line in figures["agreement"]["shares"]:
        numbers = (f"{line[key]:.6f}" for key in ("share", "expected_share", "bound"))
        yield f"{line['who']} {line['alternative']}", *numbers, "same" if line["agrees"] else "DIFFERENT"


def _promises(figures: dict[str, Any]) -> Iterator[Row]:
    for line in figures["bars"]:
        promise = f"{line['direction']} {line['bar']:g} {line['unit']}"
        yield line["meaning"], f"{line['found']:,.2f}", promise, "met" if line["met"] else "MISSED"


def write_figures(path: Path, figures: dict[str, Any]) -> None:
    """Write the figures as JSON, into a folder that is made if it is not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json(path, figures)


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


def processor() -> str:
    """Return the name of the processor, as far as the system tells."""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
