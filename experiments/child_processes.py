"""How processes of our own are started: each has one core, and Ctrl-C is for the parent to answer."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker

ONE_CORE = ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
"""Variables that numba and the linear algebra read when they are imported."""


@contextmanager
def starting_children() -> Iterator[None]:
    """Let processes started inside have one core each and hear neither Ctrl-C nor a closed terminal."""
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
