"""Does the calibration find parameters it does not know? Synthetic truths from runs the emulator never saw.

A truth is a run left out of the training, with registers and thresholds drawn from their priors; its
observations are what the targets would have found in it, with their errors. If intervals of the posterior
hold the truth as often as they say, and its rank among the draws is uniform (simulation-based calibration,
Talts et al. 2018), the sampler, the emulator and the likelihood are right together.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from calibration.fit.emulator import Emulator, fit_emulator
from calibration.fit.layout import ALWAYS_ACTIVE
from calibration.fit.likelihood import Problem
from calibration.fit.outputs import Outputs
from calibration.fit.prior import Prior
from calibration.fit.sampler import temper

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

LEVELS = (0.5, 0.8, 0.95)


@dataclass(frozen=True)
class Recovery:
    """What became of the truths; ``R`` replicates, ``d`` coordinates."""

    names: tuple[str, ...]  # Of the coordinates
    truth: Floats  # [R, d]
    rank: Floats  # [R, d] Share of draws below the truth
    sd: Floats  # [R, d] Standard deviation of the draws; the prior has 1
    mean: Floats  # [R, d]

    def coverage(self, level: float) -> Floats:
        """Return the share of truths in the central interval of a level, float64[d]."""
        tail = 0.5 * (1.0 - level)
        return np.asarray(((self.rank >= tail) & (self.rank <= 1.0 - tail)).mean(axis=0))

    def pooled(self, level: float, most_sd: float = 1.0) -> float:
        """Return the coverage over all coordinates whose posterior is narrower than ``most_sd``."""
        chosen = self.sd.mean(axis=0) < most_sd
        return float(self.coverage(level)[chosen].mean())


def without_truths(
    problem: Problem, z: Floats, found: Outputs, prior: Prior, truths: Sequence[int]
) -> Emulator:
    """Return an emulator that never saw the truths, for the layout of a problem.

    Its error holds chance between runs too: a synthetic truth is one run, while the people of the world are
    too many for chance to matter.

    Parameters
    ----------
    problem : Problem
        The full problem.
    z : float64[n, p]
        Design of the training runs, replicates left out.
    found : Learnt
        Outputs of the same runs.
    prior : Prior
        Of the design.
    truths : sequence of int
        Rows left out.
    """
    keep = np.setdiff1d(np.arange(len(z)), np.asarray(truths))
    old = problem.emulator
    always = tuple(
        sorted(
            {*(prior.names.index(name) for name in ALWAYS_ACTIVE), *(int(column) for column in old.active)}
        )
    )
    chance = np.zeros(len(found.names))
    emulator = fit_emulator(z[keep], found.values[keep], found.names, chance, always)
    if set(emulator.active.tolist()) - set(old.active.tolist()):
        # a parameter that only the smaller set of runs calls active stays at the centre of its prior
        emulator = _restricted(emulator, np.array([list(emulator.active).index(a) for a in old.active]))
    return emulator


def _restricted(emulator: Emulator, position: Integers) -> Emulator:
    """Return an emulator of fewer active parameters, at ``position``; the others stay at their centre."""
    A = len(emulator.active)
    place = {int(old): new for new, old in enumerate(position)}
    rows = [0, *(1 + i for i in position), *(1 + A + i for i in position)]
    products, kept = [], []
    for number, (a, b) in enumerate(emulator.products):
        if int(a) in place and int(b) in place:
            products.append((place[int(a)], place[int(b)]))
            kept.append(1 + 2 * A + number)
    return replace(
        emulator,
        active=emulator.active[position],
        products=np.array(products, np.int64).reshape(-1, 2),
        weights=emulator.weights[[*rows, *kept]],
    )


def recover(
    problem: Problem,
    z: Floats,
    outputs: Floats,
    seed: int,
    particles: int,
    moves: int,
    last_moves: int,
) -> tuple[Floats, Floats]:
    """Return one truth float64[d] and draws of its posterior float64[particles, d].

    Parameters
    ----------
    problem : Problem
        With an emulator that never saw the truth.
    z : float64[A]
        Active coordinates of the truth.
    outputs : float64[K]
        What its run found.
    particles, moves, last_moves : int
        Of the sampler.
    """
    rng = np.random.default_rng(seed)
    truth = np.concatenate([z, rng.standard_normal(problem.layout.size - len(z))])
    exact = problem.predict_from(truth[None, :], outputs[None, :])[0]
    noise = rng.standard_normal(len(exact))
    terms = tuple(
        replace(term, observed=float(value + term.target_sd * error))
        for term, value, error in zip(problem.terms, exact, noise, strict=True)
    )
    synthetic = replace(problem, terms=terms)
    sample = temper(
        synthetic.log_likelihood,
        problem.layout.size,
        particles,
        rng,
        moves=moves,
        last_moves=last_moves,
        residuals=synthetic.residuals,
    )
    return truth, sample.z


def summarise_recovery(names: tuple[str, ...], pairs: Sequence[tuple[Floats, Floats]]) -> Recovery:
    """Return the recovery of several replicates."""
    return Recovery(
        names,
        np.stack([truth for truth, _ in pairs]),
        np.stack([(draws < truth).mean(axis=0) for truth, draws in pairs]),
        np.stack([draws.std(axis=0) for _, draws in pairs]),
        np.stack([draws.mean(axis=0) for _, draws in pairs]),
    )
