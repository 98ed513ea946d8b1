"""ARD of the distribution over hosts: stocks and changes over twelve months, model and baselines."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.data.world import Registers
from abm.months import month_label
from calibration.validation.baselines import NAIVE, baseline_forecasts
from calibration.validation.forecasts import Forecasts, Pairs, member_forecasts, scored_pairs
from calibration.validation.metrics import (
    absolute_percentage_error,
    averaged_relative_difference,
    relative_error,
)
from calibration.validation.rules import Rules

Floats = NDArray[np.float64]

YEAR = 12
"""Months of the change scored; part of the name ``ard_change_12m``."""


def mean_over_targets(pairs: Pairs, at_start: Floats, simulated: Floats) -> dict[str, float]:
    """Return the mean over target months of the ARD over hosts.

    Parameters
    ----------
    pairs : Pairs
        Hosts and targets, with the register at both ends.
    at_start, simulated : float64[P]
        Simulated register at the origin and at the target; the register itself for a forecast that
        starts from it. Persons.

    Returns
    -------
    dict
        ``stock`` and ``change_12m`` (ratios), ``months`` and ``pairs`` (counts); NaN without pairs.
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

    Returns
    -------
    dict
        ``forecast``: twelve months ahead, break-free pairs, by ``model`` and baseline; ``forecast_all``:
        breaks included, the model with its own clean-ups; ``hindcast``: the run with recorded arbaselines,
        which knows more than any forecast does but is never set back to the register: stocks of all
        hosts, changes of all and of the break-free ones.
    """
    months = rules.windows[window]
    pairs = scored_pairs(registers, rules.hosts, (YEAR,), months, rules.lookback)

    def forecast(part: Pairs) -> dict[str, dict[str, float]]:
        model = member_forecasts(forecasts.with_clean_up, forecasts.origins, part, anchored=True).mean(axis=0)
        by_name = {"model": model, **baseline_forecasts(registers, rules, part).points}
        return {name: mean_over_targets(part, part.at_origin, point) for name, point in by_name.items()}

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

    Returns
    -------
    list of dict
        ``id``, ``label``, ``note``, ``host``, ``origin`` and ``target`` (YYYY-MM), ``months_ahead``,
        ``forecast``, ``observed`` and ``register`` (persons), ``crosses_break``, ``error_pct`` (by
        ``published``, ``model`` and baseline) and ``model_persons`` (point forecast).
    """
    rows = []
    first, last = rules.windows[window]
    for published in rules.published:
        for origin in published.origins:
            for target in published.targets:
                if not first <= target.month <= last:
                    continue
                pairs = scored_pairs(
                    registers,
                    (published.host,),
                    (target.month - origin,),
                    (target.month, target.month),
                    rules.lookback,
                )
                view = member_forecasts(forecasts.with_clean_up, forecasts.origins, pairs, anchored=True)
                points = {
                    "model": view.mean(axis=0),
                    **baseline_forecasts(registers, rules, pairs).points,
                }
                data = pairs.at_target
                of_publisher = absolute_percentage_error(
                    np.array([target.forecast]), np.array([target.observed]), np.array([target.observed])
                )
                rows.append(
                    {
                        "id": published.id,
                        "label": published.label,
                        "note": published.note,
                        "host": ids[published.host],
                        "origin": month_label(origin),
                        "target": month_label(target.month),
                        "months_ahead": target.month - origin,
                        "forecast": target.forecast,
                        "observed": target.observed,
                        "register": float(data[0]),
                        "model_persons": float(points["model"][0]),
                        "crosses_break": bool(pairs.crosses_break[0]),
                        "error_pct": {
                            "published": float(of_publisher[0]),
                            **{
                                name: float(absolute_percentage_error(point, data, data)[0])
                                for name, point in points.items()
                            },
                        },
                    }
                )
    return rows


CLIENT = "NL"
"""The host with thresholds of its own (``nl_error_pct_at_*`` of the rules)."""


