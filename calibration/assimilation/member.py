"""The task of an assimilation: the past of one member with its controls, and the sums that are observed."""

from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from abm.compiled import compile_once
from abm.data.control_draws import ControlLayout
from abm.data.controls import with_controls
from abm.data.folder import BEFORE_FIT, default_configs, digest
from abm.data.parameters import with_parameters
from abm.data.settings import RunSettings
from abm.data.world import World, as_known_at
from abm.errors import EweaError
from abm.policy.scenario import scenario_world
from abm.simulation import Simulation
from abm.state import Flow, State


def files_of(fit: str) -> tuple[str, ...]:
    """Return the patterns of the files an assimilation depends on: all of a world but controls."""
    return (*BEFORE_FIT, f"coefficients/{fit}.csv", f"coefficients/{fit}_draws.csv")


@lru_cache(maxsize=2)
def _world(configs: str, fit: str, wanted: str, until: int) -> World:
    root = Path(configs)
    found = digest(root, files_of(fit))
    if found != wanted:
        raise EweaError(
            f"{root}: not the configuration this assimilation was started with (found {found[:12]}, needed "
            f"{wanted[:12]}). Give every worker the same folder, or start again."
        )
    return known_world(root, fit, until)


def known_world(root: Path, fit: str, until: int) -> World:
    """Return the baseline as it was known at the end of ``until``, without controls."""
    # With the horizon at the origin the registers end there, and what was estimated later is not known.
    world = replace(scenario_world(root, until, fit=fit), controls=None)
    compile_once(world)
    return as_known_at(world, until)


@lru_cache(maxsize=2)
def _drawn(world: World, seed: int) -> World:
    """Return the world with a draw; the same one for runs in a row, so that its constants are found once."""
    assert world.draws is not None
    return with_parameters(world, world.draws.of_seed(seed))


def member_world(world: World, seed: int, controls: np.ndarray, layout: ControlLayout) -> World:
    """Return the world of a member: its draw of the posterior and its controls."""
    return with_controls(_drawn(world, seed), layout.unpack(controls), {})


def run_member(context: dict[str, Any], task: dict[str, Any]) -> dict[str, Any]:
    """Run the past of the member ``seed`` of a task with its ``controls`` (a vector of the layout).

    ``context`` holds ``start`` and ``until`` (first and last month), ``scale``, ``households_per_host``,
    ``fit`` and ``configs`` (digest). Returned are ``register`` (the view, without any offset), ``returns``,
    ``arrivals``, ``redepartures`` (float32[M, H]) and ``stock`` (float32[M + 1, H]), persons.
    """
    until = int(context["until"])
    world = _world(str(default_configs()), str(context["fit"]), str(context["configs"]), until)
    layout = ControlLayout.of(world.hosts.ids, world.registers.is_break, until)
    own = member_world(world, int(task["seed"]), np.array(task["controls"], np.float64), layout)
    settings = RunSettings(
        scale=int(context["scale"]),
        until=until + 1,
        households_per_host=int(context["households_per_host"]),
        known_until=until,
    )
    return sums_of(Simulation(own, settings, int(task["seed"])).run_to_end().state)


def sums_of(state: State) -> dict[str, Any]:
    """Return what :func:`run_member` returns, of a finished run."""
    history, H, last = state.history, state.n_hosts, state.index
    flows = history.flows[:last]
    found = {
        "register": history.register[:last] - history.offset[:last],
        "stock": history.stock[: last + 1].sum(axis=(2, 3, 4)),
        "arrivals": flows[:, Flow.ARRIVAL, H, :H] + flows[:, Flow.REUNIFICATION, H, :H],
        "returns": flows[:, Flow.RETURN, :H, H],
        "redepartures": flows[:, Flow.REDEPARTURE, H, :H],
    }
    return {name: np.asarray(values, np.float32) for name, values in found.items()}
