"""Means to start again: income before the war."""

import numpy as np

from abm.factors import Factor, MonthView, Tables, profile_table

META = Factor(
    tables=("profile_return",),
    parameters=("means_return",),
    sign="higher income before the war raises return",
    source="L11 (highest against lowest about 3x), R11",
)


def contribute(view: MonthView) -> Tables:
    """Return the utility of return by income third, centred on the middle one."""
    return {"profile_return": profile_table(income=view["means_return"] * np.array([-1.0, 0.0, 1.0]))}
