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


BLOCK = np.uint64(2048)
"""Rows worked on together: their draws fit the fastest cache, and the compiler makes several at a time."""


ULP = 1.0 + 1e-12
"""Factor on a bound that no rounding of a product undoes."""


@nb.njit
def draw_rows(ids, key, alternative, u):
    """Write the number of one alternative of every household of ``ids`` to ``u``."""
    for j in range(ids.shape[0]):
        u[j] = unit_interval(household_key(key, ids[j]), alternative)


@nb.njit
def rows_where(chosen, first, n, rows):
    """Write ``first + j`` for every ``j < n`` with ``chosen[j]`` to ``rows``; return how many there are.

    Listing rows costs no branch, so the few that something happens to are found before they are looked at.
    """
    found = np.uint64(0)
    for j in range(n):
        rows[found] = first + j
        found += np.uint64(chosen[j])
    return found


@nb.njit
def gumbel(key, alternative):
    """Return the standard Gumbel error owned by one alternative of one household."""
    return -np.log(-np.log(unit_interval(key, alternative)))


@nb.njit(cache=True)
def draw(seed, stream, month, household_id, alternative):
    """Return the U(0, 1) number of a full key; the readable form of the functions above."""
    return unit_interval(household_key(month_key(seed, stream, month), household_id), alternative)
