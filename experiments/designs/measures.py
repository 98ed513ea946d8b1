"""What a sweep can look at, month by month and host by host, for one run.

Beyond the counts of a comparison: returns to places that are not safe yet, and the money protection costs.
Both rest on definitions in ``configs/outcomes.yaml``.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from abm.codes import Choice, Housing, Status
from abm.data.config import Strict, load
from abm.data.figures import Figure
from abm.errors import EweaError
from abm.simulation import Simulation
from abm.state import State
from experiments.comparison.outcomes import FLOWS, OUTCOMES, outcomes_of

Array = NDArray[np.float64]

RETURNS_BEFORE_SAFE, PUBLIC_COST = "returns_before_safe", "public_cost"
MEASURES = (*OUTCOMES, RETURNS_BEFORE_SAFE, PUBLIC_COST)
FLOW_MEASURES = (*FLOWS, RETURNS_BEFORE_SAFE, PUBLIC_COST)
TAKES = {True: ("sum", "peak", "mean"), False: ("end", "peak", "mean")}
"""How months become one number, for flows and for stocks."""

UNITS = {PUBLIC_COST: "million EUR"}
"""Units of measures that are not persons."""

ADULTS = slice(0, 4)
SUPPORTED = (Status.TEMPORARY_PROTECTION, Status.ASYLUM_PENDING)
"""Titles under which adults without a job receive cash support."""

FILE = "outcomes.yaml"


class _Share(Figure):
    unit: Literal["index 0 to 1", "share"]


class _Price(Figure):
    unit: Literal["EUR/month"]


class _Safe(Strict):
    most_attack_intensity: _Share
    most_occupied_share: _Share


class _PaidOnReturn(Strict):
    levers: list[str]
    take_up: _Share


class Definitions(Strict):
    """What ``configs/outcomes.yaml`` holds."""

    safe: _Safe
    place_cost_eur_month: dict[str, _Price]
    paid_on_return: _PaidOnReturn


def load_definitions(root: Path) -> Definitions:
    """Return the definitions behind measures.

    Raises
    ------
    ConfigError
        If the file is absent or wrong.
    """
    return load(root / FILE, Definitions)


def check_costs(definitions: Definitions, hosts: list[str], where: str) -> None:
    """Refuse the public cost of hosts whose price of a place is not known.

    Raises
    ------
    EweaError
        Naming the hosts.
    """
    if missing := [host for host in hosts if host not in definitions.place_cost_eur_month]:
        raise EweaError(
            f"{where}: public_cost: no price of a place for {', '.join(missing)}; there are "
            f"{', '.join(definitions.place_cost_eur_month)}. Add the host to place_cost_eur_month in "
            f"configs/{FILE}, or name another place."
        )


@dataclass
class Meter:
    """Listens to a run and keeps what its history does not.

    Attributes
    ----------
    before_safe : dict of int to float64[H]
        Persons who returned in a month to a unit that is not safe.
    cost : dict of int to float64[H]
        Million EUR of a month: cash for adults without a job, and collective places. What is paid on return
        is added by :func:`measured`.
    """

    definitions: Definitions
    before_safe: dict[int, Array]
    cost: dict[int, Array]

    @classmethod
    def new(cls, definitions: Definitions) -> "Meter":
        """Return a meter that has heard nothing."""
        return cls(definitions, {}, {})

    def copy(self) -> "Meter":
        """Return an independent meter that knows the same."""
        return Meter(self.definitions, dict(self.before_safe), dict(self.cost))

    def __call__(self, process: str, state: State) -> None:
        """Take note after a process of the month."""
        if process == "move":
            self.before_safe[state.month] = self._unsafe_returns(state)
        elif process == "end_month":
            self.cost[state.month] = self._cost(state)

    def _unsafe_returns(self, state: State) -> Array:
        columns, H, origins = state.households.columns(), state.n_hosts, state.world.origins
        moved = (columns.choice == Choice.RETURN) & (columns.place == H) & (columns.months_here == 0)
        rows = np.flatnonzero(moved)
        safe = self.definitions.safe
        unsafe = (origins.intensity[state.month] > safe.most_attack_intensity.value) | (
            origins.occupied_share[state.month] > safe.most_occupied_share.value
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
            found[number] = total / 1e6
        return found


def measured(simulation: Simulation, meter: Meter, first: int, payments: Array) -> dict[str, Array]:
    """Return every measure by month and host from simulated month ``first`` (an index) on.

    Parameters
    ----------
    simulation : Simulation
        A run the meter listened to.
    meter : Meter
        What it heard.
    first : int
        Index of the first month returned.
    payments : float64[T, H]
        EUR paid to each person who returns, by month of the world and host.

    Returns
    -------
    dict of str to float64[months, H]
        Persons; million EUR for ``public_cost``. Stocks on the day after each month, flows of the month.
    """
    state = simulation.state
    found = outcomes_of(state, first)
    start = state.settings.start
    months = range(start + first, start + state.index)
    H = state.n_hosts
    for name, heard in ((RETURNS_BEFORE_SAFE, meter.before_safe), (PUBLIC_COST, meter.cost)):
        found[name] = np.array([heard[month] for month in months]).reshape(len(months), H)
    definitions = meter.definitions
    priced = np.isin(state.world.hosts.ids, list(definitions.place_cost_eur_month))
    paid = definitions.paid_on_return.take_up.value * payments[months.start : months.stop] * priced
    found[PUBLIC_COST] += found["returns"] * paid / 1e6
    return found
