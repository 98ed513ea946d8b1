"""The decision as an idiomatic Mesa model: one Python object per household, ``step()`` by shuffle.

Written as a Mesa modeller who cares for speed writes it: plain Python numbers and lists, month tables on the
model, no NumPy inside the loop. Where Mesa could be charged or spared, it is spared: a sample of households
fits the processor's cache better than all of them, and the month tables are handed over ready-made.
"""

from math import exp, log
from typing import Any

import mesa
import numpy as np
from numpy.typing import NDArray

from abm.arrays import Integers
from abm.codes import Choice
from abm.kernels.layout import MOST_MONTHS, ROW_FACTORS
from experiments.bench.rivals.tables import LOOKED_UP, MonthTables

STAY, RETURN, ONWARD = int(Choice.STAY), int(Choice.RETURN), int(Choice.ONWARD)


class HouseholdAgent(mesa.Agent):
    """One household that decides; attributes as the columns of :mod:`abm.households`."""

    def __init__(self, model: mesa.Model, attributes: dict[str, Any]) -> None:
        super().__init__(model)
        vars(self).update(attributes)
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

    def onward_value(self) -> float:
        """Return the inclusive value of all other hosts."""
        return float(self.model.onward_scale * log(sum(self.weigh_hosts())))

    def row_terms(self, w: list[float]) -> float:
        """Return the part of a utility that depends on the continuous columns."""
        return (
            w[0] * self.attachment + w[1] * self.readiness + w[2] * self.ties
            + w[3] * self.integration + w[4] * self.contacts_returned + w[5] * self.contacts_onward
        )  # fmt: skip

    def common_terms(self, alternative: str, duration: int) -> float:
        """Return what the utilities of return and of moving onward look up alike."""
        host, entry, profile, months, schooling, trigger, intention, row = self.model.looked_up[alternative]
        return (
            host[self.place][self.status][self.employment][self.housing]
            + entry[self.place][self.employment][min(self.months_here, MOST_MONTHS)]
            + profile[self.profile]
            + months[min(duration, MOST_MONTHS)]
            + schooling[self.schooling]
            + trigger[self.triggers]
            + intention[self.aim]
            + self.row_terms(row)
        )

    def decide(self) -> None:
        """Choose between staying, the places in Ukraine and all other hosts."""
        self.choice = STAY
        model = self.model
        if self.place == model.n_hosts or self.months_here == 0:
            return
        odds_return = exp(self.return_value() + self.common_terms("return", self.months_displaced))
        odds_onward = exp(self.onward_value() + self.common_terms("onward", self.months_here))
        u = self.random.random() * (1.0 + odds_return + odds_onward)
        if u < odds_return:
            self.choice = RETURN
        elif u < odds_return + odds_onward:
            self.choice = ONWARD
            self.destination = self.random.choices(model.hosts, self.weigh_hosts())[0]


class DecisionModel(mesa.Model):
    """A Mesa model whose households only decide; ``rows`` as :func:`household_rows` returns them."""

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
        self.looked_up = {
            alternative: [self.t[f"{table}_{alternative}"] for table in LOOKED_UP]
            for alternative in ("return", "onward")
        }
        self.households = [kind(self, row) for row in rows]

    def step(self) -> None:
        """Let every household step, in random order."""
        self.agents.shuffle_do("step")


def household_rows(columns: dict[str, NDArray[np.generic]], rows: Integers) -> list[dict[str, Any]]:
    """Return the attributes of some households as plain Python values."""
    lists = {name: column[rows].tolist() for name, column in columns.items()}
    for name in ROW_FACTORS:
        lists[name] = [float(value) for value in lists[name]]
    return [dict(zip(lists, values, strict=True)) for values in zip(*lists.values(), strict=True)]


class TabulatedHousehold(HouseholdAgent):
    """A household that looks its two inclusive values up; only kin and a move need the weights of hosts."""

    def return_value(self, origin: str = "return_origin", elsewhere: str = "return_elsewhere") -> float:
        """Return the inclusive value of the two places in Ukraine."""
        return float(self.model.home_value[self.origin][self.home])

    def onward_value(self) -> float:
        """Return the inclusive value of all other hosts."""
        model = self.model
        total, weights = model.host_weights[self.place][self.employment]
        for host in self.kin_hosts:
            if host >= 0 and host != self.place:
                total += (model.kin_factor - 1.0) * weights[host]
        return float(model.onward_scale * log(total))


class TabulatedModel(DecisionModel):
    """A Mesa model whose households only decide, by tables."""

    def __init__(self, rows: list[dict[str, Any]], t: MonthTables, seed: int) -> None:
        super().__init__(rows, t, seed, TabulatedHousehold)
        mu = self.return_scale
        homes = zip(self.t["return_origin"], self.t["return_elsewhere"], strict=True)
        self.home_value = [
            [mu * log(exp(own / mu) + exp(other / mu)) for own, other in zip(*both, strict=True)]
            for both in homes
        ]
        self.host_weights = [
            [self._weights(here, values) for values in by_work]
            for here, by_work in enumerate(self.t["destination"])
        ]

    def _weights(self, here: int, values: list[float]) -> tuple[float, list[float]]:
        weights = [exp(value / self.onward_scale) for value in values]
        return sum(weights) - weights[here], weights
