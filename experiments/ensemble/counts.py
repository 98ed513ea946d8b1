"""What a run counted: outcomes by month and host, totals, ratios, groups, what becomes of holders."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from abm.arrays import Booleans, Floats, Integers
from abm.band import HIGH, LOW, key
from abm.codes import AGE_OF_KIND, SEX_OF_KIND, Status
from abm.errors import EweaError
from abm.kernels.end_month import COUNTS
from abm.state import Flow, State
from experiments.ensemble.outcomes import OUTCOMES, RATIOS, STOCKS

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
    "deaths": lambda run: run.flows[:, Flow.DEATH, : run.n, run.n],
    "late_registrations": lambda run: run.entries(Flow.LATE),
    "places_short": lambda run: run.places_short,
}
"""How each outcome is counted in a run."""

if uncounted := [name for name in OUTCOMES if name not in _COUNTED]:
    raise EweaError(
        f"configs/outcomes.yaml: outcomes: nothing counts {', '.join(uncounted)}. Say how in "
        "experiments/ensemble/counts.py, or take the entry out."
    )


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


def ratio_of(name: str, level: Array, mask: NDArray[np.bool_]) -> Array:
    """Return a ratio of a place, float64[...], from levels of outcomes, float64[..., outcome, H]."""
    above, below = (level[..., OUTCOMES.index(part), :][..., mask].sum(axis=-1) for part in RATIOS[name])
    return np.asarray(above / np.maximum(below, 1.0))


def ratio_cell(before: Array, after: Array) -> dict[str, object]:
    """Return difference and mean with bands, and the bands of both scenarios, of a ratio by seed."""

    def said(values: Array, middle: str) -> dict[str, float]:
        low, median, high = np.quantile(values, [LOW, 0.5, HIGH])
        return {middle: float(median), key("low"): float(low), key("high"): float(high)}

    return {
        **said(after - before, "difference"),
        "mean": float((after - before).mean()),
        "base": said(before, "median"),
        "scenario": said(after, "median"),
    }


PARTS = ("returned", "elsewhere", "permit", "asylum", "without_title")
"""Back in Ukraine; in another host; here with another permit, with asylum asked for or granted, with none."""

PERMITS = (Status.TRANSITION_PERMIT, Status.REGULAR_PERMIT)
ASYLUM = (Status.ASYLUM_PENDING, Status.REFUGEE)


@dataclass(frozen=True)
class Holders:
    """Who held protection in some hosts on a day: ids of the households and the host each lived in."""

    ids: Integers
    place: Integers

    @classmethod
    def of(cls, state: State, hosts: Booleans) -> "Holders":
        """Return the holders in ``hosts``, bool[H]."""
        columns = state.households.columns()
        there = np.append(hosts, False)[columns.place] & (columns.status == Status.TEMPORARY_PROTECTION)
        return cls(columns.household_id[there].copy(), columns.place[there].copy())

    def shares(self, state: State) -> Floats:
        """Return how many of their persons are where, float64[part], in the order of :data:`PARTS`."""
        columns = state.households.columns()
        known = np.asarray(columns.household_id)
        order = np.argsort(known)
        rows = order[np.searchsorted(known[order], self.ids)]
        persons = columns.persons[rows].sum(axis=1, dtype=np.int64) * columns.stands_for[rows]
        place, status = columns.place[rows], columns.status[rows]
        home, here = place == state.n_hosts, place == self.place
        parts = (
            home,
            ~home & ~here,
            here & np.isin(status, PERMITS),
            here & np.isin(status, ASYLUM),
            here & (status == Status.NONE),
        )
        return np.array([float(persons[part].sum()) for part in parts]) / max(float(persons.sum()), 1.0)
