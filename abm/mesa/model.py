"""The model as a Mesa user expects it: ``model.step()``, ``model.agents``, ``DataCollector``, ``batch_run``.

It drives the same :class:`abm.simulation.Simulation` as the command line, so the same settings and
seed give the same tables. Households stay rows of a table: creating and stepping a model makes no
object per household (see :mod:`abm.mesa.household_set` for what makes them).
"""

from __future__ import annotations

import math
import operator
from collections.abc import Mapping
from functools import lru_cache
from numbers import Real
from pathlib import Path
from typing import Any, ClassVar, Literal, NoReturn, Self

import mesa
import numpy as np
from mesa.experimental.scenarios import Scenario

from abm.compiled import compile_once
from abm.data.folder import default_configs, digest, load_settings
from abm.data.parameters import Coefficient, load_known, with_parameters
from abm.data.settings import RunSettings
from abm.data.world import World
from abm.errors import EweaError, nearest
from abm.mesa.agents import HostCountry, Household
from abm.mesa.household_set import HouseholdSet
from abm.mesa.reporters import displaced_in, displaced_in_eu, total_of
from abm.mesa.saving import load_model, save_model
from abm.months import month_index, month_label
from abm.policy.scenario import BASELINE, scenario_ids, scenario_world
from abm.results import Results, tables_of
from abm.simulation import Simulation
from abm.state import Flow


def _checked(known: Coefficient, value: object) -> float:
    """Return the value of one coefficient, or refuse what its unit and distribution rule out."""
    name = known.parameter
    if not isinstance(value, Real) or isinstance(value, bool) or not math.isfinite(value):
        raise EweaError(f"{name}: found {value!r}; a number is needed ({known.meaning}, {known.unit}).")
    number = float(value)
    if said := known.outside(number):
        raise EweaError(f"{name}: {said}: {known.meaning}.")
    return number


def checked_overrides(root: Path, given: Mapping[str, object]) -> dict[str, float]:
    """Return coefficients a user set, as numbers."""
    if not given:
        return {}
    known = load_known(root)
    if "seed" in given:
        raise EweaError("seed: the seed of a run is given as rng=, for example rng=1.")
    for name in given:
        if name not in known:
            raise EweaError(f"{name!r} is neither a setting nor a coefficient. {nearest(name, known)}")
    return {name: _checked(known[name], value) for name, value in sorted(given.items())}


@lru_cache(maxsize=8)
def _kept_world(
    root: Path, content: str, until: int, scenario: str, given: tuple[tuple[str, float], ...]
) -> World:
    """Return a world of some megabytes; the last ones are kept, for a sweep uses them again and again."""
    if given:
        return with_parameters(_kept_world(root, content, until, scenario, ()), dict(given))
    return scenario_world(root, until, scenario)


def world_with(root: Path, until: int, given: Mapping[str, object], scenario: str = BASELINE) -> World:
    """Return the world of a run with some coefficients replaced; the same object for the same question.

    The data reach at least to the last register month.
    """
    overrides = checked_overrides(root, given)
    horizon = max(until, load_settings(root).last_register_month)
    return _kept_world(root.resolve(), digest(root), horizon, scenario, tuple(overrides.items()))


class PolicyScenario(Scenario):  # type: ignore[misc]
    """Mesa's record of a run: seed, scenario id and coefficients.

    False in a condition, so that SolaraViz does not put an empty one in the place of the scenario
    id when it creates the model anew.
    """

    def __bool__(self) -> bool:
        return False


def _month(name: str, label: object) -> int:
    try:
        return month_index(str(label))
    except ValueError as error:
        raise EweaError(f"{name}: {error}.") from error


def _whole(name: str, value: Any) -> int:
    if not isinstance(value, bool):
        try:
            return operator.index(value)
        except TypeError:
            pass
    raise EweaError(f"{name}: found {value!r}; a whole number is needed, for example 1000.")


