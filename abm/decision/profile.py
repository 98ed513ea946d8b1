"""Joint code of the slow attributes of a household, so that the decision needs one look-up.

The axes, in this order: age of the head, family in Ukraine, income before the war, remote work
for Ukraine, an adult woman in the household, a man of draft age in the household.
"""

import numpy as np
from numpy.typing import NDArray

from abm.codes import AgeBand, FamilyInUkraine, Income

AXES = (len(AgeBand), len(FamilyInUkraine), len(Income), 2, 2, 2)
N_PROFILES = int(np.prod(AXES))


def profile_table(
    age_band: NDArray[np.float64] | float = 0.0,
    family: NDArray[np.float64] | float = 0.0,
    income: NDArray[np.float64] | float = 0.0,
    remote: NDArray[np.float64] | float = 0.0,
    woman: NDArray[np.float64] | float = 0.0,
    draft_age_man: NDArray[np.float64] | float = 0.0,
) -> NDArray[np.float64]:
    """Return float64[N_PROFILES]: the sum of one value per level of each axis."""
    total = np.zeros(AXES)
    for axis, values in enumerate((age_band, family, income, remote, woman, draft_age_man)):
        shape = [1] * len(AXES)
        if np.ndim(values):
            shape[axis] = AXES[axis]
            total = total + np.asarray(values, np.float64).reshape(shape)
        elif values:
            raise ValueError("a profile axis needs one value per level")
    return total.ravel()
