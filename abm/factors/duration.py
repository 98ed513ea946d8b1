"""Time abroad weakens return, time in a host weakens onward moves."""

import numpy as np

from abm.factors import Factor, MonthView, Tables
from abm.kernels.layout import MOST_MONTHS

META = Factor(
    tables=("duration_return", "duration_onward", "intent_duration"),
    parameters=(
        "duration_return",
        "duration_onward",
        "duration_reference_months",
        "wish_duration",
        "wish_fading",
    ),
    sign="lowers return, the wish to return and onward moves",
    source="B105, H1, H2, H9, H15, L10, L17",
)


def contribute(view: MonthView) -> Tables:
    """Return slope x log of the months, centred on the reference household.

    The wish has a path of its own: who goes home goes early, but those who stay may go on wishing for
    years, and come to see their future abroad only slowly (L10, L17, H15).
    """
    months = np.arange(MOST_MONTHS + 1)
    reference = view["duration_reference_months"]
    log = np.log((months + 1.0) / (reference + 1.0))
    fading = view["wish_fading"] * (months - reference) / 12.0
    return {
        "intent_duration": view["wish_duration"] * log + fading,
        "duration_return": view["duration_return"] * log,
        "duration_onward": view["duration_onward"] * log,
    }
