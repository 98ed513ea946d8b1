"""What a household wants is not yet what it does: the wish shifts the odds of the deed."""

import numpy as np

from abm.codes import Intention
from abm.factors import Factor, MonthView, Tables, by_code

META = Factor(
    tables=("intention_return", "intention_onward", "intent_cuts"),
    parameters=(
        "wish_return",
        "wish_stay_return",
        "wish_onward",
        "wish_stay_onward",
        "intent_cut_stay",
        "intent_cut_return",
        "intent_onward",
    ),
    sign="a wish raises its deed, a wish to stay lowers both",
    source="B1-B4, L5, P4; abm/ODD.md (Individual decision-making)",
)


def contribute(view: MonthView) -> Tables:
    """Return the utilities by answer and the thresholds of the answers."""
    back = by_code(Intention, RETURN=view["wish_return"], STAY=view["wish_stay_return"])
    on = by_code(Intention, ONWARD=view["wish_onward"], STAY=view["wish_stay_onward"])
    cuts = np.array([view["intent_cut_stay"], view["intent_cut_return"], view["intent_onward"]])
    return {"intention_return": back, "intention_onward": on, "intent_cuts": cuts}
