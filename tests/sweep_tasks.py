"""Small functions that the tests of sweeps run in workers, and a driver to be killed.

Started as a program it runs the tasks of ``rows`` into a store: ``sweep_tasks.py FOLDER CALLS N_TASKS``. With
a fourth word, the name of a file, its last third waits until that file is there.
"""

import os
import signal
import sys
import time
from pathlib import Path

import numpy as np

FUNCTION = "sweep_tasks:numbers"
FINGERPRINT = "the same for every folder of a test"


def rows(n, **more):
    return [{"row": row, "seed": row % 3, **more} for row in range(n)]


def numbers(context, task):
    """Return one value of every kind, made from the task alone; note the call in a file."""
    _note(context, task)
    while "go" in context and task["row"] >= context["waits_from"] and not Path(context["go"]).exists():
        time.sleep(0.01)
    time.sleep(task.get("sleep", 0))
    draws = np.random.default_rng([task["row"], task["seed"]])
    table = draws.normal(size=(3, 4))
    table[0, 0], table[0, 1] = -0.0, np.inf
    table[1] = np.array([0x7FF8_0000_0000_0000 + task["row"]] * 4, dtype=np.uint64).view(np.float64)
    return {
        "table": table,
        "single": draws.normal(size=5).astype(np.float32),
        "small": draws.integers(0, 2**16, size=(2, 1, 2), dtype=np.uint16),
        "large": draws.integers(-(2**62), 2**62, size=3),
        "number": float(draws.normal()),
        "count": int(task["row"]),
        "word": f"row {task['row']} — Kraków",
    }


def fails_until_mended(context, task):
    """Odd rows fail while a file exists."""
    _note(context, task)
    if Path(context["broken"]).exists() and task["row"] % 2:
        raise RuntimeError("broken")
    return {"row": task["row"]}


def ends_its_process(context, task):
    """Row 3 kills its process, each time."""
    _note(context, task)
    if task["row"] == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return {"row": task["row"]}


def plain(context, task):
    return {"values": np.full(1000, float(task["row"]))}


def pins(context, task):
    """Return how many threads numba and the linear algebra were told to use."""
    return {"told": ",".join(os.environ.get(name, "-") for name in context["names"])}


def calls(path):
    """Return the rows that were called, in any order, as often as they were."""
    return sorted(int(line) for line in path.read_text().split()) if path.exists() else []


def _note(context, task):
    if "calls" in context:
        with Path(context["calls"]).open("a") as file:  # one short write: lines of two processes never mix
            file.write(f"{task['row']}\n")


def main(folder, called, n, go=""):
    from experiments.ensemble import resume
    from experiments.ensemble.store import Store

    resume.FLUSH_SECONDS = 0.1
    context = {"calls": called} | ({"go": go, "waits_from": int(n) * 2 // 3} if go else {})
    with Store.open(Path(folder), FUNCTION, context, FINGERPRINT) as store:
        resume.run_tasks(store, rows(int(n), sleep=0.02), workers=2)


if __name__ == "__main__":
    main(*sys.argv[1:])
