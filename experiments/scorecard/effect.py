"""What moving one indicator does to the people to protect in the Netherlands, all else equal."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from abm.compiled import compile_once
from abm.data.folder import load_settings
from abm.data.settings import RunSettings
from abm.data.world import World
from abm.kernels.end_month import COUNTS
from abm.month.housing import housing_rules
from abm.policy.change import Changes, joined
from abm.policy.lever import load_levers
from abm.policy.scenario import changed_world, changes_of, scenario_world
from abm.simulation import Simulation
from experiments.scorecard.files import NETHERLANDS, Indicator, moving
from experiments.uncertainty import covered

Array = NDArray[np.float64]

AHEAD = 12
"""Months over which a step works."""


class Wheel:
    """Runs one scenario to a month once per seed, then turns one indicator at a time.

    Parameters
    ----------
    root : Path
        The ``configs`` folder.
    scenario : str
        Scenario everything is measured in.
    first : int
        Month from which an indicator is moved.
    seeds : sequence of int
        Seeds of all runs.
    scale : int
        Households per simulated one.
    uncertain : bool
        Whether seeds differ by parameters and unexplained arrivals too, not by chance alone.
    """

    def __init__(
        self,
        root: Path,
        scenario: str,
        first: int,
        seeds: Sequence[int],
        scale: int,
        uncertain: bool = False,
    ) -> None:
        self.root, self.first, self.seeds = root, first, tuple(seeds)
        self.changes = changes_of(root, scenario)
        self.until = first + AHEAD
        start = load_settings(root).last_register_month + 1
        self.world = scenario_world(root, self.until, scenario)
        compile_once(self.world)
        self.settings = RunSettings(
            scenario=scenario, start=min(start, first), until=self.until, scale=scale, households_per_host=300
        )
        if uncertain:
            self.settings = replace(self.settings, **covered(self.world))
        self.levers = load_levers(root)
        self._ready = [self._to_first(seed) for seed in self.seeds]

    def _to_first(self, seed: int) -> Simulation:
        simulation = Simulation(self.world, self.settings, seed)
        while simulation.state.month < self.first:
            simulation.step()
        return simulation

    def moving(self, indicator: Indicator, amount: float) -> Changes:
        """Return what moves an indicator by an amount from the first month on."""
        hosts = self.world.hosts
        others = [h for h, eu in zip(hosts.ids, hosts.is_eu, strict=True) if eu and h != NETHERLANDS]
        return moving(indicator, amount, self.first, self.levers, others)

    def world_with(self, *parts: Changes) -> World:
        """Return the scenario's world with changes on top."""
        return changed_world(self.root, self.until, joined([self.changes, *parts]))

    def run(self, world: World | None = None, only: int | None = None) -> Array:
        """Return people to protect and people who need a collective place in NL, [seed, 2, month ahead]."""
        found = []
        for ready in self._ready if only is None else [self._ready[only % len(self._ready)]]:
            branch = ready.fork(self.settings, self.world if world is None else world)
            while not branch.finished:
                branch.step()
            history = branch.state.history
            nl = self.world.hosts.ids.index(NETHERLANDS)
            first = self.first - self.settings.start
            people = history.stock[first + 1 :, nl].sum(axis=(1, 2, 3)).astype(float)
            housed = history.counts[first + 1 :, nl, COUNTS.index("housing_collective")].astype(float)
            if not housing_rules(branch.state.world, branch.state.month - 1).duty[nl]:
                housed = housed + history.places_short[first:, nl]
            found.append(np.stack([people, housed]))
        return np.array(found)
