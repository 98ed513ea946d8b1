"""Keyed random numbers in Python integers; the twin of :mod:`abm.kernels.draws`.

Mixing is the splitmix64 finaliser (Steele, Lea and Flood 2014). Python integers do not overflow,
so every step is cut to 64 bits by hand.
"""

import math

BITS_64 = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15


def mix(z: int) -> int:
    """Return a 64-bit integer scrambled so that every bit depends on every bit."""
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & BITS_64
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB & BITS_64
    return z ^ (z >> 31)


def month_key(seed: int, stream: int, month: int) -> int:
    """Return the key shared by all draws of one stream in one month."""
    z = mix(seed + GOLDEN & BITS_64)
    z = mix((z + GOLDEN & BITS_64) ^ stream)
    return mix((z + GOLDEN & BITS_64) ^ month)


def household_key(key: int, household_id: int) -> int:
    """Return the key of one household under a month key."""
    return mix((key + GOLDEN & BITS_64) ^ household_id)


def unit_interval(key: int, alternative: int) -> float:
    """Return the U(0, 1) number owned by one alternative of one household; never 0 or 1."""
    z = mix(key + (alternative + 1) * GOLDEN & BITS_64)
    return ((z >> 12) + 0.5) * 2.0**-52


def gumbel(key: int, alternative: int) -> float:
    """Return the standard Gumbel error owned by one alternative of one household."""
    return -math.log(-math.log(unit_interval(key, alternative)))


def draw(seed: int, stream: int, month: int, household_id: int, alternative: int) -> float:
    """Return the U(0, 1) number of a full key.

    >>> draw(1, 2, 3, 4, 5) == draw(1, 2, 3, 4, 5) != draw(1, 2, 3, 4, 6)
    True
    """
    return unit_interval(household_key(month_key(seed, stream, month), household_id), alternative)
