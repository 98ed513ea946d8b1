"""A run's state as bytes: a run goes on from them exactly as it would have without them.

What a world and settings already say is left out, so a state is put back into the world it was taken from.
"""

import io
import pickle
from dataclasses import replace
from typing import Any

from abm.data.parameters import drawn
from abm.data.settings import RunSettings
from abm.data.world import World
from abm.decision.tables import DecisionBuilder
from abm.population.creation import arrival_type_shares
from abm.simulation import Simulation
from abm.state import State

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
