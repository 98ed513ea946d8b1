"""The model as a Mesa user expects it: ``model.step()``, ``model.agents``, ``DataCollector``, ``batch_run``.

It drives the same :class:`abm.simulation.Simulation` as the command line, so the same settings and
seed give the same tables. Households stay rows of a table: creating and stepping a model makes no
object per household (see :mod:`abm.mesa.household_set` for what makes them).
"""

from __future__ import annotations

import copy
import inspect
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Literal, NoReturn, Self

import mesa
import numpy as np
from mesa.experimental.scenarios import Scenario

from abm.compiled import compile_once
from abm.data.folder import default_configs
from abm.data.settings import RunSettings
from abm.errors import EweaError, nearest
from abm.mesa.agents import HostCountry, Household
from abm.mesa.arguments import (
    PolicyScenario,
    checked_month,
    checked_rng,
    checked_scenario_id,
    checked_whole,
    with_scenario,
    world_with,
)
from abm.mesa.household_set import HouseholdSet
from abm.mesa.own_columns import OwnColumns
from abm.mesa.reporters import displaced_in, displaced_in_eu, total_of
from abm.mesa.saving import load_model, save_model
from abm.months import month_label
from abm.policy.scenario import BASELINE
from abm.results import Results, tables_of
from abm.simulation import Simulation
from abm.state import Flow


