"""Households in countries next to Ukraine return more."""

import numpy as np

from abm.factors import Factor, MonthView, Tables

META = Factor(
    tables=("host_return", "intent_host"),
    parameters=("neighbour_return_ratio", "neighbour_intention"),
    sign="neighbouring hosts raise return",
    source="L5, L26, B7, B106",
)


def contribute(view: MonthView) -> Tables:
    """Return the log ratio of the return hazard, and the same for the wish, by host."""
    near = view.world.hosts.is_neighbour.astype(float)
    return {
        "host_return": float(np.log(view["neighbour_return_ratio"])) * near[:, None, None, None],
        "intent_host": view["neighbour_intention"] * near,
    }
