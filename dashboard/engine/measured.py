"""One seed of an answer, and how seeds are put together; no model is imported here."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dashboard.engine.bundle import Axes, Bundle

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Measured:
    """One seed of a :class:`dashboard.engine.answer.Bundle`, without the axis of seeds."""

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
