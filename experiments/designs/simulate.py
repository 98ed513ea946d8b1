"""Run one world of a design once: what a worker does with a task, and what it measures.

Beyond the counts of a comparison a sweep can look at returns to places that are not safe yet and at the money
protection costs; both rest on definitions in ``configs/outcomes.yaml``.
"""

import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.branches import Branch, Branches
from abm.codes import Choice, Housing, Status
from abm.data.folder import default_configs, digest
from abm.data.parameters import drawn, with_parameters
from abm.data.settings import RunSettings
from abm.data.world import World
from abm.errors import ConfigError, EweaError
from abm.places import hosts_of
from abm.policy.apply import apply_levers
from abm.policy.change import Changes, DriverChange, LeverChange, joined
from abm.policy.lever import Action, Lever, changes_in_force, load_levers
from abm.policy.scenario import changed_world, changes_of
from abm.state import State
from experiments.designs.axes import SCENARIO
from experiments.designs.schema import Outcome
from experiments.designs.worlds import DRAW, baseline_of, described, joined_scenarios
from experiments.ensemble.counts import outcomes_of
from experiments.ensemble.identity import canonical
from experiments.ensemble.outcomes import (
    FILE,
    MILLION,
    PUBLIC_COST,
    RATIOS,
    RETURNS_BEFORE_SAFE,
    Definitions,
    load_definitions,
)
from experiments.ensemble.pasts import branches_of, present

KEPT_WORLDS = 64
"""Worlds in memory before parameters; a grid uses the same ones with every seed."""

SHAPE = (SCENARIO, "packages", "levers", "drivers")
"""What decides a world besides its parameters."""


def task_world(root: Path, until: int, task: Mapping[str, Any], parameters: str) -> World:
    """Return the world of a task; with ``posterior`` its ``seed`` names the draw where nothing else does."""
    shape = {name: task[name] for name in SHAPE if name in task}
    world = _unfitted(str(root), until, canonical(shape))
    if DRAW in task or parameters == "posterior":
        if world.draws is None:
            raise EweaError("configs/coefficients holds no fit; write constants.parameters: central.")
        world = drawn(world, _draw(task))
    given = task.get("parameters", {})
    return with_parameters(world, given) if given else world


def _draw(task: Mapping[str, Any]) -> int:
    """Return the seed whose draw a task takes."""
    return int(task.get(DRAW, task["seed"]))


@lru_cache(maxsize=KEPT_WORLDS)
def _unfitted(root: str, until: int, shape: str) -> World:
    """Return the world of a scenario, packages, levers and drivers; parameters come on top."""
    task, folder = json.loads(shape), Path(root)
    return changed_world(folder, until, changes_of_task(folder, task))


def changes_of_task(root: Path, task: Mapping[str, Any]) -> Changes:
    """Return what a world sets on top of what is in force: its scenario, packages, levers and drivers."""
    drivers = [
        DriverChange.model_validate(line).found_at(f"uncertainty {name}", name)
        for name, line in task.get("drivers", {}).items()
    ]
    return joined([changes_of(root, joined_scenarios(task)), own_levers(task), Changes.of(*drivers)])


def own_levers(task: Mapping[str, Any]) -> Changes:
    """Return the levers a world sets by themselves, in the order of their names."""
    levers = task.get("levers", {}).items()
    return Changes.of(
        *(LeverChange.model_validate(line).found_at(f"lever {name}", name) for name, line in levers)
    )


Array = NDArray[np.float64]

KEPT_PASTS = 2
"""Pasts in memory; tasks come in an order in which one is enough most of the time."""

CHANGE = "_change"
"""End of the name of a difference against the same world without levers."""


def simulate(context: dict[str, Any], task: dict[str, Any]) -> dict[str, Any]:
    """Run a task of a design: return its world in columns, every outcome, and its change without levers.

    ``context`` is that of :class:`experiments.designs.sweep.Sweep`; ``task`` a ``seed`` and a world of
    :mod:`experiments.designs.worlds`. The change is there with ``differences`` only.
    """
    root = checked_configs(str(default_configs()), str(context["configs"]))
    settings = RunSettings(**context["settings"], parameters="central")
    past = _past(root, settings, task, context["parameters"])
    outcomes = [Outcome.model_validate(item) for item in context["outcomes"]]
    values: dict[str, Any] = described(context["axes"], task)
    month, found = _month_of(root, settings, task), None
    if month < settings.until:
        # The world first: its past stops where it branches off, and goes on to the end afterwards.
        world = task_world(root, settings.until, task, context["parameters"])
        branch = past.branches.run(month, world)
        found = measured(branch, _payments(root, world, task, past.definitions))
    base = past.end
    found = base if found is None else found
    values |= {item.name: taken(found, item, past.branches.world) for item in outcomes}
    if context["differences"]:
        for item in outcomes:
            values[item.name + CHANGE] = values[item.name] - taken(base, item, past.branches.world)
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


