"""Scores of ensembles whose right answer is known beforehand."""

import json
import math

import numpy as np
import pytest

from abm.errors import ConfigError
from abm.world import Registers
from calibration.forecasts import Forecasts, members
from calibration.rolling_origins import scored_pairs
from calibration.scoring import score_window
from calibration.validation_report import finite, validation_text
from calibration.validation_rules import Rules, load_rules
from experiments.figures.validation import validation_figure

IDS = ("AA", "BB", "NL", "elsewhere")
RULES = Rules(
    hosts=(0, 1, 2),
    horizons=(1, 3, 6, 12),
    lookback=6,
    windows={"fit": (8, 23), "held_out": (24, 31)},
    bars={
        "ard_stock": 0.1,
        "ard_change_12m": 0.5,
        "within_10_pct_at_12_months": 0.7,
        "mase": 1.0,
        "coverage_80_least": 0.75,
        "coverage_80_most": 0.85,
        "nl_error_pct_at_6_months": 5.0,
        "nl_error_pct_at_12_months": 10.0,
    },
    default_scale=100,
    default_seeds=5,
)
KEYS = {"mase_persistence", "mase_constant_inflow", "wape", "coverage_80"}
N_MONTHS = 32
ORIGINS = np.arange(8, 31)


@pytest.fixture
def registers():
    """Host 0 bends, host 1 falls by a clean-up in month 20, host 2 is nearly flat; data from month 2."""
    t = np.arange(N_MONTHS, dtype=np.float64)
    stock = np.column_stack([1000 + 20 * t + 0.5 * t**2, 5000 + 10 * t, 800 + 5 * np.sin(t), 300 + t])
    stock[20:, 1] -= 1500
    stock[:2] = np.nan
    is_break = np.zeros(stock.shape, dtype=np.bool_)
    is_break[20, 1] = True
    return Registers(
        first_month=2,
        last_month=N_MONTHS - 1,
        stock=stock,
        decisions=stock,
        arrivals=stock,
        arrivals_derived=is_break,
        break_completeness=np.where(is_break, 0.9, 0.0),
        is_break=is_break,
        deregistration_share=np.zeros(4),
        deregistration_lag=np.ones(4),
        double_share=np.zeros(4),
    )


def forecasts_of(registers, level, n_seeds=9, spread=0.0, shift=0.0):
    """Forecasts that follow ``level[T, H]``; seeds differ by a trend of ``spread`` persons a month.

    ``shift`` lifts the whole model above the register: anchoring must take it out.
    """
    months = ORIGINS[:, None] + np.arange(13)[None, :]
    path = np.where(np.isfinite(level), level, 0.0)
    path = np.vstack([path, np.repeat(path[-1:], 12, axis=0)])[months] + shift
    seeds = np.linspace(-1.0, 1.0, n_seeds)[:, None, None, None]
    trend = spread * np.arange(13, dtype=np.float64)[None, None, :, None]
    view = path[None] + seeds * trend
    return Forecasts(
        origins=ORIGINS,
        with_clean_up=view,
        without_clean_up=view,
        hindcast=np.repeat(np.nan_to_num(level)[None] + shift, n_seeds, axis=0),
    )


def both(registers, forecasts):
    return {name: score_window(registers, IDS, RULES, forecasts, name) for name in ("fit", "held_out")}


def test_a_perfect_model_makes_no_error_and_is_covered(registers):
    scores = both(registers, forecasts_of(registers, registers.stock, spread=1.0))
    for window in scores.values():
        assert window["median"]["mase_persistence"] == pytest.approx(0.0, abs=1e-12)
        assert window["median"]["coverage_80"] == 1.0
        assert window["ard_stock"] == pytest.approx(0.0, abs=1e-12)
        assert window["ard_change_12m"] == pytest.approx(0.0, abs=1e-12)
        assert window["ard"]["hindcast"]["stock"] == pytest.approx(0.0, abs=1e-12)


def test_a_model_without_change_is_persistence(registers):
    flat = np.repeat(np.nanmean(registers.stock, axis=0)[None], N_MONTHS, axis=0)
    for window in both(registers, forecasts_of(registers, flat)).values():
        for code in ("AA", "BB", "NL"):
            assert window["hosts"][code]["mase_persistence"] == pytest.approx(1.0)
            assert window["hosts"][code]["skill_persistence"] == pytest.approx(0.0, abs=1e-12)
        assert window["ard_change_12m"] == pytest.approx(1.0)
        part = window["horizons"]["6"]["median_error_pct"]
        assert part["model"] == pytest.approx(part["persistence"])


