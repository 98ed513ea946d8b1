"""Run one world of a design once: what a worker does with a task."""

from collections import OrderedDict
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.compiled import compile_once
from abm.data.folder import default_configs, digest
from abm.data.settings import RunSettings
from abm.data.world import World
from abm.errors import EweaError
from abm.places import hosts_of
from abm.policy.change import joined
from abm.policy.scenario import changes_of
from experiments.designs.building import changes_of_task, own_levers, world_of
from experiments.designs.columns import described
from experiments.designs.measures import Definitions, load_definitions, measured
from experiments.designs.pasts import Past
from experiments.designs.return_payments import return_payments
from experiments.designs.schema import Outcome
from experiments.designs.worlds import baseline_of
from experiments.ensemble.identity import canonical

Array = NDArray[np.float64]

KEPT_PASTS = 2
"""Pasts in memory; tasks come in an order in which one is enough most of the time."""

CHANGE = "_change"
"""End of the name of a difference against the same world without levers."""


def simulate(context: dict[str, Any], task: dict[str, Any]) -> dict[str, Any]:
    """Run a task of a design.

    Parameters
    ----------
    context : dict
        ``settings`` (start, until, scale, households_per_host, shocks, parameters), ``outcomes``,
        ``differences`` and ``configs`` (digest of the configuration).
    task : dict
        ``seed`` and a world of :mod:`experiments.designs.worlds`.

    Returns
    -------
    dict of str to number or text
        The world in columns, every outcome, and with ``differences`` its change against the world without
        levers.

    Raises
    ------
    EweaError
        If a worker has another configuration, or the world contradicts itself.
    """
    root = checked_configs(str(default_configs()), str(context["configs"]))
    settings = RunSettings(**context["settings"], parameters="central")
    past = _past(root, settings, task, context["parameters"])
    outcomes = [Outcome.model_validate(item) for item in context["outcomes"]]
    # The world first: its past stops where it branches off, and goes on to the end afterwards.
    found = _continued(root, settings, past, task, context["parameters"])
    base = past.to_the_end()
    values: dict[str, Any] = described(context["axes"], task)
    values |= {item.name: taken(found, item, past.world) for item in outcomes}
    if context["differences"]:
        for item in outcomes:
            values[item.name + CHANGE] = values[item.name] - taken(base, item, past.world)
    return values


@lru_cache(maxsize=4)
def checked_configs(configs: str, wanted: str) -> Path:
    """Return the configuration folder of this process if it is the one of the sweep."""
    found = configs_digest(Path(configs))
    if found != wanted:
        raise EweaError(
            f"{configs}: not the configuration this sweep was started with (found {found[:12]}, needed "
            f"{wanted[:12]}). Give every worker the same folder, or start the sweep again."
        )
    return Path(configs)


def configs_digest(root: Path) -> str:
    """Return the digest of everything in ``configs`` that decides a row."""
    return digest(root, ("outcomes.yaml",))[:16] + digest(root)


_pasts: "OrderedDict[str, Past]" = OrderedDict()


def _past(root: Path, settings: RunSettings, task: Mapping[str, Any], parameters: str) -> Past:
    """Return the run of a task without its levers, from memory if it was the last one too."""
    without = baseline_of(task)
    key = canonical({"task": without, "settings": repr(settings), "configs": str(root), "spread": parameters})
    if key not in _pasts:
        while len(_pasts) >= KEPT_PASTS:
            _pasts.popitem(last=False)
        world = world_of(root, settings.until, without, parameters)
        compile_once(world)
        definitions = load_definitions(root)
        payments = _payments(root, world, without, definitions)
        _pasts[key] = Past(world, settings, int(task["seed"]), definitions, payments)
    _pasts.move_to_end(key)
    return _pasts[key]


def _continued(
    root: Path, settings: RunSettings, past: Past, task: Mapping[str, Any], parameters: str
) -> dict[str, Array]:
    """Return the measures of the world with its levers."""
    if not task.keys() & {"packages", "levers"}:
        return past.to_the_end()
    packages = [changes_of(root, name) for name in task.get("packages", {}).values()]
    first = joined([own_levers(task), *packages]).first_month
    if first is None or first >= settings.until:
        return past.to_the_end()
    month = max(first, settings.start)
    before, heard = past.at(month)
    world = world_of(root, settings.until, task, parameters)
    run, meter = before.fork(settings, world), heard.copy()
    while not run.finished:
        run.step(meter)
    return measured(run, meter, 0, _payments(root, world, task, past.definitions))


def _payments(root: Path, world: World, task: Mapping[str, Any], definitions: Definitions) -> Array:
    """Return what each person who returns is paid in the world of a task, float64[T, H]."""
    names = definitions.paid_on_return.levers
    return return_payments(root, world, changes_of_task(root, task).levers, names)


def taken(found: Mapping[str, Array], outcome: Outcome, world: World) -> float:
    """Return an outcome as one number: hosts of its place summed up, months as it says."""
    chosen = hosts_of(outcome.place, world.hosts)
    monthly = found[outcome.outcome][:, chosen].sum(axis=1)
    ways = {"end": monthly[-1], "sum": monthly.sum(), "peak": monthly.max(), "mean": monthly.mean()}
    return float(ways[outcome.way])
