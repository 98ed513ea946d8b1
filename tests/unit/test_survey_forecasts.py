"""The measurement model of surveys: its wish, its inference, and forecasts from earlier waves alone."""

import numpy as np
import pytest
from example_targets import population, survey
from scipy.optimize import check_grad
from scipy.special import expit, logit

from abm.data.folder import default_configs, load_world
from abm.data.parameters import PRIORS
from abm.months import month_index
from calibration.surveys.forecast import common_wish, fits, next_wave_score, next_waves
from calibration.surveys.model import SurveyModel, wish_covariance
from calibration.surveys.settings import load_survey_settings
from calibration.targets.schema import FIRST_MONTH
from calibration.targets.targets import load_targets


@pytest.fixture(scope="module")
def targets():
    return load_targets(default_configs(), load_world(default_configs(), month_index("2028-03"), fit=PRIORS))


@pytest.fixture(scope="module")
def rules(targets):
    """Settings and priors of cuts."""
    return load_survey_settings(default_configs(), targets)


@pytest.fixture(scope="module")
def forecasts(targets, rules):
    return next_waves(targets.surveys, *rules)


def made_up(families, months, wish, n=4000):
    """Return waves of questions that cut a wish (a function of the month) at their own places."""
    found = []
    for family, (cut, slope) in families.items():
        for month in months:
            back = float(expit(slope * wish(month - FIRST_MONTH) - cut))
            shares = {"return": back, "undecided+stay": 1.0 - back}
            found.append(survey(f"{family}_{month}", family, month, shares, n=n))
    return found


def test_the_wish_is_a_local_level_whose_drift_dies_away(rules):
    """Its covariance is that of the recursion it stands for, innovation by innovation."""
    settings, _ = rules
    spreads = next(iter(settings.chosen()))
    months = np.array([0, 1, 4, 9])
    unit = np.eye(2 * 9)
    level, drift = np.zeros(18), spreads.first_drift * unit[0]
    path = [level]
    for month in range(9):
        level = level + drift + settings.level_sd.value * unit[9 + month]
        path.append(level)
        drift = settings.drift_persistence.value * drift
        if month < 8:
            drift = drift + settings.drift_sd.value * unit[1 + month]
    rows = np.array(path)[months]
    np.testing.assert_allclose(wish_covariance(months, months, settings, spreads), rows @ rows.T, atol=1e-12)


def test_the_gradient_is_that_of_the_posterior(targets, rules):
    settings, cuts = rules
    waves = [wave for wave in targets.surveys if wave.use != "reported"]
    model = SurveyModel.of(waves[:9], waves[9:12], settings, cuts, next(iter(settings.chosen())))
    at = np.random.default_rng(2).normal(0.0, 0.5, model.size)
    wrong = check_grad(model.log_posterior, lambda z: model.gradient_and_information(z)[0], at)
    assert wrong < 1e-3 * np.linalg.norm(model.gradient_and_information(at)[0])


def test_discrimination_and_cuts_are_recovered(rules):
    """Three questions that react half, once and twice as much to one wish."""
    slopes = {"dull": 0.5, "usual": 1.0, "sharp": 2.0}
    waves = made_up(
        {name: (0.3, slope) for name, slope in slopes.items()}, range(4, 40, 4), lambda t: -0.04 * t
    )
    fit, _ = max(fits(waves, (), *rules), key=lambda pair: pair[1])
    n, q = len(waves), 3
    found = np.exp(fit.model.spreads.discrimination * fit.best[n + 3 * q :])
    dull, sharp, usual = found  # questions in the order of their names
    assert usual / dull == pytest.approx(2.0, rel=0.25)
    assert sharp / usual == pytest.approx(2.0, rel=0.25)
    shares = fit.model.predict(fit.best)[:, 0]
    np.testing.assert_allclose(shares, [wave.answers["return"] for wave in waves], atol=0.02)


