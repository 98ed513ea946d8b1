"""The posterior of a fit: equally likely sets of parameters, one per seed of a run."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from abm.errors import EweaError
from abm.parameters import with_parameters
from abm.world import World


@dataclass(frozen=True)
class Draws:
    """Equally likely sets of parameters.

    Attributes
    ----------
    fit : str
        Name of the fit.
    names : tuple of str
        Parameters, in the names of :mod:`abm.parameters`.
    values : float64[draw, parameter]
        Natural units of ``configs/coefficients``.
    """

    fit: str
    names: tuple[str, ...]
    values: NDArray[np.float64]

    def of_seed(self, seed: int) -> dict[str, float]:
        """Return the parameters that belong to a seed; seeds walk through the draws in order."""
        row = self.values[(seed - 1) % len(self.values)]
        return dict(zip(self.names, row.tolist(), strict=True))


def drawn(world: World, seed: int) -> World:
    """Return the world with the parameters of the posterior that belong to a seed.

    Raises
    ------
    EweaError
        If the configuration holds no posterior.
    """
    if world.draws is None:
        raise EweaError(
            "parameters: no posterior in configs/coefficients. Run 'ewea calibrate baseline', or use the "
            "central coefficients."
        )
    return with_parameters(world, world.draws.of_seed(seed))
