"""Keyed draws: fixed values, keys that matter, and the compiled form against plain integers."""

import numpy as np
import pytest

from abm.codes import Stream
from abm.kernels import draws as kernel
from abm.reference import draws as twin

KEYS = [
    (seed, stream, month, household, alternative)
    for seed in (0, 1, 2**31)
    for stream in (int(Stream.DECIDE), int(Stream.PLACES))
    for month in (0, 2, 74)
    for household in (0, 1, (3 << 44) | (33 << 36) | 123_456)
    for alternative in (0, 1, 33, 900)
]


def test_first_numbers_of_splitmix64_are_the_published_ones():
    # The generator started at 0 (Vigna's splitmix64.c): mix of 1, 2 and 3 times the golden gamma.
    published = (0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F)
    found = tuple(twin.mix(k * twin.GOLDEN & twin.BITS_64) for k in (1, 2, 3))
    assert found == published


@pytest.mark.parametrize("keys", KEYS)
def test_compiled_draw_is_the_plain_one(keys):
    assert kernel.draw(*keys) == twin.draw(*keys)


def test_gumbel_is_minus_log_of_minus_log():
    key = twin.household_key(twin.month_key(1, 1, 2), 3)
    assert kernel.gumbel(np.uint64(key), 0) == pytest.approx(twin.gumbel(key, 0), abs=1e-12)
    assert twin.gumbel(key, 0) == pytest.approx(-np.log(-np.log(twin.unit_interval(key, 0))), abs=1e-12)


def test_every_key_gives_another_number():
    assert len({kernel.draw(*keys) for keys in KEYS}) == len(KEYS)


def test_draws_stay_inside_the_open_interval():
    values = [kernel.draw(1, 1, 1, household, 0) for household in range(20_000)]
    assert 0.0 < min(values) < max(values) < 1.0
