"""The pool on real processes and the runner of sweeps: the same bytes, whatever is killed."""

import multiprocessing
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
import sweep_tasks
from sweep_checks import assert_whole, opened
from sweep_tasks import calls, rows

from abm.errors import EweaError
from experiments.ensemble import resume
from experiments.ensemble.pool import run_in_order
from experiments.ensemble.resume import run_tasks
from experiments.ensemble.store import ROWS, Store
from experiments.ensemble.tasks import CHUNK_SECONDS, Chunks, TaskResult
from experiments.ensemble.worker import NAME, ONE_CORE, note_step

TESTS = Path(sweep_tasks.__file__).parent


def ours():
    return [child for child in multiprocessing.active_children() if child.name == NAME]


def test_resume_runs_exactly_what_is_missing_with_any_number_of_workers(tmp_path):
    called = tmp_path / "calls"
    design = rows(60)
    with opened(tmp_path / "store", calls=str(called)) as store:
        assert run_tasks(store, reversed(design[10:30]), workers=1).done == 20
    assert calls(called) == list(range(10, 30))
    with opened(tmp_path / "store", calls=str(called)) as store:
        summary = run_tasks(store, design + design, workers=2)  # what stands there twice is run once
        assert (summary.done, summary.skipped, summary.failed) == (40, 20, 0)
        assert run_tasks(store, design).skipped == 60
    assert calls(called) == list(range(60))
    assert_whole(tmp_path / "store", design)


def test_a_task_that_ends_its_process_each_time_becomes_a_failure(tmp_path):
    called = tmp_path / "calls"
    with opened(tmp_path / "store", "sweep_tasks:ends_its_process", calls=str(called)) as store:
        summary = run_tasks(store, rows(12), workers=2, retries=1)
        assert (summary.done, summary.failed) == (11, 1)
        assert list(store.failures()) == [store.key(rows(12)[3])]
    # two attempts for the one that is to blame, one for every other
    assert calls(called) == sorted([*range(12), 3])


def started_driver(folder, called, tasks, *go):
    """Start a process that runs tasks with two workers of its own."""
    return subprocess.Popen(
        [sys.executable, str(TESTS / "sweep_tasks.py"), str(folder), str(called), str(tasks), *go],
        env={**os.environ, "PYTHONPATH": f"{TESTS.parent}{os.pathsep}{TESTS}"},
        stderr=subprocess.DEVNULL,
    )


def until(condition, seconds=300):
    """Wait for a condition; a busy machine takes its time to start processes."""
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)


def test_a_killed_driver_loses_nothing_and_repeats_nothing_stored(tmp_path):
    folder, before, after = tmp_path / "store", tmp_path / "before", tmp_path / "after"
    go = tmp_path / "go"
    # The last third waits for a file, so the driver cannot be through, however late it is looked at.
    driver = started_driver(folder, before, 60, str(go))
    try:
        until(lambda: (folder / ROWS).exists() and Store.reading(folder).keys())
        workers = psutil.Process(driver.pid).children(recursive=True)
    finally:
        driver.kill()
        driver.wait()
        go.touch()
    _, alive = psutil.wait_procs(workers, timeout=60)
    assert alive == []  # workers notice that the driver is gone
    design = rows(60, sleep=0.02)
    with opened(folder, calls=str(after)) as store:
        kept = {task["row"] for task in design if store.has(store.key(task))}
        assert 0 < len(kept) < 60
        assert kept <= set(calls(before))
        summary = run_tasks(store, design, workers=2)
        assert (summary.done, summary.skipped) == (60 - len(kept), len(kept))
    assert calls(after) == sorted(set(range(60)) - kept)
    assert_whole(folder, design)


def workers_of(driver):
    """Return the processes that run tasks; the tracker of multiprocessing is another child."""
    with suppress(psutil.NoSuchProcess):
        children = psutil.Process(driver.pid).children()
        return [child for child in children if "spawn_main" in " ".join(child.cmdline())]
    return []


