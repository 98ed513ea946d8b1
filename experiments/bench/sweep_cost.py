"""What a sweep costs beyond its simulations, and what a second worker brings.

The reference is the same tasks called one after the other in a process of its own, without runner and store.
All ways are timed in turns, so that a busy moment hits each of them. Started as a program it is that
reference: ``python -m experiments.bench.sweep_cost DESIGN`` prints the seconds of all tasks.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from experiments.designs.simulate import simulate
from experiments.designs.sweep import Sweep
from experiments.ensemble.store import ROWS
from experiments.ensemble.worker import ONE_CORE

DESIGN = """\
id: cost
label: "Cost of a sweep"
question: "What do runner and store cost?"
constants: {{scale: {scale}}}
levers:
  cash: {{lever: benefit_level, place: NL, from: 2027-01-01, values: [null, 0.7, 0.4, 0.2]}}
  law: {{packages: [none, rtb_extended_2029, rtb_end]}}
seeds: {{first: 1, count: {seeds}}}
outcomes:
  - {{outcome: stock, place: NL}}
  - {{outcome: returns, place: EU}}
  - {{outcome: places_short, place: NL}}
"""
"""Twelve policies that share their past seed by seed: the usual shape of a question about levers."""

OVERHEAD_BAR, GAIN_BAR = 0.10, 1.8


def sweep_cost(
    configs: Path, scale: int, seeds: int, rounds: int, say: Callable[[str], None]
) -> dict[str, Any]:
    """Return times in seconds and their ratios; twelve runs per seed, every way ``rounds`` times.

    ``overhead`` is that of runner and store once workers run, as a share of pure simulation time; ``gain``
    that of two workers over one, ``gain_of_the_machine`` that of two copies of the tasks alone over one.
    """
    load = os.getloadavg()[0]
    pure, pair, start = [], [], []
    wall: dict[int, list[float]] = {1: [], 2: []}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cost.yaml"
        path.write_text(DESIGN.format(scale=scale, seeds=seeds), encoding="utf-8")
        size = rows = 0
        for number in range(1, rounds + 1):
            say(f"round {number} of {rounds}: the tasks alone")
            pure += _pure_seconds(configs, path, 1)
            say(f"round {number} of {rounds}: the tasks alone, twice at the same time")
            pair.append(max(_pure_seconds(configs, path, 2)))
            for workers, found in wall.items():
                say(f"round {number} of {rounds}: {workers} worker{'s' * (workers > 1)}")
                store = Path(folder) / f"store-{number}-{workers}"
                seconds, first = _run(configs, path, store, workers)
                found.append(seconds)
                if workers == 1:
                    start.append(first)
                size, rows = (store / ROWS).stat().st_size, 12 * seeds
    alone, one, two, begin = median(pure), median(wall[1]), median(wall[2]), median(start)
    return {
        "scale": scale,
        "runs": 12 * seeds,
        "pure_seconds": alone,
        "wall_seconds": {"1": one, "2": two},
        "start_seconds": begin,
        "overhead": (one - begin) / alone - 1,
        "overhead_with_start": one / alone - 1,
        "gain": one / two,
        "gain_of_the_machine": 2 * alone / median(pair),
        "bytes_per_row": size / rows,
        "load_before": load,
        "rounds": rounds,
    }


def _pure_seconds(configs: Path, design: Path, copies: int) -> list[float]:
    """Return the time of all tasks in processes that do nothing else; loading is left out.

    Copies wait for each other after loading, so that they really run at the same time.
    """
    environment = {**os.environ, **dict.fromkeys(ONE_CORE, "1"), "EWEA_CONFIGS": str(configs)}
    command = [sys.executable, "-m", "experiments.bench.sweep_cost", str(design)]
    running = [
        subprocess.Popen(  # noqa: S603
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(copies)
    ]
    ends = [(one.stdin, one.stdout) for one in running]
    for _, out in ends:
        assert out is not None
        out.readline()  # it is ready
    for into, _ in ends:
        assert into is not None
        into.write("go\n")
        into.flush()
    return [float(json.loads(one.communicate()[0])) for one in running]


def _run(configs: Path, design: Path, store: Path, workers: int) -> tuple[float, float]:
    """Return the time of a whole sweep and the time until its first outcome less that outcome's own."""
    sweep = Sweep.of(str(design), configs, store)
    first: list[float] = []
    began = time.perf_counter()
    with sweep.open() as opened:
        sweep.run(
            opened,
            workers=workers,
            on_progress=lambda _: first.append(time.perf_counter() - began) if not first else None,
        )
        seconds = time.perf_counter() - began
        own = float(opened.read(["seconds"])["seconds"].max(initial=0.0))
    return seconds, max(first[0] - own, 0.0)


def cost_text(figures: dict[str, Any]) -> str:
    """Return the figures as text with the promises they are held against."""
    wall = figures["wall_seconds"]
    busy = " (busy: run it again on a quiet machine)" if figures["load_before"] > 0.5 else ""
    each = 1000 * figures["pure_seconds"] / figures["runs"]
    ways = {
        "the tasks alone, one process": figures["pure_seconds"],
        "sweep, 1 worker": wall["1"],
        "sweep, 2 workers": wall["2"],
    }
    overhead, gain = figures["overhead"], figures["gain"]
    lines = [
        f"{figures['runs']} runs at scale {figures['scale']}, median of {figures['rounds']} rounds in turns; "
        f"load before {figures['load_before']:.1f}{busy}.",
        f"{'':34}{'seconds':>9}{'runs/s':>9}{'against the tasks alone':>26}",
        *(
            f"  {name:32}{seconds:>9.1f}{figures['runs'] / seconds:>9.2f}"
            f"{figures['pure_seconds'] / seconds:>25.2f}x"
            for name, seconds in ways.items()
        ),
        f"One run takes {each:.0f} ms and {figures['bytes_per_row']:.0f} bytes; a worker is ready after "
        f"{figures['start_seconds']:.1f} s.",
        f"  {'runner and store, of simulation time':40}{overhead:>8.1%}   at most {OVERHEAD_BAR:.1%}   "
        f"{'met' if overhead <= OVERHEAD_BAR else 'MISSED'}",
        f"  {'two workers against one':40}{gain:>8.2f}   at least {GAIN_BAR:.2f}   "
        f"{'met' if gain >= GAIN_BAR else 'MISSED'}",
        f"Two copies of the tasks alone, with nothing between them, do {figures['gain_of_the_machine']:.2f} "
        f"times the work of one on this machine; of that, two workers reach "
        f"{figures['gain'] / figures['gain_of_the_machine']:.0%}.",
    ]
    return "\n".join(lines)


def main(design: str) -> None:
    """Run the tasks of a design one after the other and print the seconds they take together."""
    from abm.data.folder import default_configs

    sweep = Sweep.of(design, default_configs())
    tasks = sweep.tasks()
    simulate(sweep.context, {**tasks[0], "seed": tasks[-1]["seed"] + 1})  # loads and compiles
    print("ready", flush=True)
    sys.stdin.readline()
    began = time.perf_counter()
    for task in tasks:
        simulate(sweep.context, task)
    print(json.dumps(time.perf_counter() - began))


if __name__ == "__main__":
    main(sys.argv[1])