def _scenario_id(root: Path, scenario: object) -> str:
    known = scenario_ids(root)
    parts = scenario.split("+") if isinstance(scenario, str) else [scenario]
    for part in parts:
        if part not in known:
            raise EweaError(f"scenario: found {part!r}. {nearest(part, sorted(known))}")
    return str(scenario)


def _checked_rng(rng: Any) -> Any:
    """Return what Mesa takes as ``rng``, whole numbers as int; refuse what cannot be a seed."""
    if isinstance(rng, (int, np.integer)) and not 0 <= rng < np.iinfo(np.int64).max:
        raise EweaError(f"rng: found {rng}; a seed is a whole number from 0 to {np.iinfo(np.int64).max - 1}.")
    if isinstance(rng, bool):
        raise EweaError(f"rng: found {rng}; a seed is a whole number, for example rng=1.")
    try:
        np.random.default_rng(rng)
    except (TypeError, ValueError) as error:
        raise EweaError(f"rng: found {rng!r}; a seed is a whole number, for example rng=1.") from error
    return int(rng) if isinstance(rng, np.integer) else rng


class DisplacementModel(mesa.Model):  # type: ignore[misc]
    """Displaced Ukrainian households in Europe, one month per step.

    Every argument but ``rng`` can be a parameter of ``mesa.batch_run``, coefficients included:
    ``batch_run(DisplacementModel, {"return_hazard": [0.003, 0.006]}, rng=[1, 2])``.

    Parameters
    ----------
    scenario : str
        Id of the scenario.
    scale : int
        Real households per simulated one, at most.
    until : str
        Month on whose first day the run ends, ``YYYY-MM``; it starts in 2022-03.
    arrivals : str
        ``recorded`` or ``modelled``.
    threads : int
        Threads of the compiled code; results do not depend on it.
    configs : path, optional
        Configuration folder; the project's own if absent.
    rng : int, Generator, SeedSequence or None
        A whole number is the seed of the run, as ``--seed`` of the command line; from anything
        else one is drawn. See ``run_seed``.
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

    def __init__(
        self,
        scenario: str = BASELINE,
        scale: int = 1000,
        until: str = "2029-03",
        arrivals: Literal["recorded", "modelled"] = "recorded",
        threads: int = 1,
        configs: str | Path | None = None,
        rng: Any = None,
        *,
        households_per_host: int = RunSettings.households_per_host,
        **coefficients: float,
    ) -> None:
        root = default_configs() if configs is None else Path(configs)
        if not root.is_dir():
            raise EweaError(f"configs: {root}: no such folder. Name the folder configs of a checkout.")
        settings = RunSettings(
            scenario=_scenario_id(root, scenario),
            scale=_whole("scale", scale),
            until=_month("until", until),
            arrivals=arrivals,
            threads=_whole("threads", threads),
            households_per_host=_whole("households_per_host", households_per_host),
        )
        world = world_with(root, settings.until, coefficients, settings.scenario)
        rng = _checked_rng(rng)
        super().__init__(rng=rng)
        compile_once(world)
        self.run_seed = rng if isinstance(rng, int) else int(self.rng.integers(np.iinfo(np.int32).max))
        self.scenario = PolicyScenario(rng=self.run_seed, id=settings.scenario, **coefficients)
        self.settings = settings
        self.world = world
        self.simulation = Simulation(world, settings, self.run_seed)
        self._host_of = {code: HostCountry(self, index) for index, code in enumerate(world.hosts.ids)}
        self.datacollector = mesa.DataCollector(model_reporters=dict(self.reporters))
        self.datacollector.collect(self)

    def step(self) -> None:
        """Simulate one month and collect what the data collector reports."""
        self.simulation.step()
        self.running = not self.simulation.finished
        self.datacollector.collect(self)

    # Mesa counts time before it calls step(), so the horizon is checked before that.
    def _wrapped_step(self) -> None:
        self._reach(self.time + 1)
        super()._wrapped_step()

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
        return {Household: self.agents, **super().agents_by_type}

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
        return Household(self, int(rows[0]))

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
