"""A question of one user, who is told of its changes, and the pieces of work it is answered with."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from dashboard.engine.choice import Choices
from dashboard.engine.limits import Limits, Resolution
from dashboard.messages.words import UserMessage

log = logging.getLogger(__name__)

State = Literal["queued", "running", "first", "done", "failed", "cancelled"]
"""``first``: with a provisional answer."""
OVER = ("done", "failed", "cancelled")


class Job:
    """One question of a session, for one of its slots; read from any thread."""

    def __init__(self, session: str, slot: str, choice: Choices) -> None:
        self.session, self.slot, self.choice = session, slot, choice
        self.state: State = "queued"
        self.position: int | None = None  # Place in the queue while waiting, 1 is next
        self.progress = 0.0  # Share of simulations done
        self.answer: Any = None  # The latest answer
        self.message: UserMessage | None = None  # Why it failed
        self.run: Any = None  # What simulates the answer, while it does
        self._changed = threading.Condition()
        self._listeners: list[Callable[[Job], None]] = []

    def __repr__(self) -> str:
        return f"Job({self.slot}, {self.state}, {self.progress:.0%})"

    @property
    def over(self) -> bool:
        """Whether nothing will change any more."""
        return self.state in OVER

    def on_change(self, listener: Callable[["Job"], None]) -> Callable[[], None]:
        """Call a listener after every change, from any thread (it must not wait); return how to end it."""
        with self._changed:
            self._listeners.append(listener)
            self._tell(listener)

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
            for listener in list(self._listeners):
                self._tell(listener)
            if self.over:
                self.run, self._listeners = None, []
            self._changed.notify_all()

    def _tell(self, listener: Callable[["Job"], None]) -> None:
        try:
            listener(self)
        except Exception:
            log.exception("a listener failed")


@dataclass(frozen=True)
class Work:
    """What a worker is asked: small, so that it travels to another process."""

    question: str  # One that :func:`answering` knows
    resolution: Resolution
    seed: int
    choice: Choices | None = None
    more: tuple[Any, ...] = ()  # What the question needs besides


def answering(root: Path, limits: Limits) -> Callable[[tuple[Any, Work]], Any]:
    """Return what answers ``(changes of an uploaded file or None, work)``; the setup of every worker."""
    from dashboard.engine.branches import BaselineBranches
    from dashboard.engine.changes import keep

    branches = BaselineBranches(root, limits)
    questions = {
        "prepare": branches.prepare,
        "pair": branches.pair,
        "parts": branches.parts,
        "effect": branches.effect,
        "story": branches.story,
    }

    def answer(message: tuple[Any, Work]) -> Any:
        upload, work = message
        about = () if work.choice is None else (work.choice,)
        if upload is not None and work.choice is not None:
            keep(work.choice.upload, upload)
        return questions[work.question](*about, work.resolution, work.seed, *work.more)

    return answer
