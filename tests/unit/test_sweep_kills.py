"""Workers and drivers of a sweep are killed at random, twenty times: nothing is lost, nothing twice."""

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from sweep_checks import assert_whole, content, opened
from sweep_tasks import calls, rows

from experiments.ensemble.resume import run_tasks
from experiments.ensemble.store import Store

TESTS = Path(__file__).parents[1]
TASKS, KILLS = 700, 20
MORE_TASKS = 200
"""Tasks that are added when all are done before the last kill (this process may be the slower one)."""
MOST_WAITS = 0.5
"""Seconds until the next kill, at most; a driver needs longer to start than to be killed."""


def start(folder, called, tasks):
    """Start a driver with two workers and wait until it runs tasks."""
    before = len(calls(called))
    driver = subprocess.Popen(
        [sys.executable, str(TESTS / "sweep_tasks.py"), str(folder), str(called), str(tasks)],
        env={**os.environ, "PYTHONPATH": f"{TESTS.parent}{os.pathsep}{TESTS}"},
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 300
    while len(calls(called)) == before and driver.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    return driver


def workers_of(driver):
    """Return the processes that run tasks; the tracker of multiprocessing is another child."""
    found = []
    with suppress(psutil.NoSuchProcess):
        for child in psutil.Process(driver.pid).children():
            with suppress(psutil.NoSuchProcess):
                if "spawn_main" in " ".join(child.cmdline()):
                    found.append(child)
    return found


@pytest.mark.slow
def test_twenty_random_kills_lose_nothing_and_repeat_nothing(tmp_path):
    folder, called, tasks = tmp_path / "store", tmp_path / "called", TASKS
    chance = random.Random(5)
    victims = ["driver", "worker"] * (KILLS // 2)
    chance.shuffle(victims)
    driver = start(folder, called, tasks)
    while victims:
        time.sleep(chance.uniform(0, MOST_WAITS))
        workers = workers_of(driver)
        if driver.poll() is not None:
            assert driver.returncode == 0
            tasks += MORE_TASKS
            driver = start(folder, called, tasks)
        elif victims[-1] == "driver":
            driver.kill()
            driver.wait()
            psutil.wait_procs(workers, timeout=60)
            victims.pop()
            driver = start(folder, called, tasks)
        elif len(workers) > 1:
            with suppress(ProcessLookupError):
                os.kill(chance.choice(workers).pid, signal.SIGKILL)
                victims.pop()
    driver.wait(timeout=300)
    design = rows(tasks, sleep=0.02)
    with opened(tmp_path / "plain") as store:
        run_tasks(store, rows(tasks), scheduler="serial")
        expected = content(store, rows(tasks))
    with opened(folder, calls=str(called)) as store:
        run_tasks(store, design, workers=2)
    assert Store.reading(folder).failures() == {}
    assert_whole(folder, design, expected)
    # what was run again was at work, or not yet written, when its driver was killed
    assert set(calls(called)) == set(range(tasks))
