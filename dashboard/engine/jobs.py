"""A question of one user, and the thread that tells listeners of its changes."""

import logging
import queue
import threading
from collections.abc import Callable
from typing import Any, Literal

from dashboard.engine.choice import Choices
from dashboard.engine.user_message import UserMessage

log = logging.getLogger(__name__)

State = Literal["queued", "running", "first", "done", "failed", "cancelled"]
OVER = ("done", "failed", "cancelled")


class Notifier:
    """A thread that calls listeners, so that a slow page never holds up the simulations."""

    def __init__(self) -> None:
        self._calls: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._serve, name="ewea-notifier", daemon=True)
        self._thread.start()

    def call(self, function: Callable[[], None]) -> None:
        """Call a function soon, in order."""
        self._calls.put(function)

    def stop(self) -> None:
        """End after what is queued."""
        self._calls.put(None)
        self._thread.join(timeout=5)

    def _serve(self) -> None:
        while (function := self._calls.get()) is not None:
            try:
                function()
            except Exception:
                log.exception("a listener failed")


class Job:
    """One question; read from any thread.

    Attributes
    ----------
    session, slot : str
        Who asks, and for which of his choices.
    choice : Choices
        What is asked.
    state : str
        ``queued``, ``running``, ``first`` (with a provisional answer), ``done``, ``failed``, ``cancelled``.
    position : int or None
        Place in the queue while waiting, 1 is next.
    progress : float
        Share of simulations done.
    answer : object
        The latest answer.
    message : UserMessage or None
        Why it failed.
    run : Run or None
        What simulates the answer, while it does.
    """

    def __init__(self, session: str, slot: str, choice: Choices, notifier: Notifier) -> None:
        self.session, self.slot, self.choice = session, slot, choice
        self.state: State = "queued"
        self.position: int | None = None
        self.progress = 0.0
        self.answer: Any = None
        self.message: UserMessage | None = None
        self.run: Any = None
        self._notifier = notifier
        self._changed = threading.Condition()
        self._listeners: list[Callable[[Job], None]] = []

    def __repr__(self) -> str:
        return f"Job({self.slot}, {self.state}, {self.progress:.0%})"

    @property
    def over(self) -> bool:
        """Whether nothing will change any more."""
        return self.state in OVER

    def on_change(self, listener: Callable[["Job"], None]) -> Callable[[], None]:
        """Call a listener now and after every change, from another thread; return how to end that."""
        with self._changed:
            self._listeners.append(listener)
        self._notifier.call(lambda: listener(self))

        def end() -> None:
            with self._changed:
                if listener in self._listeners:
                    self._listeners.remove(listener)

        return end

    def wait(self, timeout: float | None = None, state: str | None = None) -> "Job":
        """Wait until the job is over or in a state (``"first"`` ends with any answer too); return it."""

        def reached() -> bool:
            return self.over or self.state == state or (state == "first" and self.answer is not None)

        with self._changed:
            self._changed.wait_for(reached, timeout)
        return self

    def forget(self) -> None:
        """Let go of the answer and of all listeners: the session is closed."""
        with self._changed:
            self.answer, self.run, self._listeners = None, None, []

    def change(self, **values: Any) -> None:
        """Set attributes and tell everybody; what is over stays as it is."""
        with self._changed:
            same = all(
                getattr(self, name) is value if name == "answer" else getattr(self, name) == value
                for name, value in values.items()
            )
            if self.over or same:
                return
            for name, value in values.items():
                setattr(self, name, value)
            listeners = list(self._listeners)
            if self.over:
                self.run, self._listeners = None, []
            self._changed.notify_all()
        for listener in listeners:
            self._notifier.call(lambda listener=listener: listener(self))  # type: ignore[misc]
