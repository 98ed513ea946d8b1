"""The calculations of one tab: asks the engine, keeps the states of what was asked, and brings news."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import solara
from solara.server import kernel_context

from dashboard.engine.answer import Answer
from dashboard.engine.choice import Choices
from dashboard.engine.engine import Engine
from dashboard.engine.jobs import Job
from dashboard.messages.words import UserMessage

BUSY = ("queued", "running", "first")
"""States in which more is to come."""

SECONDS_BETWEEN = 0.08
"""Least time between two updates of one tab, seconds."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class JobState:
    """What a page knows about the calculation of one choice at one moment; compared by identity."""

    state: str  # ``queued``, ``running``, ``first``, ``done``, ``failed`` or ``cancelled``
    progress: float  # 0 to 1
    position: int | None  # Place in the queue, 1 is next
    answer: Answer | None  # The answer to the present choice, as far as there is one (``first``: coarse)
    shown: Answer  # What to draw now: ``answer``, else the last answer of this slot, else the baseline
    message: UserMessage | None = None  # Why it failed

    @property
    def busy(self) -> bool:
        """Whether more is to come."""
        return self.state in BUSY

    @property
    def settled(self) -> bool:
        """Whether ``shown`` is the full answer to the present choice."""
        return self.answer is not None and self.answer.final

    @property
    def outdated(self) -> bool:
        """Whether ``shown`` still belongs to an earlier choice (draw it dimmed)."""
        return self.answer is None

    def looks_like(self, other: "JobState | None") -> bool:
        """Return whether a page would draw the same."""
        return other is not None and (
            (self.state, self.progress, self.position) == (other.state, other.progress, other.position)
            and self.answer is other.answer
        )


class UpdatePump:
    """Brings the latest state of things to one tab: calls ``deliver`` inside the kernel context of the tab.

    The engine calls from its own threads, many times a second, and while it holds a lock; a tab must only be
    changed with its context in force. So ``notify`` only leaves a note, and a short-lived thread delivers
    every few hundredths of a second at most.
    """

    def __init__(self, context: Any, deliver: Callable[[], None]) -> None:
        self._context = context
        self._deliver = deliver
        self._lock = threading.Lock()
        self._waiting = self._running = self._closed = False

    def notify(self) -> None:
        """Say that there is news. Returns at once; safe from any thread."""
        with self._lock:
            self._waiting = True
            if self._running or self._closed:
                return
            self._running = True
        threading.Thread(target=self._run, name="ewea-updates", daemon=True).start()

    def close(self) -> None:
        """Deliver nothing any more."""
        with self._lock:
            self._closed = True

    def _run(self) -> None:
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


class Jobs:
    """Asks the engine for every compared choice of a tab and listens; ``notify`` may come from any thread."""

    def __init__(self, engine: Engine, session_id: str, notify: Callable[[], None]) -> None:
        self._engine = engine
        self._session_id = session_id
        self._notify = notify
        self._lock = threading.Lock()
        self._asked: dict[str, Choices] = {}
        self._jobs: dict[str, Job] = {}
        self._last: dict[str, JobState] = {}

    def follow(self, choices: Mapping[str, Choices]) -> None:
        """Ask for the choices that are new; stop what is no longer wanted."""
        with self._lock:
            before, self._asked = self._asked, dict(choices)
            for slot in before.keys() - choices.keys():
                self._stop(slot)
            for slot, choice in choices.items():
                if before.get(slot) != choice:
                    self._ask(slot, choice)
        self._notify()

    def states(self) -> dict[str, JobState]:
        """Return the state of every slot now."""
        with self._lock:
            self._last = {slot: self._state(slot) for slot in self._asked}
            return dict(self._last)

    def ask_again(self, slot: str) -> None:
        """Ask once more for a choice that failed or was cancelled."""
        with self._lock:
            if slot in self._asked:
                self._ask(slot, self._asked[slot])

    def cancel(self, slot: str) -> None:
        """Stop the calculation of a slot."""
        with self._lock:
            job = self._jobs.get(slot)
        if job is not None:
            self._engine.cancel(job)

    def close(self) -> None:
        """Stop everything; the tab is gone."""
        with self._lock:
            self._jobs = {}
        self._engine.close_session(self._session_id)

    # The lock is held in both. The engine may wait for its own meanwhile: what it tells us takes neither.

    def _ask(self, slot: str, choice: Choices) -> None:
        self._stop(slot)
        if not self._is_baseline(choice):
            self._jobs[slot] = self._engine.ask(self._session_id, choice, slot=slot)
            self._jobs[slot].on_change(lambda _: self._notify())

    def _stop(self, slot: str) -> None:
        job = self._jobs.pop(slot, None)
        if job is not None and not job.over:
            self._engine.cancel(job)

    def _is_baseline(self, choice: Choices) -> bool:
        """Return whether the shipped baseline answers a choice."""
        return bool(choice.is_baseline and choice.until == self._engine.baseline.choice.until)

    def _state(self, slot: str) -> JobState:
        baseline = self._engine.baseline
        job = self._jobs.get(slot)
        if job is None:
            return JobState("done", 1.0, None, baseline, baseline)
        before = self._last[slot].shown if slot in self._last else baseline
        answer = job.answer
        return JobState(job.state, job.progress, job.position, answer, answer or before, job.message)


def use_engine_job(engine: Engine, ask: Callable[[], Job | None], dependencies: list[Any]) -> Job | None:
    """Return the job of a page's own question, asked once per value of ``dependencies``."""
    job, set_job = solara.use_state(None)
    _, set_pulse = solara.use_state(0)
    context = kernel_context.get_current_context()

    def begin() -> Callable[[], None]:
        asked = ask()
        set_job(lambda _: asked)
        pump = UpdatePump(context, lambda: set_pulse(lambda pulse: pulse + 1))
        stop = asked.on_change(lambda _: pump.notify()) if asked is not None else None

        def end() -> None:
            pump.close()
            if stop is not None:
                stop()
            if asked is not None and not asked.over:
                engine.cancel(asked)

        return end

    solara.use_effect(begin, dependencies)
    return job  # type: ignore[no-any-return]
