"""The tasks of a calibration: a simulation of the past for the targets, and one of the headline results.

Of the past everything a target could ask later is kept (monthly sums by host, intentions of adults), not the
targets of today: a new survey, or another reading of a register, needs no new simulation.
"""

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.arrays import Integers
from abm.branches import Branches
from abm.codes import Status
from abm.compiled import compile_once
from abm.data.folder import BEFORE_FIT, checked_digest, default_configs
from abm.data.parameters import PRIORS, with_parameters
from abm.data.settings import RunSettings
from abm.data.world import World
from abm.month.choice import Wishes, wishes_of
from abm.policy.scenario import BASELINE, scenario_world
from abm.simulation import Simulation
from abm.state import Flow, State

FLOWS = ("arrivals", "returns", "onward_in", "onward_out", "redepartures")
"""Monthly flows kept by host, persons."""

EVERY = 2
"""Groups are kept every other month: wishes of groups move slowly, and a bank holds thousands of runs."""

CODES = np.iinfo(np.uint16).max


OTHER = "rtb_end"
"""Scenario whose difference from the baseline is a headline too."""


@lru_cache(maxsize=4)
def _world(configs: str, wanted: str, until: int, scenario: str) -> World:
    root = Path(configs)
    checked_digest(root, wanted, BEFORE_FIT)
    world = scenario_world(root, until, scenario, PRIORS)
    compile_once(world)
    return world


def _world_of(context: dict[str, Any], task: dict[str, Any], until: int, scenario: str = BASELINE) -> World:
    world = _world(str(default_configs()), str(context["configs"]), until, scenario)
    return with_parameters(world, task["parameters"])


def _settings(context: dict[str, Any]) -> RunSettings:
    return RunSettings(
        scale=int(context["scale"]),
        until=int(context["until"]),
        households_per_host=int(context["households_per_host"]),
    )


def simulate_past(context: dict[str, Any], task: dict[str, Any]) -> dict[str, Any]:
    """Run the past once with the ``seed`` and ``parameters`` (by name) of a task.

    ``context`` holds ``until`` and ``world_until`` (month numbers), ``scale``,
    ``households_per_host`` and ``configs`` (digest of the configuration).

    Returned are ``present``, ``entered``, ``left`` (float32[M, H], persons with protection at the end of the
    month, registered and gone during it), the :data:`FLOWS` (float32[M, H]), ``stock`` (float32[M + 1, H]),
    ``adults`` (float32[M, H]), ``wish`` (uint16[M, 2, H, bin]), ``wish_groups`` (uint16[M / EVERY, 2, value,
    place, bin]), ``group_adults`` (float32[M / EVERY, value, place]) and ``onward`` (uint16[M, H, bin]).
    Intentions are cumulative shares over bins, 0 to 65535.
    """
    world = _world_of(context, task, int(context["world_until"]))
    return observe(Simulation(world, _settings(context), int(task["seed"])))


def headline_stocks(context: dict[str, Any], task: dict[str, Any]) -> dict[str, Any]:
    """Return the stock at the horizon of the baseline and of :data:`OTHER`, float64[H] each, persons.

    ``context`` is that of :func:`simulate_past` with ``fork``, the month the two part, and ``until`` as the
    horizon of the world too.
    """
    until, settings = int(context["until"]), _settings(context)
    branches = Branches(_world_of(context, task, until), settings, int(task["seed"]))
    runs = {OTHER: branches.run(int(context["fork"]), _world_of(context, task, until, OTHER))}
    runs["baseline"] = branches.end()
    return {name: np.asarray(runs[name].state.displaced(), np.float64) for name in ("baseline", OTHER)}


def observe(simulation: Simulation) -> dict[str, Any]:
    """Run a simulation to its end and return what :func:`simulate_past` returns."""
    asked: list[Wishes] = []

    def listen(process: str, state: State) -> None:
        if process == "intention":
            asked.append(wishes_of(state))

    simulation.run_to_end(listen)
    return {**_sums(simulation.state), **_wishes(asked)}


def _sums(state: State) -> dict[str, NDArray[np.float32]]:
    history, H, last = state.history, state.n_hosts, state.index
    flows = history.flows[:last]
    ukraine = H
    between = flows[:, Flow.ONWARD, :H, :H]
    found = {
        "present": history.stock[1 : last + 1, :, Status.TEMPORARY_PROTECTION].sum(axis=(2, 3)),
        "entered": history.entered[:last],
        "left": history.left[:last],
        "stock": history.stock[: last + 1].sum(axis=(2, 3, 4)),
        "arrivals": flows[:, Flow.ARRIVAL, ukraine, :H],
        "returns": flows[:, Flow.RETURN, :H, ukraine],
        "onward_in": between.sum(axis=1),
        "onward_out": between.sum(axis=2),
        "redepartures": flows[:, Flow.REDEPARTURE, ukraine, :H],
    }
    return {name: np.asarray(values, np.float32) for name, values in found.items()}


def coded(counts: Integers) -> NDArray[np.uint16]:
    """Return counts[..., bin] as cumulative shares in 0 to 65535; zero where there is nobody."""
    total = counts.sum(axis=-1, keepdims=True)
    share = counts.cumsum(axis=-1) / np.maximum(total, 1)
    return np.asarray(np.rint(share * CODES), np.uint16)


def _wishes(asked: list[Wishes]) -> dict[str, Any]:
    by_host = np.stack([wishes.by_host for wishes in asked])
    groups = np.stack([wishes.by_group for wishes in asked[::EVERY]])
    return {
        "adults": by_host[:, 0].sum(axis=-1).astype(np.float32),
        "wish": coded(by_host),
        "group_adults": groups[:, 0].sum(axis=-1).astype(np.float32),
        "wish_groups": coded(groups),
        "onward": coded(np.stack([wishes.onward for wishes in asked])),
    }
