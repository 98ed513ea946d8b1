"""The figures of a bench as tables for the terminal, and what the project promises."""

from collections.abc import Iterator
from math import nan
from typing import Any

from experiments.options import console, terminal_table

type Row = tuple[str, ...]

QUIET = 0.5
"""Load of the machine up to which speeds mean something."""

BARS = {
    "decide_vs_mesa": ("decision against Mesa objects", 500.0, "at least", "x"),
    "decide_vs_cpp_fair": ("decision against the fastest C++/OpenMP", 1.5, "at least", "x"),
    "month_vs_cpp": ("month against the same in C++/OpenMP", 1.5, "at least", "x"),
    "full_month_vs_mesa": ("month against Mesa objects", 500.0, "at least", "x"),
    "stream_share_month": ("month against what memory can move", 0.25, "at least", ""),
    "second_thread_gain_month": ("gain of a second thread, month", 1.8, "at least", "x"),
    "small_over_large_cost": ("cost at 10,000 households against the most", 1.8, "at most", "x"),
    "bytes_per_household": ("state per household", 95.0, "at most", "bytes"),
    "memory": ("memory of the process", 4.0, "at most", "GiB"),
    "scaling": ("time when households double", 2.2, "at most", "x"),
    "help": ("ewea --help", 0.3, "at most", "s"),
    "run": ("ewea run, warm, to its first month", 1.2, "at most", "s"),
    "first_run": ("the first ewea run, which compiles", 20.0, "at most", "s"),
}
"""What the project promises at scale 1 on two cores: (meaning, value, direction, unit)."""

TIMED = (
    ("full_month", "our full month"),
    ("same_month", "our month as Mesa's"),
    ("cpp_month", "{}, full month"),
    ("mesa_month", "Mesa objects, month"),
    ("decide", "our decision"),
    ("mesa_decide", "Mesa objects, decision"),
    ("mesa_decide_tables", "Mesa objects, decision, month tables"),
    ("numpy_decide", "NumPy columns, decision"),
    ("cpp_decide_rows", "{}, row by row"),
    ("cpp_decide_rows_fast_math", "{}, row by row, -ffast-math"),
    ("cpp_decide", "{}, our loops"),
    ("cpp_decide_fast_math", "{}, our loops, -ffast-math"),
)
"""Order and names of the timings; all but those of Mesa and NumPy with one thread and with two."""

THREADS = {"_1_thread": "C++", "_2_threads": "C++/OpenMP"}
"""Ends of the names of jobs, and what C++ is called with so many threads."""

NAMES = {
    f"{job}{threads}": label.format(language) + threads.replace("_", " ").replace(" ", ", ", 1)
    for job, label in TIMED
    for threads, language in ({"": ""} if job.startswith(("mesa", "numpy")) else THREADS).items()
}


def bars(figures: dict[str, Any]) -> list[dict[str, Any]]:
    """Return every promise with what was measured; promises that were not measured are left out."""
    measured = {name: figures.get(name) for name in BARS}
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
            ("process", "1 thread", "2 threads", "gain", "bytes", "GB/s", "C++, 1", "C++, 2"),
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
    out.print("C++ and NumPy have our month tables and bounds, and our draws.")
    for name, found in figures["cpp_month"].items():
        different = ", ".join(f"{key} {n}" for key, n in found["different_values"].items()) or "none"
        out.print(
            f"{NAMES[name]}: values that differ from ours: {different}. {found['share_of_ours']:.0%} of our "
            f"month is Python that both share; without it ours is {found['passes_ratio']:.2f} times as fast."
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
        rivals = (f"{row.get(f'nanoseconds_cpp_{k}', nan):.2f}" for k in (1, 2))
        bytes_moved = f"{row['bytes']:.0f}", f"{row['gb_per_second']:.2f}"
        yield name, *times, f"{row['speed_up']:.2f}", *bytes_moved, *rivals


def _shares(figures: dict[str, Any]) -> Iterator[Row]:
    for line in figures["agreement"]["shares"]:
        numbers = (f"{line[key]:.6f}" for key in ("share", "expected_share", "bound"))
        yield f"{line['who']} {line['alternative']}", *numbers, "same" if line["agrees"] else "DIFFERENT"


def _promises(figures: dict[str, Any]) -> Iterator[Row]:
    for line in figures["bars"]:
        promise = f"{line['direction']} {line['bar']:g} {line['unit']}"
        yield line["meaning"], f"{line['found']:,.2f}", promise, "met" if line["met"] else "MISSED"
