"""What scores are held against: distributions over hosts, forecasts of others, the acceptance thresholds."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from abm.arrays import Floats
from abm.band import IN_WORDS, LEVEL
from abm.data.world import Registers
from abm.months import month_label
from calibration.validation.baselines import NAIVE, baseline_forecasts
from calibration.validation.forecasts import Forecasts, Pairs, member_forecasts, scored_pairs
from calibration.validation.metrics import (
    POOLED_COVERAGE,
    absolute_percentage_error,
    averaged_relative_difference,
    relative_error,
)
from calibration.validation.rules import Rules

YEAR = 12
"""Months of the change scored; part of the name ``ard_change_12m``."""

CLIENT = "NL"
"""The host with thresholds of its own (``nl_error_pct_at_*`` of the rules)."""


def point_forecasts(
    registers: Registers, rules: Rules, forecasts: Forecasts, pairs: Pairs
) -> dict[str, Floats]:
    """Return the point forecasts of the ``model``, clean-ups its own, and of every baseline, float64[P]."""
    members = member_forecasts(forecasts.with_clean_up, forecasts.origins, pairs, anchored=True)
    return {"model": members.mean(axis=0), **baseline_forecasts(registers, rules, pairs).points}


def mean_over_targets(pairs: Pairs, at_start: Floats, simulated: Floats) -> dict[str, float]:
    """Return the mean over target months of the ARD over hosts: ``stock`` and ``change_12m``.

    ``at_start`` and ``simulated``, float64[P], are the simulated register at the origin and at the target,
    or the register itself for a forecast that starts from it. ``months`` and ``pairs`` are counts; NaN
    without pairs.
    """
    stocks, changes = [], []
    for month in np.unique(pairs.target):
        at = pairs.target == month
        stocks.append(averaged_relative_difference(simulated[at], pairs.at_target[at]))
        changes.append(
            averaged_relative_difference((simulated - at_start)[at], (pairs.at_target - pairs.at_origin)[at])
        )
    return {
        "stock": float(np.mean(stocks)) if stocks else np.nan,
        "change_12m": float(np.mean(changes)) if changes else np.nan,
        "months": float(len(stocks)),
        "pairs": float(len(pairs)),
    }


def averaged_differences(
    registers: Registers, rules: Rules, forecasts: Forecasts, window: str
) -> dict[str, Any]:
    """Return ARD of one window.

    ``forecast``: twelve months ahead, break-free pairs, by ``model`` and baseline; ``forecast_all``: breaks
    included, the model with its own clean-ups; ``hindcast``: the run with recorded arrivals, which knows
    more than any forecast does but is never set back to the register: stocks of all hosts, changes of all
    and of the break-free ones.
    """
    months = rules.windows[window]
    pairs = scored_pairs(registers, rules.hosts, (YEAR,), months, rules.lookback)

    def forecast(part: Pairs) -> dict[str, dict[str, float]]:
        points = point_forecasts(registers, rules, forecasts, part)
        return {name: mean_over_targets(part, part.at_origin, point) for name, point in points.items()}

    level = forecasts.hindcast.mean(axis=0)
    at = scored_pairs(registers, rules.hosts, (0,), months, 0)
    year = scored_pairs(registers, rules.hosts, (YEAR,), months, 0)
    free = year.where(~year.crosses_break)

    def hindcast(part: Pairs) -> dict[str, float]:
        return mean_over_targets(part, level[part.origin, part.host], level[part.target, part.host])

    return {
        "forecast": forecast(pairs.where(~pairs.crosses_break)),
        "forecast_all": forecast(pairs),
        "hindcast": {
            "stock": hindcast(at)["stock"],
            "change_12m": hindcast(free)["change_12m"],
            "change_12m_all": hindcast(year)["change_12m"],
        },
    }


def beside_published(
    registers: Registers, ids: tuple[str, ...], rules: Rules, forecasts: Forecasts, window: str
) -> list[dict[str, Any]]:
    """Return one row for every origin and target of the published forecasts that fall in a window.

    Errors are in % of what was observed: the published ones on the series of their publisher, all others on
    the register. Unlike in the other tables the base is the observation, because that is how the published
    errors were stated.
    """
    rows = []
    first, last = rules.windows[window]
    for name, published in rules.published.items():
        for origin in published.origins:
            for month, target in published.targets.items():
                if not first <= month <= last:
                    continue
                ahead = month - origin
                pairs = scored_pairs(registers, (published.host,), (ahead,), (month, month), rules.lookback)
                points, data = point_forecasts(registers, rules, forecasts, pairs), pairs.at_target
                stated, observed = np.array([[target.forecast], [target.observed]], np.float64)
                errors = {
                    "published": absolute_percentage_error(stated, observed, observed),
                    **{who: absolute_percentage_error(point, data, data) for who, point in points.items()},
                }
                rows.append(
                    {
                        "id": name,
                        "label": published.label.en,
                        "note": published.note,
                        "host": ids[published.host],
                        "origin": month_label(origin),
                        "target": month_label(month),
                        "months_ahead": ahead,
                        "forecast": float(target.forecast),
                        "observed": float(target.observed),
                        "register": float(data[0]),
                        "model_persons": float(points["model"][0]),
                        "crosses_break": bool(pairs.crosses_break[0]),
                        "error_pct": {who: float(error[0]) for who, error in errors.items()},
                    }
                )
    return rows


def acceptance_level(
    name: str,
    label: str,
    unit: str,
    value: Mapping[str, float],
    below: Mapping[str, float],
    *,
    least: Mapping[str, float] | None = None,
    reported: Mapping[str, float] | None = None,
    inclusive: bool = False,
) -> dict[str, Any]:
    """Return one threshold with what came out of it; ``met`` is None where there is nothing to score.

    ``value`` holds the model alone where the limits are errors, ratios by baseline where they are ratios: a
    limit named like a value is its own, any other is for ``model``. Limits are ``least`` (at least) and
    ``below`` (at most where ``inclusive``); ``reported`` are the same limits as reported before this run.
    """
    least = least or {}

    def found(limit: str) -> float:
        return value.get(limit, value.get("model", math.nan))

    known = all(map(math.isfinite, (*value.values(), *below.values(), *least.values())))
    met = all(
        found(name) <= limit if inclusive else found(name) < limit for name, limit in below.items()
    ) and all(found(name) >= limit for name, limit in least.items())
    return {
        "id": name,
        "label": label,
        "unit": unit,
        "value": dict(value),
        "below": dict(below),
        "least": dict(least),
        "reported": dict(reported or {}),
        "inclusive": inclusive,
        "met": met if known else None,
    }


def _ratio(scores: Mapping[str, Any], code: str, baseline: str, horizons: Sequence[int]) -> float:
    """Return the mean error of the model over that of a baseline in a host; every horizon counts the same."""
    rows = [scores["horizons"][str(ahead)]["mean_error_pct_by_host"].get(code) for ahead in horizons]
    known = [row for row in rows if row is not None]
    return relative_error(sum(row["model"] for row in known), sum(row[baseline] for row in known))


def _ahead(horizons: Sequence[int]) -> str:
    """Return ``1 and 6 months``, ``1 month``."""
    first = f"{', '.join(map(str, horizons[:-1]))} and " if len(horizons) > 1 else ""
    return f"{first}{horizons[-1]} month{'s' * (len(horizons) > 1 or horizons[0] > 1)}"


def coverage_asked(asked: Mapping[str, float]) -> tuple[float, float]:
    """Return the least and the most coverage that is accepted: a margin around the level of the bands."""
    margin = asked["coverage_margin"]
    return round(max(LEVEL - margin, 0.0), 6), round(min(LEVEL + margin, 1.0), 6)


def acceptance_levels(scores: Mapping[str, Any], rules: Rules) -> Iterator[dict[str, Any]]:
    """Yield every threshold with what came out of one window, in the order of the report.

    ``scores`` are ``W`` of :func:`calibration.validation.scores.score_window`, without ``levels``.
    """
    asked, compared = rules.acceptance, rules.compared
    for position, ahead in enumerate(compared.horizons):
        error = scores["horizons"][str(ahead)]["median_error_pct"]
        yield acceptance_level(
            f"median_error_{ahead}_months",
            f"typical error, {_ahead([ahead])} ahead",
            "percent",
            {"model": error["model"]},
            {baseline: error[baseline] for baseline in NAIVE},
            reported={baseline: compared.reported[baseline][position] for baseline in NAIVE},
        )
    for code in compared.hosts:
        yield acceptance_level(
            f"better_in_{code}",
            f"{code}: error / baseline's, {_ahead(compared.horizons)} ahead",
            "ratio",
            {baseline: _ratio(scores, code, baseline, compared.horizons) for baseline in NAIVE},
            dict.fromkeys(NAIVE, asked["mase"]),
        )
    for ahead in (6, 12):
        by_host = scores["horizons"].get(str(ahead), {}).get("mean_error_pct_by_host", {})
        yield acceptance_level(
            f"nl_error_{ahead}_months",
            f"{CLIENT}: average error, {ahead} months ahead",
            "percent",
            {"model": by_host.get(CLIENT, {}).get("model", math.nan)},
            {"asked": asked[f"nl_error_pct_at_{ahead}_months"]},
        )
    for ahead in compared.horizons:
        error = scores["breaks"][str(ahead)]["median_error_pct"]
        own = error["model_with_clean_up"]
        yield acceptance_level(
            f"break_ratio_{ahead}_months",
            f"across a break, error / baseline's, {_ahead([ahead])}",
            "ratio",
            {baseline: relative_error(own, error[baseline]) for baseline in NAIVE},
            dict.fromkeys(NAIVE, asked["break_error_ratio"]),
            inclusive=True,
        )
    least, most = coverage_asked(asked)
    close = scores["horizons"].get("12", {}).get("within_10_pct", {}).get("model", math.nan)
    yield acceptance_level(
        POOLED_COVERAGE,
        f"host-months inside the {IN_WORDS} band",
        "share",
        {"model": scores[POOLED_COVERAGE]},
        {"most": most},
        least={"least": least},
        inclusive=True,
    )
    for name, label in (
        ("ard_change_12m", "distribution of the change over a year (ARD)"),
        ("ard_stock", "distribution of stocks a year ahead (ARD)"),
    ):
        yield acceptance_level(name, label, "ratio", {"model": scores[name]}, {"asked": asked[name]})
    name = "within_10_pct_at_12_months"
    label = "forecasts within 10 %, a year ahead"
    yield acceptance_level(name, label, "share", {"model": close}, {}, least={"asked": asked[name]})
