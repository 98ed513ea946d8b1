"""The workers of the app and the thread that gives them tasks, and their results to runs."""

import contextlib
import logging
import os
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

from dashboard.engine.changes import upload_of
from dashboard.engine.jobs import Job
from dashboard.engine.limits import Limits
from dashboard.engine.queue import Queue, Run, Task, WarmUp
from dashboard.messages.words import UserMessage, user_message
from experiments.ensemble.worker import DONE, NAME, READY, REFUSED, Worker

log = logging.getLogger(__name__)

TICK = 1.0
"""Seconds between looks at time limits."""

SOONEST_RESTART = 1.0
"""Seconds between two starts of the same worker, so that one that cannot start does not spin."""


class AppWorker(Worker):
    """A worker of the pool with a number: it is the home of some seeds, whose simulations it keeps ready."""

    def __init__(self, number: int, root: Path, limits: Limits) -> None:
        super().__init__(f"{NAME}-{number}")
        self.number = number
        self.task: Task | None = None
        self.since = self.started
        self.prepare("dashboard.engine.jobs:answering", root, limits)


class WorkerPool:
    """Serves runs with workers, all state under :attr:`lock`; ``on_answer`` is called outside it."""

    def __init__(self, root: Path, limits: Limits, on_answer: Callable[[Run], None]) -> None:
        self.lock = threading.RLock()
        self.queue = Queue(limits)
        self._root, self._limits, self._on_answer = root, limits, on_answer
        self._workers: list[AppWorker] = []
        self._wake_ours, self._wake_theirs = os.pipe()
        os.set_blocking(self._wake_theirs, False)
        self._stopping = False
        self._thread = threading.Thread(target=self._serve, name="ewea-workers", daemon=True)

    def start(self) -> None:
        """Start workers and thread; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """End thread and workers."""
        self._stopping = True
        self.wake()
        self._thread.join(timeout=10)
        for worker in self._workers:
            worker.end()
        self._workers = []

    @property
    def n_ready(self) -> int:
        """Workers that can take tasks."""
        return sum(worker.ready for worker in self._workers)

    @property
    def is_warm(self) -> bool:
        """Whether every worker has its simulations ready."""
        with self.lock:
            warming = any(isinstance(run, WarmUp) for run in self.queue.runs)
            return not warming and self.n_ready == self._limits.workers

    def pids(self) -> list[int]:
        """Return the process ids of the workers."""
        return [worker.process.pid or 0 for worker in self._workers]

    def wake(self) -> None:
        """Look at the queue now."""
        with contextlib.suppress(BlockingIOError):
            os.write(self._wake_theirs, b".")

    def leave(self, job: Job) -> None:
        """Take a job from its run; a run that nobody waits for ends."""
        with self.lock:
            run = job.run
            if run is not None and job in run.jobs:
                run.jobs.remove(job)
                if not run.jobs:
                    run.over = True
                    self.queue.remove(run)
            self.tell_all()
        self.wake()

    def fail(self, run: Run, message: UserMessage) -> None:
        """End a run that cannot be finished."""
        with self.lock:
            run.over = True
            self.queue.remove(run)
            jobs, run.jobs = run.jobs, []
        for job in jobs:
            job.change(state="failed", message=message, position=None)

    def tell_all(self) -> None:
        """Tell every job where it stands."""
        positions = self.queue.positions()
        for run in list(self.queue.runs):
            self._tell(run, positions.get(run))

    def _tell(self, run: Run, position: int | None = None) -> None:
        for job in list(run.jobs):
            if run.over:
                job.change(state="done", answer=run.answer, progress=1.0, position=None)
            elif run.answer is not None:
                job.change(state="first", answer=run.answer, progress=run.progress, position=position)
            elif run.began is None:
                job.change(state="queued", position=position)
            else:
                job.change(state="running", progress=run.progress, position=None)

    # The thread ----------------------------------------------------------------------------------

    def _serve(self) -> None:
        for number in range(self._limits.workers):
            self._workers.append(AppWorker(number, self._root, self._limits))
            self.queue.runs.append(WarmUp(self._limits, number))
        while not self._stopping:
            try:
                self._round()
            except Exception:
                log.exception("the thread of the workers met a fault and goes on")
                time.sleep(TICK)

    def _round(self) -> None:
        self._assign()
        pipes: list[Any] = [worker.pipe for worker in self._workers]
        for ready in wait([*pipes, self._wake_ours], TICK):
            if ready == self._wake_ours:
                os.read(self._wake_ours, 4096)
            else:
                self._receive(self._workers[pipes.index(ready)])
        self._check_times()

    def _assign(self) -> None:
        for worker in self._workers:
            if not worker.ready or worker.task is not None:
                continue
            with self.lock:
                task = self.queue.next_for(worker.number)
                if task is None:
                    continue
                worker.task, worker.since = task, time.monotonic()
                if task.run.began is None:
                    task.run.began = worker.since
                self.tell_all()
            worker.work([(upload_of(task.work.choice), task.work)])

    def _receive(self, worker: AppWorker) -> None:
        try:
            word, content = worker.pipe.recv()
        except (EOFError, OSError):
            self._lost(worker)
            return
        if word == READY:
            worker.ready = True
            return
        task, worker.task = worker.task, None
        if task is None:
            log.error("a worker cannot start: %s", content)
            return
        if word == DONE:
            self._done(task, content)
        elif not task.run.over:
            if word == REFUSED:
                found = content.args[0] if content.args else None
                said = isinstance(found, UserMessage)
                self.fail(task.run, found if said else user_message("refused", detail=str(content)))
            else:
                log.error("a task failed:\n%s", content)
                self.fail(task.run, user_message("internal"))

    def _done(self, task: Task, result: Any) -> None:
        run = task.run
        with self.lock:
            if run.over:
                return
            fresh = run.take(task, result)
            run.n_done += 1
            if run.finished:
                run.over = True
                self.queue.remove(run)
        if fresh:
            self._on_answer(run)
        with self.lock:
            self._tell(run)
            if run.over:
                run.jobs = []
                self.tell_all()

    def _lost(self, worker: AppWorker) -> None:
        """Replace a worker that died and give its task to the new one."""
        code = worker.end(patience=1)
        log.warning("worker %d is replaced (exit code %s)", worker.number, code)
        time.sleep(max(SOONEST_RESTART - (time.monotonic() - worker.started), 0))
        fresh = AppWorker(worker.number, self._root, self._limits)
        self._workers[self._workers.index(worker)] = fresh
        with self.lock:
            # A new worker has nothing ready; it is warmed again when nobody waits.
            warm = WarmUp(self._limits, worker.number)
            self.queue.runs = [run for run in self.queue.runs if run.key != warm.key]
            self.queue.runs.append(warm)
        task = worker.task
        if task is None:
            return
        task.tries += 1
        if task.run.over or isinstance(task.run, WarmUp):
            return
        if task.tries >= self._limits.tries_per_task:
            self.fail(task.run, user_message("worker_lost", tries=task.tries))
            return
        with self.lock:
            task.run.pending.insert(0, task)

    def _check_times(self) -> None:
        now = time.monotonic()
        for worker in list(self._workers):
            if worker.task is not None and now - worker.since > self._limits.seconds_per_task:
                self.fail(worker.task.run, user_message("took_too_long", most=self._limits.seconds_per_task))
                worker.process.kill()
                self._lost(worker)
            elif not worker.process.is_alive() and worker.task is None:
                self._lost(worker)
        with self.lock:
            late = [
                run for run in self.queue.runs
                if run.jobs and run.began is not None and now - run.began > self._limits.seconds_per_run
            ]  # fmt: skip
        for run in late:
            self.fail(run, user_message("took_too_long", most=self._limits.seconds_per_run))
