"""The acceptance thresholds, each met or not met: what was asked of forecasts before they were scored."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from calibration.validation.baselines import NAIVE
from calibration.validation.metrics import relative_error
from calibration.validation.rules import Rules

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
