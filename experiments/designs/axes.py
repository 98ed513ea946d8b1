"""The axes of a design: what moves, over which values or range, and where it goes in a world."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from abm.data.config import Strict, load
from abm.data.figures import Text
from abm.data.judged import load_judged
from abm.data.parameters import Coefficient, fit_in_use, load_fit, load_priors
from abm.data.world import Draws
from abm.errors import EweaError
from abm.policy.lever import Value
from calibration.fit.prior import Prior
from experiments.designs.schema import AllParameters, Design, Package, ParameterAxis, Uncertainty

type Quantile = Callable[[NDArray[np.float64]], NDArray[np.float64]]

SCENARIO = "scenario"
"""Name of the axis of scenarios."""


@dataclass(frozen=True)
class Axis:
    """One thing that differs from world to world."""

    name: str  # Column of the table
    role: str  # ``scenario``, ``lever`` or ``uncertainty``
    values: tuple[Value, ...] | None = None  # Levels of a grid; absent for a range
    quantile: Quantile | None = None  # For a range: its values at shares of 0 to 1
    group: str = ""  # Parameters of one group move together where a design asks for groups
    parameter: str | None = None  # The coefficient it sets, if it sets one


def design_axes(design: Design, root: Path, draws: Draws | None) -> list[Axis]:
    """Return the axes of a design in order: scenarios, levers, uncertainties."""
    found = [Axis(SCENARIO, "scenario", tuple(design.scenarios))]
    for name, lever in design.levers.items():
        if isinstance(lever, Package):
            found.append(Axis(name, "lever", tuple(lever.packages)))
        else:
            found.append(Axis(name, "lever", _levels(lever), _range(lever.low, lever.high)))
    spreads = _Spreads(root, draws)
    for name, item in design.uncertainties.items():
        found += _uncertain(name, item, spreads)
    moved = [axis.parameter for axis in found if axis.parameter is not None]
    if twice := sorted({name for name in moved if moved.count(name) > 1}):
        raise EweaError(f"uncertainties: {', '.join(twice)}: moved twice. Name it once, or under but.")
    ranged = [axis.name for axis in found if axis.quantile is not None]
    if design.sampling.method in ("grid", "one_at_a_time", "posterior") and ranged:
        raise EweaError(
            f"{', '.join(ranged[:3])}: method {design.sampling.method} cannot cross low and high; give "
            "values, or choose latin_hypercube, sobol or morris."
        )
    if design.sampling.method in ("latin_hypercube", "sobol", "morris") and not ranged:
        raise EweaError(
            f"sampling: method {design.sampling.method} needs an axis with low and high or a spread; all "
            "axes have values. Use method grid."
        )
    return found


def _uncertain(name: str, item: Uncertainty, spreads: "_Spreads") -> list[Axis]:
    """Return the axes of one entry of ``uncertainties``."""
    role = "uncertainty"
    if isinstance(item, AllParameters):
        chosen = [
            n for n in spreads.names(item.all_parameters) if not n.startswith(tuple(item.but) or ("\0",))
        ]
        return [Axis(n, role, None, spreads.quantile(n, item.all_parameters), group_of(n), n) for n in chosen]
    if isinstance(item, ParameterAxis):
        group = group_of(item.parameter)
        if item.spread is not None:
            quantile = spreads.quantile(item.parameter, item.spread)
            return [Axis(name, role, None, quantile, group, item.parameter)]
        return [Axis(name, role, _levels(item), _range(item.low, item.high), group, item.parameter)]
    return [Axis(name, role, _levels(item), _range(item.low, item.high), name)]


def _levels(item: Any) -> tuple[Value, ...] | None:
    return None if item.values is None else tuple(item.values)


def _range(low: float | None, high: float | None) -> Quantile | None:
    if low is None or high is None:
        return None
    least, width = low, high - low
    return lambda share: least + width * share


class _Spreads:
    """Where the spread of a parameter comes from."""

    def __init__(self, root: Path, draws: Draws | None) -> None:
        self.root, self.draws = root, draws
        self.priors = load_priors(root)
        self.judged = {prior.parameter: prior for prior in load_judged(root)}

    def names(self, spread: str) -> list[str]:
        """Return every parameter that is not fixed; those judged are no part of a fit."""
        if spread == "posterior":
            return [*self._fitted().names, *self.judged]
        free = [name for name, row in self.priors.items() if row.distribution != "fixed"]
        return [*free, *self.judged]

    def quantile(self, name: str, spread: str) -> Quantile:
        """Return the quantile function of a parameter."""
        if name in self.judged:
            return np.vectorize(lambda share: self.judged[name].at(min(max(float(share), 1e-6), 1 - 1e-6)))
        if spread == "posterior":
            fitted = self._fitted()
            if name not in fitted.names:
                raise EweaError(f"{name}: the fit has no draws of it; write spread: prior, or low and high.")
            column = np.sort(fitted.values[:, fitted.names.index(name)])
            at = (np.arange(len(column)) + 0.5) / len(column)
            return lambda share: np.interp(share, at, column)
        row = self.priors.get(name)
        if row is None or row.distribution == "fixed":
            raise EweaError(f"{name}: has no prior to spread over (it is fixed); give low and high.")
        return _prior_quantile(row)

    def _fitted(self) -> Draws:
        if self.draws is None:
            raise EweaError(
                "spread: posterior: configs/coefficients holds no fit. Run 'ewea calibrate baseline', or "
                "write spread: prior."
            )
        return self.draws


def _prior_quantile(row: Coefficient) -> Quantile:
    from scipy import stats

    prior = Prior((row,))
    return lambda share: prior.natural(stats.norm.ppf(np.clip(share, 1e-6, 1 - 1e-6))[..., None])[..., 0]


def draws_of(root: Path) -> Draws | None:
    """Return the draws of the fit in use, or None if there is no fit."""
    return load_fit(root, fit_in_use(root), load_priors(root))[1]


class Group(Strict):
    """Parameters of one factor of the model; they move together where a design asks for groups."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    label: Text
    parameters: list[Text] = Field(min_length=1)  # Names of parameters, or beginnings of names


class _Groups(Strict):
    groups: list[Group] = Field(min_length=1)


@cache
def load_groups() -> tuple[Group, ...]:
    """Return the groups in the order of the file."""
    return tuple(load(Path(__file__).parent / "groups" / "parameters.yaml", _Groups).groups)


def group_of(parameter: str) -> str:
    """Return the group with the longest beginning of a name; a parameter of no group stands for itself.

    >>> group_of("job_choice"), group_of("home_destroyed"), group_of("home_destroyed_base")
    ('work', 'war', 'population')
    """
    fitting = [
        (len(beginning), group.id)
        for group in load_groups()
        for beginning in group.parameters
        if parameter.startswith(beginning)
    ]
    return max(fitting)[1] if fitting else parameter
