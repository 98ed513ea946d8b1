"""Write the table of speeds in ``README.md``: ``make bench``, then ``python -m experiments.docs.speed``.

What stands between ``<!-- generated: speed -->`` and ``<!-- end -->`` is rewritten from ``build/bench.json``.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from abm.errors import EweaError
from experiments.docs.odd import MARKED
from experiments.docs.steps import ROOT
from experiments.ensemble.files import write_whole

README, FIGURES = ROOT.parent / "README.md", Path("build/bench.json")

ROWS = (
    ("**full month**", "full_month", ""),
    ("C++/OpenMP, every pass over households", "cpp_month", "month{}_vs_cpp"),
    ("Mesa objects, half of the processes", "mesa_month", "full_month{}_vs_mesa"),
    ("**decision alone**", "decide", ""),
    ("C++/OpenMP, our loops line by line", "cpp_decide", "decide{}_vs_cpp_same_loops"),
    ("the same, `-ffast-math`", "cpp_decide_fast_math", "decide{}_vs_cpp_same_loops_fast_math"),
    ("C++/OpenMP, one household after another", "cpp_decide_rows", "decide{}_vs_cpp"),
    ("the same, `-ffast-math`", "cpp_decide_rows_fast_math", "decide{}_vs_cpp_fast_math"),
    ("NumPy columns", "numpy_decide", "decide{}_vs_numpy"),
    ("Mesa objects, month tables", "mesa_decide_tables", "decide{}_vs_mesa_tables"),
    ("Mesa objects", "mesa_decide", "decide{}_vs_mesa"),
)
"""Label, timing, and the ratio that holds ours against it; a rival without threads has one timing."""

UNKNOWN = "not measured"


def _number(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:.2g}" if value < 10.0 else f"{value:,.0f}"


def speed_rows(figures: dict[str, Any]) -> Iterator[str]:
    """Yield the lines of the table."""
    yield "| million household-months a second | 1 thread | 2 threads | ours is so many times as fast |"
    yield "|---|---|---|---|"
    timings, ratios = figures.get("timings", {}), figures.get("ratios", {})

    def rate(name: str) -> str:
        found = timings.get(name)
        return _number(found and found["household_months_per_second"] / 1e6)

    def gain(name: str) -> str:
        found = ratios.get(name)
        return _number(found and found["ratio"])

    for label, job, ratio in ROWS:
        alone = job if job in timings or job.startswith(("mesa", "numpy")) else f"{job}_1_thread"
        pair = "" if alone == job else rate(f"{job}_2_threads")
        held = "" if not ratio else f"{gain(ratio.format('_1_thread'))}; {gain(ratio.format(''))}"
        yield f"| {label} | {rate(alone)} | {pair} | {held} |"


def speed_part(figures: dict[str, Any]) -> str:
    """Return the table and what else a bench found."""
    share, gain = figures.get("stream_share_month"), figures.get("second_thread_gain_month")
    small, size = figures.get("small_over_large_cost"), figures.get("bytes_per_household")
    lines = (
        *speed_rows(figures),
        "",
        f"Of what memory can move (STREAM triad in the same run) the month reaches "
        f"{UNKNOWN if share is None else f'{share:.0%}'}; a second thread makes it {_number(gain)} times as "
        f"fast; at 10,000 households a household-month costs {_number(small)} times what it costs with all. "
        f"The state takes {_number(size)} bytes per household.",
    )
    return "\n".join(lines)


def with_speeds(text: str, figures: dict[str, Any]) -> str:
    """Return the page with its part ``speed`` written anew."""
    if [match[2] for match in MARKED.finditer(text)] != ["speed"]:
        raise EweaError("README.md: needed once: '<!-- generated: speed -->', then '<!-- end -->'.")
    return MARKED.sub(lambda match: f"{match[1]}{speed_part(figures)}\n{match[4]}", text)


def main() -> None:
    """Rewrite the part of the page, whole or not at all."""
    if not FIGURES.exists():
        raise EweaError(f"{FIGURES}: not there; run 'make bench' first.")
    figures = json.loads(FIGURES.read_text(encoding="utf-8"))
    write_whole(README, with_speeds(README.read_text(encoding="utf-8"), figures))
    sys.stdout.write(f"{README.name}: rewritten\n")


if __name__ == "__main__":
    main()
