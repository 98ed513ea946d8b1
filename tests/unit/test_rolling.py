"""Rolling forecasts of made-up registers with gaps: pairs, sums, measures and thresholds by hand."""

import json
from dataclasses import replace

import numpy as np
import pytest
from example_rules import RULES, registers_of

from calibration.validation.baselines import BASELINES
from calibration.validation.rolling import gather_rolling, horizon_of, rolling_scores
from calibration.validation.scores import finite
from experiments.rolling_text import rolling_text

IDS = ("AA", "BB", "NL", "elsewhere")
IS_EU = np.array([True, True, True, False])
N = 32
QUARTERS = [*range(18), *range(20, N, 3)]


@pytest.fixture
def registers():
    """All grow ever faster; BB falls by 300 in month 23; from month 17 on quarter ends only."""
    t = np.arange(N, dtype=np.float64)
    full = np.column_stack([1000 + 10 * t, 2000 + 0 * t, 800 + 5 * t, 300 + t]) + 0.5 * t[:, None] ** 2
    full[23:, 1] -= 300
    stock = np.full_like(full, np.nan)
    stock[QUARTERS] = full[QUARTERS]
    return registers_of(stock, broken=[(23, 1)]), full


def forecasts_of(full, off=0.0, spread=0.0):
    """Members around the register that comes out, ``off`` persons away from it."""
    members = np.linspace(-1.0, 1.0, 9)[:, None, None] * spread
    last = RULES.rolling.last_target
    return {o: full[None, o + 1 : last + 1] + off + members for o in RULES.rolling.origins}


def test_months_ahead_belong_to_the_nearest_horizon_at_most_one_month_away():
    months = np.arange(1, 12)
    assert horizon_of(months, (3, 6, 9)).tolist() == [0, 3, 3, 3, 6, 6, 6, 9, 9, 9, 0]


def test_a_perfect_forecast_beats_every_baseline_and_a_wide_band_is_seen(registers):
    registers, full = registers
    found = rolling_scores(registers, IDS, IS_EU, RULES, forecasts_of(full, spread=1.0))
    assert set(found["rolling"]) == {"3", "6", "9"}
    for horizon, part in found["rolling"].items():
        assert set(part["model"]) == {"median", "mae", "crps", "coverage_80", "pairs"}
        assert part["model"]["median"] == pytest.approx(0.0, abs=1e-12)
        assert part["model"]["coverage_80"] == 1.0
        # nine members at -1, -0.75, ..., 1: mean |x| = 5/9, fair half spread = 5/12
        assert part["model"]["crps"] == pytest.approx(5 / 9 - 5 / 12)
        assert part["damped_trend"]["mae"] > 0
        free = found["rolling_break_free"][horizon]["model"]["pairs"]
        assert 0 < free < part["model"]["pairs"]
    assert list(found["hosts"]) == ["AA", "BB", "NL", "EU"]
    met = {level["id"]: level["met"] for level in found["rolling_levels"]}
    assert met["rolling_median_6_months"]
    assert met["rolling_mae_6_months"]
    assert met["rolling_nl_10_months"]
    assert met["rolling_nl_16_months"] is None  # no register that late
    assert met["rolling_coverage"] is False  # holds everything where 80 % was promised


def test_errors_are_in_percent_of_the_register_that_came_out_and_the_eu_is_the_sum_of_its_hosts(registers):
    registers, full = registers
    found = rolling_scores(registers, IDS, IS_EU, RULES, forecasts_of(full, off=30.0))
    first = found["from_first_origin"]
    assert first["origin"] == "2023-05"
    assert list(first["NL"]) == ["1", "4", "7", "10", "13"]
    assert first["NL"]["10"]["error_pct_model"] == pytest.approx(100 * 30 / full[26, 2])
    assert first["EU"]["10"]["register"] == full[26, :3].sum()
    assert first["EU"]["10"]["error_pct_model"] == pytest.approx(100 * 90 / full[26, :3].sum())
    assert first["EU"]["10"]["error_pct_persistence"] == pytest.approx(
        100 * abs(full[16, :3].sum() - full[26, :3].sum()) / full[26, :3].sum()
    )
    for part in found["rolling"].values():
        assert part["model"]["mae"] == pytest.approx(30.0)
    # the half-year after 2023-06 has two quarter ends: three hosts each, all 30 persons off
    errors = 100 * 30 / full[[20, 23]][:, :3]
    half_year = found["half_year_2023h2"]
    assert half_year["model"] == pytest.approx(np.median(errors))
    assert list(half_year) == ["model", *BASELINES]


def test_nothing_published_after_an_origin_moves_what_a_baseline_says(registers):
    registers, full = registers
    later = registers.stock.copy()
    later[20:] *= 3.0
    points = [
        gather_rolling(replace(registers, stock=stock), RULES, forecasts_of(full))
        for stock in (registers.stock, later)
    ]
    early = points[0].pairs.origin < 20
    assert early.any()
    for name in ("damped_trend", "constant_inflow", "last_year_growth", "persistence"):
        assert points[0].points[name][early].tolist() == points[1].points[name][early].tolist()


def test_json_is_finite_and_the_text_names_every_place(registers):
    registers, full = registers
    found = rolling_scores(registers, IDS, IS_EU, RULES, forecasts_of(full, spread=20.0))
    assert json.loads(json.dumps(finite(found), allow_nan=False)) == finite(found)
    text = rolling_text(found, RULES)
    assert "From the end of 2023-05" in text
    for word in ("damped trend", "NL", "EU", "breaks included", "thousand persons"):
        assert word in text
    assert max(map(len, text.splitlines())) <= 110
