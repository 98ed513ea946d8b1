"""The engine: one per server. Pages ask it; it simulates, keeps and shares answers."""

import atexit
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from abm.data.controls import notice_on_controls
from abm.data.folder import default_configs, load_settings
from abm.data.registers import last_register_month
from abm.errors import EweaError
from abm.months import month_label
from abm.policy.scenario import baseline_world
from dashboard.engine import questions, shipped
from dashboard.engine.answer import Answer
from dashboard.engine.bundle import Bundle, Cache, choice_key
from dashboard.engine.catalogue import Catalogue
from dashboard.engine.changes import changes_of_choice, places_available
from dashboard.engine.choice import Choices
from dashboard.engine.jobs import Job
from dashboard.engine.limits import Limits, load_limits
from dashboard.engine.queue import FIRST, FULL, AnswerRun, Run, SideRun
from dashboard.engine.shipped import shipped_answers
from dashboard.engine.workers import WorkerPool
from dashboard.messages.words import UserMessage, user_message
from experiments.run_scenario import RESULTS

log = logging.getLogger(__name__)

CACHE = RESULTS / "app-cache"
OWN_SESSION = "(engine)"
"""Session of the engine's own questions."""


class Engine:
    """Answers to choices, from workers, memory, disk (the folder ``cache``) or the shipped baseline."""

    def __init__(self, limits: Limits | None = None, cache: Path | None = CACHE) -> None:
        self.root = default_configs().resolve()
        self.limits = limits or load_limits()
        self.catalogue = Catalogue(self.root, self.limits)
        self._cache = Cache(cache, self.limits.cache_memory_bytes, self.limits.cache_disk_bytes)
        self._sessions: dict[str, dict[str, Job]] = {}
        self._users: dict[str, str] = {}
        self._writer = ThreadPoolExecutor(1, "ewea-cache")
        self._pool = WorkerPool(self.root, self.limits, self._keep)
        self._started = False
        self._start_lock = threading.Lock()
        self.version = _release()
        self.data_date = month_label(last_register_month(self.root))
        self.stale = shipped.why_stale()
        self.controls_notice: str | None = (
            None  # Why runs are not tied to today's registers; known once started
        )
        # To the default horizon, at once.
        self.baseline = self._make(Choices(), shipped.baseline(), shipped.baseline(), True, bool(self.stale))
        if not self.stale and self._fits(shipped.baseline(), FULL):
            self._cache.pin(choice_key(Choices()), shipped.baseline())
            for choice, bundle in shipped_answers().items():
                self._cache.pin(choice_key(choice), bundle)

    # Life ----------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start workers, which make themselves warm in the background; returns at once."""
        with self._start_lock:
            if self._started:
                return
            self._started = True
        self._pool.start()
        atexit.register(self.stop)
        if old := shipped.old_evidence():
            log.warning("shown as they were before they changed: %s (%s)", ", ".join(old), shipped.REMAKE)
        self._writer.submit(self._look_at_controls)
        if self.stale:
            log.warning("the shipped baseline is older than %s; it is made again", ", ".join(self.stale))
            self.ask(OWN_SESSION, Choices()).on_change(self._renew)

    def _look_at_controls(self) -> None:
        world = baseline_world(self.root, load_settings(self.root).default_until)
        self.controls_notice = notice_on_controls(world)
        if self.controls_notice:
            log.warning("%s", self.controls_notice)

    def stop(self) -> None:
        """End workers and threads."""
        if self._started:
            self._started = False
            atexit.unregister(self.stop)
            for session in list(self._sessions):
                self.close_session(session)
            self._pool.stop()
            self._writer.shutdown()

    def _renew(self, job: Job) -> None:
        if job.state == "done":
            self.baseline = job.answer

    @property
    def is_ready(self) -> bool:
        """Whether a worker can simulate."""
        return self._started and self._pool.n_ready > 0

    @property
    def is_warm(self) -> bool:
        """Whether all simulations are kept ready, so that answers come fastest."""
        return self._started and self._pool.is_warm

    def health(self) -> dict[str, Any]:
        """Return plain figures for /readyz and for whoever looks after the server."""
        with self._pool.lock:
            waiting = self._pool.queue.n_waiting
        return {
            "ready": self.is_ready,
            "warm": self.is_warm,
            "workers": self._pool.n_ready,
            "open_runs": waiting,
            "sessions": len(self._sessions),
            "cache_bytes": self._cache.n_bytes,
            "baseline_stale": self.stale,
            "controls": self.controls_notice,
            "version": self.version,
            "data_date": self.data_date,
        }

    # Choices -------------------------------------------------------------------------------------

    def read_choice(self, text: object) -> tuple[Choices, list[UserMessage]]:
        """Return the choice of a link that can be simulated, and a sentence for every part left out."""
        choice, said = Choices.from_query(text)
        clean, more = self.catalogue.cleaned(choice)
        return clean, [*said, *more]

    def ask(self, session: str, choice: Choices, slot: str = "A") -> Job:
        """Ask for the answer to a choice; returns at once.

        The same session and slot asking again cancels what it asked before. Asking the same again while
        it is under way gives the same job.
        """
        job = self._new_job(session, slot, choice)
        if job.over or job.run is not None or job.answer is not None:
            return job
        if faults := self.catalogue.check(choice):
            job.change(state="failed", message=faults[0])
            return job
        kept = self.known(choice)
        if kept is not None:
            job.change(state="done", answer=kept, progress=1.0)
            return job
        key = choice_key(choice)
        return self._queue(job, key, lambda: AnswerRun(key, choice, self.limits, self._kept, self._make))

    def known(self, choice: Choices) -> Answer | None:
        """Return the full answer to a choice if it is there without a calculation."""
        if choice == Choices() and not self.stale:
            return self.baseline
        mine = self._kept(choice, FULL)
        theirs = mine if choice.is_baseline else self._kept(Choices(until=choice.until), FULL)
        if mine is None or theirs is None or mine.seeds != theirs.seeds:
            return None
        return self._make(choice, mine, theirs, True)

    def _kept(self, choice: Choices, phase: int) -> Bundle | None:
        """Return a kept bundle if it has the seeds and the resolution this engine works with."""
        found = self._cache.get(choice_key(choice) if phase == FULL else f"{choice_key(choice)}-first")
        return found if found is not None and self._fits(found, phase) else None

    def _fits(self, bundle: Bundle, phase: int) -> bool:
        sample = self.limits.full if phase == FULL else self.limits.first
        return (len(bundle.seeds), bundle.scale) == (sample.seeds, sample.scale)

    def _make(
        self, choice: Choices, mine: Bundle, theirs: Bundle, final: bool, stale: bool = False
    ) -> Answer:
        acts = None if choice.is_baseline else changes_of_choice(self.root, choice).first_month
        base = Choices(until=choice.until)
        first, months = mine.axes.first, mine.level.shape[2]
        places = (
            places_available(self.root, choice, first, months),
            places_available(self.root, base, first, months),
        )
        anchor = None if final else self._full_baseline(base)
        data_date = str(shipped.shipped_manifest().get("data_date", "")) if stale else self.data_date
        return Answer(choice, mine, theirs, final, self.version, data_date, stale, acts, places, anchor)

    def _full_baseline(self, base: Choices) -> Bundle | None:
        """Return the full baseline to a horizon if it is known: a first answer moves it."""
        if base == Choices() and not self.stale:
            return shipped.baseline()
        return self._kept(base, FULL)

    def _keep(self, run: Run) -> None:
        """Keep what a run has found; the baseline of its horizon too."""
        if not isinstance(run, AnswerRun):
            return
        base = choice_key(Choices(until=run.choice.until))
        for phase, suffix in ((FIRST, "-first"), (FULL, "")):
            if phase in run.bases and self._cache.get(base + suffix) is None:
                self._store(base + suffix, run.bases[phase])
            if phase == FULL and phase in run.found and not run.choice.is_baseline:
                self._store(run.key, run.found[phase])

    def _store(self, key: str, bundle: Bundle) -> None:
        self._cache.put(key, bundle)
        self._writer.submit(self._cache.write, key, bundle)

    # Further questions ---------------------------------------------------------------------------

    def split(self, session: str, choice: Choices, slot: str = "split") -> Job:
        """Ask which lever does how much; ``job.answer`` is a :class:`dashboard.engine.questions.Split`."""
        job = self._new_job(session, slot, choice)
        return self._aside(job, lambda: questions.split_question(self.root, self.limits, choice))

    def story(
        self, session: str, choice: Choices, household: str = "any", seed: int = 1, place: str = "NL",
        slot: str = "story",
    ) -> Job:  # fmt: skip
        """Ask for one household's months with and without a choice (as ``ewea why``)."""
        job = self._new_job(session, slot, choice, renew=True)
        return self._aside(job, lambda: questions.story_question(self.limits, choice, household, seed, place))

    def scorecard(
        self, session: str, choice: Choices, published: str = "2025-11", scores: dict[str, int] | None = None,
        slot: str = "scorecard",
    ) -> Job:  # fmt: skip
        """Ask what every indicator does by itself; ``scores`` are a user's, else the published ones count."""
        job = self._new_job(session, slot, choice, renew=True)
        question = questions.scorecard_question
        return self._aside(job, lambda: question(self.root, self.limits, choice, published, scores or {}))

    def _aside(self, job: Job, ask: Callable[[], SideRun | UserMessage]) -> Job:
        """Queue a further question, unless it is under way or cannot be asked."""
        if job.over or job.run is not None:
            return job
        faults = self.catalogue.check(job.choice)
        asked = faults[0] if faults else ask()
        if isinstance(asked, UserMessage):
            job.change(state="failed", message=asked)
            return job
        return self._queue(job, asked.key, lambda: asked)

    @staticmethod
    def shipped_scorecard(published: str = "2025-11") -> list[dict[str, Any]]:
        """Return the rows of a published scorecard for the baseline, without running anything."""
        found = shipped.document(shipped.SCORECARDS)
        if published not in found:
            raise EweaError(f"scorecard: found {published[:20]!r}; there are {', '.join(found)}.")
        return list(found[published])

    # Sessions ------------------------------------------------------------------------------------

    def _new_job(self, session: str, slot: str, choice: Choices, renew: bool = False) -> Job:
        """Return a new job of a session, after ending the one before; or that one if it asks the same."""
        self.start()
        with self._pool.lock:
            old = self._sessions.setdefault(session, {}).get(slot)
        same = old is not None and not renew and old.choice == choice
        if old is not None and same and old.state not in ("failed", "cancelled"):
            return old
        if old is not None:
            self.cancel(old)
        job = Job(session, slot, choice)
        with self._pool.lock:
            slots = self._sessions.setdefault(session, {})
            for code, most, own in (
                ("session_full", self.limits.jobs_per_session, (session,)),
                ("user_full", self.limits.jobs_per_user, self._of_user(session)),
            ):
                open_ = sum(not one.over for name in own for one in self._sessions.get(name, {}).values())
                if open_ >= most:
                    job.change(state="failed", message=user_message(code, most=most))
                    return job
            # A finished job stays in its slot, so that its answer is there until the next question.
            slots[slot] = job
        return job

    def _queue(self, job: Job, key: str, make: Any) -> Job:
        with self._pool.lock:
            if job.over:
                return job
            run = self._pool.queue.by_key(key)
            if run is None:
                most = self.limits.queue_length
                if self._pool.queue.n_waiting >= most:
                    job.change(state="failed", message=user_message("queue_full", most=most))
                    return job
                run = make()
                self._pool.queue.runs.append(run)
            run.jobs.append(job)
            job.run = run
            self._pool.tell_all()
        self._pool.wake()
        return job

    def cancel(self, job: Job) -> None:
        """End a job; a run that nobody else waits for stops with the seed at work."""
        self._pool.leave(job)
        job.change(state="cancelled", position=None)

    def open_session(self, session: str, user: str) -> None:
        """Say whose a session is: a user may have several, and has one budget."""
        with self._pool.lock:
            self._users[session] = user

    def _of_user(self, session: str) -> list[str]:
        user = self._users.get(session, session)
        return [name for name in self._sessions if self._users.get(name, name) == user]

    def jobs_of(self, session: str) -> dict[str, Job]:
        """Return the latest job of every slot of a session."""
        with self._pool.lock:
            return dict(self._sessions.get(session, {}))

    def close_session(self, session: str) -> None:
        """Cancel what a session asked and forget its answers."""
        with self._pool.lock:
            jobs = list(self._sessions.pop(session, {}).values())
            self._users.pop(session, None)
            self._pool.queue.forget(session)
        for job in jobs:
            self.cancel(job)
            job.forget()


def _release() -> str:
    try:
        return version("ewea-displacement")
    except PackageNotFoundError:
        return "unknown"


_the: Engine | None = None
_the_lock = threading.Lock()


def the_engine() -> Engine:
    """Return the engine of this process, started."""
    global _the  # noqa: PLW0603 - one per process is its meaning
    with _the_lock:
        if _the is None:
            _the = Engine()
            _the.start()
        return _the
