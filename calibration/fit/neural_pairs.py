"""Pairs of parameters and observations that teach a network what the runs of a bank found.

A run of the bank gives several pairs: registers, cuts and errors of measurement are drawn anew for each, as
the likelihood assumes them. Neither the emulator nor its error has a part in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from abm.errors import EweaError
from calibration.fit.likelihood import Problem

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

STOPPING, UNSEEN = 0.1, 0.1
"""Shares of the runs that decide when training ends, and that test what came of it."""

FARTHEST = 8.0
"""Standard deviations from the centre at which an input is held: far tails would steer whole steps."""

INSIDE = 0.99
"""An observation outside this central share of the prior predictive asks the network to extrapolate."""


@dataclass(frozen=True)
class Pairs:
    """Parameters and what was observed under them; ``n`` pairs.

    Attributes
    ----------
    theta : float64[n, P]
        Standard normal coordinates of the parameters asked for.
    x : float64[n, T]
        One observation per term of the likelihood, errors included.
    run : int64[n]
        Row of the bank it comes from.
    """

    theta: Floats
    x: Floats
    run: Integers

    def of(self, runs: Integers) -> "Pairs":
        """Return the pairs of some runs."""
        keep = np.isin(self.run, runs)
        return Pairs(self.theta[keep], self.x[keep], self.run[keep])

    def once(self) -> "Pairs":
        """Return the first pair of every run."""
        first = np.unique(self.run, return_index=True)[1]
        return Pairs(self.theta[first], self.x[first], self.run[first])


@dataclass(frozen=True)
class Scale:
    """Centre and spread of the prior predictive, float64[T] each."""

    mean: Floats
    sd: Floats

    def standard(self, x: Floats) -> Floats:
        """Return observations float64[n, T] in standard deviations from the centre, held at the farthest."""
        return np.clip((x - self.mean) / self.sd, -FARTHEST, FARTHEST)


def training_pairs(
    problem: Problem, z: Floats, outputs: Floats, columns: Sequence[int], draws: int, seed: int
) -> Pairs:
    """Return pairs of parameters and observations from the runs of a bank.

    Parameters
    ----------
    problem : Problem
        Layout and terms; its emulator is not asked.
    z : float64[R, A]
        Active coordinates of the runs.
    outputs : float64[R, K]
        What the runs found.
    columns : sequence of int
        Places, among the active ones, of the parameters asked for.
    draws : int
        Pairs per run.
    seed : int
        Of registers, cuts and errors.
    """
    rng = np.random.default_rng(seed)
    run = np.repeat(np.arange(len(z)), draws)
    rest = rng.standard_normal((len(run), problem.layout.size - z.shape[1]))
    everything, found = np.hstack([z[run], rest]), outputs[run]
    exact = np.stack([term.says(everything, found) for term in problem.terms], axis=1)
    sd = np.array([term.target_sd for term in problem.terms])
    return Pairs(z[run][:, list(columns)], exact + sd * rng.standard_normal(exact.shape), run)


def scale_of(x: Floats) -> Scale:
    """Return the scale of observations float64[n, T].

    Raises
    ------
    EweaError
        If an observation is not finite: the bank is damaged.
    """
    if not np.isfinite(x).all():
        term = int(np.flatnonzero(~np.isfinite(x).all(axis=0))[0])
        raise EweaError(
            f"bank: runs say nothing finite about term {term} of the likelihood. "
            "Make it again: 'ewea calibrate baseline --repair'."
        )
    return Scale(x.mean(axis=0), np.maximum(x.std(axis=0), np.finfo(np.float64).tiny))


def outside(x: Floats, observed: Floats) -> NDArray[np.bool_]:
    """Return, bool[T], which observations float64[T] lie outside the central 99 % of float64[n, T]."""
    low, high = np.quantile(x, [0.5 * (1.0 - INSIDE), 0.5 * (1.0 + INSIDE)], axis=0)
    return np.asarray((observed < low) | (observed > high))


def farther(x: Floats, observed: Floats) -> float:
    """Return the share of observations float64[n, T] farther from their centre than ``observed`` float64[T].

    Distances are Mahalanobis': near 0, the targets *together* are unlike anything the bank found.
    """
    mean = x.mean(axis=0)
    inverse = np.linalg.pinv(np.cov(x.T).reshape(x.shape[1], x.shape[1]), hermitian=True)

    def distance(rows: Floats) -> Floats:
        away = rows - mean
        return np.asarray(np.einsum("nt,tu,nu->n", away, inverse, away))

    return float((distance(x) > distance(observed[None, :])[0]).mean())


def split(n_runs: int, networks: int, seed: int) -> tuple[Integers, list[tuple[Integers, Integers]]]:
    """Return rows of runs to test with, and for each network those to train on and those to stop by.

    Whole runs, never parts of one. All networks are tested with the same runs; each stops by others.
    """
    order = np.random.default_rng(seed).permutation(n_runs)
    rest, unseen = np.split(order, [n_runs - max(1, round(UNSEEN * n_runs))])
    parts = np.array_split(rest, networks)
    size = max(1, round(STOPPING * n_runs))
    return unseen, [(np.setdiff1d(rest, part[:size]), part[:size]) for part in parts]
