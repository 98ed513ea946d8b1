"""What facts are measured with: exact odds of one household, and paired runs on common draws.

Odds are exact: no chance enters, so a sign cannot be a false alarm. Paired runs share their draws;
a sign counts when all seeds agree. With five seeds and no effect, chance passes for a sign in one
case in sixteen (2 / 2^5); rows that depend on it say so by the kind "runs".
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.arrays import Booleans, Floats
from abm.branches import Branches
from abm.codes import Stream
from abm.compiled import compile_once
from abm.data.settings import RunSettings
from abm.data.world import World
from abm.month.status import household_income
from abm.months import month_index
from abm.places import hosts_of
from abm.policy.change import Changes, DriverChange, LeverChange
from abm.policy.scenario import changed_world, scenario_world
from abm.reference.household import HouseholdRecord, household_of
from abm.reference.surroundings import MonthUtility
from abm.simulation import Simulation
from abm.state import State
from experiments.ensemble.counts import outcomes_of, totals
from experiments.ensemble.outcomes import OUTCOMES
from experiments.ensemble.pasts import branches_of
from experiments.uncertainty import covered

Array = Floats

ACT, UNTIL = month_index("2025-03"), month_index("2026-09")
AHEAD = {"known_until": ACT - 1}
"""Facts are about the model, so its runs do not look at registers of the months in which changes act."""

SCALE, PER_HOST = 2000, 1500
SEEDS = (1, 2, 3, 4, 5)


def driver(name: str, value: float, units: Any = "all", operation: str = "set") -> DriverChange:
    """Return a change of a driver from the month ``ACT`` on."""
    return DriverChange.of(name, ACT, value, operation, units, where="facts")


def lever(name: str, place: str, value: float | str, **more: Any) -> LeverChange:
    """Return a lever set from the month ``ACT`` on."""
    return LeverChange.of(name, place, ACT, value, **more)


def end_of_2025(world: World, seed: int = 1) -> State:
    """Return a member of the ensemble at the end of 2025, with 800 households and more in every host."""
    settings = RunSettings(until=month_index("2026-01"), scale=300, households_per_host=800, **covered(world))
    return Simulation(world, settings, seed).run_to_end().state


class Bench:
    """Worlds, runs and one household, made once however many facts use them."""

    def __init__(self, root: Path, seeds: Sequence[int] = SEEDS) -> None:
        self.root, self.seeds = root, seeds
        self._worlds: dict[object, World] = {}
        self._pasts: dict[int, Branches] = {}
        self._runs: dict[object, list[dict[str, Array]]] = {}
        self._utilities: dict[object, MonthUtility] = {}

    @cached_property
    def base(self) -> World:
        """The baseline."""
        world = scenario_world(self.root, UNTIL)
        compile_once(world)
        return world

    def world(self, *changes: LeverChange | DriverChange) -> World:
        """Return the baseline with levers and drivers set."""
        if not changes:
            return self.base
        key = repr(changes)
        if key not in self._worlds:
            self._worlds[key] = changed_world(self.root, UNTIL, Changes.of(*changes))
        return self._worlds[key]

    def past(self, seed: int) -> Branches:
        """Return the past of a seed, which all changes leave in the month ``ACT``."""
        if seed not in self._pasts:
            settings = RunSettings(until=ACT, scale=SCALE, households_per_host=PER_HOST)
            self._pasts[seed] = branches_of(self.base, settings, seed, month=ACT)
        return self._pasts[seed]

    def runs(self, *changes: LeverChange | DriverChange) -> list[dict[str, Array]]:
        """Return outcomes by month and host of every seed, from ``ACT`` on."""
        key = repr(changes)
        if key not in self._runs:
            found = []
            for seed in self.seeds:
                past = self.past(seed)
                ahead = replace(past.settings, until=UNTIL, **AHEAD)
                state = past.run(ACT, self.world(*changes), ahead).state
                first = ACT - ahead.start
                outcomes = outcomes_of(state, first)
                asked = state.history.applications[first:].sum(axis=(0, 1))
                outcomes["applications"] = asked[:, 0].astype(float)[None, :]
                found.append(outcomes)
            self._runs[key] = found
        return self._runs[key]

    def hosts(self, place: str) -> Booleans:
        """Return the hosts of a place as a mask."""
        return hosts_of(place, self.base.hosts)

    def change(self, outcome: str, place: str, *changes: LeverChange | DriverChange) -> Array:
        """Return the difference of an outcome (stock at the end, sum of a flow) per seed."""
        mask = self.hosts(place)

        def value(outcomes: dict[str, Array]) -> float:
            if outcome == "applications":
                return float(outcomes[outcome][0, mask].sum())
            return float(totals(outcomes)[OUTCOMES.index(outcome), mask].sum())

        pairs = zip(self.runs(*changes), self.runs(), strict=True)
        return np.array([value(a) - value(b) for a, b in pairs])

    @cached_property
    def _late(self) -> State:
        return end_of_2025(self.base)

    def population(self, host: str) -> tuple[dict[str, NDArray[Any]], Array]:
        """Return the columns and the monthly income, EUR, of the households in a host at the end of 2025."""
        state, number = self._late, self.base.hosts.ids.index(host)
        table = state.households.columns()
        rows = np.flatnonzero(table.place == number)
        columns = {name: getattr(table, name)[rows] for name in table._fields}
        wage = np.full(len(rows), self.base.hosts.wage_eur_month[number])
        key = state.key(Stream.INCOME, 0)
        return columns, household_income(columns, wage, key, self.base.coefficients)

    @cached_property
    def small(self) -> State:
        """A coarse run in the month before changes act."""
        settings = RunSettings(until=ACT, scale=3000, households_per_host=20)
        return branches_of(self.base, settings, 1, month=ACT).at(ACT).state

    @cached_property
    def household(self) -> HouseholdRecord:
        """A woman of 35-49 with a child, no job, in the Netherlands, two years abroad."""
        h = household_of(self.small.households.columns(), 0)
        h = replace(
            h, persons=[1, 0, 0, 0, 0, 1, 0, 0], place=self.base.hosts.ids.index("NL"), status=0,
            origin=self.unit("UA53"), home=0, age_band=1, income=1, family=0,
            works_remotely=0, kin_hosts=[-1, -1], contacts_returned=0.0, contacts_onward=0.0, months_here=24,
            months_displaced=24, employed=0, employment=0, integration=0.3, housing=1, schooling=1, ties=0.6,
            attachment=0.0, readiness=0.0, opinion_return=0.0, opinion_onward=0.0, intention=1, triggers=0,
        )  # fmt: skip
        h.profile = h.profile_now()
        return h

    def rate(
        self, hazard: Callable[[State], Array], host: str, *changes: LeverChange | DriverChange
    ) -> float:
        """Return how changes move a monthly rate of a host, in the month after they start."""
        number = self.base.hosts.ids.index(host)
        found = []
        for world in (self.world(*changes), self.base):
            settings = replace(self.small.settings, until=UNTIL, **AHEAD)
            state = Simulation(self.base, settings, 1, state=self.small).fork(settings, world).state
            state.month = ACT + 1
            found.append(float(np.mean(hazard(state)[number])))
        return found[0] - found[1]

    def utility(self, world: World, month: int) -> MonthUtility:
        """Return what the factors say in a world and month, with the stock of the last register month."""
        key = (id(world), month)
        if key not in self._utilities:
            decisions = self.small.decisions.for_world(world)
            stock = np.nan_to_num(self.base.registers.stock_by(self.base.registers.last_month))
            self._utilities[key] = MonthUtility(decisions, month, stock)
        return self._utilities[key]

    def odds(
        self, way: str, *changes: LeverChange | DriverChange, month: int = ACT + 6, **attributes: object
    ) -> float:
        """Return the log odds of ``return`` or ``onward`` of the household with other attributes."""
        h = replace(self.household, **attributes)  # type: ignore[arg-type]
        h.profile = h.profile_now()
        utility = self.utility(self.world(*changes), month)
        return utility.of_return(h) if way == "return" else utility.of_onward(h)

    def shifts(self, way: str, *asked: LeverChange | DriverChange | dict[str, object]) -> list[float]:
        """Return how each of some changes or sets of attributes, by itself, moves the log odds."""
        return [self.shift(way, **one) if isinstance(one, dict) else self.shift(way, one) for one in asked]

    def unit(self, name: str) -> int:
        """Return the number of an origin unit."""
        return self.base.origins.ids.index(name)

    def shift(self, way: str, *changes: LeverChange | DriverChange, **attributes: object) -> float:
        """Return how attributes or changes move the log odds."""
        return self.odds(way, *changes, **attributes) - self.odds(way)
