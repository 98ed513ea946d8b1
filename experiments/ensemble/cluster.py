"""Tasks on an existing Dask cluster, by the address of its scheduler. The driver alone writes results."""

import logging
import os
import queue
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any

from distributed import Client, Future, KilledWorker
from distributed.client import FutureCancelledError

from abm.errors import EweaError
from abm.files import model_digest
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
)
from experiments.ensemble.worker import ONE_CORE

CONNECT_SECONDS = 10

LATE_STARTS = 6
"""Times a client whose thread started too late is made anew."""

WORKERS_SECONDS = 60.0
"""How long a scheduler may be without any worker; a batch system takes its time to start one."""

IN_FLIGHT = 2
"""Chunks per worker, so that the next one is there when a chunk ends."""

CHUNK_SECONDS = 1.0
"""Time a chunk should last: longer than on one machine, for it travels, and its tasks may share a past."""

MOST_CHUNKS_A_SECOND = 200
"""What one scheduler and one driver take without being felt; more workers get longer chunks."""

UNDER_WAY = ("pending", "lost")

GONE = (OSError, TimeoutError, FutureCancelledError)
"""What Dask raises when the scheduler no longer answers."""


class OwnClient(Client):
    """A client that only we close.

    Dask's own closes itself when it is forgotten, whenever the garbage is collected. In the middle of the
    start of another client it waits for the lock that start holds: for ever, or until the start gives up.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        try:
            super().__init__(*args, **kwargs)  # type: ignore[no-untyped-call]
        except BaseException:
            with suppress(*GONE, AttributeError, RuntimeError, AssertionError):
                self.close()  # type: ignore[no-untyped-call]
            raise

    def __del__(self) -> None:
        """Do nothing."""


def run_cluster(batch: Batch, address: str, retries: int) -> TaskResults:
    """Run a batch on a Dask cluster, by the address of its scheduler (``tcp://host:port``)."""
    with _connected(address) as client:
        yield from _Cluster(client, batch, address, retries).outcomes()


@contextmanager
def _connected(address: str) -> Iterator[Client]:
    # Dask writes tracebacks of its own when a connection breaks; the one sentence of ours says more.
    loggers = [logging.getLogger(f"distributed.{name}") for name in ("client", "comm", "core", "batched")]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        client = _client(address)
        try:
            yield client
        finally:
            with suppress(*GONE):
                client.close()  # type: ignore[no-untyped-call]
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)


def _client(address: str) -> Client:
    """Connect. Dask gives its own thread ten seconds to start; a very busy machine may take longer."""
    for _ in range(LATE_STARTS):
        try:
            return OwnClient(address, timeout=CONNECT_SECONDS, set_as_default=False)
        except AssertionError:
            continue
        except (OSError, TimeoutError, ValueError) as error:
            raise EweaError(
                f"--scheduler {address}: no Dask scheduler answers there. Start one with "
                "`dask scheduler --host 127.0.0.1`, and workers with `dask worker tcp://127.0.0.1:8786 "
                "--nworkers 2 --nthreads 1`; give the address the scheduler prints, or leave out --scheduler "
                "to use this machine."
            ) from error
    raise EweaError(
        f"--scheduler {address}: this machine is too busy to start a Dask client. Stop other programs and "
        "give the same command again (a sweep: with --resume)."
    )