def _level(
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


def _listed(horizons: Sequence[int]) -> str:
    return (
        f"{', '.join(map(str, horizons[:-1]))} and {horizons[-1]}" if len(horizons) > 1 else str(horizons[0])
    )


def _ratio(scores: Mapping[str, Any], code: str, baseline: str, horizons: Sequence[int]) -> float:
    """Return the mean error of the model over that of a baseline in a host; every horizon counts the same."""
    rows = [scores["horizons"][str(ahead)]["mean_error_pct_by_host"].get(code) for ahead in horizons]
    known = [row for row in rows if row is not None]
    return relative_error(sum(row["model"] for row in known), sum(row[baseline] for row in known))


def acceptance_levels(scores: Mapping[str, Any], rules: Rules) -> list[dict[str, Any]]:
    """Return every threshold with what came out of one window, in the order of the report.

    ``scores`` are ``W`` of :func:`calibration.validation.scores.score_window`, without ``levels``.
    """
    asked, compared = rules.acceptance, rules.compared
    found = []
    for position, ahead in enumerate(compared.horizons):
        error = scores["horizons"][str(ahead)]["median_error_pct"]
        found.append(
            _level(
                f"median_error_{ahead}_months",
                f"typical error, {ahead} month{'s' * (ahead > 1)} ahead",
                "percent",
                {"model": error["model"]},
                {baseline: error[baseline] for baseline in NAIVE},
                reported={baseline: compared.reported[baseline][position] for baseline in NAIVE},
            )
        )
    for code in compared.hosts:
        found.append(
            _level(
                f"better_in_{code}",
                f"{code}: error / baseline's, {_listed(compared.horizons)} months ahead",
                "ratio",
                {baseline: _ratio(scores, code, baseline, compared.horizons) for baseline in NAIVE},
                dict.fromkeys(NAIVE, asked["mase"]),
            )
        )
    for ahead in (6, 12):
        limit = asked[f"nl_error_pct_at_{ahead}_months"]
        by_host = scores["horizons"].get(str(ahead), {}).get("mean_error_pct_by_host", {})
        error_here = by_host.get(CLIENT, {}).get("model", math.nan)
        found.append(
            _level(
                f"nl_error_{ahead}_months",
                f"{CLIENT}: average error, {ahead} months ahead",
                "percent",
                {"model": error_here},
                {"asked": limit},
            )
        )
    for ahead in compared.horizons:
        error = scores["breaks"][str(ahead)]["median_error_pct"]
        found.append(
            _level(
                f"break_ratio_{ahead}_months",
                f"across a break, error / baseline's, {ahead} month{'s' * (ahead > 1)}",
                "ratio",
                {
                    baseline: relative_error(error["model_with_clean_up"], error[baseline])
                    for baseline in NAIVE
                },
                dict.fromkeys(NAIVE, asked["break_error_ratio"]),
                inclusive=True,
            )
        )
    close = scores["horizons"].get("12", {}).get("within_10_pct", {}).get("model", math.nan)
    found += [
        _level(
            "coverage_80_pooled",
            "host-months inside the 80 % band",
            "share",
            {"model": scores["coverage_80_pooled"]},
            {"most": asked["coverage_80_most"]},
            least={"least": asked["coverage_80_least"]},
            inclusive=True,
        ),
        _level(
            "ard_change_12m",
            "distribution of the change over a year (ARD)",
            "ratio",
            {"model": scores["ard_change_12m"]},
            {"asked": asked["ard_change_12m"]},
        ),
        _level(
            "ard_stock",
            "distribution of stocks a year ahead (ARD)",
            "ratio",
            {"model": scores["ard_stock"]},
            {"asked": asked["ard_stock"]},
        ),
        _level(
            "within_10_pct_at_12_months",
            "forecasts within 10 %, a year ahead",
            "share",
            {"model": close},
            {},
            least={"asked": asked["within_10_pct_at_12_months"]},
        ),
    ]
    return found