def test_a_linear_model_is_the_constant_inflow_rival(registers):
    """Host BB grows by 10 a month except for its clean-up: away from it a linear rival is perfect."""
    scores = both(registers, forecasts_of(registers, registers.stock + 0.0))
    assert math.isnan(scores["held_out"]["hosts"]["BB"]["mase_constant_inflow"])  # rival makes no error
    assert finite(scores)["held_out"]["hosts"]["BB"]["mase_constant_inflow"] is None


def test_hand_worked_ratio(registers):
    """AA grows by 20 + t - 0.5 in month t; a model 2 persons a month too low against persistence."""
    t = np.arange(N_MONTHS, dtype=np.float64)
    level = registers.stock - 2.0 * t[:, None]
    window = score_window(registers, IDS, RULES, forecasts_of(registers, level), "held_out")
    pairs = scored_pairs(registers, (0,), RULES.horizons, RULES.windows["held_out"], 6)
    change = registers.stock[pairs.target, 0] - registers.stock[pairs.origin, 0]
    expected = (2.0 * pairs.horizon).mean() / change.mean()
    assert window["hosts"]["AA"]["mase_persistence"] == pytest.approx(expected)
    assert window["hosts"]["AA"]["wape"] == pytest.approx((2.0 * pairs.horizon).sum() / pairs.at_target.sum())


def test_anchoring_takes_out_a_wrong_level_and_the_report_shows_it(registers):
    window = both(registers, forecasts_of(registers, registers.stock, shift=500.0))["held_out"]
    assert window["hosts"]["AA"]["wape"] == pytest.approx(0.0, abs=1e-12)
    assert window["unanchored"]["wape"] > 0.1
    assert window["ard"]["hindcast"]["stock"] > 0.1


def test_a_clean_up_is_scored_apart_with_and_without_the_own_one(registers):
    without = registers.stock.copy()
    without[20:, 1] += 1500
    right, blind = (forecasts_of(registers, level) for level in (registers.stock, without))
    forecasts = Forecasts(ORIGINS, right.with_clean_up, blind.with_clean_up, right.hindcast)
    window = score_window(registers, IDS, RULES, forecasts, "fit")
    for part in window["breaks"].values():
        assert part["mean_error_pct"]["model_with_clean_up"] == pytest.approx(0.0, abs=1e-9)
        assert part["mean_error_pct"]["model_without_clean_up"] > 1.0
    pairs = scored_pairs(registers, RULES.hosts, RULES.horizons, RULES.windows["fit"], 6)
    apart = sum(part["pairs"] for part in window["breaks"].values())
    alone = sum(part["pairs"] for part in window["horizons"].values())
    assert apart == pairs.crosses_break.sum() > 0
    assert alone == (~pairs.crosses_break).sum() > 0
    assert sum(row["pairs"] for row in window["hosts"].values()) == alone


def test_headline_does_not_know_dates_of_clean_ups(registers):
    """What the model says across a break must not touch the break-free scores."""
    wild = registers.stock.copy()
    base = forecasts_of(registers, registers.stock)
    crossing = np.zeros(base.with_clean_up.shape[1:], dtype=np.bool_)
    for k, origin in enumerate(ORIGINS):
        for j in range(1, 13):
            crossing[k, j, 1] = registers.is_break[origin - 5 : origin + j + 1, 1].any()
    changed = base.with_clean_up.copy()
    changed[:, crossing] *= 3.0
    other = Forecasts(ORIGINS, changed, changed, base.hindcast)
    before, after = both(registers, base), both(registers, other)
    assert np.array_equal(wild, registers.stock, equal_nan=True)
    for name in before:
        for key in ("hosts", "median", "horizons", "ard_stock", "ard_change_12m"):
            assert json.dumps(finite(before[name][key])) == json.dumps(finite(after[name][key]))
    assert json.dumps(finite(before)) != json.dumps(finite(after))


def test_too_narrow_a_band_is_seen(registers):
    t = np.arange(N_MONTHS, dtype=np.float64)[:, None]
    off = registers.stock - 5.0 * t
    narrow = both(registers, forecasts_of(registers, off, spread=1.0))["held_out"]
    wide = both(registers, forecasts_of(registers, off, spread=20.0))["held_out"]
    assert narrow["median"]["coverage_80"] == 0.0
    assert wide["median"]["coverage_80"] == 1.0


def test_spread_between_seeds_is_reported(registers):
    alike = both(registers, forecasts_of(registers, registers.stock + 5.0))["fit"]["seed_spread"]
    apart = both(registers, forecasts_of(registers, registers.stock, spread=5.0))["fit"]["seed_spread"]
    assert alike["mase_persistence"] == [pytest.approx(0.0, abs=1e-12)] * 2
    low, high = apart["mase_persistence"]
    assert low == pytest.approx(0.0, abs=1e-12)  # the middle seed is the register itself
    assert high > 0.1


