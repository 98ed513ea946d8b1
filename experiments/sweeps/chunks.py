"""How many tasks a worker gets at a time: tiny ones travel in company, long ones alone."""

from collections import deque
from collections.abc import Sequence
from math import ceil

from experiments.sweeps.task_calls import Outcome, Todo

CHUNK_SECONDS = 0.25
"""Time a chunk should last. Handing one out costs milliseconds, which shall not be felt."""

GROWTH = 2
"""A chunk is at most this many times larger than the one before, for the first tasks may not be typical."""

MEMORY = 0.8
"""Weight of the past in the mean time of a task; tasks of a sweep may get longer on the way."""


class Chunks:
    """The tasks that wait, handed out in chunks.

    Parameters
    ----------
    todo : sequence
        All tasks.
    workers : int
        Number of workers that share them.
    """

    def __init__(self, todo: Sequence[Todo], workers: int) -> None:
        self._waiting = deque(todo)
        self._alone: deque[Todo] = deque()
        self.workers = workers
        self._size = 1
        self._mean: float | None = None

    def __bool__(self) -> bool:
        return bool(self._waiting or self._alone)

    @property
    def suspects(self) -> bool:
        """Whether tasks wait that may have ended their worker."""
        return bool(self._alone)

    def take(self) -> list[Todo]:
        """Return the next chunk; at the end chunks get small, so that all workers end together."""
        if self._alone:
            return [self._alone.popleft()]
        fair = ceil(len(self._waiting) / (2 * self.workers))
        if self._mean is not None:
            wanted = ceil(CHUNK_SECONDS / max(self._mean, 1e-9))
            self._size = min(wanted, GROWTH * self._size)
        return [self._waiting.popleft() for _ in range(min(self._size, fair))]

    def put_back(self, todo: Sequence[Todo]) -> None:
        """Return tasks that were handed out but not done; they come next."""
        self._waiting.extendleft(reversed(todo))

    def put_back_alone(self, todo: Todo) -> None:
        """Return a task under suspicion: it travels in a chunk of its own."""
        self._alone.append(todo)

    def learn(self, outcome: Outcome) -> None:
        """Take note of how long a task lasted."""
        before = outcome.seconds if self._mean is None else self._mean
        self._mean = MEMORY * before + (1 - MEMORY) * outcome.seconds
