"""The runner of sweeps on a real Dask cluster: the same bytes as anywhere, a clear word when it goes away."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import sweep_tasks
from sweep_checks import assert_whole, opened
from sweep_tasks import calls, rows

from abm.errors import EweaError
from experiments.ensemble import cluster
from experiments.ensemble.resume import run_tasks

TESTS = Path(sweep_tasks.__file__).parent


def started(*words):
    return subprocess.Popen(
        [sys.executable, "-m", *words, "--no-dashboard"],
        env={**os.environ, "PYTHONPATH": str(TESTS)},
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )


def started_scheduler():
    """Return a scheduler on a port nobody listens on, and its address; who connects waits for it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    scheduler = started("distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", str(port))
    return scheduler, f"tcp://127.0.0.1:{port}"


def started_worker(address, number):
    words = ("--nworkers", str(number), "--nthreads", "1", "--death-timeout", "300")
    return started("distributed.cli.dask_worker", address, *words)


@pytest.fixture(scope="module")
def dask_cluster():
    """A real cluster of two processes, started as the documentation says."""
    scheduler, address = started_scheduler()
    worker = started_worker(address, 2)
    yield address
    for process in (worker, scheduler):
        process.terminate()
        process.wait()


@pytest.fixture(autouse=True)
def patience(monkeypatch):
    """Wait longer than a user would: scheduler and workers of a busy machine may stand still."""
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 120)
    monkeypatch.setattr(cluster, "WORKERS_SECONDS", 300.0)


@pytest.mark.slow
def test_dask_gives_the_same_bytes_and_a_task_that_ends_workers_is_recorded(tmp_path, dask_cluster):
    folder = tmp_path / "store"
    with opened(folder, calls=str(tmp_path / "calls")) as store:
        assert run_tasks(store, rows(20), scheduler=dask_cluster).done == 20
        assert run_tasks(store, rows(60), scheduler=dask_cluster).done == 40
    assert_whole(folder, rows(60))
    assert calls(tmp_path / "calls") == list(range(60))
    with opened(tmp_path / "ended", "sweep_tasks:ends_its_process") as store:
        summary = run_tasks(store, rows(6), scheduler=dask_cluster)
        assert (summary.done, summary.failed) == (5, 1)
        assert "ended from outside" in store.failures()[store.key(rows(6)[3])]


@pytest.mark.slow
def test_a_function_that_workers_of_dask_lack_is_named(tmp_path, dask_cluster, monkeypatch):
    (tmp_path / "only_here.py").write_text("def work(context, task):\n    return {'a': 1}\n")
    monkeypatch.syspath_prepend(tmp_path)
    with opened(tmp_path / "store", "only_here:work") as store:
        with pytest.raises(EweaError, match="only_here:work: cannot be imported"):
            run_tasks(store, rows(3), scheduler=dask_cluster)
        assert store.keys() == []


def test_an_address_without_scheduler_is_named_with_its_remedy(tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 0.5)
    for address in ("tcp://127.0.0.1:9", "nonsense://127.0.0.1:9"):
        message = rf"--scheduler {address}: no Dask .*`dask scheduler --host 127"
        with opened(tmp_path) as store, pytest.raises(EweaError, match=message):
            run_tasks(store, rows(2), scheduler=address)


@pytest.mark.slow
def test_a_scheduler_that_goes_away_leaves_what_has_ended(tmp_path, monkeypatch):
    scheduler, address = started_scheduler()
    try:
        with opened(tmp_path) as store:
            with monkeypatch.context() as patch:
                patch.setattr(cluster, "WORKERS_SECONDS", 0.5)
                with pytest.raises(EweaError, match=f"{address}: the scheduler has no worker"):
                    run_tasks(store, rows(60), scheduler=address)
            worker = started_worker(address, 1)
            try:
                kill = lambda progress: scheduler.kill() if progress.ended == 20 else None  # noqa: E731
                with pytest.raises(EweaError, match=r"scheduler is gone .* only what is missing is run"):
                    run_tasks(store, rows(60, sleep=0.02), scheduler=address, on_progress=kill)
            finally:
                worker.terminate()
                worker.wait()
            kept = len(store.keys())
            assert 20 <= kept < 60
            summary = run_tasks(store, rows(60, sleep=0.02), workers=2)
            assert (summary.done, summary.skipped) == (60 - kept, kept)
    finally:
        scheduler.kill()
        scheduler.wait()
    assert_whole(tmp_path, rows(60, sleep=0.02))
