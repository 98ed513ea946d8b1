"""Points of a design: the levels of its grid crossed with a sample over its ranges.

Samples live in the unit cube; an axis turns a share into a value by its quantile function. Sobol (Saltelli et
al. 2010) and Morris (1991, with the spread of Campolongo et al. 2007) come from SALib, so that its analysis
fits; the Latin hypercube from SciPy.
"""

import itertools
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.policy.lever import Value
from experiments.designs.axes import Axis, plain_value
from experiments.designs.schema import Design, Sampling

type Point = Mapping[str, Value]

MORRIS_LEVELS = 4
"""Levels of the grid of Morris, as Campolongo et al. (2007) recommend."""


def points_of(design: Design, axes: Sequence[Axis]) -> list[Point]:
    """Return one mapping of axis to value per world, in a fixed order.

    With a sampler every cell of the grid gets the whole sample, in the order the analysis expects.

    Parameters
    ----------
    design : Design
        Names the method.
    axes : sequence of Axis
        Of :func:`experiments.designs.axes.axes_of`.
    """
    if design.sampling.method == "list":
        return [{axes[0].name: scenario, **world} for scenario in design.scenarios for world in design.worlds]
    if design.sampling.method == "one_at_a_time":
        return [
            {axes[0].name: scenario, **point}
            for scenario in design.scenarios
            for point in [{}, *({axis.name: value} for axis in axes[1:] for value in axis.values or ())]
        ]
    gridded = [axis for axis in axes if axis.values is not None]
    ranged = [axis for axis in axes if axis.quantile is not None]
    cells = [
        dict(zip([axis.name for axis in gridded], levels, strict=True))
        for levels in itertools.product(*(axis.values or () for axis in gridded))
    ]
    if not ranged:
        return cells
    columns = values_of(ranged, unit_sample(design.sampling, ranged))
    names = [axis.name for axis in ranged]
    sampled = [dict(zip(names, map(plain_value, row), strict=True)) for row in columns.tolist()]
    return [{**cell, **point} for cell in cells for point in sampled]


def values_of(axes: Sequence[Axis], shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return values of shares of 0 to 1, both float64[point, axis]."""
    found = np.empty_like(shares)
    for number, axis in enumerate(axes):
        assert axis.quantile is not None
        found[:, number] = axis.quantile(shares[:, number])
    return found


def unit_sample(sampling: Sampling, axes: Sequence[Axis]) -> NDArray[np.float64]:
    """Return the sample of a design in the unit cube, float64[point, axis]."""
    assert sampling.size is not None
    if sampling.method == "latin_hypercube":
        from scipy.stats import qmc

        rng = np.random.default_rng(sampling.seed)
        return np.asarray(qmc.LatinHypercube(len(axes), rng=rng).random(sampling.size))
    problem = problem_of(sampling, axes)
    with warnings.catch_warnings():
        # SALib uses pandas and SciPy in ways that these announce to change; the numbers are not touched.
        warnings.simplefilter("ignore")
        if sampling.method == "sobol":
            from SALib.sample import sobol

            found = sobol.sample(
                problem, sampling.size, calc_second_order=sampling.second_order, seed=sampling.seed
            )
        else:
            from SALib.sample import morris

            found = morris.sample(problem, sampling.size, num_levels=MORRIS_LEVELS, seed=sampling.seed)
    # The ends of an unbounded spread are no values; SALib's own levels reach them.
    return np.clip(np.asarray(found, np.float64), *bounds_of(sampling))


def bounds_of(sampling: Sampling) -> tuple[float, float]:
    """Return least and largest share a sample may take."""
    return (0.05, 0.95) if sampling.method == "morris" else (0.0, 1.0)


def problem_of(sampling: Sampling, axes: Sequence[Axis]) -> dict[str, Any]:
    """Return the problem as SALib writes it; its variables are shares of 0 to 1."""
    low, high = bounds_of(sampling)
    problem: dict[str, Any] = {
        "num_vars": len(axes),
        "names": [axis.name for axis in axes],
        "bounds": [[low, high]] * len(axes),
    }
    if sampling.groups:
        problem["groups"] = [axis.group or axis.name for axis in axes]
    return problem
