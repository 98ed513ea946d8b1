"""The thread that gives tasks to workers and results to runs."""

import contextlib
import logging
import os
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection, wait
from typing import Any

from dashboard.engine.complaint import Complaint, complain
from dashboard.engine.crew import Crew, Member
from dashboard.engine.jobs import Job
from dashboard.engine.kept_uploads import upload_of
from dashboard.engine.limits import Limits
from dashboard.engine.runs import Run, Unit, WarmUp
from dashboard.engine.waiting import Queue
from dashboard.engine.worker import DONE, READY, REFUSED

log = logging.getLogger(__name__)

TICK = 1.0
"""Seconds between looks at time limits."""


class Scheduler:
    """Serves runs with workers; all state is guarded by :attr:`lock`.

    Parameters
    ----------
    crew : Crew
        Workers, not yet started.
    limits : Limits
        Time limits and tries.
    on_answer : callable
        Called with a run that has a new answer, outside the lock.
    """

    def __init__(self, crew: Crew, limits: Limits, on_answer: Callable[[Run], None]) -> None:
        self.lock = threading.RLock()
        self.queue = Queue(limits)
        self._crew, self._limits, self._on_answer = crew, limits, on_answer
        self._wake_ours, self._wake_theirs = os.pipe()
        os.set_blocking(self._wake_theirs, False)
        self._stopping = False
        self._thread = threading.Thread(target=self._serve, name="ewea-scheduler", daemon=True)

    def start(self) -> None:
        """Start workers and thread; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """End thread and workers."""
        self._stopping = True
        self.wake()
        self._thread.join(timeout=10)
        self._crew.stop()

    @property
    def n_ready(self) -> int:
        """Workers that can take tasks."""
        return sum(member.ready for member in self._crew.members)

    @property
    def is_warm(self) -> bool:
        """Whether every worker has its simulations ready."""
        with self.lock:
            warming = any(isinstance(run, WarmUp) for run in self.queue.runs)
            return not warming and self.n_ready == self._limits.workers

    def pids(self) -> list[int]:
        """Return the process ids of the workers."""
        return [member.process.pid or 0 for member in self._crew.members]

    def wake(self) -> None:
        """Look at the queue now."""
        with contextlib.suppress(BlockingIOError):
            os.write(self._wake_theirs, b".")

    def add(self, run: Run) -> None:
        """Take a run into the queue."""
        with self.lock:
            self.queue.add(run)
            self.tell_all()
        self.wake()

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

    def fail(self, run: Run, complaint: Complaint) -> None:
        """End a run that cannot be finished."""
        with self.lock:
            run.over = True
            self.queue.remove(run)
            jobs, run.jobs = run.jobs, []
        for job in jobs:
            job.change(state="failed", complaint=complaint, position=None)

    def _serve(self) -> None:
        self._crew.start()
        for number in range(self._limits.workers):
            self.queue.add(WarmUp(self._limits, number))
        while not self._stopping:
            try:
                self._round()
            except Exception:
                log.exception("the scheduler met a fault and goes on")
                time.sleep(TICK)

    def _round(self) -> None:
        self._assign()
        pipes: list[Any] = [member.pipe for member in self._crew.members]
        for ready in wait([*pipes, self._wake_ours], TICK):
            if ready == self._wake_ours:
                os.read(self._wake_ours, 4096)
            else:
                self._hear(ready)
        self._check_times()

    def _assign(self) -> None:
        for member in list(self._crew.members):
            if not member.idle:
                continue
            with self.lock:
                unit = self.queue.next_for(member.number)
                if unit is None:
                    continue
                member.unit, member.since = unit, time.monotonic()
                if unit.run.began is None:
                    unit.run.began = member.since
                self.tell_all()
            try:
                member.pipe.send((upload_of(unit.task), unit.task))
            except OSError:
                self._lost(member)

    def _hear(self, pipe: Any) -> None:
        member = next((m for m in self._crew.members if m.pipe is pipe), None)
        if member is None:
            return
        assert isinstance(pipe, Connection)
        try:
            word, content = pipe.recv()
        except (EOFError, OSError):
            self._lost(member)
            return
        if word == READY:
            member.ready = True
            return
        unit: Unit | None = member.unit
        member.unit = None
        if unit is None:
            log.error("a worker cannot start: %s", content)
            return
        run = unit.run
        run.flying -= 1
        if word == DONE:
            self._done(run, unit, content)
        elif not run.over:
            if word == REFUSED:
                found = content if isinstance(content, Complaint) else None
                arg = content.args[0] if isinstance(content, Exception) and content.args else str(content)
                if isinstance(arg, Complaint):
                    found = arg
                self.fail(run, found or complain("refused", detail=str(content)))
            else:
                log.error("a task failed:\n%s", content)
                self.fail(run, complain("internal"))

    def _done(self, run: Run, unit: Unit, result: Any) -> None:
        with self.lock:
            if run.over:
                return
            fresh = run.take(unit, result)
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

    def tell_all(self) -> None:
        """Tell every job where it stands."""
        positions = self.queue.positions()
        for run in list(self.queue.runs):
            self._tell(run, positions.get(run))

    def _lost(self, member: Member) -> None:
        """Replace a worker that died and give its task to it again."""
        unit: Unit | None = member.unit
        self._crew.replace(member)
        with self.lock:
            # A new worker has nothing ready; it is warmed again when nobody waits.
            self.queue.runs = [r for r in self.queue.runs if r.key != f"warm-{member.number}"]
            self.queue.add(WarmUp(self._limits, member.number))
        if unit is None:
            return
        unit.run.flying -= 1
        unit.tries += 1
        if unit.run.over or isinstance(unit.run, WarmUp):
            return
        if unit.tries >= self._limits.tries_per_task:
            self.fail(unit.run, complain("worker_lost", tries=unit.tries))
            return
        with self.lock:
            unit.run.pending.insert(0, unit)

    def _check_times(self) -> None:
        now = time.monotonic()
        for member in list(self._crew.members):
            unit: Unit | None = member.unit
            if unit is not None and now - member.since > self._limits.seconds_per_task:
                self.fail(unit.run, complain("took_too_long", most=self._limits.seconds_per_task))
                self._lost(member)
            elif not member.process.is_alive() and member.unit is None:
                self._lost(member)
        with self.lock:
            late = [
                run for run in self.queue.runs
                if run.jobs and run.began is not None and now - run.began > self._limits.seconds_per_run
            ]  # fmt: skip
        for run in late:
            self.fail(run, complain("took_too_long", most=self._limits.seconds_per_run))