@pytest.mark.slow
def test_twenty_random_kills_lose_nothing_and_repeat_nothing(tmp_path):
    folder, called, tasks = tmp_path / "store", tmp_path / "called", 1000
    chance = random.Random(5)
    driver = started_driver(folder, called, tasks)
    for victim in chance.sample(["driver", "worker"] * 10, 20):
        before = len(calls(called))
        until(lambda n=before, one=driver: len(calls(called)) > n or one.poll() is not None)
        time.sleep(chance.uniform(0, 0.5))
        workers = workers_of(driver)
        if victim == "driver":
            driver.kill()
            driver.wait()
            psutil.wait_procs(workers, timeout=60)
            driver = started_driver(folder, called, tasks)
        elif workers:
            with suppress(psutil.NoSuchProcess):
                chance.choice(workers).kill()
    assert driver.wait(timeout=300) == 0
    design = rows(tasks, sleep=0.02)
    with opened(folder, calls=str(called)) as store:
        run_tasks(store, design, workers=2)
    assert Store.reading(folder).failures() == {}
    assert_whole(folder, design)
    # what was run again was at work, or not yet written, when its driver was killed
    assert set(calls(called)) == set(range(tasks))
    assert len(calls(called)) > tasks + 10


def test_ctrl_c_keeps_what_has_ended_and_ends_the_workers(tmp_path):
    def stop(progress):
        if progress.ended == 9:
            signal.raise_signal(signal.SIGINT)

    with opened(tmp_path) as store:
        with pytest.raises(KeyboardInterrupt):
            run_tasks(store, rows(60), workers=2, on_progress=stop)
        assert ours() == []
    assert len(Store.reading(tmp_path).keys()) == 9


def test_failures_are_recorded_and_run_again_only_when_asked(tmp_path):
    called, broken, design = tmp_path / "calls", tmp_path / "broken", rows(10)
    broken.touch()
    context = {"calls": str(called), "broken": str(broken)}
    with opened(tmp_path / "store", "sweep_tasks:fails_until_mended", **context) as store:
        for counts in ((5, 0, 5), (0, 5, 5)):
            summary = run_tasks(store, design, workers=2)
            assert (summary.done, summary.skipped, summary.failed) == counts
        assert store.failures()[store.key(design[3])].startswith("RuntimeError: broken (sweep_tasks.py:")
        assert calls(called) == list(range(10))
        broken.unlink()
        summary = run_tasks(store, design, workers=2, retry_failed=True)
        assert (summary.done, summary.skipped, summary.failed) == (5, 5, 0)
    assert calls(called) == sorted([*range(10), 1, 3, 5, 7, 9])
    store = Store.reading(tmp_path / "store")
    assert store.failures() == {}
    assert sorted(store.read()["row"].tolist()) == list(range(10))


@pytest.mark.parametrize(
    ("name", "workers", "said"),
    [
        *(
            (name, 1, f"{name}: ")
            for name in ("sweep_tasks:missing", "no_such_module:work", "sweep_tasks", "os:sep")
        ),
        ("sweep_tasks:plain", -1, "--workers: found -1"),
    ],
)
def test_a_function_that_does_not_exist_and_workers_below_none_are_named(tmp_path, name, workers, said):
    with opened(tmp_path, name) as store, pytest.raises(EweaError, match=said):
        run_tasks(store, rows(2), workers=workers)


def test_every_worker_has_one_core(tmp_path):
    before = {name: os.environ.get(name) for name in ONE_CORE}
    with opened(tmp_path, "sweep_tasks:pins", names=list(ONE_CORE)) as store:
        run_tasks(store, rows(2), workers=1)
        assert set(store.read()["told"]) == {"1,1,1"}
    assert {name: os.environ.get(name) for name in ONE_CORE} == before


@pytest.mark.slow
def test_ten_thousand_small_tasks_do_not_grow_the_driver(tmp_path):
    used = []

    def look(progress):
        used.append(psutil.Process().memory_info().rss)

    with opened(tmp_path, "sweep_tasks:plain") as store:
        run_tasks(store, ({"row": number} for number in range(10_000)), workers=2, on_progress=look)
        assert len(store.keys()) == 10_000
    # 5,000 results are 40 MB; the highest mark of the second half may not show them
    assert max(used[5_000:]) - max(used[:5_000]) < 15e6


