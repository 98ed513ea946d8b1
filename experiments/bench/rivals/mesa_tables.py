"""The Mesa decision with month tables: what depends on place, work and home alone is summed once a month."""

from math import exp, log
from typing import Any

from experiments.bench.rivals.mesa_objects import DecisionModel, HouseholdAgent
from experiments.bench.rivals.tables import MonthTables


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
