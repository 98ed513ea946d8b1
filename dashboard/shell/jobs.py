"""The calculations of one tab: asks the engine for every compared choice and keeps their states."""

import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from dashboard.shell.job_state import JobState

if TYPE_CHECKING:
    from dashboard.engine import Choice, Engine, Job


class Jobs:
    """Asks and listens. Thread-safe.

    Parameters
    ----------
    engine : Engine
        Answers choices.
    session_id : str
        Names the tab to the engine.
    notify : callable
        Called from any thread when a state may have changed.
    """

    def __init__(self, engine: "Engine", session_id: str, notify: Callable[[], None]) -> None:
        self._engine = engine
        self._session_id = session_id
        self._notify = notify
        self._lock = threading.Lock()
        self._asked: dict[str, Choice] = {}
        self._jobs: dict[str, Job] = {}
        self._listeners: dict[str, Callable[[], None]] = {}
        self._last: dict[str, JobState] = {}

    def follow(self, choices: "Mapping[str, Choice]") -> None:
        """Ask for the choices that are new; stop what is no longer wanted."""
        with self._lock:
            gone = [slot for slot in self._asked if slot not in choices]
            new = [slot for slot, choice in choices.items() if self._asked.get(slot) != choice]
            for slot in (*gone, *new):
                self._forget(slot)
            self._asked = dict(choices)
        for slot in new:
            if not self._is_baseline(choices[slot]):
                self._ask(slot, choices[slot])
        self._notify()

    def states(self) -> dict[str, JobState]:
        """Return the state of every slot now."""
        with self._lock:
            self._last = {slot: self._state(slot) for slot in self._asked}
            return dict(self._last)

    def ask_again(self, slot: str) -> None:
        """Ask once more for a choice that failed or was cancelled."""
        with self._lock:
            choice = self._asked.get(slot)
            self._forget(slot)
        if choice is not None and not self._is_baseline(choice):
            self._ask(slot, choice)

    def cancel(self, slot: str) -> None:
        """Stop the calculation of a slot."""
        with self._lock:
            job = self._jobs.get(slot)
        if job is not None:
            self._engine.cancel(job)

    def close(self) -> None:
        """Stop everything; the tab is gone."""
        with self._lock:
            for slot in list(self._jobs):
                self._forget(slot)
        self._engine.close_session(self._session_id)

    def _ask(self, slot: str, choice: "Choice") -> None:
        """Put a question to the engine; its lock and ours are never held together."""
        job = self._engine.ask(self._session_id, choice, slot=slot)
        with self._lock:
            if self._asked.get(slot) != choice:
                outdated = True
            else:
                outdated = False
                self._jobs[slot] = job
        if outdated:
            self._engine.cancel(job)
            return
        stop_listening = job.on_change(lambda _: self._notify())
        with self._lock:
            if self._jobs.get(slot) is job:
                self._listeners[slot] = stop_listening
                return
        stop_listening()

    def _forget(self, slot: str) -> None:
        """Cancel and drop what runs for a slot. The lock is held."""
        job = self._jobs.pop(slot, None)
        listener = self._listeners.pop(slot, None)
        if listener is not None:
            listener()
        if job is not None and not job.over:
            self._engine.cancel(job)

    def _is_baseline(self, choice: "Choice") -> bool:
        """Return whether the shipped baseline answers a choice."""
        return bool(choice.is_baseline and choice.until == self._engine.baseline.choice.until)

    def _state(self, slot: str) -> JobState:
        """Return the state of a slot. The lock is held."""
        baseline = self._engine.baseline
        job = self._jobs.get(slot)
        if job is None:
            if self._is_baseline(self._asked[slot]):
                return JobState("done", 1.0, None, baseline, baseline)
            shown = self._last[slot].shown if slot in self._last else baseline
            return JobState("queued", 0.0, None, None, shown)
        answer = job.answer
        shown = answer if answer is not None else self._last[slot].shown if slot in self._last else baseline
        return JobState(job.state, job.progress, job.position, answer, shown, job.complaint)
