"""What several seeds of one choice gave, as arrays, and what their axes mean."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Axes:
    """What the axes of an answer mean."""

    hosts: tuple[str, ...]  # Host ids; number ``len(hosts)`` is Ukraine in flows
    in_eu: tuple[bool, ...]  # Whether a host is a member of the Union
    units: tuple[str, ...]  # Origin units
    outcomes: tuple[str, ...]  # All outcomes, and those that are stocks (the others are flows of a month)
    stocks: tuple[str, ...]
    channels: Mapping[str, int]  # Flows that change the stock, and in which direction
    groups: tuple[tuple[str, str], ...]  # Attribute and value
    first: int  # First month simulated; the first stock of an answer is that of the month after
    since: int  # First month in which a shipped scenario can act; flows are kept apart before and after it


@dataclass(frozen=True)
class Bundle:
    """What several seeds of one choice gave; ``S`` seeds, ``M`` months, ``H`` hosts, ``U`` origin units."""

    axes: Axes
    seeds: tuple[int, ...]
    scale: int
    level: Array  # [outcome, S, M, H] Persons: stocks on the day after each month, flows of each month
    groups: Array  # [group, S, H] Persons at the horizon
    # [S, 2, H + 1, H + 1] Persons who moved from (third axis) to (fourth), before ``axes.since`` and from it
    # on
    flows: Array
    origins: Array  # [S, U, H] Persons abroad at the horizon by origin unit

    @property
    def n_bytes(self) -> int:
        """Memory it takes."""
        return self.level.nbytes + self.groups.nbytes + self.flows.nbytes + self.origins.nbytes


@dataclass(frozen=True)
class Measured:
    """One seed of a :class:`Bundle`, without the axis of seeds."""

    level: Array
    groups: Array
    flows: Array
    origins: Array


def bundle_of(axes: Axes, scale: int, found: dict[int, Measured]) -> Bundle:
    """Return the seeds of one choice put together, in rising order."""
    seeds = tuple(sorted(found))
    parts = [found[seed] for seed in seeds]
    arrays = {
        "level": np.stack([p.level for p in parts], axis=1),
        "groups": np.stack([p.groups for p in parts], axis=1),
        "flows": np.stack([p.flows for p in parts]),
        "origins": np.stack([p.origins for p in parts]),
    }
    for values in arrays.values():
        values.setflags(write=False)
    return Bundle(axes, seeds, scale, **arrays)