class _Cluster:
    def __init__(self, client: Client, batch: Batch, address: str, retries: int) -> None:
        self._client, self._batch, self._address, self._retries = client, batch, address, retries
        self._chunks = Chunks(batch.todo, workers=1, groups=batch.groups, seconds=CHUNK_SECONDS)
        self._in_flight: dict[Future[Any], list[Todo]] = {}
        self._ended: queue.SimpleQueue[Future[Any]] = queue.SimpleQueue()
        self._orphaned: list[Future[Any]] = []
        self._deaths: Counter[str] = Counter()
        self._digest = model_digest()
        self._run = uuid.uuid4().hex
        self._with_workers = self._looked = time.monotonic()
        self._slots = 0
        self._quarantined = False

    def outcomes(self) -> Iterator[TaskResult | None]:
        """Keep every worker supplied until all tasks are done."""
        with self._loss_in_words():
            # Sent once. A scattered context would be gone with the workers that hold it; as the result of a
            # task the scheduler makes it anew.
            shared = self._client.submit(_same, self._batch.shared, key=f"ewea-context-{self._run}")
            self._look_for_workers()
        while self._chunks or self._in_flight:
            with self._loss_in_words():
                if time.monotonic() - self._looked > TICK_SECONDS:
                    self._look_for_workers()
                while self._may_submit():
                    self._submit(shared, self._chunks.take())
            try:
                future = self._next_ended()
            except queue.Empty:
                yield None
                continue
            with self._loss_in_words():
                found = self._received(future)
            yield from found

    def _next_ended(self) -> Future[Any]:
        """Return a chunk that has ended, or raise ``queue.Empty`` after a second."""
        for future in [one for one in self._orphaned if one.status not in UNDER_WAY]:
            self._orphaned.remove(future)
            return future
        return self._ended.get(timeout=TICK_SECONDS / 10 if self._orphaned else TICK_SECONDS)

    def _look_for_workers(self) -> None:
        """Count workers; Dask takes in new ones and replaces lost ones while we run."""
        self._looked = time.monotonic()
        if self._client.status != "running":
            raise OSError("connection lost")
        workers = len(self._client.nthreads())  # type: ignore[no-untyped-call]
        if workers:
            self._with_workers = self._looked
        elif self._looked - self._with_workers > WORKERS_SECONDS:
            raise EweaError(
                f"--scheduler {self._address}: the scheduler has no worker. Start some with `dask worker "
                f"{self._address} --nworkers 2 --nthreads 1` and give the same command again."
            )
        self._chunks.workers = max(workers, 1)
        self._chunks.seconds = max(CHUNK_SECONDS, workers / MOST_CHUNKS_A_SECOND)
        self._slots = IN_FLIGHT * workers

    def _may_submit(self) -> bool:
        """Return whether a chunk may leave; a suspect travels alone, so that no other task is blamed."""
        if not self._chunks or not self._slots or self._quarantined:
            return False
        if self._chunks.suspects:
            self._quarantined = not self._in_flight
            return self._quarantined
        return len(self._in_flight) < self._slots

    def _submit(self, shared: Future[Any], chunk: list[Todo]) -> None:
        key = f"ewea-{self._run}-{uuid.uuid4().hex}"
        future = self._client.submit(
            run_chunk, self._batch.function, shared, chunk, self._digest, key=key, pure=False
        )
        self._in_flight[future] = chunk
        future.add_done_callback(self._ended.put)  # type: ignore[no-untyped-call]

    def _received(self, future: Future[Any]) -> list[TaskResult]:
        """Return what came of a chunk; tasks of a chunk that was lost wait again."""
        try:
            if future.status in UNDER_WAY:
                raise TimeoutError
            found: list[TaskResult] | str = future.result(timeout=CONNECT_SECONDS)
        except TimeoutError:  # its worker died before we had the result: Dask runs it once more
            self._orphaned.append(future)
            return []
        except KilledWorker as error:
            return self._attributed(self._in_flight.pop(future), error.allowed_failures + 1)
        except GONE:
            raise
        except Exception as error:
            raise EweaError(
                f"--scheduler {self._address}: the workers cannot run the tasks "
                f"({type(error).__name__}: {error}). Install the same version of this package "
                "in the environment of the workers."
            ) from error
        if isinstance(found, str):
            raise EweaError(f"--scheduler {self._address}: {found}")
        del self._in_flight[future]
        self._quarantined = False
        for outcome in found:
            self._chunks.learn(outcome)
        return found

    def _attributed(self, chunk: list[Todo], deaths: int) -> list[TaskResult]:
        """Put back a chunk that was on workers that ended; return a failure if one task alone did it."""
        quarantined, self._quarantined = self._quarantined, False
        if not quarantined:  # another task of the chunk, or one that waited on the same worker
            for todo in chunk:
                self._chunks.put_back_alone(todo)
            return []
        key = chunk[0][0]
        self._deaths[key] += deaths
        if self._deaths[key] > self._retries:
            return [TaskResult(key, None, ended_from_outside(self._deaths[key]), 0.0)]
        self._chunks.put_back_alone(chunk[0])
        return []

    @contextmanager
    def _loss_in_words(self) -> Iterator[None]:
        try:
            yield
        except GONE as error:
            raise EweaError(
                f"--scheduler {self._address}: the Dask scheduler is gone or was restarted. Finished results "
                "are stored; start it again and give the same command again (a sweep: with --resume): only "
                "what is missing is run."
            ) from error


def run_chunk(name: str, shared: tuple[Any, ...], chunk: list[Todo], digest: str) -> list[TaskResult] | str:
    """Run a chunk of tasks. Runs on a worker of Dask; returns a text if it must not run here."""
    if "numba" not in sys.modules:  # it refuses a change of mind later
        for variable in ONE_CORE:
            os.environ.setdefault(variable, "1")
    with _ONE_AT_A_TIME:
        if _MODEL_HERE() != digest:
            return "a worker has another version of the model than this process. Install the same on both."
        try:
            function = function_named(name)
        except EweaError as error:
            return str(error)
        return [call(function, shared, todo) for todo in chunk]


_MODEL_HERE = cache(model_digest)
"""Read once: it is the code this worker has loaded."""

_ONE_AT_A_TIME = threading.Lock()
"""Compiled loops of several threads of one worker would disturb each other."""


def _same(shared: tuple[Any, ...]) -> tuple[Any, ...]:
    return shared
