"""Who no longer believes in a good end of the war wishes less to return."""

import numpy as np

from abm.factors import Factor, MonthView, Tables

META = Factor(
    tables=("intent_host",),
    parameters=("weariness_wish",),
    sign="weariness lowers the wish to return",
    source="A007, AX1-03, R10",
)


def contribute(view: MonthView) -> Tables:
    """Return the wish by weariness against the reference month, the same for all hosts.

    The deed follows through the answer only: conflict elsewhere hardly moves those who go (R10).
    """
    usual = view.reference_world.drivers["war_weariness"][view.reference_world.reference_month]
    more = float(view.world.drivers["war_weariness"][view.month] - usual)
    return {"intent_host": np.full(len(view.world.hosts.ids), view["weariness_wish"] * more)}
