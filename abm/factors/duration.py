"""Time abroad weakens return, time in a host weakens onward moves."""

import numpy as np

from abm.factors import Factor, MonthView, Tables
from abm.kernels.layout import MOST_MONTHS

META = Factor(
    id="duration",
    label="time abroad",
    tables=("duration_return", "duration_onward"),
    parameters=("duration_return", "duration_onward", "duration_reference_months"),
    sign="lowers return and onward moves",
    source="B105, H1, H2, H9, H15, L10, L17",
)


def contribute(view: MonthView) -> Tables:
    """Return slope x log of the months, centred on the reference household."""
    months = np.arange(MOST_MONTHS + 1)
    log = np.log((months + 1.0) / (view["duration_reference_months"] + 1.0))
    return {
        "duration_return": view["duration_return"] * log,
        "duration_onward": view["duration_onward"] * log,
    }
