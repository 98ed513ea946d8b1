"""A worker process: its start, one core, warm-up, its answers, its end. The pool and the app use the same."""

import multiprocessing
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from importlib import import_module
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from threading import Lock
from typing import Any

from abm.errors import EweaError
from experiments.ensemble.tasks import function_named

NAME = "ewea-worker"
"""Name of every process of ours."""

ONE_CORE = ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
"""Variables that numba and the linear algebra read when they are imported."""

PREPARE, WORK = "prepare", "work"
"""What a worker is told."""

READY, DONE, REFUSED, FAILED, NOTE = "ready", "done", "refused", "failed", "note"
"""First word of what a worker answers."""

step_listener: ContextVar[Callable[[], None] | None] = ContextVar("step_listener", default=None)
"""Called by :func:`note_step`."""


def note_step() -> None:
    """Say from within a task that a step of it is done (a simulated month)."""
    listener = step_listener.get()
    if listener is not None:
        listener()


def cores() -> int:
    """Return the number of processor cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


_starting = Lock()
"""What children inherit is set for the whole process, so one is started at a time."""


class Worker:
    """A process at the other end of a pipe. It has one core, and Ctrl-C is for its parent to answer.

    It imports ``preload`` while we do something else, and is ``ready`` when it said that it is prepared.
    """

    def __init__(self, name: str = NAME, preload: Sequence[str] = ()) -> None:
        context = multiprocessing.get_context("spawn")
        self.started, self.ready = time.monotonic(), False
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs, preload), name=name, daemon=True)
        with _starting, _settings_of_children():
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
    # A child would run the script of the user once more, which starts children (no "if __name__" needed).
    main = vars(sys.modules["__main__"])
    hidden = {name: main.pop(name) for name in ("__spec__", "__file__") if name in main}
    main["__spec__"] = None
    # Ctrl-C reaches the whole group; children inherit the mask and leave the decision to us. The tracker of
    # multiprocessing lifts the mask when it starts, so it starts before.
    resource_tracker.ensure_running()
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGHUP})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        del main["__spec__"]
        main.update(hidden)
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.__setitem__(name, value)


def _serve(pipe: Connection, preload: Sequence[str]) -> None:
    """Answer until the other end is gone. Runs in a process of its own."""
    for name in preload:
        import_module(name)
    answer: Callable[[Any], Any] | None = None
    try:
        step_listener.set(lambda: pipe.send((NOTE, None)))
        while True:
            word, content = pipe.recv()
            if word == PREPARE:
                setup, arguments = content
                try:
                    answer = function_named(setup)(*arguments)
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
