"""The next wave of every survey, forecast from all waves of all surveys before it, and its score."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.linalg import solve_triangular

from abm.arrays import Floats
from abm.band import HIGH, LOW, key
from abm.months import month_label
from calibration.surveys.model import FittedSurveys, SurveyModel, effective, wish_covariance
from calibration.surveys.settings import CutPriors, SurveySettings
from calibration.targets.schema import FIRST_MONTH, PERCENTAGE_POINTS, SurveyTarget
from calibration.targets.targets import never_told_apart

DRAWS = 4000


@dataclass(frozen=True)
class WaveForecast:
    """One wave beside what the waves before it said."""

    wave: SurveyTarget
    since: int  # Months since the question was asked last
    # Months since one wave told the same answers apart; None where that takes several waves together
    months_ahead: int | None
    observed: Floats  # [group]
    median: Floats  # [group]
    low: Floats  # [group] Of the answers of such a sample
    high: Floats  # [group]
    again: Floats | None  # [group] The answers of that earlier wave

    @property
    def squared_error(self) -> float:
        """Return the mean squared error over the answers, squared percentage points."""
        return mean_square(self.median, self.observed)

    @property
    def inside(self) -> list[bool]:
        """Return whether the band holds each answer but the last, which the others imply."""
        free = slice(max(len(self.observed) - 1, 1))
        held = (self.low <= self.observed) & (self.observed <= self.high)
        return [bool(one) for one in held[free]]


def mean_square(found: Floats, observed: Floats) -> float:
    """Return the mean squared difference, squared percentage points."""
    return float(np.mean((PERCENTAGE_POINTS * (found - observed)) ** 2))


def next_waves(
    waves: Sequence[SurveyTarget], settings: SurveySettings, cuts: CutPriors
) -> list[WaveForecast]:
    """Return a forecast of every wave whose answers earlier waves of its question told apart.

    Seen is what was asked in an earlier month. Waves that are only reported are neither seen nor forecast.
    """
    usable = sorted((wave for wave in waves if wave.use != "reported"), key=lambda wave: wave.month)
    found: list[WaveForecast] = []
    for month in sorted({wave.month for wave in usable}):
        seen = [wave for wave in usable if wave.month < month]
        earlier = {
            wave.id: [old for old in seen if settings.question(old.family) == settings.question(wave.family)]
            for wave in usable
            if wave.month == month
        }
        ahead = [
            wave
            for wave in usable
            if (old := earlier.get(wave.id))
            and never_told_apart(wave.answers, [one.answers for one in old]) is None
        ]
        if ahead:
            shares = mixture(fits(seen, ahead, settings, cuts))[:, len(seen) :]
            found += [
                _forecast(wave, earlier[wave.id], shares[:, number]) for number, wave in enumerate(ahead)
            ]
    return found


def fits(
    seen: Sequence[SurveyTarget], ahead: Sequence[SurveyTarget], settings: SurveySettings, cuts: CutPriors
) -> list[tuple[FittedSurveys, float]]:
    """Return the fit of every choice of spreads with its weight."""
    found = [SurveyModel.of(seen, ahead, settings, cuts, spreads).fit() for spreads in settings.chosen()]
    evidence = np.array([fit.log_evidence for fit in found])
    weights = np.exp(evidence - evidence.max())
    return list(zip(found, (weights / weights.sum()).tolist(), strict=True))


def mixture(weighted: list[tuple[FittedSurveys, float]]) -> Floats:
    """Return shares of answers of all waves by draw, float64[n, W, group]."""
    rng = np.random.default_rng(1)
    parts = [fit.model.predict(fit.draws(round(DRAWS * weight), rng)) for fit, weight in weighted]
    return np.concatenate(parts)


def _forecast(wave: SurveyTarget, earlier: Sequence[SurveyTarget], shares: Floats) -> WaveForecast:
    n = len(wave.groups)
    rng, interviews = np.random.default_rng(wave.month), round(effective(wave))
    truth = np.clip(shares[:, :n], 0.0, None)
    sampled = rng.multinomial(interviews, truth / truth.sum(axis=1, keepdims=True)) / interviews
    low, high = np.quantile(sampled, (LOW, HIGH), axis=0)
    last = max((old for old in earlier if never_told_apart(wave.answers, [old.answers]) is None),
               key=lambda old: old.month, default=None)  # fmt: skip
    return WaveForecast(
        wave=wave,
        since=wave.month - max(old.month for old in earlier),
        months_ahead=None if last is None else wave.month - last.month,
        observed=np.array([share for _, share in wave.groups]),
        median=np.median(truth, axis=0),
        low=low,
        high=high,
        again=None if last is None else _joined(last, wave),
    )


def _joined(last: SurveyTarget, wave: SurveyTarget) -> Floats:
    """Return the answers of an earlier wave in the groups of a later one."""
    return np.array(
        [sum(share for part, share in last.groups if set(part) <= set(group)) for group, _ in wave.groups]
    )


def next_wave_score(forecasts: Sequence[WaveForecast], settings: SurveySettings) -> dict[str, Any]:
    """Return the error and the coverage of forecasts close enough to their last wave, and all of them."""
    most = settings.scored_months.value
    scored = [one for one in forecasts if one.months_ahead is not None and one.months_ahead <= most]
    inside = [held for one in scored for held in one.inside]
    again = [mean_square(one.again, one.observed) for one in scored if one.again is not None]
    return {
        "next_wave_rmse_pp": root_mean(one.squared_error for one in scored),
        "last_wave_again_rmse_pp": root_mean(again),
        "any_distance_rmse_pp": root_mean(one.squared_error for one in forecasts),
        key("coverage"): sum(inside) / len(inside) if inside else float("nan"),
        "scored": len(scored),
        "waves": [_row(one, one in scored) for one in forecasts],
    }


def root_mean(squares: Any) -> float:
    """Return the root of a mean of squares; NaN of none."""
    known = list(squares)
    return float(np.sqrt(np.mean(known))) if known else float("nan")


def _row(one: WaveForecast, scored: bool) -> dict[str, Any]:
    wave = one.wave
    return {
        "id": wave.id,
        "family": wave.family,
        "month": month_label(wave.month),
        "months_ahead": one.months_ahead,
        "months_since_asked": one.since,
        "scored": scored,
        "answers": [
            {
                "answer": " or ".join(group),
                "observed": float(share),
                "forecast": float(one.median[number]),
                key("low"): float(one.low[number]),
                key("high"): float(one.high[number]),
            }
            for number, (group, share) in enumerate(wave.groups)
        ],
    }


def common_wish(
    waves: Sequence[SurveyTarget], months: Sequence[int], settings: SurveySettings, cuts: CutPriors
) -> list[dict[str, Any]]:
    """Return the common wish in some months given all waves: log odds of a typical question since 2022-03."""
    seen = sorted((wave for wave in waves if wave.use != "reported"), key=lambda wave: wave.month)
    asked = np.array([wave.month for wave in seen]) - FIRST_MONTH
    wanted, rng, parts = np.array(months) - FIRST_MONTH, np.random.default_rng(1), []
    for fit, weight in fits(seen, (), settings, cuts):
        spreads, z = fit.model.spreads, fit.draws(round(DRAWS * weight), rng)[:, : len(seen)]
        towards = solve_triangular(
            fit.model.root, wish_covariance(asked, wanted, settings, spreads), lower=True
        )
        left = wish_covariance(wanted, wanted, settings, spreads) - towards.T @ towards
        noise = rng.multivariate_normal(np.zeros(len(wanted)), left, size=len(z), method="eigh")
        parts.append(z @ towards + noise)
    low, middle, high = np.quantile(np.concatenate(parts), (LOW, 0.5, HIGH), axis=0)
    return [
        {"month": month_label(month), "wish": float(m), key("low"): float(lo), key("high"): float(hi)}
        for month, m, lo, hi in zip(months, middle, low, high, strict=True)
    ]
