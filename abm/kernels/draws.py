"""Random numbers that belong to one question: keyed by seed, stream, month, household, alternative.

A draw is a pure function of its keys, so thread count, row order and every other draw cannot
change it. Mixing is the splitmix64 finaliser (Steele, Lea and Flood 2014), one round per key.
"""

import numba as nb
import numpy as np

U64 = np.uint64
GOLDEN = U64(0x9E3779B97F4A7C15)
MIX_1 = U64(0xBF58476D1CE4E5B9)
MIX_2 = U64(0x94D049BB133111EB)
TO_UNIT = 2.0**-52


@nb.njit
def mix(z):
    """Return a 64-bit integer scrambled so that every bit depends on every bit."""
    z = (z ^ (z >> U64(30))) * MIX_1
    z = (z ^ (z >> U64(27))) * MIX_2
    return z ^ (z >> U64(31))


@nb.njit(cache=True)
def month_key(seed, stream, month):
    """Return the key shared by all draws of one stream in one month, uint64."""
    z = mix(U64(seed) + GOLDEN)
    z = mix((z + GOLDEN) ^ U64(stream))
    return mix((z + GOLDEN) ^ U64(month))


@nb.njit
def household_key(key, household_id):
    """Return the key of one household under a month key, uint64."""
    return mix((key + GOLDEN) ^ U64(household_id))


@nb.njit
def unit_interval(key, alternative):
    """Return the U(0, 1) number owned by one alternative of one household.

    With 52 bits the sum below is exact, so it is never 0 or 1.
    """
    z = mix(key + (U64(alternative) + U64(1)) * GOLDEN)
    return (np.float64(z >> U64(12)) + 0.5) * TO_UNIT


@nb.njit
def gumbel(key, alternative):
    """Return the standard Gumbel error owned by one alternative of one household."""
    return -np.log(-np.log(unit_interval(key, alternative)))


@nb.njit(cache=True)
def draw(seed, stream, month, household_id, alternative):
    """Return the U(0, 1) number of a full key; the readable form of the functions above."""
    return unit_interval(household_key(month_key(seed, stream, month), household_id), alternative)