def test_a_drift_goes_on_and_can_stop(rules):
    """After two years of falling the next wave is expected lower; after a year at rest it is not."""

    def falls_until(last):
        return lambda t: -0.05 * min(t, last)

    def next_answer(wish):
        waves = made_up({"one": (0.0, 1.0), "two": (0.5, 1.0)}, [4, 10, 16, 22, 28, 34, 40], wish)
        ahead = next(one for one in next_waves(waves, *rules) if one.wave.id == "one_40")
        return float(logit(ahead.median[0]) - logit(waves[5].answers["return"]))

    assert next_answer(falls_until(99)) < -0.12
    assert abs(next_answer(falls_until(20))) < 0.08


def test_only_earlier_waves_speak(targets, rules, forecasts):
    """What is found in a month and later moves no forecast made of that month."""
    cut = month_index("2024-01")
    turned = [
        wave if wave.month < cut else wave.model_copy(update={"answers": reversed_shares(wave.answers)})
        for wave in targets.surveys
    ]
    others = {one.wave.id: one for one in next_waves(turned, *rules)}
    here = [one for one in forecasts if one.wave.month <= cut]
    assert len(here) >= 12
    for one in here:
        np.testing.assert_array_equal(one.median, others[one.wave.id].median)
    later = next(one for one in forecasts if one.wave.id == "ces_4")
    assert abs(later.median[0] - others["ces_4"].median[0]) > 0.01


def reversed_shares(answers):
    return dict(zip(answers, reversed(list(answers.values())), strict=True))


def test_the_next_wave_is_forecast_within_six_points(rules, forecasts):
    """A year ahead and better than the last wave again; the band holds 70 to 90 % to the nearest answer."""
    score = next_wave_score(forecasts, rules[0])
    assert score["scored"] == 17
    assert score["next_wave_rmse_pp"] <= 6.0
    assert score["next_wave_rmse_pp"] < 0.75 * score["last_wave_again_rmse_pp"]
    numbers = sum(len(wave["answers"]) - 1 for wave in score["waves"] if wave["scored"])
    held = round(score["coverage_80"] * numbers)
    assert round(0.7 * numbers) <= held <= round(0.9 * numbers)


def test_waves_that_no_single_wave_compares_with_are_shown_apart(forecasts):
    rows = {one.wave.id: (one.since, one.months_ahead) for one in forecasts}
    assert rows["nbp_2024"] == (11, 19)  # "for good" was not printed in 2023
    assert rows["nbp_2025"] == (12, None)
    assert rows["ifo_2024"] == (13, 13)
    assert "iab_later" not in rows  # only reported
    assert rows["lli_2023"] == (11, 11)  # asked before by another house in the same words


def test_the_common_wish_fell_and_its_fall_slows(targets, rules):
    months = [month_index(label) for label in ("2022-06", "2023-06", "2024-06", "2025-06")]
    rows = common_wish(targets.surveys, months, *rules)
    wish = [row["wish"] for row in rows]
    assert wish == sorted(wish, reverse=True)
    assert wish[2] - wish[3] < wish[1] - wish[2]
    assert all(row["low_80"] < row["wish"] < row["high_80"] for row in rows)


def test_a_group_and_a_place_may_differ_and_panels_lack_newcomers(rules):
    settings, cuts = rules
    month = month_index("2025-06")
    lone = {"return": 0.5, "undecided+stay": 0.5}
    plain, place, group, panel = (
        survey("a", "a", month, lone), survey("b", "b", month, lone, of=population((0,), "PL")),
        survey("c", "c", month, lone, of=population(has_woman=True)), survey("d", "ifo", month, lone),
    )  # fmt: skip
    spreads = next(iter(settings.chosen()))
    model = SurveyModel.of((plain, place, group, panel), (), settings, cuts, spreads)
    own = np.diag(model.root @ model.root.T)
    extra = own - own[0]
    since = month - FIRST_MONTH
    assert extra[1] == pytest.approx(settings.place_sd.value**2 * since)
    assert extra[2] == pytest.approx(settings.group_sd.value**2)
    assert extra[3] == pytest.approx((settings.newcomer_sd.value * 0.195) ** 2, rel=1e-6)
