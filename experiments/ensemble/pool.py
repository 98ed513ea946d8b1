"""The one pool of worker processes: it deals out tasks and blames the one at which a process was killed.

The processes are our own: two of them are there in 1 s where a local Dask cluster takes 6 s to load, start
and stop, and a pipe tells which task a killed one was at. Dask carries the same tasks to other machines
(:mod:`experiments.ensemble.cluster`). The workers of the app are these too; only its queue is another.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from multiprocessing.connection import Connection, wait
from typing import Any

from abm.errors import EweaError
from experiments.ensemble.tasks import (
    TICK_SECONDS,
    Batch,
    Chunks,
    TaskResult,
    TaskResults,
    Todo,
    call,
    ended_from_outside,
    function_named,
    name_of,
)
from experiments.ensemble.worker import FAILED, NAME, NOTE, READY, REFUSED, Worker, cores, step_listener

FALSE_STARTS = 5
"""Processes in a row that may end before they are ready; more than that is no accident."""

SERIAL = "serial"
"""In place of the address of a scheduler: one task after the other, in this process."""


def caller(function: str, shared: tuple[Any, ...]) -> Callable[[Todo], TaskResult]:
    """Return what answers the tasks of a batch; the setup of the workers of a :class:`Pool`."""
    loaded = function_named(function)
    return lambda todo: call(loaded, shared, todo)


class Pool:
    """Workers that share the tasks of one batch after the other, and import ``preload`` at once."""

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

    def _fill(self, batch: Batch | None = None) -> None:
        while len(self._workers) < self.size:
            worker = Worker(NAME, self._preload)
            self._workers[worker.pipe] = worker
            if batch is not None:
                worker.prepare(name_of(caller), batch.function, batch.shared)

    def outcomes(
        self, batch: Batch, retries: int = 0, on_note: Callable[[], None] | None = None
    ) -> Iterator[TaskResult | None]:
        """Run a batch, give outcomes as they end; a killed task is tried ``retries`` times more."""
        chunks, deaths, self._false_starts = Chunks(batch.todo, self.size, batch.groups), Counter[str](), 0
        for worker in self._workers.values():
            worker.prepare(name_of(caller), batch.function, batch.shared)
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
                    yield self._replaced(pipe, batch, chunks, deaths, retries)
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
        self, pipe: Connection, batch: Batch, chunks: Chunks, deaths: Counter[str], retries: int
    ) -> TaskResult | None:
        """Put a worker in the place of one that ended; return an outcome if its task ended once too many."""
        worker, chunk = self._workers.pop(pipe), self._chunk_of.pop(pipe, [])
        chunks.forget(pipe)
        was_ready, code = worker.ready, worker.end(patience=1)
        outcome = None
        if not was_ready:
            self._false_starts += 1
            if self._false_starts > FALSE_STARTS:
                raise EweaError(
                    f"{batch.function}: processes end as soon as they start (exit code {code}); the reason "
                    "stands above, or memory is short. Use fewer processes."
                )
        elif chunk:
            key = chunk[0][0]
            deaths[key] += 1
            if deaths[key] > retries:
                del chunk[0]
                outcome = TaskResult(key, None, ended_from_outside(deaths[key]), 0.0)
            chunks.put_back(chunk)
        if chunks:
            self._fill(batch)
        return outcome


def run_in_order(
    function: Callable[..., Any],
    shared: tuple[Any, ...],
    tasks: Sequence[Any],
    processes: int,
    *,
    on_done: Callable[[int, int], None] = lambda done, total: None,
    on_note: Callable[[], None] | None = None,
    pool: Pool | None = None,
) -> list[Any]:
    """Return ``function(*shared, task)`` of every task, in their order, whatever the number of processes.

    ``function`` is one of a module, so that workers can import it; ``shared`` travels to each worker once.
    With one process everything runs in this one; ``pool`` are workers that were started before and count as
    ``processes``. ``on_done`` gets the number of tasks done and their number, ``on_note`` is called at every
    :func:`note_step` of a task.
    """
    if pool is None and min(processes, len(tasks)) <= 1:
        results = []
        mark = step_listener.set(on_note)
        try:
            for task in tasks:
                results.append(function(*shared, task))
                on_done(len(results), len(tasks))
        finally:
            step_listener.reset(mark)
        return results
    if pool is None:
        with Pool(min(processes, len(tasks))) as own:
            return run_in_order(
                function, shared, tasks, processes, on_done=on_done, on_note=on_note, pool=own
            )
    found: dict[str, Any] = {}
    batch = Batch(name_of(function), shared, [(str(number), task) for number, task in enumerate(tasks)])
    for outcome in pool.outcomes(batch, on_note=on_note):
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
        on_done(len(found), len(tasks))
    return [found[str(number)] for number in range(len(tasks))]


def run_batch(batch: Batch, *, workers: int, scheduler: str | None, retries: int) -> TaskResults:
    """Run a batch: ``scheduler`` None for local processes, ``"serial"``, or the address of Dask's."""
    if workers < 0:
        raise EweaError(f"--workers: found {workers}; allowed is 1 or more, or 0 for one per core.")
    if scheduler == SERIAL:
        function = function_named(batch.function)
        for todo in batch.todo:
            yield call(function, batch.shared, todo)
    elif scheduler is None:
        with Pool(min(workers or cores(), len(batch.todo))) as pool:
            yield from pool.outcomes(batch, retries)
    else:
        from experiments.ensemble.cluster import run_cluster

        with closing(run_cluster(batch, scheduler, retries)) as outcomes:
            yield from outcomes
