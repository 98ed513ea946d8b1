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
from sweep_checks import assert_whole, content, opened
from sweep_tasks import calls, rows

from experiments.sweeps.runner import run_tasks
from experiments.sweeps.store import Store

TESTS = Path(__file__).parents[1]
TASKS, KILLS = 700, 20
MOST_WAITS = 0.5
"""Seconds until the next kill, at most; a driver needs longer to start than to be killed."""


def start(folder, called):
    """Start a driver with two workers and wait until it runs tasks."""
    before = len(calls(called))
    driver = subprocess.Popen(
        [sys.executable, str(TESTS / "sweep_tasks.py"), str(folder), str(called), str(TASKS)],
        env={**os.environ, "PYTHONPATH": f"{TESTS.parent}{os.pathsep}{TESTS}"},
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 60
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


def test_twenty_random_kills_lose_nothing_and_repeat_nothing(tmp_path):
    design = rows(TASKS, sleep=0.02)
    with opened(tmp_path / "plain") as store:
        run_tasks(store, rows(TASKS), scheduler="serial")
        expected = content(store, rows(TASKS))
    folder, called = tmp_path / "store", tmp_path / "called"
    chance = random.Random(5)
    killed = {"driver": 0, "worker": 0}
    driver = start(folder, called)
    while sum(killed.values()) < KILLS and driver.poll() is None:
        time.sleep(chance.uniform(0, MOST_WAITS))
        workers = workers_of(driver)
        if chance.random() < 0.5 and len(workers) > 1:
            os.kill(chance.choice(workers).pid, signal.SIGKILL)
            killed["worker"] += 1
        else:
            driver.kill()
            driver.wait()
            psutil.wait_procs(workers, timeout=60)
            killed["driver"] += 1
            driver = start(folder, called)
    assert min(killed.values()) >= 5, killed
    driver.wait(timeout=60)
    with opened(folder, calls=str(called)) as store:
        run_tasks(store, design, workers=2)
    assert Store.reading(folder).failures() == {}
    assert_whole(folder, design, expected)
    # what was run again was at work, or not yet written, when its driver was killed
    assert set(calls(called)) == set(range(TASKS))
