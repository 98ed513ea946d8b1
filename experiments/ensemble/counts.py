"""What a run counted: outcomes by month and host, totals, and stocks by group."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from abm.codes import AGE_OF_KIND, SEX_OF_KIND, Status
from abm.kernels.end_month import COUNTS
from abm.state import Flow, State
from experiments.ensemble.outcomes import OUTCOMES, STOCKS

Array = NDArray[np.float64]


class _Run(NamedTuple):
    """What a run counted: [M, H, title], [M, H, count], [M, flow, from, to], [M, H]; and H."""

    stock: Array
    counts: Array
    flows: Array
    places_short: Array
    n: int

    def entries(self, flow: Flow) -> Array:
        """Return persons who came from Ukraine by a flow."""
        return self.flows[:, flow, self.n, : self.n]

    def moves(self, axis: int) -> Array:
        """Return onward moves by host: to it (axis 1), or from it (axis 2)."""
        return np.asarray(self.flows[:, Flow.ONWARD, : self.n, : self.n].sum(axis=axis))


_COUNTED: Mapping[str, Callable[[_Run], Array]] = {
    "stock": lambda run: run.stock.sum(axis=2),
    "protected": lambda run: run.stock[:, :, Status.TEMPORARY_PROTECTION],
    "transition_permit": lambda run: run.stock[:, :, Status.TRANSITION_PERMIT],
    "regular_permit": lambda run: run.stock[:, :, Status.REGULAR_PERMIT],
    "asylum": lambda run: run.stock[:, :, Status.ASYLUM_PENDING],
    "refugee": lambda run: run.stock[:, :, Status.REFUGEE],
    "without_title": lambda run: run.stock[:, :, Status.NONE],
    "employed": lambda run: run.counts[:, :, COUNTS.index("employed")],
    "collective_used": lambda run: run.counts[:, :, COUNTS.index("housing_collective")],
    "arrivals": lambda run: run.entries(Flow.ARRIVAL),
    "returns": lambda run: run.flows[:, Flow.RETURN, : run.n, run.n],
    "onward_in": lambda run: run.moves(axis=1),
    "onward_out": lambda run: run.moves(axis=2),
    "redepartures": lambda run: run.entries(Flow.REDEPARTURE),
    "reunifications": lambda run: run.entries(Flow.REUNIFICATION),
    "births": lambda run: run.entries(Flow.BIRTH),
    "late_registrations": lambda run: run.entries(Flow.LATE),
    "places_short": lambda run: run.places_short,
}
"""How each outcome is counted in a run."""


def outcomes_of(state: State, first: int) -> dict[str, Array]:
    """Return every outcome, persons [months, H], from month ``first`` on: stocks on the day after each."""
    history, done = state.history, state.index
    run = _Run(
        history.stock[first + 1 : done + 1].sum(axis=(3, 4)).astype(float),
        history.counts[first + 1 : done + 1].astype(float),
        history.flows[first:done].astype(float),
        history.places_short[first:done].astype(float),
        state.n_hosts,
    )
    return {name: _COUNTED[name](run) for name in OUTCOMES}


def totals(found: Mapping[str, Array]) -> Array:
    """Return stocks at the end and sums of flows, float64[outcome, H]."""
    return np.array([found[name][-1] if name in STOCKS else found[name].sum(axis=0) for name in OUTCOMES])


def group_totals(state: State) -> dict[tuple[str, str], Array]:
    """Return persons at the horizon by (attribute, value) and host, float64[H] each."""
    stock = state.history.stock[state.index].astype(float)
    found: dict[tuple[str, str], Array] = {}
    for status in Status:
        found["status", status.name.lower()] = stock[:, status].sum(axis=(1, 2))
    by_kind = stock.sum(axis=(1, 2))
    for attribute, names in (("sex", SEX_OF_KIND), ("age_group", AGE_OF_KIND)):
        for value in dict.fromkeys(names):
            kinds = [kind for kind, name in enumerate(names) if name == value]
            found[attribute, value] = by_kind[:, kinds].sum(axis=1)
    for number, group in enumerate(state.world.origins.groups):
        found["origin_group", group] = stock[:, :, number].sum(axis=(1, 2))
    return found
