"""Where a worker keeps simulations ready at the month from which choices differ, one per seed."""

from collections import OrderedDict
from dataclasses import replace
from pathlib import Path

from abm.compiled import compile_once
from abm.data.settings import RunSettings
from abm.data.world import World
from abm.errors import EweaError
from abm.months import month_index, month_label
from abm.policy.change import Changes
from abm.policy.scenario import changed_world, scenario_world
from abm.simulation import Simulation
from dashboard.engine.bundle import Axes
from dashboard.engine.choice import Choice
from dashboard.engine.contents import changes_of_choice, first_projected_month, fork_month
from dashboard.engine.limits import Limits, Resolution
from dashboard.engine.measure import axes_of, measure
from dashboard.engine.measured import Measured
from experiments.uncertainty import covered

KEPT_WORLDS = 4
"""Worlds of choices kept: all seeds of a choice use the same one."""


class Desk:
    """Simulations of the baseline that wait at :attr:`fork`, and the way from there to an answer.

    Parameters
    ----------
    root : Path
        The ``configs`` folder.
    limits : Limits
        The latest horizon; the resolutiones are given with each question.
    """

    def __init__(self, root: Path, limits: Limits) -> None:
        self.root = root
        self.start, self.fork = first_projected_month(root), fork_month(root)
        self.longest = month_index(limits.latest_until)
        # One world to the latest horizon serves every horizon: a run to an earlier month is its beginning.
        self.world = scenario_world(root, self.longest)
        compile_once(self.world)
        self._ready: dict[tuple[Resolution, int], Simulation] = {}
        self._worlds: OrderedDict[Choice, tuple[World | None, int]] = OrderedDict()
        self.axes: Axes | None = None
        self.memo: dict[object, float] = {}

    def settings(self, resolution: Resolution, until: int) -> RunSettings:
        """Return the settings of every run: the seeds differ by all that is known to be uncertain."""
        return RunSettings(
            scale=resolution.scale,
            households_per_host=resolution.households_per_host,
            start=self.start,
            until=until,
            **covered(self.world),
        )

    def prepare(self, resolution: Resolution, seed: int) -> Simulation:
        """Return the baseline of a seed at the fork month; simulated once."""
        key = resolution, seed
        if key not in self._ready:
            # A short horizon keeps the history small; a fork makes room for the months after.
            self._ready[key] = self._baseline(resolution, seed, self.fork)
        return self._ready[key]

    def _baseline(self, resolution: Resolution, seed: int, month: int) -> Simulation:
        simulation = Simulation(self.world, self.settings(resolution, max(month, self.start + 1)), seed)
        while simulation.state.month < month:
            simulation.step()
        return simulation

    def world_of(self, contents: Changes) -> World | None:
        """Return the world of what a choice sets; None for the baseline."""
        return changed_world(self.root, self.longest, contents) if contents else None

    def _world_of_choice(self, choice: Choice) -> tuple[World | None, int]:
        plain = choice.with_until(self.label(self.longest))
        if plain not in self._worlds:
            contents = changes_of_choice(self.root, choice)
            first = contents.first_month
            self._worlds[plain] = self.world_of(contents), self.longest if first is None else first
        self._worlds.move_to_end(plain)
        while len(self._worlds) > KEPT_WORLDS:
            self._worlds.popitem(last=False)
        return self._worlds[plain]

    @staticmethod
    def label(month: int) -> str:
        """Return a month as text."""
        return month_label(month)

    def finished(
        self, resolution: Resolution, seed: int, world: World | None, first: int, until: int
    ) -> Simulation:
        """Return a run to the horizon that leaves the baseline in month ``first`` at the latest.

        Raises
        ------
        EweaError
            If something acts before the projection begins.
        """
        if first < self.start:
            raise EweaError(
                f"a lever acts in {self.label(first)}; registers cover that month already. Choose "
                f"{self.label(self.start)} or later."
            )
        ready = (
            self.prepare(resolution, seed) if first >= self.fork else self._baseline(resolution, seed, first)
        )
        run = ready.fork(replace(self.settings(resolution, until)), world)
        while not run.finished:
            run.step()
        return run

    def answer(self, choice: Choice, resolution: Resolution, seed: int) -> Measured:
        """Return what one seed gives for a choice."""
        world, first = self._world_of_choice(choice)
        until = month_index(choice.until)
        run = self.finished(resolution, seed, world, min(first, until), until)
        if self.axes is None:
            self.axes = axes_of(run.state, self.fork)
        return measure(run.state, self.fork)
