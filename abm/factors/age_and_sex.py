"""Women and older people return more; the young move onward more."""

import numpy as np

from abm.codes import AgeBand
from abm.factors import Factor, MonthView, Tables, by_code, profile_table

META = Factor(
    tables=("profile_return", "profile_onward"),
    parameters=("woman_return", "young_return", "age_50_return", "age_65_return", "young_onward"),
    sign="women and older people return more, the young less; the young move onward more",
    source="A077, B106, L11",
)


def contribute(view: MonthView) -> Tables:
    """Return the utilities by age band of the head and presence of an adult woman."""
    young, middle, old = view["young_return"], view["age_50_return"], view["age_65_return"]
    age = by_code(AgeBand, AGE_18_34=young, AGE_50_64=middle, AGE_65_PLUS=old)
    woman = np.array([-view["woman_return"], 0.0])
    return {
        "profile_return": profile_table(age_band=age, woman=woman),
        "profile_onward": profile_table(age_band=by_code(AgeBand, AGE_18_34=view["young_onward"])),
    }
