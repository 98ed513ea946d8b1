"""Which kinds of persons a lever concerns."""

import numpy as np
from numpy.typing import NDArray

from abm.codes import N_KINDS, SEX_OF_KIND, PersonKind
from abm.levers.schema import Who

AGES = {
    PersonKind.WOMEN_18_64: (18, 64),
    PersonKind.MEN_18_22: (18, 22),
    PersonKind.MEN_23_60: (23, 60),
    PersonKind.MEN_61_64: (61, 64),
    PersonKind.GIRLS: (0, 17),
    PersonKind.BOYS: (0, 17),
    PersonKind.WOMEN_65: (65, 120),
    PersonKind.MEN_65: (65, 120),
}
"""Youngest and oldest of every kind, years."""


def kinds_of(who: Who) -> NDArray[np.bool_]:
    """Return the kinds of persons concerned, bool[8].

    Raises
    ------
    ValueError
        If the ages cut through a kind of the sex concerned.
    """
    chosen = np.zeros(N_KINDS, np.bool_)
    for kind, (youngest, oldest) in AGES.items():
        if who.sex is not None and SEX_OF_KIND[kind] != who.sex:
            continue
        if who.ages is None:
            chosen[kind] = True
            continue
        low, high = who.ages
        inside = low <= youngest and oldest <= high
        if not inside and not (oldest < low or high < youngest):
            raise ValueError(f"these ages cut through the group of {youngest} to {oldest}; include it or not")
        chosen[kind] = inside
    return chosen
