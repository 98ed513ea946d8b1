"""Scores of ensembles whose right answer is known beforehand."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from example_rules import RULES, registers_of

from abm.months import month_index
from calibration.validation.baselines import BASELINES
from calibration.validation.comparisons import beside_published
from calibration.validation.forecasts import Forecasts, member_forecasts, scored_pairs
from calibration.validation.scores import finite, score_window
from experiments.figures.validation import validation_figure
from experiments.validation_text import validation_text

IDS = ("AA", "BB", "NL", "elsewhere")
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
    return registers_of(stock, broken=[(20, 1)], first=2)


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
        own_level=view,
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
        assert window["hosts"]["AA"]["skill_ets"] < 0  # a bend is no news to a method that fits a trend
        for code in ("AA", "BB", "NL"):
            assert window["hosts"][code]["mase_persistence"] == pytest.approx(1.0)
            assert window["hosts"][code]["skill_persistence"] == pytest.approx(0.0, abs=1e-12)
        assert window["ard_change_12m"] == pytest.approx(1.0)
        part = window["horizons"]["6"]["median_error_pct"]
        assert part["model"] == pytest.approx(part["persistence"])


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
    forecasts = replace(right, without_clean_up=blind.without_clean_up)
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
    base = forecasts_of(registers, registers.stock)
    crossing = np.zeros(base.with_clean_up.shape[1:], dtype=np.bool_)
    for k, origin in enumerate(ORIGINS):
        for j in range(1, 13):
            crossing[k, j, 1] = registers.is_break[origin - 5 : origin + j + 1, 1].any()
    changed = base.with_clean_up.copy()
    changed[:, crossing] *= 3.0
    other = replace(base, with_clean_up=changed, without_clean_up=changed, own_level=changed)
    before, after = both(registers, base), both(registers, other)
    for name in before:
        for key in ("hosts", "median", "horizons", "ard_stock", "ard_change_12m"):
            assert json.dumps(finite(before[name][key])) == json.dumps(finite(after[name][key]))
    assert json.dumps(finite(before)) != json.dumps(finite(after))


def test_too_narrow_a_band_is_seen_and_the_spread_between_seeds_reported(registers):
    off = registers.stock - 5.0 * np.arange(N_MONTHS, dtype=np.float64)[:, None]
    for spread, covered in ((1.0, 0.0), (20.0, 1.0)):
        window = both(registers, forecasts_of(registers, off, spread=spread))["held_out"]
        assert window["median"]["coverage_80"] == covered
    alike = both(registers, forecasts_of(registers, registers.stock + 5.0))["fit"]["seed_spread"]
    apart = both(registers, forecasts_of(registers, registers.stock, spread=5.0))["fit"]["seed_spread"]
    assert alike["mase_persistence"] == [pytest.approx(0.0, abs=1e-12)] * 2
    low, high = apart["mase_persistence"]
    assert low == pytest.approx(0.0, abs=1e-12)  # the middle seed is the register itself
    assert high > 0.1


@pytest.mark.parametrize(
    ("window", "months_ahead"),
    [((17, 23), [5, 11, 4, 10]), ((18, 23), [11, 10]), ((17, 22), [5, 4]), ((18, 22), [])],
)
def test_a_published_forecast_belongs_to_the_window_that_holds_its_target(registers, window, months_ahead):
    """Targets are months 17 and 23: a window begins and ends with its own first and last month."""
    rules = RULES.model_copy(update={"windows": {"fit": window}})
    rows = beside_published(registers, IDS, rules, forecasts_of(registers, registers.stock), "fit")
    assert [row["months_ahead"] for row in rows] == months_ahead


def test_json_has_the_promised_keys_and_only_finite_numbers(registers):
    """Host BB grows by 10 a month: away from its clean-up a line makes no error to divide by."""
    raw = both(registers, forecasts_of(registers, registers.stock, spread=1.0))
    assert math.isnan(raw["held_out"]["hosts"]["BB"]["mase_constant_inflow"])
    scores = finite(raw)
    assert scores["held_out"]["hosts"]["BB"]["mase_constant_inflow"] is None
    assert json.loads(json.dumps(scores, allow_nan=False)) == scores
    for window in scores.values():
        assert set(window) >= {"hosts", "median", "ard_stock", "ard_change_12m"}
        assert list(window["hosts"]) == ["AA", "BB", "NL"]  # no derived series is scored
        for m in (*window["hosts"].values(), window["median"]):
            assert set(m) >= KEYS


def test_text_says_where_the_model_is_worse(registers):
    t = np.arange(N_MONTHS, dtype=np.float64)[:, None]
    bad = both(registers, forecasts_of(registers, registers.stock - 400.0 * t))
    text = validation_text(bad, RULES, scale=100, n_seeds=9)
    spoken = " ".join(text.split())
    assert "worse than this baseline" in spoken
    assert "Worse than both naive baselines: AA" in spoken
    for rival in ("ETS", "ARIMA", '"as in the last year"'):
        assert f"By horizon it is worse than {rival} at 1, 3, 6 and 12 months ahead" in spoken
    good = validation_text(both(registers, forecasts_of(registers, registers.stock)), RULES, 100, 9)
    assert "worse than" not in " ".join(good.split())
    assert max(map(len, text.splitlines())) <= 110


def test_the_band_is_scored_over_all_host_months_and_against_every_rival(registers):
    """Members a fixed number of persons around the register: only the spread costs anything."""
    window = both(registers, forecasts_of(registers, registers.stock, spread=1.0))["held_out"]
    pairs = scored_pairs(registers, RULES.hosts, RULES.horizons, RULES.windows["held_out"], 6)
    pairs = pairs.where(~pairs.crosses_break)
    assert window["members"] == 9
    assert window["coverage_80_pooled"] == window["pooled"]["coverage_95"] == 1.0
    # nine members at -1, -0.75, ..., 1 times the horizon: mean |x| = 5/9, fair half spread = 5/12
    expected = (5 / 9 - 5 / 12) * pairs.horizon.sum() / pairs.at_target.sum()
    assert window["pooled"]["crps_share"] == pytest.approx(expected)
    # the band ends at the outermost members
    assert window["pooled"]["interval_score_80_share"] == pytest.approx(
        2 * pairs.horizon.sum() / pairs.at_target.sum()
    )
    for rival in BASELINES:
        m = window["pooled"]
        ratio = m["crps_share"] / m[f"wape_{rival}"]
        assert m[f"crps_skill_{rival}"] == pytest.approx(1 - ratio)
        assert m[f"skill_{rival}"] == pytest.approx(1.0)
    at_six = window["horizons"]["6"]
    assert at_six["pooled"]["pairs"] == at_six["pairs"]


def test_a_published_forecast_is_scored_on_its_own_series(registers):
    scores = both(registers, forecasts_of(registers, registers.stock + 0.0))
    rows = scores["fit"]["published"]
    assert scores["held_out"]["published"] == []
    assert len(rows) == 4
    for row in rows:
        origin, target = month_index(row["origin"]), month_index(row["target"])
        assert row["months_ahead"] == target - origin
        assert row["error_pct"]["published"] == pytest.approx({17: 10.0, 23: 0.0}[target])
        assert row["error_pct"]["model"] == pytest.approx(0.0, abs=1e-9)
        at_origin, register = registers.stock[[origin, target], 2]
        assert row["error_pct"]["persistence"] == pytest.approx(100 * abs(at_origin - register) / register)
        assert row["register"] == register


def test_figure_shows_every_forecaster_and_every_named_host(registers, tmp_path):
    scores = both(registers, forecasts_of(registers, registers.stock * 1.01, spread=1.0))
    figure = validation_figure(scores, {"AA": "Aland"}, note="test", window="fit")
    *horizons, hosts = figure.axes
    titles = [axes.get_title(loc="left") for axes in horizons]
    assert titles == ["1 month ahead", *(f"{n} months ahead" for n in (3, 6, 12))]
    for axes in horizons:
        assert len(axes.get_yticklabels()) == 7
        assert len(axes.lines) == 7  # one mark each
    assert [text.get_text() for text in hosts.get_yticklabels()] == ["NL", "Aland"]
    assert len(hosts.lines) == 14 - sum("▸" in text.get_text() for text in hosts.texts)
    assert "test" in {text.get_text() for text in figure.texts}
    figure.savefig(tmp_path / "figure.png")
    assert (tmp_path / "figure.png").stat().st_size > 10_000


def test_figure_says_where_there_is_nothing_to_score(registers):
    scores = both(registers, forecasts_of(registers, registers.stock + 0.0))
    rules = RULES.model_copy(update={"compared": RULES.compared.model_copy(update={"hosts": ("BB",)})})
    blind = score_window(registers, IDS, rules, forecasts_of(registers, registers.stock), "held_out")
    assert "BB" not in blind["horizons"]["12"]["mean_error_pct_by_host"]  # its clean-up is too near
    figure = validation_figure({**scores, "held_out": blind}, {}, note="test", horizon=12)
    assert [text.get_text()[:11] for text in figure.axes[-1].texts] == ["no forecast"]


def test_an_origin_without_forecast_is_refused(registers):
    forecasts = forecasts_of(registers, registers.stock)
    pairs = scored_pairs(registers, (0,), (1,), (24, 31), 6)
    with pytest.raises(ValueError, match="without forecast"):
        member_forecasts(forecasts.with_clean_up[:, :-1], forecasts.origins[:-1], pairs, anchored=True)
