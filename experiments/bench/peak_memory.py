"""Peak memory of building the population and simulating one month, measured in a process of its own."""

import json
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

from abm.errors import EweaError


def peak_gib() -> float:
    """Return the largest resident size of this process so far, GiB.

    Linux hands ``ru_maxrss`` of the parent on to a child it starts, so there the kernel's own mark
    of this process (``VmHWM``) is read.
    """
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text(encoding="utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 2**20
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # macOS counts bytes, others KiB.
    return peak / (2**30 if sys.platform == "darwin" else 2**20)


def in_own_process(configs: Path, scale: int, seed: int) -> dict[str, Any]:
    """Return ``households``, ``peak_gib``, ``imported_gib`` and ``build_seconds`` of a fresh process.

    Raises
    ------
    EweaError
        If that process fails.
    """
    words = [sys.executable, "-m", __spec__.name, str(configs), str(scale), str(seed)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise EweaError(f"measuring memory failed: {done.stderr.strip()[-500:]}")
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


def main(configs: str, scale: str, seed: str) -> None:
    """Build, simulate one month, print the figures as JSON."""
    import time

    from experiments.bench.population import start_simulation

    imported = peak_gib()
    start = time.perf_counter()
    simulation = start_simulation(Path(configs), int(scale), int(seed))
    built = time.perf_counter() - start
    simulation.step()
    print(
        json.dumps(
            {
                "households": len(simulation.state.households),
                "peak_gib": peak_gib(),
                "imported_gib": imported,
                "build_seconds": built,
            }
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
