"""Carries news of the engine into the tab of a user.

The engine calls from its own threads, many times a second. A tab must only be changed with its kernel
context in force, and never while the engine holds a lock. So the engine's call only leaves a note here; a
short-lived thread per tab hands the notes over, a few times a second at most.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

SECONDS_BETWEEN = 0.08
"""Least time between two deliveries to one tab, seconds."""

logger = logging.getLogger(__name__)


class Courier:
    """Delivers the latest state of things to one tab.

    Parameters
    ----------
    context : context manager
        The kernel context of the tab.
    deliver : callable
        Called without arguments inside the context; reads what is new by itself.
    """

    def __init__(self, context: Any, deliver: Callable[[], None]) -> None:
        self._context = context
        self._deliver = deliver
        self._lock = threading.Lock()
        self._waiting = False
        self._running = False
        self._closed = False

    def notify(self) -> None:
        """Say that there is news. Returns at once; safe from any thread."""
        with self._lock:
            self._waiting = True
            if self._running or self._closed:
                return
            self._running = True
        threading.Thread(target=self._run, name="ewea-courier", daemon=True).start()

    def close(self) -> None:
        """Deliver nothing any more."""
        with self._lock:
            self._closed = True

    def _run(self) -> None:
        """Deliver until nothing is left."""
        while True:
            with self._lock:
                if self._closed or not self._waiting:
                    self._running = False
                    return
                self._waiting = False
            try:
                with self._context:
                    self._deliver()
            except Exception:
                # The tab may close at any moment; the next one must not suffer for it.
                if not self._closed:
                    logger.exception("news of the engine could not be shown")
            time.sleep(SECONDS_BETWEEN)
