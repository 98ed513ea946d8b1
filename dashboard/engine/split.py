"""The effect of a choice split by its levers (Shapley values on coarse runs)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from abm.errors import EweaError
from abm.places import Members, hosts_of

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Split:
    """Parts of an effect; they add up to the mean difference of the coarse runs."""

    ids: tuple[str, ...]  # ``<lever>:<place>`` or ``driver:<driver>``
    labels: tuple[dict[str, str], ...]  # Names by language
    parts: Floats  # [component, outcome, H] Mean parts, persons
    outcomes: tuple[str, ...]  # Names along the axes
    hosts: tuple[str, ...]
    in_eu: tuple[bool, ...]  # Whether a host is a member of the Union

    def at(self, outcome: str, place: str) -> dict[str, float]:
        """Return the part of every lever in the difference of an outcome."""
        if outcome not in self.outcomes:
            raise EweaError(f"outcome: found {outcome[:40]!r}; allowed are {', '.join(self.outcomes)}.")
        row = self.parts[:, self.outcomes.index(outcome)]
        mask = hosts_of(place, Members(self.hosts, self.in_eu))
        return dict(zip(self.ids, row[:, mask].sum(axis=1).tolist(), strict=True))

    def scaled_to(self, answer: object) -> "Split":
        """Return parts that add up to the mean difference of a (finer) answer."""
        from dashboard.engine.answer import Answer
        from experiments.ensemble.shapley import fitted_to

        assert isinstance(answer, Answer)
        mean = np.array(
            [(answer.totals(n) - answer.totals(n, "baseline")).mean(axis=0) for n in self.outcomes]
        )
        return Split(
            self.ids,
            self.labels,
            np.array(fitted_to(mean, list(self.parts))),
            self.outcomes,
            self.hosts,
            self.in_eu,
        )
