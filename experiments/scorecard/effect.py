"""What moving one indicator does to the people to protect in the Netherlands, all else equal."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from abm.compiled import compile_once
from abm.data.folder import load_settings
from abm.data.run_settings import RunSettings
from abm.data.world import World
from abm.kernels.end_month import COUNTS
from abm.months import month_label
from abm.places import EU, hosts_of
from abm.policy.driver_changes import DriverChange
from abm.policy.lever import as_number
from abm.policy.lever_files import load_levers
from abm.policy.scenario import DriverLine
from abm.policy.scenario_files import contents_of
from abm.policy.scenario_world import scenario_world, world_with_settings
from abm.policy.setting import LeverSetting
from abm.simulation import Simulation
from experiments.scorecard.files import Indicator
from experiments.uncertainty import covered

Array = NDArray[np.float64]

NETHERLANDS = "NL"
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
        self.contents = contents_of(root, scenario)
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

    def changes(self, indicator: Indicator, amount: float) -> tuple[list[LeverSetting], list[DriverChange]]:
        """Return the settings and driver lines that move an indicator by an amount."""
        if indicator.driver is not None:
            line: dict[str, object] = {
                "driver": indicator.driver,
                "from": month_label(self.first),
                "operation": "add",
                "value": amount,
            }
            if not indicator.per_country:
                line["units"] = "all"
            return [], [DriverChange(DriverLine.model_validate(line), indicator.id)]
        assert indicator.lever is not None
        assert indicator.place is not None
        lever = self.levers[indicator.lever]
        least, most = as_number(lever.range.least), as_number(lever.range.most)
        value = float(np.clip(as_number(lever.neutral) + amount, least, most))
        places = self._others() if indicator.place == "others" else [indicator.place]
        return [LeverSetting(lever.id, place, self.first, value) for place in places], []

    def moved(self, indicator: Indicator, amount: float) -> World:
        """Return the scenario's world with an indicator moved by an amount from the first month on."""
        settings, drivers = self.changes(indicator, amount)
        return world_with_settings(
            self.root, self.until, [*self.contents.settings, *settings], [*self.contents.drivers, *drivers]
        )

    def _others(self) -> list[str]:
        hosts = self.world.hosts
        union = zip(hosts.ids, hosts_of(EU, hosts), strict=True)
        return [host for host, inside in union if inside and host != NETHERLANDS]

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
            if not branch.state.environment.duty[nl]:
                housed = housed + history.places_short[first:, nl]
            found.append(np.stack([people, housed]))
        return np.array(found)
