"""How long a user waits: ``ewea --help``, a short ``ewea run`` warm, and the very first one."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from abm.errors import EweaError

SHORT_RUN = ("run", "baseline", "--scale", "30000", "--seeds", "1", "--until", "2022-05", "--threads", "1")
"""Next to no households and two months: what is left is starting, loading, compiling and writing."""


def seconds_of(arguments: tuple[str, ...], configs: Path, **environment: str) -> tuple[float, float]:
    """Return the wall times of an ``ewea`` command in a new process.

    Returns
    -------
    first_sign, whole : float
        Seconds to the first line of progress (to the end if it shows none), and to the end.

    Raises
    ------
    EweaError
        If the command fails.
    """
    call = "import sys; from experiments.command_line import main; sys.exit(main(sys.argv[1:]))"
    words = [sys.executable, "-c", call, "--configs", str(configs), *arguments]
    start = time.perf_counter()
    with subprocess.Popen(  # noqa: S603
        words,
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        first = process.stderr.readline()
        first_sign = time.perf_counter() - start
        rest = process.stderr.read()
    whole = time.perf_counter() - start
    if process.returncode:
        raise EweaError(f"ewea {' '.join(arguments)} failed: {(first + rest).strip()[-500:]}")
    return first_sign, whole


def start_up_times(configs: Path, repeats: int = 3) -> dict[str, Any]:
    """Return seconds for help, a warm run and a run without any compiled code on disk.

    A run has started when it shows its first simulated month.
    """
    with tempfile.TemporaryDirectory(prefix="ewea-bench-") as folder:

        def short_run(name: str, **environment: str) -> tuple[float, float]:
            return seconds_of((*SHORT_RUN, "--out", str(Path(folder) / name)), configs, **environment)

        first = short_run("first", NUMBA_CACHE_DIR=str(Path(folder) / "compiled"))
        short_run("warm-up")
        runs = [short_run(f"run{k}") for k in range(repeats)]
    return {
        "help_seconds": median(seconds_of(("--help",), configs)[1] for _ in range(repeats)),
        "run_seconds": median(start for start, _ in runs),
        "first_run_seconds": first[0],
        "whole_run_seconds": median(whole for _, whole in runs),
        "whole_first_run_seconds": first[1],
        "run_command": "ewea " + " ".join(SHORT_RUN),
    }
