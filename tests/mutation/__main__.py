"""``make mutate``: plant one fault after another in a copy of the project and see whether the tests notice.

A fault counts as caught when a test fails. The tests that import its file and those of its room run first;
what survives them meets all of ``make test``'s tests without a browser. Before the first fault these must
pass in the copy, or every fault would count as caught; ``--trust`` believes it. ``--list`` shows the faults,
``--only kernels`` takes one room, ``--workers 2`` plants two at a time.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.mutation.faults import Fault, chosen

ROOT = Path(__file__).parents[2]
MADE = (
    ".git",
    ".venv",
    "results",
    "build",
    "__pycache__",
    ".*_cache",
    ".cache",
    ".hypothesis",
    ".benchmarks",
)
"""What a copy does without."""
REST = ("tests/unit", "tests/property", "tests/regression", "tests/data", "tests/statistical")
EXAMPLES = ("abm", "calibration", "experiments")
"""Where docstrings hold examples, which ``make test`` runs as well."""
NO_TESTS = 5
"""Exit code of pytest when nothing was to be run."""
LEAST_CAUGHT = 0.95
SECONDS = 1500


@dataclass(frozen=True)
class Room:
    """Where faults are planted, how many, and the tests that should notice them whatever they import."""

    patterns: tuple[str, ...]
    number: int
    tests: tuple[str, ...] = ()


TWIN = ("tests/unit/test_twin.py", "tests/regression/test_golden.py")
ENGINE = (
    "counts", "files", "households", "identity", "outcomes", "paired", "pool", "resume", "rows", "shapley",
    "store", "tasks", "worker",
)  # fmt: skip
"""Forks, differences, tasks, pool and resume. Not ``cluster``, whose tests are in ``make test-all``."""

ROOMS = {
    "kernels": Room(("abm/kernels/*.py",), 24, (*TWIN, "tests/property")),
    "factors": Room(("abm/factors/*.py",), 12, ("tests/unit/test_mechanisms_decision.py", *TWIN)),
    "levers": Room(("abm/policy/*.py",), 12, ("tests/unit/test_levers.py", "tests/unit/test_scenarios.py")),
    "register view": Room(("abm/month/turn.py",), 4, ("tests/regression/test_golden.py",)),
    "scoring": Room(("calibration/validation/*.py",), 8),
    "engine": Room(("abm/branches.py", *(f"experiments/ensemble/{name}.py" for name in ENGINE)), 12),
}
"""At least sixty faults in all."""

EQUIVALENT: dict[str, str] = {}
"""Faults that change no result, by id, and why: they are left out and listed."""


def copied(folder: Path) -> Path:
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*MADE))
    return folder


def fails(project: Path, tests: tuple[str, ...]) -> str:
    environment = os.environ | {
        "PYTHONPATH": str(project),
        "XDG_CACHE_HOME": str(project / ".cache"),
        "NUMBA_NUM_THREADS": "1",
    }
    command = [sys.executable, "-m", "pytest", "-q", "-x", "--benchmark-disable", "-p", "no:cacheprovider"]
    command += ["-m", "not slow", *tests]
    try:
        done = subprocess.run(
            command,
            cwd=project,
            env=environment,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"no end after {SECONDS} s"
    if done.returncode in (0, NO_TESTS):
        return ""
    lines = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return lines[0][:120] if lines else f"exit code {done.returncode}"


def importers(path: str) -> tuple[str, ...]:
    """Return the test files outside the app's that import the module of a file."""
    module = path.removesuffix(".py").replace("/", ".")
    package, name = module.rsplit(".", 1)
    names = re.compile(rf"{re.escape(module)}\b|from {re.escape(package)} import .*\b{name}\b")
    tests = (file for part in REST for file in sorted((ROOT / part).rglob("test_*.py")))
    found = (file for file in tests if names.search(file.read_text(encoding="utf-8")))
    return tuple(file.relative_to(ROOT).as_posix() for file in found)


def tried(project: Path, fault: Fault, tests: tuple[str, ...]) -> str:
    """Return what notices a fault; empty if it survives."""
    path = project / fault.path
    source = path.read_text(encoding="utf-8")
    compiled = project / ".cache" / "ewea-displacement"
    before = set(compiled.glob("*"))
    path.write_text(fault.planted(source), encoding="utf-8")
    try:
        return fails(project, (fault.path, *importers(fault.path), *tests)) or fails(project, REST + EXAMPLES)
    finally:
        path.write_text(source, encoding="utf-8")
        for folder in set(compiled.glob("*")) - before if "kernels" in fault.path else ():
            shutil.rmtree(folder)


def main() -> int:
    parser = argparse.ArgumentParser(prog="make mutate")
    parser.add_argument("--only", choices=list(ROOMS))
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--trust", action="store_true", help="do not run the tests without a fault first")
    parser.add_argument("--list", action="store_true")
    asked = parser.parse_args()
    rooms = {name: room for name, room in ROOMS.items() if asked.only in (None, name)}
    todo = [
        (name, fault, room.tests)
        for name, room in rooms.items()
        for fault in chosen(ROOT, room.patterns, room.number)
    ]
    left_out = [fault.id for _, fault, _ in todo if fault.id in EQUIVALENT]
    todo = [(name, fault, tests) for name, fault, tests in todo if fault.id not in EQUIVALENT]
    if asked.list:
        print(*(f"{name:14} {fault.id}" for name, fault, _ in todo), sep="\n")
        return 0
    began, survivors = time.monotonic(), []
    with TemporaryDirectory() as folder:
        copies = [copied(Path(folder) / str(number)) for number in range(asked.workers)]
        if not asked.trust and (failure := fails(copies[0], REST + EXAMPLES)):
            print(f"The tests fail without any fault: {failure}")
            return 2

        def one(task: tuple[str, Fault, tuple[str, ...]]) -> tuple[str, Fault, str]:
            name, fault, tests = task
            project = copies.pop()
            try:
                return name, fault, tried(project, fault, tests)
            finally:
                copies.append(project)

        with ThreadPoolExecutor(asked.workers) as threads:
            for number, (name, fault, failure) in enumerate(threads.map(one, todo), 1):
                print(f"{number}/{len(todo)} {name}: {fault.id}: {failure or 'SURVIVED'}", flush=True)
                if not failure:
                    survivors.append(fault.id)
    caught = len(todo) - len(survivors)
    seconds = time.monotonic() - began
    print(f"\n{caught} of {len(todo)} faults caught ({caught / len(todo):.0%}) in {seconds:.0f} s")
    print(*(f"survived: {fault}" for fault in survivors), sep="\n")
    print(*(f"left out, changes nothing: {fault}: {EQUIVALENT[fault]}" for fault in left_out), sep="\n")
    return 0 if caught >= LEAST_CAUGHT * len(todo) else 1


if __name__ == "__main__":
    sys.exit(main())
