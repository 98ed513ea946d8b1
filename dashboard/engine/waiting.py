"""Which run is served next: first answers before all, and every user in turn."""

from dashboard.engine.limits import Limits
from dashboard.engine.runs import FIRST, FULL, WARM, AnswerRun, Run, Unit, WarmUp


class Queue:
    """Runs that are not over, in order of arrival.

    First answers of all users come before any refinement; within a phase the user served longest ago
    comes first. At most ``concurrent_runs`` are refined at the same time, so that some are finished
    soon instead of all being late.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.runs: list[Run] = []
        self._turn: dict[str, int] = {}
        self._clock = 0

    def add(self, run: Run) -> None:
        """Add a run at the end."""
        self.runs.append(run)

    def remove(self, run: Run) -> None:
        """Take a run out."""
        if run in self.runs:
            self.runs.remove(run)

    def forget(self, session: str) -> None:
        """Forget when a user was served."""
        self._turn.pop(session, None)

    def by_key(self, key: str) -> Run | None:
        """Return the run of a key."""
        return next((run for run in self.runs if run.key == key), None)

    def _turn_of(self, run: Run) -> tuple[int, float]:
        turns = [self._turn.get(job.session, 0) for job in run.jobs]
        return min(turns, default=0), run.arrived

    def _in_turn(self, phase: int) -> list[Run]:
        if phase != FIRST:
            return sorted(self.runs, key=self._turn_of)
        # A first answer that was begun is finished before another begins: all are sooner on average.
        return sorted(self.runs, key=lambda run: (run.began is None, self._turn_of(run)))

    def next_for(self, worker: int) -> Unit | None:
        """Return the task a worker shall do next, taken out of its run; None if there is none."""
        self._admit()
        for phase in (FIRST, FULL, WARM):
            for run in self._in_turn(phase):
                if phase == FULL and not run.admitted:
                    continue
                unit = run.next_for(worker, phase)
                if unit is not None:
                    self._note(run, phase)
                    run.pending.remove(unit)
                    run.flying += 1
                    return unit
        return None

    def _note(self, run: Run, phase: int) -> None:
        """Note that the users of a run are served now."""
        if phase == FIRST and run.began is not None:
            return
        self._clock += 1
        for job in run.jobs:
            self._turn[job.session] = self._clock

    def _admit(self) -> None:
        waiting = [run for run in self.runs if not run.admitted and not isinstance(run, WarmUp)]
        n_admitted = sum(run.admitted for run in self.runs)
        served = [job.session for run in self.runs if run.admitted for job in run.jobs]
        # Who has nothing under way comes before who has; then in order of arrival.
        waiting.sort(
            key=lambda run: (min((served.count(j.session) for j in run.jobs), default=0), run.arrived)
        )
        for run in waiting[: max(self._limits.concurrent_runs - n_admitted, 0)]:
            run.admitted = True

    def positions(self) -> dict[Run, int]:
        """Return the place in the queue of every run that waits, 1 is next."""
        waiting = [run for run in self.runs if not run.admitted and not isinstance(run, WarmUp)]
        waiting.sort(key=lambda run: run.arrived)
        return {run: number + 1 for number, run in enumerate(waiting)}

    @property
    def n_waiting(self) -> int:
        """Runs that users wait for."""
        return sum(isinstance(run, AnswerRun) or bool(run.jobs) for run in self.runs)
