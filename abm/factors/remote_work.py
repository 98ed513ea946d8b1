"""A remote job for a Ukrainian firm keeps the way back open."""

import numpy as np

from abm.factors import Factor, MonthView, Tables, profile_table

META = Factor(
    tables=("profile_return",),
    parameters=("remote_return",),
    sign="raises return",
    source="L11 (odds +67 %)",
)


def contribute(view: MonthView) -> Tables:
    """Return the utility of return with a remote job."""
    weight = view.world.policy.ukraine("remote_work", view.month)
    return {"profile_return": profile_table(remote=np.array([0.0, view["remote_return"] * weight]))}
