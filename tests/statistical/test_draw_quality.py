"""Keyed draws behave like independent uniform numbers along every key (false alarms: 1e-6 a test)."""

import numba as nb
import numpy as np
import pytest
from bounds import chi_square_z, z_bound

from abm.codes import Stream
from abm.kernels.draws import household_key, month_key, unit_interval

N = 200_000
BINS = 1_000
KEYS = ("seed", "stream", "month", "household", "alternative")


@nb.njit
def draws_along(axis, n, seed, stream, month, household, alternative):
    """Return n numbers whose keys differ in one place only."""
    out = np.empty(n)
    for k in range(n):
        s = seed + k if axis == 0 else seed
        t = stream + k if axis == 1 else stream
        m = month + k if axis == 2 else month
        h = household + k if axis == 3 else household
        a = alternative + k if axis == 4 else alternative
        out[k] = unit_interval(household_key(month_key(s, t, m), h), a)
    return out


START = (7, int(Stream.DECIDE), 12, (5 << 44) | (3 << 36), 0)


@pytest.mark.parametrize("axis", range(len(KEYS)), ids=KEYS)
def test_uniform_along_a_key(axis):
    counts = np.histogram(draws_along(axis, N, *START), bins=BINS, range=(0, 1))[0]
    assert abs(chi_square_z(counts, np.full(BINS, N / BINS))) < z_bound()


@pytest.mark.parametrize("axis", range(len(KEYS)), ids=KEYS)
@pytest.mark.parametrize("lag", [1, 2, 34])
def test_neighbours_along_a_key_are_independent(axis, lag):
    u = draws_along(axis, N, *START)
    pairs = np.histogram2d(u[:-lag], u[lag:], bins=30, range=[(0, 1), (0, 1)])[0]
    assert abs(chi_square_z(pairs, np.full((30, 30), (N - lag) / 900))) < z_bound()


@pytest.mark.parametrize("other", range(len(KEYS)), ids=KEYS)
def test_households_are_independent_when_another_key_changes(other):
    """The same households under another seed, stream, month or alternative, and their neighbours."""
    changed = [value + (k == other) for k, value in enumerate(START)]
    u, v = draws_along(3, N, *START), draws_along(3, N, *changed)
    if KEYS[other] == "household":
        v = v[::-1]
    pairs = np.histogram2d(u, v, bins=30, range=[(0, 1), (0, 1)])[0]
    assert abs(chi_square_z(pairs, np.full((30, 30), N / 900))) < z_bound()


def test_a_weak_generator_is_noticed():
    u = draws_along(3, N, *START)
    bent = np.histogram(u**1.05, bins=BINS, range=(0, 1))[0]
    assert chi_square_z(bent, np.full(BINS, N / BINS)) > z_bound()
    # Seeds that are added instead of mixed: household h of one seed is household h + 1 of another.
    overlapping = np.histogram2d(u[1:], draws_along(3, N, *START)[1:], bins=30, range=[(0, 1), (0, 1)])[0]
    assert chi_square_z(overlapping, np.full((30, 30), (N - 1) / 900)) > z_bound()
