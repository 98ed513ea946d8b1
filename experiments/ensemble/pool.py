"""The one pool of worker processes: their start, one core each, warm-up, blame of a killed task, their end.

The processes are our own: two of them are there in 1 s where a local Dask cluster takes 6 s to load, start
and stop, and a pipe tells which task a killed one was at. Dask carries the same tasks to other machines
(:mod:`experiments.ensemble.cluster`). The workers of the app are these too; only its queue is another.
"""

import multiprocessing
import os
import signal
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from contextvars import ContextVar
from importlib import import_module
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from typing import Any

from abm.errors import EweaError
from experiments.ensemble.tasks import Chunks, Job, Outcome, Outcomes, Todo, call, load, name_of

NAME = "ewea-worker"
"""Name of every process of ours."""

ONE_CORE = ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
"""Variables that numba and the linear algebra read when they are imported."""

TICK_SECONDS = 1.0
FALSE_STARTS = 5
"""Processes in a row that may end before they are ready; more than that is no accident."""

SERIAL = "serial"
"""In place of the address of a scheduler: one task after the other, in this process."""

PREPARE, WORK = "prepare", "work"
"""What a worker is told."""

READY, DONE, REFUSED, FAILED, NOTE = "ready", "done", "refused", "failed", "note"
"""First word of what a worker answers."""

_listener: ContextVar[Callable[[], None] | None] = ContextVar("listener", default=None)


def note() -> None:
    """Say from within a task that a step of it is done (a simulated month)."""
    listener = _listener.get()
    if listener is not None:
        listener()


