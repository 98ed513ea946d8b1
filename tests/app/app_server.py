"""Start the app as a user would, in its own process, with every way out of the machine closed.

Run as a script: ``app_server.py PORT REPORT [small]``. A try to reach another machine fails, and is written
to the file REPORT, which the tests want to find absent. The processes that simulate are closed in the same
way. The app runs in a folder of its own, so that no answer of an earlier run is found there. A small one
answers with few seeds and coarse runs; its baseline is the shipped one.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from dashboard.engine.limits import Limits

ROOT = Path(__file__).resolve().parents[2]
SECONDS_TO_START = 120


@dataclass
class AppServer:
    """A running app: its address, and what of it wanted to leave the machine."""

    port: int
    process: subprocess.Popen
    report: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def left_the_machine(self) -> str:
        return self.report.read_text() if self.report.exists() else ""

    def health(self) -> dict:
        with urllib.request.urlopen(f"{self.url}/readyz", timeout=30) as answer:
            return json.load(answer)

    def workers(self) -> list[int]:
        """Return the processes that simulate."""
        children = psutil.Process(self.process.pid).children()
        return [one.pid for one in children if "spawn_main" in " ".join(one.cmdline())]


@contextmanager
def at_rest(workers: list[int]) -> Iterator[None]:
    """Let processes do nothing, so that what is asked meanwhile waits, however slow this process is."""
    for pid in workers:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in workers:
            with suppress(ProcessLookupError):  # replaced meanwhile: taken for dead by a slow machine
                os.kill(pid, signal.SIGCONT)


def small_limits() -> "Limits":
    from dashboard.engine.limits import Resolution, RunSample, load_limits

    coarse = {"scale": 2000, "households_per_host": 40}
    limits = {
        "first": RunSample(seeds=2, **coarse),
        "full": RunSample(seeds=4, scale=1500, households_per_host=50),
        "split": Resolution(**coarse),
        "story_scale": 2000,
        "scorecard": RunSample(seeds=2, **coarse),
    }
    return load_limits().model_copy(update=limits)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def running_server(folder: Path, port: int = 0, small: bool = False, **settings: str) -> Iterator[AppServer]:
    """Give the app once it says that it is ready, and end it; ``settings`` are EWEA_APP_ variables."""
    port = port or free_port()
    report, log = folder / "left_the_machine.txt", folder / "server.log"
    command = [sys.executable, __file__, str(port), str(report), *(["small"] if small else [])]
    own = {f"EWEA_APP_{name.upper()}": value for name, value in settings.items()}
    with (
        log.open("w") as out,
        subprocess.Popen(command, cwd=folder, env={**os.environ, **own}, stdout=out, stderr=out) as process,
    ):
        server = AppServer(port, process, report)
        try:
            _wait_until_ready(server, log)
            yield server
            process.send_signal(signal.SIGINT)
            process.wait(60)
        finally:
            process.kill()


def _wait_until_ready(server: AppServer, log: Path) -> None:
    began = time.monotonic()
    while True:
        try:
            server.health()
            return
        except OSError:
            late = time.monotonic() - began > SECONDS_TO_START
            if late or server.process.poll() is not None:
                raise RuntimeError(f"the app did not start:\n{log.read_text()}") from None
            time.sleep(0.2)


def close_the_way_out(report: Path) -> None:
    """Let sockets of this process reach this machine only."""
    reach, resolve = socket.socket.connect, socket.getaddrinfo

    def refuse_others(host: object) -> None:
        if host not in (None, "", "127.0.0.1", "::1", "localhost", "0.0.0.0"):
            with report.open("a") as written:
                written.write(f"{host}\n")
            raise OSError(f"tests let nothing leave the machine: {host}")

    def guarded_connect(self: socket.socket, address: object) -> None:
        refuse_others(address[0] if isinstance(address, tuple) else None)
        reach(self, address)

    def guarded_resolve(host, *args, **kwargs):
        refuse_others(host)
        return resolve(host, *args, **kwargs)

    socket.socket.connect = guarded_connect
    socket.getaddrinfo = guarded_resolve


if __name__ == "__mp_main__":  # a process that simulates, started by the server
    close_the_way_out(Path(sys.argv[2]))

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)
    close_the_way_out(Path(sys.argv[2]))
    sys.path.insert(0, str(ROOT))
    from dashboard.engine import engine
    from dashboard.server import start

    if "small" in sys.argv:
        engine._the = engine.Engine(small_limits())
        engine._the.start()
    start(port=int(sys.argv[1]))
