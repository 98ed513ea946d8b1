"""The figures as a text for people, and as ``build/bench.json``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from experiments.ensemble.files import write_json

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
    measured = {
        name: figures.get(name)
        for name in ("decide_vs_mesa", "decide_vs_cpp", "full_month_vs_mesa", "bytes_per_household")
    }
    if "memory" in figures:
        measured["memory"] = figures["memory"]["peak_gib"]
    if figures.get("scaling", {}).get("time_per_doubling"):
        measured["scaling"] = max(figures["scaling"]["time_per_doubling"])
    if "start_up" in figures:
        for name in ("help", "run", "first_run"):
            measured[name] = figures["start_up"][f"{name}_seconds"]
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


def bench_text(figures: dict[str, Any]) -> str:
    """Return the report as text."""
    settings, machine = figures["settings"], figures["machine"]
    parts = [
        f"{settings['households']:,} households (scale {settings['scale']}), month {settings['month']}, "
        f"{settings['rounds']} rounds in turns; Mesa on a sample of {settings['sample']:,}.\n"
        f"{machine['processor']}, {machine['cores']} cores; load before {machine['load_before']:.1f}"
        + (" (busy: the ratios hold, the speeds do not)." if machine["load_before"] > 0.5 else "."),
        _timings(figures["timings"]),
        _ratios(figures["ratios"]),
        _processes(figures["processes"]),
        _agreement(figures["agreement"]),
    ]
    if "scaling" in figures:
        parts.append(_scaling(figures["scaling"]))
    if "start_up" in figures:
        parts.append(_start_up(figures["start_up"], figures["memory"]))
    parts.append(_bars(figures))
    parts += figures["notes"]
    return "\n\n".join(parts)


def _timings(timings: dict[str, Any]) -> str:
    lines = [f"{'':38}{'million household-months/s':>28}{'ns each':>12}"]
    for name, label in NAMES.items():
        if name in timings:
            t = timings[name]
            low, high = (t["households"] / t[f"seconds_{end}"] / 1e6 for end in ("max", "min"))
            rate = t["household_months_per_second"] / 1e6
            lines.append(f"{label:38}{rate:>10.4g}  ({low:.4g} to {high:.4g})".ljust(66)
                         + f"{t['nanoseconds_per_household']:>12,.1f}")  # fmt: skip
    return "\n".join(lines)


def _ratios(ratios: dict[str, Any]) -> str:
    lines = [f"{'Times faster per household-month':40}{'(lowest to highest round)':30}by processor time"]
    for name, found in ratios.items():
        text = (
            "not measured"
            if found is None
            else f"{found['ratio']:>9,.1f}  ({found['min']:,.1f} to {found['max']:,.1f})".ljust(32)
            + f"{found['by_processor_time']:>9,.1f}"
        )
        lines.append(f"  {name.replace('_', ' '):36}{text}")
    return "\n".join(lines)


def _processes(table: dict[str, Any]) -> str:
    head = (
        f"{'Process, ns per household':28}{'1 thread':>10}{'2 threads':>11}{'gain':>7}{'bytes':>8}{'GB/s':>8}"
    )
    lines = [head]
    for name, row in table.items():
        lines.append(
            f"  {name:26}{row['nanoseconds_1_thread']:>10.2f}{row['nanoseconds_2_threads']:>11.2f}"
            f"{row['speed_up']:>7.2f}{row['bytes']:>8.0f}{row['gb_per_second']:>8.2f}"
        )
    return "\n".join(lines)


def _agreement(a: dict[str, Any]) -> str:
    different = a["different_choices"]
    lines = ["Same decisions? Households that decide otherwise than in our kernel, same draws: "
             + ", ".join(f"{who} {n}" for who, n in different.items())]  # fmt: skip
    lines.append(f"Same shares? Bounds by chance alone, false alarm {a['false_alarm']:g}:")
    for line in a["shares"]:
        lines.append(
            f"  {line['who']:24}{line['alternative']:8}{line['share']:>10.6f}  expected "
            f"{line['expected_share']:.6f} ± {line['bound']:.6f}  "
            + ("same" if line["agrees"] else "DIFFERENT")
        )
    return "\n".join(lines)


def _scaling(s: dict[str, Any]) -> str:
    sizes = ", ".join(f"{size['households']:,}: {size['nanoseconds']:.0f} ns" for size in s["sizes"])
    growth = ", ".join(f"x {value:.2f}" for value in s["time_per_doubling"])
    return f"Cost per household-month, 1 thread: {sizes}. Twice the households take {growth} the time."


def _start_up(s: dict[str, Any], memory: dict[str, Any]) -> str:
    return (
        f"{s['run_command']}: first month after {s['run_seconds']:.1f} s, done after "
        f"{s['whole_run_seconds']:.1f} s;\nwithout compiled code on disk {s['first_run_seconds']:.0f} s and "
        f"{s['whole_first_run_seconds']:.0f} s. 'ewea --help': {s['help_seconds']:.2f} s.\n"
        f"Building {memory['households']:,} households ({memory['build_seconds']:.1f} s) and a month "
        f"of them: {memory['peak_gib']:.2f} GiB at the peak; libraries {memory['imported_gib']:.2f}."
    )


def _bars(figures: dict[str, Any]) -> str:
    lines = [f"{'Promise':40}{'found':>12}{'bar':>22}"]
    for line in figures["bars"]:
        promise = f"{line['direction']} {line['bar']:g} {line['unit']}"
        verdict = "met" if line["met"] else "MISSED"
        lines.append(f"  {line['meaning']:38}{line['found']:>12,.2f}{promise:>22}  {verdict}")
    return "\n".join(lines)


def write_figures(path: Path, figures: dict[str, Any]) -> None:
    """Write the figures as JSON, into a folder that is made if it is not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json(path, figures)