class DisplacementModel(mesa.Model):  # type: ignore[misc]
    """Displaced Ukrainian households in Europe, one month per step.

    Every argument but ``rng`` can be a parameter of ``mesa.batch_run``, coefficients included:
    ``batch_run(DisplacementModel, {"return_hazard": [0.003, 0.006]}, rng=[1, 2])``.

    Parameters
    ----------
    scenario : str or mesa.experimental.scenarios.Scenario
        Id of the scenario, or a scenario of Mesa: its ``id`` and any argument below, ``rng`` included.
    scale : int
        Real households per simulated one, at most.
    until : str
        Month on whose first day the run ends, ``YYYY-MM``; it starts in 2022-03.
    arrivals : str
        ``recorded`` or ``modelled``; ``none`` where all households are your own
        (``Household.from_dataframe``).
    threads : int
        Threads of the compiled code; results do not depend on it.
    configs : path, optional
        Configuration folder; the project's own if absent.
    rng : int, Generator, SeedSequence or None
        A whole number is the seed of the run, as ``--seed`` of the command line; from anything
        else one is drawn (see ``run_seed``, or Mesa's ``scenario.rng``). ``reset_rng(2)`` and
        ``reset_randomizer(2)`` give the months to come another seed; without a seed they change nothing in
        the run, whose draws are keyed by month and household, not taken from a stream.
    households_per_host : int
        Simulated households every host keeps where it has that many.
    **coefficients : float
        Values that replace those of ``configs/coefficients``, by name.

    Attributes
    ----------
    running : bool
        Whether the horizon lies ahead.
    run_seed : int
        Seed of all draws of the run.
    world, settings, simulation
        Data, settings and the run itself.
    datacollector : mesa.DataCollector
        Collects :attr:`reporters` on creation and after every step; put another in its place, or
        extend ``reporters`` in a subclass (which ``batch_run`` can use too).
    """

    reporters: ClassVar[Mapping[str, Any]] = {
        "month": "month",
        "displaced": "displaced",
        "NL": displaced_in("NL"),
        "EU": displaced_in_eu,
        "arrivals": total_of("arrivals"),
        "returns": total_of("returns"),
        "onward": total_of("onward_in"),
        "redepartures": total_of("redepartures"),
    }
    """Model reporters: persons on the first day of ``month``; flows of the month before it."""

    household_type: ClassVar[type[Household]] = Household
    """What views on households are; a subclass of the model may name a subclass of ``Household``."""

    def __init__(
        self,
        scenario: str | Scenario = BASELINE,
        scale: int = 1000,
        until: str = "2029-03",
        arrivals: Literal["recorded", "modelled", "none"] = "recorded",
        threads: int = 1,
        configs: str | Path | None = None,
        rng: Any = None,
        *,
        households_per_host: int = RunSettings.households_per_host,
        **coefficients: float,
    ) -> None:
        asked: dict[str, Any] = {
            "scale": scale, "until": until, "arrivals": arrivals, "threads": threads, "configs": configs,
            "rng": rng, "households_per_host": households_per_host, **coefficients,
        }  # fmt: skip
        policy: object = scenario
        if isinstance(scenario, Scenario):
            known = inspect.signature(DisplacementModel).parameters
            policy, asked = with_scenario(scenario, asked, {name: one.default for name, one in known.items()})
        given = asked.pop("configs")
        root = default_configs() if given is None else Path(given)
        if not root.is_dir():
            raise EweaError(f"configs: {root}: no such folder. Name the folder configs of a checkout.")
        settings = RunSettings(
            scenario=checked_scenario_id(root, policy),
            scale=checked_whole("scale", asked.pop("scale")),
            until=checked_month("until", asked.pop("until")),
            arrivals=asked.pop("arrivals"),
            threads=checked_whole("threads", asked.pop("threads")),
            households_per_host=checked_whole("households_per_host", asked.pop("households_per_host")),
        )
        rng = checked_rng(asked.pop("rng"))
        world = world_with(root, settings.until, asked, settings.scenario)
        super().__init__(rng=rng)
        compile_once(world)
        self.run_seed = int(self._seed)
        if isinstance(scenario, Scenario):
            self.scenario = scenario
        else:
            self.scenario = PolicyScenario(rng=self.run_seed, id=settings.scenario, **asked)
        self.own = OwnColumns()
        self.settings = settings
        self.world = world
        self.simulation = Simulation(world, settings, self.run_seed)
        self._host_of = {code: HostCountry(self, index) for index, code in enumerate(world.hosts.ids)}
        self.datacollector = mesa.DataCollector(model_reporters=dict(self.reporters))
        self.datacollector.collect(self)

    def step(self) -> None:
        """Simulate one month and collect what the data collector reports."""
        if self.household_type.step is not Household.step:
            self.agents.shuffle_do("step")
        self.simulation.step()
        self.running = not self.simulation.finished
        self.datacollector.collect(self)

    # Mesa counts time before it calls step(), so the horizon is checked before that. A page of Mesa may
    # ask for one step too many; a loop of one's own is told as Mesa tells of times in the past.
    def _wrapped_step(self) -> None:
        if self.running:
            self._reach(self.time + 1)
            super()._wrapped_step()
        else:
            warnings.warn(
                f"nothing was simulated: the run ended on the first day of {self.month}. Check "
                "model.running, or create the model with a later until=.",
                RuntimeWarning,
                stacklevel=2,
            )

    def run_for(self, duration: float) -> None:
        """Simulate some months."""
        self._reach(self.time + duration)
        super().run_for(duration)

    def run_until(self, end_time: float) -> None:
        """Simulate until some months after the start."""
        self._reach(end_time)
        super().run_until(end_time)

    def _reach(self, time: float) -> None:
        months = self.settings.until - self.settings.start
        if time > months:
            raise EweaError(
                f"found month {time:g}; the run ends after {months} months, on the first day of "
                f"{month_label(self.settings.until)}. Check model.running, or create the model with a "
                "later until=."
            )

    def reset_rng(self, rng: Any = None) -> None:
        """Reset Mesa's generator; with a seed, the months to come are drawn from it."""
        super().reset_rng(checked_rng(rng))
        if rng is not None:
            drawn = rng if isinstance(rng, (int, np.integer)) else copy.deepcopy(self.rng).integers(2**31 - 1)
            self._reseed(int(drawn))

    def reset_randomizer(self, seed: int | None = None) -> None:
        """Reset Mesa's generator of Python numbers; with a seed, the months to come are drawn from it."""
        super().reset_randomizer(checked_rng(seed))
        if seed is not None:
            self._reseed(int(seed))

    def _reseed(self, seed: int) -> None:
        state = self.simulation.state
        self.run_seed = state.seed = state.creator.seed = seed

    def register_agent(self, agent: mesa.Agent) -> None:
        """Register an agent of the user's own; households are rows of the table."""
        if isinstance(agent, Household):
            raise EweaError("households are in model.agents; Household.create_agents(model, n) makes them.")
        super().register_agent(agent)

    def deregister_agent(self, agent: mesa.Agent) -> None:
        """Take an agent of the user's own out of the model."""
        if isinstance(agent, Household):
            agent.remove()
        super().deregister_agent(agent)

    @property
    def agents(self) -> HouseholdSet:
        """All households, those who returned to Ukraine included; backed by the columns."""
        return HouseholdSet(model=self)

    @agents.setter
    def agents(self, agents: object) -> NoReturn:
        raise AttributeError("model.agents is the set of all households; keep sets of your own elsewhere.")

    @property
    def agent_types(self) -> list[type]:
        """Types of agents: households, host countries, and what a user registered."""
        return list(self.agents_by_type)

    @property
    def agents_by_type(self) -> dict[type, Any]:
        """Agents by type."""
        return {self.household_type: self.agents, **super().agents_by_type}

    @property
    def hosts(self) -> Any:
        """The host countries, a Mesa agent set of :class:`~abm.mesa.agents.HostCountry`."""
        return super().agents_by_type[HostCountry]

    def host(self, code: str) -> HostCountry:
        """Return a host country by its code."""
        if code not in self._host_of:
            raise EweaError(f"{code!r} is not a host. {nearest(code, self._host_of)}")
        return self._host_of[code]

    def household(self, household_id: int) -> Household:
        """Return a household by its ``unique_id``."""
        rows = np.flatnonzero(self.simulation.state.households["household_id"] == household_id)
        if len(rows) == 0:
            raise EweaError(f"there is no household {household_id} (ids come from household.unique_id).")
        return self.household_type(self, int(rows[0]))

    @property
    def month(self) -> str:
        """Month about to be simulated, ``YYYY-MM``; stocks are counted on its first day."""
        return month_label(self.simulation.state.month)

    @property
    def displaced(self) -> int:
        """Displaced persons in all hosts on the first day of the month."""
        return int(self.simulation.state.displaced().sum())

    @property
    def displaced_by_host(self) -> dict[str, int]:
        """Displaced persons on the first day of the month, by host code."""
        return dict(zip(self.world.hosts.ids, self.simulation.state.displaced().tolist(), strict=True))

    @property
    def last_flows(self) -> dict[str, int]:
        """Persons who moved in the last month by kind of flow, in all hosts; 0 before the first."""
        state = self.simulation.state
        if state.index == 0:
            return {kind.name.lower(): 0 for kind in Flow}
        month = state.history.flows[state.index - 1].sum(axis=(1, 2))
        return {kind.name.lower(): int(month[kind]) for kind in Flow}

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.settings.scenario}, seed {self.run_seed}, {self.month}>"

    def results(self) -> Results:
        """Return the tables of the months so far."""
        return Results(tables_of(self.simulation.state))

    def save(self, path: str | Path) -> None:
        """Save the model as it stands, with its data, its random state and what it has collected.

        The file is a pickle behind a checksum: load only files whose origin you trust.

        Parameters
        ----------
        path : path
            File to write, whole or not at all.

        Raises
        ------
        EweaError
            If something that was hung on the model cannot be pickled, or the file cannot be written.
        """
        save_model(self, Path(path))

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Return a model that was saved; it goes on as if it had never stopped, bit for bit.

        Parameters
        ----------
        path : path
            File that :meth:`save` wrote.

        Raises
        ------
        EweaError
            If the file is damaged, or was written by another version of the model or its libraries.
        """
        model = load_model(Path(path), cls)
        compile_once(model.world)
        return model
