"""A task, what came of it, and how tasks are dealt out: tiny ones in company, related ones together."""

import json
import time
import traceback
from collections import deque
from collections.abc import Callable, Generator, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from math import ceil
from pathlib import PurePath
from typing import Any

from abm.errors import EweaError

type Todo = tuple[str, Any]
"""Key of a task, and the task; one in canonical JSON is read by the worker."""

TICK_SECONDS = 1.0
"""After so long without an end an engine gives None, so that what it gave can be written."""

CHUNK_SECONDS = 0.25
"""Time a chunk should last. Handing one out costs milliseconds, which shall not be felt."""

GROWTH = 2
"""A chunk is at most this many times larger than the one before, for the first tasks may not be typical."""

MEMORY = 0.8
"""Weight of the past in the mean time of a task; tasks of a sweep may get longer on the way."""


@dataclass(frozen=True, slots=True)
class TaskResult:
    """What came of a task: a value, or the text of a failure; and its time in seconds."""

    key: str
    value: Any
    error: str | None
    seconds: float
    trace: str | None = None  # Traceback of a failure that is no refusal of a setting


type TaskResults = Generator[TaskResult | None, None, None]
"""What an engine gives; None when nothing has ended for a second, so that results can be written."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What an engine has to do: call ``function(*shared, task)`` for every task of ``todo``."""

    function: str  # ``"package.module:function"``, imported by every worker
    shared: tuple[Any, ...]
    todo: Sequence[Todo]
    # Tasks of one group are best run one after the other by one worker; empty if none belong together
    groups: Mapping[str, str] = field(default_factory=dict)


def function_named(name: str) -> Callable[..., Any]:
    """Return the function ``"package.module:function"``."""
    module, _, attribute = name.partition(":")
    try:
        function = getattr(import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise EweaError(
            f"{name}: cannot be imported as package.module:function ({error}). Every worker needs the same "
            "version of this package, installed in its own environment."
        ) from error
    if not callable(function):
        raise EweaError(f"{name}: is not a function.")
    return function  # type: ignore[no-any-return]


def ended_from_outside(times: int) -> str:
    """Return the failure of a task whose worker was killed each time."""
    often = f", {times} times" if times > 1 else ""
    return f"the process that ran it was ended from outside{often}; most often memory ran out"


def name_of(function: Callable[..., Any]) -> str:
    """Return the name under which :func:`function_named` finds a function."""
    return f"{function.__module__}:{function.__qualname__}"


def call(function: Callable[..., Any], shared: tuple[Any, ...], todo: Todo) -> TaskResult:
    """Run one task. A failure of the function becomes an outcome: run again, it would fail again."""
    key, task = todo
    began = time.perf_counter()
    try:
        value = function(*shared, json.loads(task) if isinstance(task, str) else task)
    except EweaError as error:
        return TaskResult(key, None, str(error), time.perf_counter() - began)
    except (Exception, SystemExit) as error:
        return TaskResult(key, None, _in_words(error), time.perf_counter() - began, traceback.format_exc())
    return TaskResult(key, value, None, time.perf_counter() - began)


def _in_words(error: BaseException) -> str:
    """Return a failure in one line that is the same on every machine: no paths, no addresses of memory."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} ({PurePath(place.filename).name}:{place.lineno}, {place.name})"


class Chunks:
    """The tasks that wait, in chunks of some seconds; a worker gets those of its own group first."""

    def __init__(
        self,
        todo: Sequence[Todo],
        workers: int,
        groups: Mapping[str, str] | None = None,
        seconds: float = CHUNK_SECONDS,
    ) -> None:
        self._groups = groups or {}
        self._waiting: dict[str, deque[Todo]] = {}
        self._left = 0
        for one in todo:
            self._put(one)
        self._alone: deque[Todo] = deque()
        self._held: dict[Hashable, str] = {}
        self.workers, self.seconds = workers, seconds
        self._size = 1
        self._mean: float | None = None

    def __bool__(self) -> bool:
        return bool(self._left or self._alone)

    @property
    def suspects(self) -> bool:
        """Whether tasks wait that may have ended their worker."""
        return bool(self._alone)

    def take(self, who: Hashable = None) -> list[Todo]:
        """Return the next chunk for a worker; small ones at the end, so that all workers end together."""
        if self._alone:
            return [self._alone.popleft()]
        if self._mean is not None:
            wanted = ceil(self.seconds / max(self._mean, 1e-9))
            self._size = min(wanted, GROWTH * self._size)
        fair = ceil(self._left / (2 * self.workers))
        chunk: list[Todo] = []
        for _ in range(min(self._size, fair)):
            group = self._group_for(who)
            self._held[who] = group
            chunk.append(self._waiting[group].popleft())
            self._left -= 1
            if not self._waiting[group]:
                del self._waiting[group]
        return chunk

    def put_back(self, todo: Sequence[Todo]) -> None:
        """Return tasks that were handed out but not done; they come next."""
        for one in reversed(todo):
            self._put(one, first=True)

    def put_back_alone(self, todo: Todo) -> None:
        """Return a task under suspicion: it travels in a chunk of its own."""
        self._alone.append(todo)

    def forget(self, who: Hashable) -> None:
        """Take note that a worker is gone: others may go on with its group."""
        self._held.pop(who, None)

    def learn(self, outcome: TaskResult) -> None:
        """Take note of how long a task lasted."""
        before = outcome.seconds if self._mean is None else self._mean
        self._mean = MEMORY * before + (1 - MEMORY) * outcome.seconds

    def _put(self, todo: Todo, *, first: bool = False) -> None:
        group = self._groups.get(todo[0], "")
        waiting = self._waiting.setdefault(group, deque())
        waiting.appendleft(todo) if first else waiting.append(todo)
        self._left += 1

    def _group_for(self, who: Hashable) -> str:
        """Return the worker's own group, or one that nobody is at, or the one with most left to do."""
        own = self._held.get(who)
        if own in self._waiting:
            return own
        taken = set(self._held.values())
        for group in self._waiting:
            if group not in taken:
                return group
        return max(self._waiting, key=lambda group: len(self._waiting[group]))