def test_results_are_written_while_a_long_run_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr(resume, "FLUSH_SECONDS", 0.0)
    seen = []
    with opened(tmp_path) as store:
        look = lambda _: seen.append(len(Store.reading(tmp_path).keys()))  # noqa: E731
        run_tasks(store, rows(12), workers=1, on_progress=look)
    assert seen == list(range(12))


def squared(base, task):
    """Return a number that says which process made it."""
    note_step()
    if task == 13:
        raise EweaError("thirteen is refused")
    if task == 14:
        raise ValueError("a fault of the program")
    if task == 15:
        os.kill(os.getpid(), signal.SIGKILL)
    return base + task**2


@pytest.mark.parametrize("processes", [1, 2])
def test_results_stand_in_the_order_of_the_tasks(processes):
    done, notes = [], []
    found = run_in_order(
        squared, (100,), range(5), processes,
        on_done=lambda *told: done.append(told), on_note=lambda: notes.append(1),
    )  # fmt: skip
    assert found == [100, 101, 104, 109, 116]
    assert done == [(1, 5), (2, 5), (3, 5), (4, 5), (5, 5)]
    assert len(notes) == 5
    with pytest.raises(EweaError, match="thirteen is refused"):
        run_in_order(squared, (0,), [1, 13], processes)
    with pytest.raises((ValueError, RuntimeError), match="a fault of the program"):
        run_in_order(squared, (0,), [1, 14], processes)
    assert ours() == []


def test_a_killed_process_is_said_with_its_run_and_the_remedy():
    with pytest.raises(EweaError, match=r"run 2 of 2: .* ended from outside; .* --threads 1"):
        run_in_order(squared, (0,), [1, 15], 2)
    assert ours() == []


def test_chunks_grow_with_tiny_tasks_and_shrink_at_the_end():
    todo = [(str(number), "{}") for number in range(1000)]
    chunks = Chunks(todo, workers=2)
    sizes, taken = [], []
    while chunks:
        chunk = chunks.take()
        sizes.append(len(chunk))
        taken += chunk
        chunks.learn(TaskResult("", {}, None, CHUNK_SECONDS / 100))
    assert taken == todo
    assert sizes[:8] == [1, 2, 4, 8, 16, 32, 64, 100]
    assert sizes[-1] == 1
    long = Chunks(todo, workers=2)
    for _ in range(5):
        assert len(long.take()) == 1
        long.learn(TaskResult("", {}, None, 10.0))


def test_tasks_put_back_come_next_and_suspects_travel_alone():
    chunks = Chunks([("a", ""), ("b", ""), ("c", ""), ("d", "")], workers=1)
    chunks.put_back(chunks.take())
    chunks.learn(TaskResult("", {}, None, 1e-6))
    assert chunks.take() == [("a", ""), ("b", "")]
    chunks.put_back_alone(("a", ""))
    assert chunks.take() == [("a", "")]
    assert chunks.take() == [("c", "")]


def test_a_worker_goes_on_with_its_group_and_takes_the_largest_one_when_all_are_taken():
    todo = [(f"{group}{number}", "{}") for group in "abc" for number in range(20)]
    chunks = Chunks(todo, workers=2, groups={key: key[0] for key, _ in todo})
    chunks.learn(TaskResult("", {}, None, CHUNK_SECONDS / 4))
    taken = {"one": "", "two": ""}
    while chunks:
        for who in taken:
            taken[who] += "".join(key[0] for key, _ in chunks.take(who))
    assert taken["one"].startswith("a" * 20)
    assert taken["two"].startswith("b" * 20)
    assert sorted(taken["one"] + taken["two"]) == sorted(key[0] for key, _ in todo)
    assert "c" in taken["one"]
    assert "c" in taken["two"]


def test_the_group_of_a_worker_that_is_gone_is_free():
    todo = [("a1", ""), ("a2", ""), ("b1", "")]
    chunks = Chunks(todo, workers=2, groups={key: key[0] for key, _ in todo})
    chunk = chunks.take("one")
    chunks.forget("one")
    chunks.put_back(chunk)
    assert chunks.take("two")[0] == ("a1", "")
