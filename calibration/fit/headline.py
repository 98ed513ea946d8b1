"""The headline results under one set of parameters: stocks of the baseline and of an end of protection."""

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from abm.compiled import compile_once
from abm.data.folder import BEFORE_FIT, default_configs, digest
from abm.data.parameters import PRIORS, with_parameters
from abm.data.settings import RunSettings
from abm.data.world import World
from abm.errors import EweaError
from abm.policy.scenario import scenario_world
from abm.simulation import Simulation

OTHER = "rtb_end"
"""Scenario whose difference from the baseline is a headline too."""


@lru_cache(maxsize=2)
def _worlds(configs: str, wanted: str, until: int) -> tuple[World, World]:
    root = Path(configs)
    if digest(root, BEFORE_FIT) != wanted:
        raise EweaError(f"{root}: not the configuration this sweep was started with. Start it again.")
    baseline, other = scenario_world(root, until, fit=PRIORS), scenario_world(root, until, OTHER, PRIORS)
    compile_once(baseline)
    return baseline, other


def headline(context: dict[str, Any], task: dict[str, Any]) -> dict[str, Any]:
    """Return the stock at the horizon of the baseline and of :data:`OTHER`, float64[H] each, persons.

    Parameters
    ----------
    context : dict
        ``start``, ``fork`` and ``until`` (month numbers), ``scale``, ``households_per_host``, ``configs``.
    task : dict
        ``seed`` and ``parameters``.
    """
    worlds = _worlds(str(default_configs()), str(context["configs"]), int(context["until"]))
    baseline, other = (with_parameters(world, task["parameters"]) for world in worlds)
    settings = RunSettings(
        scale=int(context["scale"]),
        start=int(context["start"]),
        until=int(context["until"]),
        households_per_host=int(context["households_per_host"]),
    )
    simulation = Simulation(baseline, settings, int(task["seed"]))
    while simulation.state.month < int(context["fork"]):
        simulation.step()
    branch = simulation.fork(settings, other)
    found = {}
    for name, run in (("baseline", simulation), (OTHER, branch)):
        while not run.finished:
            run.step()
        found[name] = np.asarray(run.state.displaced(), np.float64)
    return found
