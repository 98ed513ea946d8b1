"""A man of draft age returns less while mobilisation and the exit ban last."""

import numpy as np

from abm.factors import Factor, MonthView, Tables, profile_table

META = Factor(
    tables=("profile_return", "profile_onward"),
    parameters=("draft_age_return", "draft_age_onward"),
    sign="lowers return, raises onward moves",
    source="A054, A077, A078, B125; H9 (two thirds of leavers from the Netherlands were men)",
)


def contribute(view: MonthView) -> Tables:
    """Return the utilities of a household with a man aged 18 to 60."""
    weight = view.world.policy.ukraine("mobilisation", view.month)
    return {
        "profile_return": profile_table(draft_age_man=np.array([0.0, view["draft_age_return"] * weight])),
        "profile_onward": profile_table(draft_age_man=np.array([0.0, view["draft_age_onward"]])),
    }
