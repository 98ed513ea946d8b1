"""What a sweep can look at, month by month and host by host, for one run.

Beyond the counts of a comparison: returns to places that are not safe yet, and the money protection costs.
Both rest on definitions in ``configs/outcomes.yaml``.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from abm.branches import Branch
from abm.codes import Choice, Housing, Status
from abm.data.world import World
from abm.errors import ConfigError, EweaError
from abm.policy.apply import apply_levers
from abm.policy.change import LeverChange
from abm.policy.lever import Action, Lever, changes_in_force, load_levers
from abm.state import State
from experiments.ensemble.counts import outcomes_of
from experiments.ensemble.outcomes import FILE, MILLION, PUBLIC_COST, RETURNS_BEFORE_SAFE, Definitions

Array = NDArray[np.float64]

TAKES = {"flow": ("sum", "peak", "mean"), "stock": ("end", "peak", "mean")}
"""How months become one number, for flows and for stocks."""

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