@dataclass
class _Past:
    """The run of a world without its levers, and what each person who returns is paid in it."""

    branches: Branches
    definitions: Definitions
    payments: Array

    @cached_property
    def end(self) -> dict[str, Array]:
        """The measures of the whole run."""
        return measured(self.branches.end(), self.payments)


_pasts: "OrderedDict[str, _Past]" = OrderedDict()


def _past(root: Path, settings: RunSettings, task: Mapping[str, Any], parameters: str) -> _Past:
    without = baseline_of(task)
    key = canonical({"task": without, "settings": repr(settings), "configs": str(root), "spread": parameters})
    if key not in _pasts:
        while len(_pasts) >= KEPT_PASTS:
            _pasts.popitem(last=False)
        world = task_world(root, settings.until, without, parameters)
        definitions = load_definitions(root)
        branches = branches_of(
            world,
            settings,
            int(task["seed"]),
            changes_of_task(root, without),
            recorder=Meter(definitions, present(world)),
            draw=_draw(task) if DRAW in task or parameters == "posterior" else None,
            # A past with parameters of its own is used by this world alone.
            keep=not task.get("parameters"),
        )
        _pasts[key] = _Past(branches, definitions, _payments(root, world, without, definitions))
    _pasts.move_to_end(key)
    return _pasts[key]


def _month_of(root: Path, settings: RunSettings, task: Mapping[str, Any]) -> int:
    """Return the month from which the levers of a task can make a difference; the horizon for none."""
    packages = [changes_of(root, name) for name in task.get("packages", {}).values()]
    first = joined([own_levers(task), *packages]).first_month
    return settings.until if first is None else max(first, settings.start)


def _payments(root: Path, world: World, task: Mapping[str, Any], definitions: Definitions) -> Array:
    """Return what each person who returns is paid in the world of a task, float64[T, H]."""
    names = definitions.paid_on_return.levers
    return return_payments(root, world, changes_of_task(root, task).levers, names)


def taken(found: Mapping[str, Array], outcome: Outcome, world: World) -> float:
    """Return an outcome as one number: hosts of its place summed up, months as it says."""
    chosen = hosts_of(outcome.place, world.hosts)
    parts = [found[name][:, chosen].sum(axis=1) for name in RATIOS.get(outcome.outcome, [outcome.outcome])]
    monthly = parts[0] if len(parts) == 1 else parts[0] / np.maximum(parts[1], 1.0)
    ways = {"end": monthly[-1], "sum": monthly.sum(), "peak": monthly.max(), "mean": monthly.mean()}
    return float(ways[outcome.way])


ADULTS = slice(0, 4)
SUPPORTED = (Status.TEMPORARY_PROTECTION, Status.ASYLUM_PENDING)
"""Titles under which adults without a job receive cash support."""


def check_costs(definitions: Definitions, hosts: list[str], where: str) -> None:
    """Refuse the public cost of hosts whose price of a place is not known."""
    if missing := [host for host in hosts if host not in definitions.place_cost_eur_month]:
        raise EweaError(
            f"{where}: public_cost: no price of a place for {', '.join(missing)}; there are "
            f"{', '.join(definitions.place_cost_eur_month)}. Add the host to place_cost_eur_month in "
            f"configs/{FILE}, or name another place."
        )