def test_json_has_the_promised_keys_and_only_finite_numbers(registers):
    scores = finite(both(registers, forecasts_of(registers, registers.stock, spread=1.0)))
    text = json.dumps(scores, allow_nan=False)
    assert json.loads(text) == scores
    assert set(scores) == {"fit", "held_out"}
    for window in scores.values():
        assert set(window) >= {"hosts", "median", "ard_stock", "ard_change_12m"}
        assert list(window["hosts"]) == ["AA", "BB", "NL"]  # no derived series is scored
        for m in (*window["hosts"].values(), window["median"]):
            assert set(m) >= KEYS


def test_text_says_where_the_model_is_worse(registers):
    t = np.arange(N_MONTHS, dtype=np.float64)[:, None]
    bad = both(registers, forecasts_of(registers, registers.stock - 400.0 * t))
    text = validation_text(bad, RULES, scale=100, n_seeds=9)
    assert "worse than this rival" in text
    assert "Worse than both rivals: AA" in text
    good = validation_text(both(registers, forecasts_of(registers, registers.stock)), RULES, 100, 9)
    assert "worse than this rival" not in good
    assert max(map(len, text.splitlines())) <= 110


def test_figure_shows_three_forecasters_and_every_host(registers, tmp_path):
    scores = both(registers, forecasts_of(registers, registers.stock * 1.01, spread=1.0))
    broken = validation_figure(scores, {"AA": "Aland"}, note="test")
    assert broken.get_supxlabel().endswith("not shown by host: BB")
    figure = validation_figure(scores, {"AA": "Aland"}, note="test", window="fit")
    left, right = figure.axes
    assert len(left.lines) == 3
    assert {text.get_text() for text in right.get_yticklabels()} == {"Aland", "BB", "NL"}
    figure.savefig(tmp_path / "figure.png")
    assert (tmp_path / "figure.png").stat().st_size > 10_000


def test_an_origin_without_forecast_is_refused(registers):
    forecasts = forecasts_of(registers, registers.stock)
    pairs = scored_pairs(registers, (0,), (1,), (24, 31), 6)
    with pytest.raises(ValueError, match="without forecast"):
        members(forecasts.with_clean_up[:, :-1], forecasts.origins[:-1], pairs, anchored=True)


GOOD = """
horizons_months: {value: [1, 3], unit: months, status: decided, source: test}
lookback_months: {value: 6, unit: months, status: decided, source: test}
windows:
  fit: {first_target: 2022-09, last_target: 2023-12}
  held_out: {first_target: 2024-01, last_target: 2024-08}
never_scored: [elsewhere]
default_scale: 100
default_seeds: 5
bars:
"""
BARS = "".join(
    f"  {name}: {{value: 0.5, unit: ratio, status: decided, source: test}}\n" for name in RULES.bars
)


def test_rules_are_read(registers, tmp_path):
    path = tmp_path / "validation.yaml"
    path.write_text(GOOD + BARS, encoding="utf-8")
    rules = load_rules(path, IDS, registers)
    assert rules.hosts == (0, 1, 2)
    assert rules.windows == {"fit": (8, 23), "held_out": (24, 31)}


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("[1, 3]", "[3, 1]", 2, "rising order"),
        ("[1, 3]", "[0, 3]", 2, "greater than or equal to 1"),
        ("[1, 3]", "[]", 2, "at least 1 item"),
        ("last_target: 2024-08", "last_target: 2024-09", 6, "leaves the register data"),
        ("first_target: 2024-01", "first_target: 2023-12", 6, "overlaps fit"),
        ("first_target: 2022-09", "first_target: 2024-02", 5, "Swap"),
        ("first_target: 2022-09", "first_target: 2022-13", 5, "pattern"),
        ("[elsewhere]", "[elsewhere, XX]", 7, "'XX' is not a host; allowed are AA"),
        ("[elsewhere]", "[AA, BB, NL, elsewhere]", 7, "leaves no host"),
        ("default_seeds: 5", "default_seeds: 0", 9, "greater than or equal to 1"),
        ("default_seeds: 5", "default_seed: 5", 9, "unknown key"),
    ],
)
def test_wrong_rules_are_refused_with_their_line(registers, tmp_path, *, old, new, line, said):
    path = tmp_path / "validation.yaml"
    path.write_text((GOOD + BARS).replace(old, new), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_rules(path, IDS, registers)
    assert said in str(caught.value)
    assert f"validation.yaml:{line}:" in str(caught.value)
