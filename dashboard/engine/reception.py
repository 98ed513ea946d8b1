"""Places in collective reception by month and host: those of the law, and those a choice sets."""

from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from abm.data.figures import as_lines
from abm.data.hosts import load_countries
from abm.places import hosts_of
from abm.policy.lever import changes_in_force
from dashboard.engine.changes import changes_of_choice
from dashboard.engine.choice import Choices
from dashboard.engine.rules import axis_of, levers_of

Floats = NDArray[np.float64]

MECHANISM = "collective_places"


@lru_cache(maxsize=256)
def places_available(root: Path, choice: Choices, first: int, months: int) -> Floats:
    """Return places by month from ``first`` on, float64[M, H]; NaN where nobody knows how many there are."""
    countries, end = load_countries(root), first + months
    known = [
        np.full(end, np.nan) if one.collective_places is None else as_lines(one.collective_places, end)
        for one in countries
    ]
    found = np.column_stack(known)
    axis, levers = axis_of(root), levers_of(root)
    factor = {
        lever.id: action.factor
        for lever in levers.values()
        for action in lever.acts_on
        if action.mechanism == MECHANISM
    }
    for change in (*changes_in_force(levers), *changes_of_choice(root, choice).levers):
        if change.lever in factor:
            for one in change.each_place():
                until = end if one.until_month is None else one.until_month
                found[one.start_month : until, hosts_of(str(one.place), axis)] = (
                    one.number * factor[one.lever]
                )
    found = found[first:]
    found.setflags(write=False)
    return found
