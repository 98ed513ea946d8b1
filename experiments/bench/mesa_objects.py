"""The decision as an idiomatic Mesa model: one Python object per household, ``step()`` by shuffle.

Written as a Mesa modeller who cares for speed writes it: plain Python numbers and lists, month
tables on the model, no NumPy inside the loop. Where Mesa could be charged or spared, it is spared:
a sample of households fits the processor's cache better than all of them, the month tables are
handed over ready-made, and newcomers are copied from households that are already there.
"""

from __future__ import annotations

from math import exp, log
from typing import Any

import mesa
import numpy as np
from numpy.typing import NDArray

from abm.codes import Choice
from abm.kernels.layout import MOST_MONTHS, ROW_FACTORS
from experiments.bench.month_tables import MonthTables

STAY, RETURN, ONWARD = int(Choice.STAY), int(Choice.RETURN), int(Choice.ONWARD)


class HouseholdAgent(mesa.Agent):
    """One household that decides; attributes as the columns of :mod:`abm.households`."""

    def __init__(self, model: mesa.Model, attributes: dict[str, Any]) -> None:
        super().__init__(model)
        for name, value in attributes.items():
            setattr(self, name, value)
        self.destination = -1

    def step(self) -> None:
        """Decide, and nothing else."""
        self.decide()

    def weigh_hosts(self) -> list[float]:
        """Return the logit weight of every host inside the onward nest; 0 for the present one."""
        t, scale = self.model.t, self.model.onward_scale
        weights = [exp(v / scale) for v in t["destination"][self.place][self.employment]]
        for host in self.kin_hosts:
            if host >= 0:
                weights[host] *= self.model.kin_factor
        weights[self.place] = 0.0
        return weights

    def return_value(self, origin: str = "return_origin", elsewhere: str = "return_elsewhere") -> float:
        """Return the inclusive value of the two places in Ukraine."""
        t, mu = self.model.t, self.model.return_scale
        own, other = t[origin][self.origin][self.home], t[elsewhere][self.origin][self.home]
        return mu * log(exp(own / mu) + exp(other / mu))

    def decide(self) -> None:
        """Choose between staying, the places in Ukraine and all other hosts."""
        self.choice = STAY
        model = self.model
        if self.place == model.n_hosts or self.months_here == 0:
            return
        t = model.t
        r, o = t["row_return"], t["row_onward"]
        attachment, readiness, ties = self.attachment, self.readiness, self.ties
        integration, returned, onward = self.integration, self.contacts_returned, self.contacts_onward
        stay = min(self.months_here, MOST_MONTHS)
        weights = self.weigh_hosts()
        odds_return = exp(
            self.return_value()
            + t["host_return"][self.place][self.status][self.employment][self.housing]
            + t["entry_return"][self.place][self.employment][stay]
            + t["profile_return"][self.profile]
            + t["duration_return"][min(self.months_displaced, MOST_MONTHS)]
            + t["schooling_return"][self.schooling]
            + t["trigger_return"][self.triggers]
            + t["intention_return"][self.intention]
            + r[0] * attachment + r[1] * readiness + r[2] * ties
            + r[3] * integration + r[4] * returned + r[5] * onward
        )  # fmt: skip
        odds_onward = exp(
            model.onward_scale * log(sum(weights))
            + t["host_onward"][self.place][self.status][self.employment][self.housing]
            + t["entry_onward"][self.place][self.employment][stay]
            + t["profile_onward"][self.profile]
            + t["duration_onward"][stay]
            + t["schooling_onward"][self.schooling]
            + t["trigger_onward"][self.triggers]
            + t["intention_onward"][self.intention]
            + o[0] * attachment + o[1] * readiness + o[2] * ties
            + o[3] * integration + o[4] * returned + o[5] * onward
        )  # fmt: skip
        u = self.random.random() * (1.0 + odds_return + odds_onward)
        if u < odds_return:
            self.choice = RETURN
        elif u < odds_return + odds_onward:
            self.choice = ONWARD
            self.destination = self.random.choices(model.hosts, weights)[0]


class DecisionModel(mesa.Model):
    """A Mesa model whose households only decide.

    Parameters
    ----------
    rows : list of dict
        Attributes of every household, from :func:`household_rows`.
    t : MonthTables
        Tables of the month.
    seed : int
        Seed of the model.
    kind : type
        Class of the households.
    """

    def __init__(
        self,
        rows: list[dict[str, Any]],
        t: MonthTables,
        seed: int,
        kind: type[HouseholdAgent] = HouseholdAgent,
    ) -> None:
        super().__init__(rng=seed)
        self.t = t.as_lists()
        self.n_hosts = t.n_hosts
        self.hosts = range(t.n_hosts)
        self.return_scale, self.onward_scale = self.t["scales"]
        self.kin_factor = exp(self.t["kin"][0] / self.onward_scale)
        self.households = [kind(self, row) for row in rows]

    def step(self) -> None:
        """Let every household step, in random order."""
        self.agents.shuffle_do("step")


class TabulatedHouseholdAgent(HouseholdAgent):
    """The same household, spared the 33 exponentials: its host's row is exponentiated once a month."""

    def weigh_hosts(self) -> list[float]:
        """Return the logit weight of every host from the month's table."""
        weights = self.model.weight_rows[self.place][self.employment]
        if self.kin_hosts[0] >= 0:
            weights = weights.copy()
            for host in self.kin_hosts:
                if host >= 0:
                    weights[host] *= self.model.kin_factor
            weights[self.place] = 0.0
        return weights


class TabulatedDecisionModel(DecisionModel):
    """A Mesa model whose author moved all that is constant within a month out of the households."""

    def __init__(self, rows: list[dict[str, Any]], t: MonthTables, seed: int) -> None:
        super().__init__(rows, t, seed, TabulatedHouseholdAgent)

    def step(self) -> None:
        """Exponentiate the tables, then let every household step."""
        self.weight_rows = [
            [[0.0 if to == here else exp(v / self.onward_scale) for to, v in enumerate(row)] for row in rows]
            for here, rows in enumerate(self.t["destination"])
        ]
        super().step()


def household_rows(columns: dict[str, NDArray[np.generic]], rows: NDArray[np.int64]) -> list[dict[str, Any]]:
    """Return the attributes of some households as plain Python values.

    Parameters
    ----------
    columns : dict of arrays
        All columns of the population.
    rows : int64[m]
        Households wanted, in rising order. A contact outside of them is replaced by the nearest
        household that is inside, which as a rule lives in the same host.
    """
    taken = {name: column[rows] for name, column in columns.items()}
    if "contacts" in taken:
        contacts = taken["contacts"]
        nearest = np.minimum(np.searchsorted(rows, contacts), len(rows) - 1)
        taken["contacts"] = np.where(contacts < 0, -1, nearest)
    lists = {name: column.tolist() for name, column in taken.items()}
    for name in ROW_FACTORS:
        lists[name] = [float(value) for value in lists[name]]
    return [dict(zip(lists, values, strict=True)) for values in zip(*lists.values(), strict=True)]
