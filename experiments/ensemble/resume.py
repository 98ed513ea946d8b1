"""Run what is missing of a set of tasks and keep the results, whatever interrupts it."""

import time
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from experiments.ensemble.identity import TaskJson, canonical
from experiments.ensemble.pool import run_batch
from experiments.ensemble.store import Store
from experiments.ensemble.tasks import Batch, TaskResult, function_named

FLUSH_SECONDS = 5.0
FLUSH_ROWS = 2_000
FLUSH_BYTES = 32_000_000
"""Results are written when one of these is reached: little is lost by a kill, and the disk has peace."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What became of the tasks of a design: done now, there before, failed now or earlier."""

    done: int
    skipped: int
    failed: int
    seconds: float


class TaskProgress(NamedTuple):
    """How far a run is: ``ended`` of ``total`` missing tasks have ended."""

    ended: int
    total: int
    failed: int


type ProgressListener = Callable[[TaskProgress], None]


def run_tasks(
    store: Store,
    tasks: Iterable[TaskJson],
    *,
    workers: int = 0,
    scheduler: str | None = None,
    on_progress: ProgressListener | None = None,
    retries: int = 2,
    retry_failed: bool = False,
    group_of: Callable[[TaskJson], str] | None = None,
) -> Summary:
    """Run every task that has no row in the store yet; one that stands in ``tasks`` twice is run once.

    The results do not depend on the engine, the number of workers (0: one per core; ``scheduler`` as in
    :func:`run_batch`) or the order in which tasks end. A task whose worker was ended from outside is run
    ``retries`` times more, one whose row is a failure only with ``retry_failed``. ``group_of`` names what a
    task shares with others, so that one worker gets them one after the other.
    """
    began = time.monotonic()
    design: dict[str, str] = {}
    groups: dict[str, str] = {}
    for task in tasks:
        text = canonical(task)
        key = store.key_of_text(text)
        design[key] = text
        if group_of is not None:
            groups[key] = group_of(task)
    if retry_failed:
        store.forget_failures(design)
    todo = [(key, text) for key, text in design.items() if not store.has(key)]
    old_failures = sum(key in design for key in store.failures())
    ended = failed = 0
    if todo:
        function_named(store.function)  # a wrong name is better told before any worker starts
        batch = Batch(store.function, (store.context,), todo, groups)
        engine = run_batch(batch, workers=workers, scheduler=scheduler, retries=retries)
        buffer = _Buffer(store, design)
        try:
            with closing(engine) as outcomes:
                for outcome in outcomes:
                    if outcome is not None:
                        buffer.add(outcome)
                        ended, failed = ended + 1, failed + (outcome.error is not None)
                        if on_progress is not None:
                            on_progress(TaskProgress(ended, len(todo), failed))
                    buffer.flush_if_due()
        finally:
            buffer.flush()
    return Summary(
        done=ended - failed,
        skipped=len(design) - len(todo) - old_failures,
        failed=failed + old_failures,
        seconds=time.monotonic() - began,
    )


class _Buffer:
    """Results that are not yet on the disk."""

    def __init__(self, store: Store, texts: dict[str, str]) -> None:
        self._store, self._texts = store, texts
        self._rows: list[tuple[str, TaskResult]] = []
        self._bytes = 0
        self._flushed = time.monotonic()

    def add(self, outcome: TaskResult) -> None:
        self._store.check(outcome)
        self._rows.append((self._texts[outcome.key], outcome))
        self._bytes += sum(np.asarray(value).nbytes for value in (outcome.value or {}).values())

    def flush_if_due(self) -> None:
        due = time.monotonic() - self._flushed >= FLUSH_SECONDS
        if due or len(self._rows) >= FLUSH_ROWS or self._bytes >= FLUSH_BYTES:
            self.flush()

    def flush(self) -> None:
        if self._rows:
            self._store.append(self._rows)  # interrupted here, it would write the same rows again: no harm
        self._rows, self._bytes, self._flushed = [], 0, time.monotonic()
