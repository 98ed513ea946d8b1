"""A run's past, kept at the months where other worlds leave it: the only place where a run is forked.

A continued run equals one from the start bit by bit, so keeping a past changes nothing but time.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Protocol, Self

from abm.data.settings import RunSettings
from abm.data.world import World
from abm.simulation import Simulation
from abm.state import State

KEPT_MONTHS = 3
"""Months of a past that are kept; some ten megabytes each at scale 100."""


class Recorder(Protocol):
    """Listens to a run, and can be continued on its own when the run is."""

    def __call__(self, process: str, state: State) -> None:
        """Take note after a process of the month."""

    def copy(self) -> Self:
        """Return an independent recorder that knows the same."""


@dataclass(frozen=True)
class Branch:
    """A run and who listens to it."""

    run: Simulation
    recorder: Recorder | None = None

    @property
    def state(self) -> State:
        """State of the run."""
        return self.run.state

    def to(self, month: int) -> Branch:
        """Step to the first day of a month."""
        self.run.run_to(month, self.recorder)
        return self

    def to_the_end(self) -> Branch:
        """Step to the horizon."""
        return self.to(self.state.settings.until)

    def fork(self, settings: RunSettings | None = None, world: World | None = None) -> Branch:
        """Return an independent continuation with other settings and, if given, another world."""
        run = self.run.fork(self.state.settings if settings is None else settings, world)
        return Branch(run, None if self.recorder is None else self.recorder.copy())


class Past(Protocol):
    """The beginning of a run that somebody keeps."""

    @property
    def month(self) -> int:
        """Month on whose first day it stands."""

    def run(self) -> Simulation:
        """Return the run on the first day of the month."""


class Branches:
    """One world on one seed, simulated once, and what other worlds make of it from a month on.

    A recorder listens to the past (where ``past`` is kept, to what comes after it) and, as a copy, to every
    continuation.
    """

    def __init__(
        self,
        world: World,
        settings: RunSettings,
        seed: int,
        recorder: Recorder | None = None,
        past: Past | None = None,
    ) -> None:
        self.world, self.settings, self.seed = world, settings, seed
        self._recorder, self._past = recorder, past
        self._kept: OrderedDict[int, Branch] = OrderedDict()
        self._end: Branch | None = None

    def at(self, month: int) -> Branch:
        """Return the run on the first day of a month; it is kept, so whoever goes on forks it."""
        if month not in self._kept:
            self._kept[month] = self._before(month).to(month)
        self._kept.move_to_end(month)
        while len(self._kept) > KEPT_MONTHS:
            self._kept.popitem(last=False)
        return self._kept[month]

    def leave(self, month: int, world: World | None = None, settings: RunSettings | None = None) -> Branch:
        """Return a continuation from a month on, in another world or with another horizon if given."""
        return self.at(month).fork(settings, world)

    def run(self, month: int, world: World | None = None, settings: RunSettings | None = None) -> Branch:
        """Return a continuation from a month on, at its horizon; the run itself if that comes first."""
        if settings is None and month >= self.settings.until:
            return self.end()
        return self.leave(month, world, settings).to_the_end()

    def end(self) -> Branch:
        """Return the run at its own horizon."""
        if self._end is None:
            self._end = self._before(self.settings.until).to_the_end()
        return self._end

    def _before(self, month: int) -> Branch:
        """Return a run that has not passed a month and may be stepped: a copy of a kept one, or new."""
        nearest = max((kept for kept in self._kept if kept <= month), default=-1)
        recorder = None if self._recorder is None else self._recorder.copy()
        if self._past is not None and nearest < self._past.month <= month:
            return Branch(self._past.run().fork(self.settings), recorder)
        if nearest >= 0:
            return self._kept[nearest].fork()
        return Branch(Simulation(self.world, self.settings, self.seed), recorder)
