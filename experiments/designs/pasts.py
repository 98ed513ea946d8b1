"""The past that worlds share: simulated once, kept, and branched off where a world begins to differ.

A continued run equals one from the start bit by bit, so what is kept changes nothing but time.
"""

from collections import OrderedDict
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from abm.data.settings import RunSettings
from abm.data.world import World
from abm.simulation import Simulation
from experiments.designs.measures import Definitions, Meter, measured

Array = NDArray[np.float64]

KEPT_MONTHS = 3
"""Months of a past from which worlds branch off; some ten megabytes each at scale 100."""


@dataclass
class Past:
    """A run without levers, and copies of it at the months where worlds branch off."""

    world: World
    settings: RunSettings
    seed: int
    definitions: Definitions
    payments: Array
    front: tuple[Simulation, Meter] | None = None
    branches: "OrderedDict[int, tuple[Simulation, Meter]]" = field(default_factory=OrderedDict)
    end: dict[str, Array] | None = None

    def to_the_end(self) -> dict[str, Array]:
        """Return the measures of the whole run."""
        if self.end is None:
            run, meter = self._front()
            while not run.finished:
                run.step(meter)
            self.end = measured(run, meter, 0, self.payments)
            self.front = None
        return self.end

    def at(self, month: int) -> tuple[Simulation, Meter]:
        """Return the run on the first day of a month; the caller continues a copy."""
        if month not in self.branches:
            run, meter = self._before(month)
            while run.state.month < month:
                run.step(meter)
            self.branches[month] = (run.fork(self.settings), meter.copy())
        self.branches.move_to_end(month)
        while len(self.branches) > KEPT_MONTHS:
            self.branches.popitem(last=False)
        return self.branches[month]

    def _front(self) -> tuple[Simulation, Meter]:
        """Return the run as far as it got."""
        if self.front is None:
            self.front = (Simulation(self.world, self.settings, self.seed), Meter.new(self.definitions))
        return self.front

    def _before(self, month: int) -> tuple[Simulation, Meter]:
        """Return a run that has not passed a month and may be stepped: the front, a copy, or a new one."""
        if self.end is None and self._front()[0].state.month <= month:
            return self._front()
        earlier = [other for other in self.branches if other < month]
        if earlier:
            before, heard = self.branches[max(earlier)]
            return before.fork(self.settings), heard.copy()
        return Simulation(self.world, self.settings, self.seed), Meter.new(self.definitions)
