"""The effect of a choice split by its levers (Shapley values on coarse runs)."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from abm.errors import EweaError
from abm.months import month_index
from abm.places import Members, hosts_of
from dashboard.engine.bundle import Axes
from dashboard.engine.choice import Choice
from dashboard.engine.limits import Resolution

if TYPE_CHECKING:
    from abm.policy.change import Changes
    from dashboard.engine.desk import Desk

Floats = NDArray[np.float64]

SEEDS = {2: 6, 3: 5, 4: 3, 5: 2, 6: 2, 7: 1, 8: 1}
"""Coarse runs by number of levers, as ``ewea compare`` takes: more levers, fewer seeds."""


@dataclass(frozen=True)
class Split:
    """Parts of an effect; they add up to the mean difference of the coarse runs.

    Attributes
    ----------
    ids : tuple of str
        ``<lever>:<place>`` or ``driver:<driver>``.
    labels : tuple of dict of str to str
        Names by language.
    parts : float64[player, outcome, H]
        Mean parts, persons.
    outcomes, hosts : tuple of str
        Names along the axes.
    in_eu : tuple of bool
        Whether a host is a member of the Union.
    """

    ids: tuple[str, ...]
    labels: tuple[dict[str, str], ...]
    parts: Floats
    outcomes: tuple[str, ...]
    hosts: tuple[str, ...]
    in_eu: tuple[bool, ...]

    def at(self, outcome: str, place: str) -> dict[str, float]:
        """Return the part of every lever in the difference of an outcome.

        Raises
        ------
        EweaError
            If outcome or place is unknown.
        """
        if outcome not in self.outcomes:
            raise EweaError(f"outcome: found {outcome[:40]!r}; allowed are {', '.join(self.outcomes)}.")
        row = self.parts[:, self.outcomes.index(outcome)]
        mask = hosts_of(place, Members(self.hosts, self.in_eu))
        return dict(zip(self.ids, row[:, mask].sum(axis=1).tolist(), strict=True))

    def scaled_to(self, answer: object) -> "Split":
        """Return parts that add up to the mean difference of a (finer) answer."""
        from dashboard.engine.answer import Answer
        from experiments.comparison.shapley import fitted_to

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


def parts_of_seed(
    desk: "Desk", choice: Choice, resolution: Resolution, seed: int
) -> tuple[Axes, tuple[str, ...], Floats]:
    """Return axes, outcomes, and the part of every lever on one seed, float64[player, outcome, H]."""
    from abm.policy.change import Changes
    from dashboard.engine.contents import changes_of_choice, components_of_choice
    from experiments.comparison.outcomes import OUTCOMES, outcomes_of, totals
    from experiments.comparison.shapley import shapley, subsets_needed

    players = components_of_choice(desk.root, choice)
    until = month_index(choice.until)
    everything = changes_of_choice(desk.root, choice)
    values = {}
    for subset in subsets_needed(len(players)):
        chosen = [players[i] for i in subset]
        # The order of the choice decides who wins, so it is kept.
        contents = Changes(
            tuple(c for c in everything.levers if any(c in p.changes.levers for p in chosen)),
            tuple(c for c in everything.drivers if any(c in p.changes.drivers for p in chosen)),
        )
        first = contents.first_month
        run = desk.finished(
            resolution, seed, desk.world_of(contents), until if first is None else min(first, until), until
        )
        values[subset] = totals(outcomes_of(run.state, max(0, _since(desk, everything))))
    desk.answer(Choice(until=choice.until), resolution, seed)  # makes the axes known
    assert desk.axes is not None
    return desk.axes, OUTCOMES, np.array(shapley(len(players), values))


def _since(desk: "Desk", contents: "Changes") -> int:
    first = contents.first_month
    return 0 if first is not None and first < desk.fork else desk.fork - desk.start
