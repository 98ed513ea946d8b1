"""One run of the model: a state and the processes of the schedule."""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any

from abm.data.parameters import drawn
from abm.data.settings import RunSettings
from abm.data.world import World, held_after
from abm.decision import DecisionBuilder
from abm.errors import EweaError
from abm.households import Households
from abm.month import processes
from abm.months import month_label
from abm.population.creation import Creator, stands_for
from abm.population.type_shares import arrival_type_shares
from abm.state import History, State


def _first_state(world: World, settings: RunSettings, seed: int, without: Collection[str]) -> State:
    """Return the state on the first day of a run: nobody is abroad yet."""
    if settings.parameters == "posterior":
        world = drawn(world, seed)
    if settings.until > world.n_months:
        raise EweaError(
            f"until: {month_label(settings.until)} lies after the data horizon "
            f"{month_label(world.n_months)}. Load the world with a later horizon."
        )
    months, hosts = settings.until - settings.start, len(world.hosts.ids)
    return State(
        world=world,
        settings=settings,
        seed=seed,
        # Two million households at scale 1 arrive over time; the table grows with them.
        households=Households(1024),
        creator=Creator(world, seed, stands_for(world, settings.scale, settings.households_per_host)),
        decisions=DecisionBuilder(world, base=world.base, without=without),
        type_shares=arrival_type_shares(world.composition),
        month=settings.start,
        history=History.blank(months, hosts, len(world.origins.groups), len(world.routes)),
    )


class Simulation:
    """A run that is stepped month by month, from a state or from March 2022.

    The world must reach to ``settings.until``; the factors in ``without`` are switched off (ablation).
    """

    def __init__(
        self,
        world: World,
        settings: RunSettings,
        seed: int,
        without: Collection[str] = (),
        *,
        state: State | None = None,
    ) -> None:
        self.state = _first_state(world, settings, seed, without) if state is None else state

    @property
    def finished(self) -> bool:
        """Whether the horizon is reached."""
        return self.state.month >= self.state.settings.until

    def step(self, observe: Callable[[str, State], None] | None = None) -> None:
        """Simulate one month; ``observe`` is called after every step with its name and the state."""
        state = self.state
        if self.finished:
            raise EweaError(f"the run ended on the first day of {month_label(state.month)}.")
        for name, process in processes():
            process(state)
            if observe is not None:
                observe(name, state)
        state.month += 1
        state.index += 1

    def run_to(self, month: int, observe: Callable[[str, State], None] | None = None) -> Simulation:
        """Step to the first day of a month, and return the run."""
        while self.state.month < month:
            self.step(observe)
        return self

    def run_to_end(self, observe: Callable[[str, State], None] | None = None) -> Simulation:
        """Step to the horizon, and return the run."""
        return self.run_to(self.state.settings.until, observe)

    def fork(self, settings: RunSettings, world: World | None = None) -> Simulation:
        """Return an independent continuation with other settings and, if given, another world.

        The inclusive values stay centred on the world of this run.
        """
        state = self.state
        if world is None:
            twin = state.fork(settings, state.world, state.decisions)
        else:
            if settings.parameters == "posterior":
                world = drawn(world, state.seed)
            twin = state.fork(settings, world, state.decisions.for_world(world))
            if settings.known_until is not None:
                twin.type_shares = held_after(state.type_shares, settings.known_until)
        return Simulation(twin.world, settings, state.seed, state=twin)


# --- a run's state as bytes: it goes on from them exactly as it would have without them

OUTSIDE = ("world", "settings", "decisions", "type_shares", "environment")
"""Attributes of a state that are made again."""


class _Writer(pickle.Pickler):
    def __init__(self, stream: io.BytesIO, state: State) -> None:
        super().__init__(stream, pickle.HIGHEST_PROTOCOL)
        self._outside = {id(vars(state)[name]): name for name in OUTSIDE if name in vars(state)}

    def persistent_id(self, found: Any) -> str | None:
        return self._outside.get(id(found))


class _Reader(pickle.Unpickler):
    def __init__(self, stream: io.BytesIO, known: dict[str, Any]) -> None:
        super().__init__(stream)
        self._known = known

    def persistent_load(self, name: str) -> Any:
        return self._known.get(name)


def packed(run: Simulation) -> bytes:
    """Return the state of a run between two months; its history without the months ahead."""
    state = run.state
    short = run.fork(replace(state.settings, until=state.month)).state
    stream = io.BytesIO()
    stream.write(pickle.dumps((state.decisions.constants, state.decisions.without)))
    _Writer(stream, short).dump(short)
    return stream.getvalue()


def unpacked(content: bytes, world: World, settings: RunSettings, seed: int) -> Simulation:
    """Return a run that goes on from a state of the same world, settings and seed."""
    stream = io.BytesIO(content)
    constants, without = pickle.load(stream)  # noqa: S301 - the caller has checked whose bytes they are
    if settings.parameters == "posterior":
        world = drawn(world, seed)
    decisions = DecisionBuilder(world, world.base, without, constants)
    known = {
        "world": world,
        "settings": settings,
        "decisions": decisions,
        "type_shares": arrival_type_shares(world.composition),
    }
    state: State = _Reader(stream, known).load()
    return Simulation(world, settings, seed, state=state)
