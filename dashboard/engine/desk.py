"""What a worker keeps and answers with: the baseline's past by seed, and what choices make of it."""

from functools import lru_cache, partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from abm.branches import Branch, Branches
from abm.compiled import compile_once
from abm.data.settings import RunSettings
from abm.data.world import World
from abm.errors import EweaError
from abm.months import month_index, month_label
from abm.policy.change import Changes, joined
from abm.policy.scenario import scenario_world
from dashboard.engine.bundle import Axes, Measured
from dashboard.engine.choice import Choices
from dashboard.engine.contents import (
    changes_of_choice,
    components_of_choice,
    first_projected_month,
    fork_month,
    indicators_of,
    levers_of,
    others_of,
)
from dashboard.engine.limits import Limits, Resolution
from dashboard.engine.measure import axes_of, measure
from experiments.ensemble.counts import outcomes_of, totals
from experiments.ensemble.outcomes import OUTCOMES
from experiments.ensemble.paired import world_of
from experiments.ensemble.shapley import parts_of
from experiments.scorecard import NETHERLANDS, moving
from experiments.uncertainty import covered

AHEAD = 12
"""Months over which a step of an indicator works, as in ``ewea scorecard``."""


class Desk:
    """Pasts of the baseline that wait at :attr:`fork`, one per resolution and seed, and what leaves them.

    Parameters
    ----------
    limits : Limits
        The latest horizon; the resolutions are given with each question.
    """

    def __init__(self, root: Path, limits: Limits) -> None:
        self.root = root
        self.start, self.fork = first_projected_month(root), fork_month(root)
        self.longest = month_index(limits.latest_until)
        # One world to the latest horizon serves every horizon: a run to an earlier month is its beginning.
        self.world = scenario_world(root, self.longest)
        compile_once(self.world)
        self.changes_of = lru_cache(maxsize=4)(partial(changes_of_choice, root))
        self._pasts: dict[tuple[Resolution, int], Branches] = {}
        self.axes: Axes | None = None
        self._usual: tuple[object, float] | None = None

    def settings(self, resolution: Resolution, until: int) -> RunSettings:
        """Return the settings of every run: the seeds differ by all that is known to be uncertain."""
        return RunSettings(
            scale=resolution.scale,
            households_per_host=resolution.households_per_host,
            start=self.start,
            until=until,
            **covered(self.world),
        )

    def prepare(self, resolution: Resolution, seed: int) -> None:
        """Keep the baseline of a seed ready at the fork month."""
        self._past(resolution, seed, self.fork).at(self.fork)

    def _past(self, resolution: Resolution, seed: int, month: int) -> Branches:
        """Return the past of a seed; only what waits at the fork month is kept."""
        key = resolution, seed
        if month == self.fork and key in self._pasts:
            return self._pasts[key]
        # A short horizon keeps the history small; a fork makes room for the months after.
        found = Branches(self.world, self.settings(resolution, max(month, self.start + 1)), seed)
        if month == self.fork:
            self._pasts[key] = found
        return found

    def world_of(self, changes: Changes) -> World | None:
        """Return the world of what a choice sets; None for the baseline."""
        return world_of(self.root, self.longest, changes) if changes else None

    def leave(
        self, resolution: Resolution, seed: int, month: int, until: int, world: World | None = None
    ) -> Branch:
        """Return a continuation of the baseline that leaves it in a month at the latest."""
        month = min(month, self.fork)
        return self._past(resolution, seed, month).leave(month, world, self.settings(resolution, until))

    def finished(self, changes: Changes, resolution: Resolution, seed: int, until: int) -> Branch:
        """Return a run to the horizon with everything that changes set."""
        first = until if changes.first_month is None else min(changes.first_month, until)
        if first < self.start:
            raise EweaError(
                f"a lever acts in {month_label(first)}; registers cover that month already. Choose "
                f"{month_label(self.start)} or later."
            )
        return self.leave(resolution, seed, first, until, self.world_of(changes)).to_the_end()

    def answer(self, choice: Choices, resolution: Resolution, seed: int) -> Measured:
        """Return what one seed gives for a choice."""
        run = self.finished(self.changes_of(choice), resolution, seed, month_index(choice.until))
        if self.axes is None:
            self.axes = axes_of(run.state, self.fork)
        return measure(run.state, self.fork)

    def parts(
        self, choice: Choices, resolution: Resolution, seed: int
    ) -> tuple[Axes, tuple[str, ...], NDArray[np.float64]]:
        """Return axes, outcomes, and the part of every lever on one seed, float64[component, outcome, H]."""
        everything, until = self.changes_of(choice), month_index(choice.until)
        components = components_of_choice(self.root, choice)
        first = everything.first_month
        since = 0 if first is not None and first < self.fork else self.fork - self.start

        def level(subset: frozenset[int]) -> NDArray[np.float64]:
            chosen = everything.only([components[i].changes for i in subset])
            return totals(outcomes_of(self.finished(chosen, resolution, seed, until).state, max(0, since)))

        found = np.array(parts_of(len(components), level))
        self.answer(Choices(until=choice.until), resolution, seed)  # makes the axes known
        assert self.axes is not None
        return self.axes, OUTCOMES, found

    def effect(self, choice: Choices, indicator: str, steps: int, resolution: Resolution, seed: int) -> float:
        """Return what moving an indicator changes in the Netherlands after a year, displaced people."""
        item, usual = indicators_of(self.root)[indicator], self.changes_of(choice)
        step = moving(item, item.step * steps, self.fork, levers_of(self.root), others_of(self.root))
        key = choice, resolution, seed
        if self._usual is None or self._usual[0] != key:  # the tasks of one question come together
            self._usual = key, self._people(usual, resolution, seed)
        return self._people(joined([usual, step]), resolution, seed) - self._usual[1]

    def _people(self, changes: Changes, resolution: Resolution, seed: int) -> float:
        state = self.finished(changes, resolution, seed, self.fork + AHEAD).state
        return float(state.history.stock[state.index, self.world.hosts.ids.index(NETHERLANDS)].sum())
