"""What a comparison looks at, counted by host for one run."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from abm.codes import Status
from abm.kernels.end_month import COUNTS
from abm.state import Flow, State

Array = NDArray[np.float64]

STOCKS = (
    "stock",
    "protected",
    "transition_permit",
    "regular_permit",
    "asylum",
    "refugee",
    "without_title",
    "employed",
    "collective_used",
)
FLOWS = ("arrivals", "returns", "onward_in", "onward_out", "redepartures", "reunifications", "places_short")
OUTCOMES = (*STOCKS, *FLOWS)

CHANNELS: Mapping[str, int] = {
    "arrivals": 1,
    "returns": -1,
    "onward_in": 1,
    "onward_out": -1,
    "redepartures": 1,
    "reunifications": 1,
}
"""Flows that change the stock, and in which direction."""

TITLES = {
    "protected": Status.TEMPORARY_PROTECTION,
    "transition_permit": Status.TRANSITION_PERMIT,
    "regular_permit": Status.REGULAR_PERMIT,
    "asylum": Status.ASYLUM_PENDING,
    "refugee": Status.REFUGEE,
    "without_title": Status.NONE,
}

LABELS = {
    "stock": "people to protect",
    "protected": "with temporary protection",
    "transition_permit": "with a transition permit",
    "regular_permit": "with an ordinary permit",
    "asylum": "waiting for an asylum ruling",
    "refugee": "with refugee status",
    "without_title": "without any title",
    "employed": "people with a job",
    "collective_used": "people in collective reception",
    "arrivals": "arrivals from Ukraine",
    "returns": "returns to Ukraine",
    "onward_in": "moves in from other hosts",
    "onward_out": "moves on to other hosts",
    "redepartures": "left Ukraine again",
    "reunifications": "partners who joined",
    "places_short": "asked for a place, none free",
}
"""Plain words for a table."""


def outcomes_of(state: State, first: int) -> dict[str, Array]:
    """Return every outcome by month and host from simulated month ``first`` (an index) on.

    Returns
    -------
    dict of str to float64[months, H]
        Stocks on the day after each month; flows of the month, persons.
    """
    history, H, done = state.history, state.n_hosts, state.index
    stock = history.stock[first + 1 : done + 1].sum(axis=(3, 4)).astype(float)
    counts = history.counts[first + 1 : done + 1].astype(float)
    flows = history.flows[first:done].astype(float)
    found = {name: stock[:, :, title] for name, title in TITLES.items()}
    found["stock"] = stock.sum(axis=2)
    found["employed"] = counts[:, :, COUNTS.index("employed")]
    found["collective_used"] = counts[:, :, COUNTS.index("housing_collective")]
    found["arrivals"] = flows[:, Flow.ARRIVAL, H, :H]
    found["redepartures"] = flows[:, Flow.REDEPARTURE, H, :H]
    found["reunifications"] = flows[:, Flow.REUNIFICATION, H, :H]
    found["returns"] = flows[:, Flow.RETURN, :H, H]
    found["onward_in"] = flows[:, Flow.ONWARD, :H, :H].sum(axis=1)
    found["onward_out"] = flows[:, Flow.ONWARD, :H, :H].sum(axis=2)
    found["places_short"] = history.places_short[first:done].astype(float)
    return found


def totals(found: Mapping[str, Array]) -> Array:
    """Return stocks at the end and sums of flows, float64[outcome, H]."""
    return np.array([found[name][-1] if name in STOCKS else found[name].sum(axis=0) for name in OUTCOMES])
