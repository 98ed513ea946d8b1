import pytest

from experiments.wording.numbers import rounding_step, spoken, to_step


@pytest.mark.parametrize(
    ("value", "low", "high", "least", "step"),
    [
        (134_321, 128_431, 141_992, 1, 1_000),
        (134_321, 100_000, 170_000, 1, 10_000),
        (4_123_456, 4_120_000, 4_126_000, 1, 10_000),  # never more than three digits
        (134_321, None, None, 1, 1_000),
        (430, 400, 470, 100, 100),  # never finer than one simulated household
        (0, 0, 0, 1, 1),
        (0, None, None, 100, 100),
        (5, -800, 900, 1, 100),
    ],
)
def test_step_is_the_coarsest_that_digits_band_and_scale_ask_for(value, low, high, least, step):
    assert rounding_step(value, low, high, least) == step


def test_a_band_keeps_at_least_four_steps():
    for width in (10, 99, 1_000, 12_345):
        step = rounding_step(1_000, 1_000 - width / 2, 1_000 + width / 2)
        assert step <= max(width / 4, 10)


def test_halves_go_away_from_zero_on_both_sides():
    assert (to_step(2_500, 1_000), to_step(-2_500, 1_000)) == (3_000, -3_000)
    assert spoken(1_234_567, 1_000) == "1,235,000"
