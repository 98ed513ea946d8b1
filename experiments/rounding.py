"""Rounding to what a band supports, so that a printed figure claims no more than the model knows.

The step is the coarser of two: a quarter of the band, and three significant digits (a band over seeds
alone is narrower than what is really unknown). It never falls below the persons one simulated unit
stands for.
"""

import math

DIGITS = 3
"""Significant digits shown at most."""

PARTS_OF_BAND = 4
"""Steps that fit into the band at least."""


def rounding_step(
    value: float, low: float | None = None, high: float | None = None, least: float = 1.0
) -> int:
    """Return the step to which a figure and its band are rounded.

    Parameters
    ----------
    value : float
        The figure, persons.
    low, high : float, optional
        Ends of its band; both absent when there is a single seed.
    least : float
        Smallest meaningful difference, persons (the scale of the run).

    Returns
    -------
    int
        1 or 5 times a power of ten, at least 1.

    >>> rounding_step(134_321, 128_431, 141_992)
    1000
    >>> rounding_step(134_321, 100_000, 170_000)
    10000
    >>> rounding_step(4_123_456, 4_120_000, 4_126_000)
    10000
    """
    largest = max(abs(value), abs(low or 0.0), abs(high or 0.0))
    by_digits = 10.0 ** (math.floor(math.log10(largest)) - DIGITS + 1) if largest > 0 else 1.0
    by_band = 0.0
    if low is not None and high is not None:
        by_band = _nice_below((high - low) / PARTS_OF_BAND)
    return max(1, round(max(by_digits, by_band, _nice_below(least))))


def rounded(value: float, step: int) -> int:
    """Return the multiple of ``step`` nearest to ``value``; halves go away from zero.

    >>> rounded(134_321, 1000), rounded(-2_500, 1000)
    (134000, -3000)
    """
    return int(math.copysign(math.floor(abs(value) / step + 0.5) * step, value))


def spoken(value: float, step: int) -> str:
    """Return a rounded figure with thousands separators.

    >>> spoken(134_321, 1000)
    '134,000'
    """
    return f"{rounded(value, step):,}"


def _nice_below(width: float) -> float:
    """Return the largest of 1, 5, 10, 50, ... that is at most ``width`` (0 below 1)."""
    if width < 1:
        return 0.0
    power = 10.0 ** math.floor(math.log10(width))
    return 5 * power if width >= 5 * power else power