def cores() -> int:
    """Return the number of processor cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Worker:
    """A process at the other end of a pipe. It has one core, and Ctrl-C is for its parent to answer.

    Parameters
    ----------
    name : str
        Of the process.
    preload : sequence of str
        Modules it imports while we do something else.

    Attributes
    ----------
    ready : bool
        Whether it said that it is prepared.
    """

    def __init__(self, name: str = NAME, preload: Sequence[str] = ()) -> None:
        context = multiprocessing.get_context("spawn")
        self.started, self.ready = time.monotonic(), False
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs, preload), name=name, daemon=True)
        with _settings_of_children():
            self.process.start()
        theirs.close()

    def prepare(self, setup: str, *arguments: Any) -> None:
        """Have ``setup(*arguments)`` called; what it returns will be called with every task."""
        self.ready = False
        self._send((PREPARE, (setup, arguments)))

    def work(self, tasks: Sequence[Any]) -> None:
        """Hand out tasks; one answer comes back for each."""
        self._send((WORK, tasks))

    def _send(self, content: Any) -> None:
        # One that has just died is noticed when we read from it, and replaced there.
        with suppress(BrokenPipeError, ConnectionResetError):
            self.pipe.send(content)

    def end(self, patience: float = 0) -> int | None:
        """End it and return its exit code. Workers write no file: nothing is lost, nothing half-written."""
        self.pipe.close()
        if self.process.pid is not None:
            self.process.join(patience)  # one that ends by itself keeps its own exit code
            self.process.kill()
            self.process.join()
        code = self.process.exitcode
        self.process.close()
        return code


@contextmanager
def _settings_of_children() -> Iterator[None]:
    before = {name: os.environ.get(name) for name in ONE_CORE}
    os.environ.update(dict.fromkeys(ONE_CORE, "1"))
    # Ctrl-C reaches the whole group; children inherit the mask and leave the decision to us. The tracker of
    # multiprocessing lifts the mask when it starts, so it starts before.
    resource_tracker.ensure_running()
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGHUP})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.__setitem__(name, value)


def _serve(pipe: Connection, preload: Sequence[str]) -> None:
    """Answer until the other end is gone. Runs in a process of its own."""
    for name in preload:
        import_module(name)
    answer: Callable[[Any], Any] | None = None
    try:
        _listener.set(lambda: pipe.send((NOTE, None)))
        while True:
            word, content = pipe.recv()
            if word == PREPARE:
                setup, arguments = content
                try:
                    answer = load(setup)(*arguments)
                except EweaError as error:
                    pipe.send((REFUSED, error))
                    return
                pipe.send((READY, None))
            else:
                assert answer is not None
                for task in content:
                    pipe.send(_answered(answer, task))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return  # the parent is gone or has all it needs


def _answered(answer: Callable[[Any], Any], task: Any) -> tuple[str, Any]:
    try:
        return DONE, answer(task)
    except EweaError as error:
        return REFUSED, error
    except (BrokenPipeError, ConnectionResetError):
        raise
    except Exception:
        return FAILED, traceback.format_exc()


def caller(function: str, shared: tuple[Any, ...]) -> Callable[[Todo], Outcome]:
    """Return what answers the tasks of a job; the setup of the workers of a :class:`Pool`."""
    loaded = load(function)
    return lambda todo: call(loaded, shared, todo)


class Pool:
    """Workers that share the tasks of one job after the other. Leave the ``with`` block and they are gone.

    They start at once, so that they load the model while we read the data.

    Parameters
    ----------
    size : int
        Number of processes.
    preload : sequence of str
        Modules they import as they start.
    """

    def __init__(self, size: int, preload: Sequence[str] = ()) -> None:
        self.size, self._preload = size, tuple(preload)
        self._workers: dict[Connection, Worker] = {}
        self._chunk_of: dict[Connection, list[Todo]] = {}

    def __enter__(self) -> "Pool":
        try:
            self._fill()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers.values():
            worker.end()
        self._workers.clear()

    def _fill(self, job: Job | None = None) -> None:
        while len(self._workers) < self.size:
            worker = Worker(NAME, self._preload)
            self._workers[worker.pipe] = worker
            if job is not None:
                worker.prepare(name_of(caller), job.function, job.shared)

    def outcomes(
        self, job: Job, retries: int = 0, on_note: Callable[[], None] | None = None
    ) -> Iterator[Outcome | None]:
        """Run a job; give its outcomes in the order in which they end.

        Parameters
        ----------
        retries : int
            How often a task is run again whose process was ended from outside; then it is a failure.
        on_note : callable, optional
            Called when a task says that a step is done.

        Raises
        ------
        EweaError
            If the function cannot be imported, or processes end as soon as they start.
        """
        chunks, deaths, self._false_starts = Chunks(job.todo, self.size, job.groups), Counter[str](), 0
        for worker in self._workers.values():
            worker.prepare(name_of(caller), job.function, job.shared)
        self._chunk_of = {}
        while chunks or any(self._chunk_of.values()):
            for pipe, worker in self._workers.items():
                if chunks and worker.ready and not self._chunk_of.get(pipe):
                    self._chunk_of[pipe] = chunks.take(pipe)
                    worker.work(self._chunk_of[pipe])
            ended = wait(list(self._workers), timeout=TICK_SECONDS)
            if not ended:
                yield None
            for pipe in ended:
                assert isinstance(pipe, Connection)
                try:
                    word, content = pipe.recv()
                except (EOFError, OSError):
                    yield self._replaced(pipe, job, chunks, deaths, retries)
                    continue
                if word == READY:
                    self._workers[pipe].ready, self._false_starts = True, 0
                elif word == REFUSED:
                    raise content
                elif word == FAILED:  # not the task itself: that becomes an outcome
                    raise RuntimeError(content)
                elif word == NOTE:
                    if on_note is not None:
                        on_note()
                else:
                    assert content.key == self._chunk_of[pipe][0][0]
                    del self._chunk_of[pipe][0]
                    chunks.learn(content)
                    yield content

    def _replaced(
        self, pipe: Connection, job: Job, chunks: Chunks, deaths: Counter[str], retries: int
    ) -> Outcome | None:
        """Put a worker in the place of one that ended; return an outcome if its task ended once too many."""
        worker, chunk = self._workers.pop(pipe), self._chunk_of.pop(pipe, [])
        chunks.forget(pipe)
        was_ready, code = worker.ready, worker.end(patience=1)
        outcome = None
        if not was_ready:
            self._false_starts += 1
            if self._false_starts > FALSE_STARTS:
                raise EweaError(
                    f"{job.function}: processes end as soon as they start (exit code {code}); the reason "
                    "stands above, or memory is short. Use fewer processes."
                )
        elif chunk:
            key = chunk[0][0]
            deaths[key] += 1
            if deaths[key] > retries:
                del chunk[0]
                outcome = Outcome(key, None, ended_from_outside(deaths[key]), 0.0)
            chunks.put_back(chunk)
        if chunks:
            self._fill(job)
        return outcome


def ended_from_outside(times: int) -> str:
    """Return the failure of a task whose worker was killed each time."""
    often = f", {times} times" if times > 1 else ""
    return f"the process that ran it was ended from outside{often}; most often memory ran out"


def in_order(
    function: Callable[..., Any],
    shared: tuple[Any, ...],
    tasks: Sequence[Any],
    processes: int,
    *,
    on_done: Callable[[int], None] | None = None,
    on_note: Callable[[], None] | None = None,
    pool: Pool | None = None,
) -> list[Any]:
    """Return ``function(*shared, task)`` of every task, in their order, whatever the number of processes.

    Parameters
    ----------
    function : callable
        Of a module, so that workers can import it.
    shared : tuple
        What all tasks share; it travels to each worker once.
    processes : int
        Side by side; with one, everything runs in this process.
    on_done : callable, optional
        Called with the number of tasks done.
    on_note : callable, optional
        Called for every :func:`note` of a task.
    pool : Pool, optional
        Workers that were started before; they count as ``processes``.

    Raises
    ------
    EweaError
        If a task refuses its settings, or a process was ended from outside (out of memory).
    """
    tell = on_done or (lambda n: None)
    if pool is None and min(processes, len(tasks)) <= 1:
        results = []
        mark = _listener.set(on_note)
        try:
            for task in tasks:
                results.append(function(*shared, task))
                tell(len(results))
        finally:
            _listener.reset(mark)
        return results
    if pool is None:
        with Pool(min(processes, len(tasks))) as own:
            return in_order(function, shared, tasks, processes, on_done=on_done, on_note=on_note, pool=own)
    found: dict[str, Any] = {}
    job = Job(name_of(function), shared, [(str(number), task) for number, task in enumerate(tasks)])
    for outcome in pool.outcomes(job, on_note=on_note):
        if outcome is None:
            continue
        if outcome.trace is not None:
            raise RuntimeError(f"a task failed in its own process:\n{outcome.trace}")
        if outcome.error == ended_from_outside(1):
            run = f"run {int(outcome.key) + 1} of {len(tasks)}"
            raise EweaError(f"{run}: {outcome.error}. Raise --scale, or run one at a time with --threads 1.")
        if outcome.error is not None:
            raise EweaError(outcome.error)
        found[outcome.key] = outcome.value
        tell(len(found))
    return [found[str(number)] for number in range(len(tasks))]


def run_job(job: Job, *, workers: int, scheduler: str | None, retries: int) -> Outcomes:
    """Run a job where it is asked for; close the generator and its workers are gone.

    Parameters
    ----------
    workers : int
        Number of local processes; 0 for one per core.
    scheduler : str or None
        None for local processes, ``"serial"``, or the address of a Dask scheduler (``tcp://host:port``).
    retries : int
        How often a task is run again whose worker was ended from outside.

    Raises
    ------
    EweaError
        If the number or the address makes no sense.
    """
    if workers < 0:
        raise EweaError(f"--workers: found {workers}; allowed is 1 or more, or 0 for one per core.")
    if scheduler == SERIAL:
        function = load(job.function)
        for todo in job.todo:
            yield call(function, job.shared, todo)
    elif scheduler is None:
        with Pool(min(workers or cores(), len(job.todo))) as pool:
            yield from pool.outcomes(job, retries)
    else:
        from experiments.ensemble.cluster import run_cluster

        with closing(run_cluster(job, scheduler, retries)) as outcomes:
            yield from outcomes
