"""Bounds with a stated false-alarm rate: how far chance alone may carry a number."""

from math import sqrt
from statistics import NormalDist

import numpy as np

FALSE_ALARM = 1e-6
"""Probability that a whole test fails although the model is right (before sharing among checks)."""


def z_bound(n_checks=1):
    """Return the largest plausible |z| when ``n_checks`` numbers are looked at together (Bonferroni)."""
    return NormalDist().inv_cdf(1 - FALSE_ALARM / (2 * n_checks))


def plausible(count, p, n=None, n_checks=1):
    """Return whether a count may come from independent trials.

    Parameters
    ----------
    count : float
        Successes.
    p : float or float64[n]
        Probability of every trial, or of each of ``n``.
    """
    p = np.full(n, p) if n is not None else np.asarray(p, float)
    return abs(count - p.sum()) <= z_bound(n_checks) * sqrt((p * (1 - p)).sum()) + 0.5


def chi_square_z(counts, expected):
    """Return the z score of a chi-square statistic (Wilson and Hilferty 1931)."""
    counts, expected = np.ravel(counts), np.ravel(expected)
    degrees = len(counts) - 1
    ratio = ((counts - expected) ** 2 / expected).sum() / degrees
    return (ratio ** (1 / 3) - (1 - 2 / (9 * degrees))) / sqrt(2 / (9 * degrees))


def t_bound(degrees, n_checks=1):
    """Return the two-sided bound of Student's t, by integrating its density."""
    x = np.concatenate([np.linspace(0, 40, 400_001), np.geomspace(40, 1e6, 200_001)[1:]])
    density = (1 + x**2 / degrees) ** (-(degrees + 1) / 2)
    steps = np.diff(x) * (density[1:] + density[:-1]) / 2
    beyond = 1 - np.concatenate([[0.0], np.cumsum(steps)]) / steps.sum()
    # Share of the half line beyond x equals the two-sided probability of |t| > x.
    return float(x[np.searchsorted(-beyond, -FALSE_ALARM / n_checks)])