@dataclass
class Meter:
    """Listens to a run and keeps what its history does not."""

    definitions: Definitions
    first: int  # First month that counts
    # Persons who returned in a month to a unit that is not safe
    before_safe: dict[int, Array] = field(default_factory=dict)
    # Million EUR of a month: cash for adults without a job, and collective places. What is paid on return is
    # added by :func:`measured`
    cost: dict[int, Array] = field(default_factory=dict)

    def copy(self) -> "Meter":
        """Return an independent meter that knows the same."""
        return Meter(self.definitions, self.first, dict(self.before_safe), dict(self.cost))

    def __call__(self, process: str, state: State) -> None:
        """Take note after a process of the month."""
        if state.month < self.first:
            return
        if process == "move":
            self.before_safe[state.month] = self._unsafe_returns(state)
        elif process == "end_month":
            self.cost[state.month] = self._cost(state)

    def _unsafe_returns(self, state: State) -> Array:
        columns, H, drivers = state.households.columns(), state.n_hosts, state.world.drivers
        moved = (columns.choice == Choice.RETURN) & (columns.place == H) & (columns.months_here == 0)
        rows = np.flatnonzero(moved)
        safe = self.definitions.safe
        unsafe = (drivers["attack_intensity"][state.month] > safe.most_attack_intensity.value) | (
            drivers["occupied_share"][state.month] > safe.most_occupied_share.value
        )
        rows = rows[unsafe[columns.ukraine_unit[rows]]]
        persons = columns.persons[rows].sum(axis=1, dtype=np.int64) * columns.stands_for[rows]
        return np.bincount(columns.last_place[rows], persons, minlength=H)[:H].astype(float)

    def _cost(self, state: State) -> Array:
        columns, H, month = state.households.columns(), state.n_hosts, state.month
        world = state.world
        found = np.zeros(H)
        for host, price in self.definitions.place_cost_eur_month.items():
            number = world.hosts.ids.index(host)
            rows = np.flatnonzero(columns.place == number)
            weight = columns.stands_for[rows].astype(np.int64)
            persons = columns.persons[rows]
            stay = columns.months_here[rows]
            factor = world.policy.by_stay("benefit", month, int(stay.max(initial=0)))[number]
            jobless = persons[:, ADULTS].sum(axis=1, dtype=np.int64) - columns.employed[rows]
            entitled = np.isin(columns.status[rows], SUPPORTED)
            cash = world.hosts.benefit_eur_month[month, number] * factor[stay]
            housed = columns.housing[rows] == Housing.COLLECTIVE
            total = (weight * np.maximum(jobless, 0) * entitled * cash).sum()
            total += (weight * persons.sum(axis=1, dtype=np.int64) * housed).sum() * price.value
            found[number] = total / MILLION
        return found


def measured(branch: Branch, payments: Array) -> dict[str, Array]:
    """Return every measure by month and host of a run with its meter, as float64[months, H] by name.

    Months are those from the first the meter counts.

    ``payments``, float64[T, H], are the EUR paid to each person who returns, by month of the world and host.
    Persons; million EUR for ``public_cost``. Stocks on the day after each month, flows of the month.
    """
    state, meter = branch.state, branch.recorder
    assert isinstance(meter, Meter)
    H, months = state.n_hosts, range(meter.first, state.month)
    found = outcomes_of(state, meter.first - state.settings.start)
    for name, heard in ((RETURNS_BEFORE_SAFE, meter.before_safe), (PUBLIC_COST, meter.cost)):
        found[name] = np.array([heard[month] for month in months]).reshape(len(months), H)
    definitions = meter.definitions
    priced = np.isin(state.world.hosts.ids, list(definitions.place_cost_eur_month))
    paid = definitions.paid_on_return.take_up.value * payments[months.start : months.stop] * priced
    found[PUBLIC_COST] += found["returns"] * paid / MILLION
    return found


MONEY = "EUR a person"
"""Unit of a lever that can be paid."""

_CARRIER = "return_utility"
"""A mechanism by host and month that adds up and tells no groups apart: it carries the money here."""


def return_payments(
    root: Path, world: World, changes: Sequence[LeverChange], names: Sequence[str]
) -> NDArray[np.float64]:
    """Return the EUR paid to each person who returns, float64[T, H], by levers set together."""
    levers = _levers(str(root))
    paid = {name: _as_money(levers, name) for name in names}
    wanted = [one for one in (*changes_in_force(levers), *changes) if one.lever in paid]
    policy = apply_levers(world, paid, wanted).policy
    return np.array([policy.now(_CARRIER, month) for month in range(world.n_months)])


@lru_cache(maxsize=4)
def _levers(root: str) -> dict[str, Lever]:
    return load_levers(Path(root))


def _as_money(levers: dict[str, Lever], name: str) -> Lever:
    """Return a lever whose value is not translated into anything."""
    where = f"configs/{FILE}: paid_on_return.levers: found {name!r}"
    money = [lever.id for lever in levers.values() if lever.unit == MONEY]
    if name not in money:
        raise ConfigError(f"{where}; allowed are levers in {MONEY}: {', '.join(money)}.")
    return levers[name].model_copy(update={"acts_on": [Action(mechanism=_CARRIER, by="value")]})
