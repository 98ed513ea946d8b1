"""Whose fault is a difference? The sampler runs again, and the networks judge data whose truth is known.

Far out in the prior, where the real observations may lie, a network has seen few runs. Data simulated from
the posterior of the sampler lie there too, and their parameters are known: what the networks make of them
tells a bias of theirs from a fault of the fit.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibration.fit.likelihood import Problem
from calibration.fit.neural import Neural, pooled
from calibration.fit.posterior import sample_posterior

Floats = NDArray[np.float64]

TRUTHS, DRAWS = 200, 100
"""Draws of the posterior that data are simulated from, and draws each network makes of each."""

OTHER_SEED = 100
"""Added to the seed of the fit."""


@dataclass(frozen=True)
class Trial:
    """Both sides on trial; ``P`` parameters, in standard normal units.

    Attributes
    ----------
    again : float64[P]
        Mean of the sampler with another seed.
    bias : float64[P]
        Mean of the networks less the truth, over data simulated from that posterior.
    answer, answer_sd : float64[P]
        Mean and spread of what the networks say about such data: what they should say about the real ones
        if the posterior of the sampler is right.
    """

    again: Floats
    bias: Floats
    answer: Floats
    answer_sd: Floats


def trial(
    problem: Problem, networks: Sequence[Neural], columns: Sequence[int], particles: int, seed: int
) -> Trial:
    """Return what sampler and networks make of a second try.

    Parameters
    ----------
    problem : Problem
        That of the fit.
    networks : sequence of Neural
    columns : sequence of int
        Places of their parameters among the active ones.
    particles, seed : int
        Of the sampler in the fit.
    """
    sample = sample_posterior(problem, particles, seed + OTHER_SEED)
    rng = np.random.default_rng(seed + OTHER_SEED)
    z = sample.z[rng.choice(len(sample.z), TRUTHS)]
    said = problem.said(z)
    # with the error of the emulator: it stands in for the runs the networks know
    x = said + np.array([term.sd for term in problem.terms]) * rng.standard_normal(said.shape)
    found = pooled(networks, x, DRAWS, seed + OTHER_SEED).mean(axis=(0, 2))
    truth = z[:, list(columns)]
    return Trial(
        sample.z[:, list(columns)].mean(axis=0),
        (found - truth).mean(axis=0),
        found.mean(axis=0),
        found.std(axis=0, ddof=1),
    )
