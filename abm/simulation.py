"""One run of the model: a state and the processes of the schedule."""

from __future__ import annotations

from collections.abc import Callable, Collection

import numpy as np
from numpy.typing import NDArray

from abm.data.parameters import drawn
from abm.data.settings import RunSettings
from abm.data.world import Composition, World
from abm.decision.tables import DecisionBuilder
from abm.errors import EweaError
from abm.households import Households
from abm.month import processes
from abm.month.observe import take_stock
from abm.months import month_label
from abm.population.creation import Creator, arrival_type_shares, stands_for
from abm.population.cross_section import build_cross_section, stock_before
from abm.state import History, State

_shares: dict[int, tuple[Composition, NDArray[np.float64]]] = {}


def prepared_type_shares(world: World) -> NDArray[np.float64]:
    """Return the fitted type shares of a world; fitted once however many runs use it."""
    # Scenarios share the composition of the baseline, so they share the fit.
    key = id(world.composition)
    if key not in _shares or _shares[key][0] is not world.composition:
        _shares.clear()
        _shares[key] = (world.composition, arrival_type_shares(world))
    return _shares[key][1]


def held_after(series: NDArray[np.float64], month: int | None) -> NDArray[np.float64]:
    """Return a series [T, ...] that repeats a month after it; unchanged if there is none."""
    if month is None:
        return series
    held = series.copy()
    held[month + 1 :] = series[month]
    return held


class Simulation:
    """A run that is stepped month by month.

    Parameters
    ----------
    world : World
        Data; must reach to ``settings.until``.
    settings : RunSettings
        What the user set.
    seed : int
        Seed of all draws.
    without : collection of str
        Factors switched off (ablation).

    Attributes
    ----------
    state : State
        Households, history and register view.
    """

    def __init__(self, world: World, settings: RunSettings, seed: int, without: Collection[str] = ()) -> None:
        if settings.parameters == "posterior":
            world = drawn(world, seed)
        if settings.until > world.n_months:
            raise EweaError(
                f"until: {month_label(settings.until)} lies after the data horizon "
                f"{month_label(world.n_months)}. Load the world with a later horizon."
            )
        last = world.registers.last_month + 1
        if settings.start > last:
            raise EweaError(
                f"start: found {month_label(settings.start)}; the registers reach to "
                f"{month_label(last - 1)}, so the latest start is {month_label(last)}."
            )
        if settings.start <= world.registers.first_month:
            creator = Creator(world, seed, stands_for(world, settings.scale, settings.households_per_host))
            # Two million households at scale 1 arrive over time; the table grows with them.
            households = Households(1024)
        else:
            present = stock_before(world, settings.start)
            weights = stands_for(world, settings.scale, settings.households_per_host, present)
            creator = Creator(world, seed, weights)
            households, _ = build_cross_section(creator, settings.start)
        self.state = State(
            world=world,
            settings=settings,
            seed=seed,
            households=households,
            creator=creator,
            decisions=DecisionBuilder(world, base=world.base, without=without),
            type_shares=prepared_type_shares(world),
            month=settings.start,
            history=History.blank(
                settings.until - settings.start,
                len(world.hosts.ids),
                len(world.origins.groups),
                len(world.routes),
            ),
        )
        take_stock(self.state, 0)

    @property
    def finished(self) -> bool:
        """Whether the horizon is reached."""
        return self.state.month >= self.state.settings.until

    def step(self, observe: Callable[[str, State], None] | None = None) -> None:
        """Simulate one month.

        Parameters
        ----------
        observe : callable, optional
            Called after every process with its name and the state, which it must not change.

        Raises
        ------
        EweaError
            If the run has reached its horizon.
        """
        state = self.state
        if self.finished:
            raise EweaError(f"the run ended on the first day of {month_label(state.month)}.")
        for name, process in processes():
            process(state)
            if observe is not None:
                observe(name, state)
        state.month += 1
        state.index += 1

    def fork(self, settings: RunSettings, world: World | None = None) -> Simulation:
        """Return an independent continuation with other settings and, if given, another world.

        The inclusive values stay centred on the world of this run.
        """
        twin = object.__new__(Simulation)
        twin.state = self.state.copy()
        if world is not None:
            if settings.parameters == "posterior":
                world = drawn(world, self.state.seed)
            twin.state.world = world
            twin.state.creator.world = world
            twin.state.decisions = self.state.decisions.for_world(world)
            twin.state.type_shares = held_after(self.state.type_shares, settings.known_until)
        old, state = self.state.history, twin.state
        months = settings.until - settings.start
        now = state.world
        state.history = History.blank(months, len(now.hosts.ids), len(now.origins.groups), len(now.routes))
        done = min(state.index, months)
        for name in ("flows", "register", "entered", "left", "deregistered", "places_short", "applications"):
            getattr(state.history, name)[:done] = getattr(old, name)[:done]
        for name in ("stock", "counts"):
            getattr(state.history, name)[: done + 1] = getattr(old, name)[: done + 1]
        state.settings = settings
        return twin
