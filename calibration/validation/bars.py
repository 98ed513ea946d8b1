"""The levels to clear, each met or not met: what was asked of the forecasts before they were scored."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from calibration.validation.metrics import relative_error
from calibration.validation.rivals import NAIVE
from calibration.validation.rules import Rules

CLIENT = "NL"
"""The host with levels of its own (``nl_error_pct_at_*`` of the rules)."""


@dataclass(frozen=True)
class Level:
    """One level.

    Attributes
    ----------
    id, label : str
        Name, and what a reader sees.
    unit : str
        ``percent``, ``ratio`` or ``share``.
    value : dict of str to float
        What came out: ``model`` alone where the limits are errors, by rival where they are ratios.
    least, below : dict of str to float
        Limits: at least and less than; at most where ``inclusive``.
    reported : dict of str to float
        The same limits as reported before this run, where they are rivals computed again.
    met : bool or None
        None where there is nothing to score.
    """

    id: str
    label: str
    unit: str
    value: dict[str, float]
    below: dict[str, float]
    least: dict[str, float]
    reported: dict[str, float]
    inclusive: bool
    met: bool | None


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
    """Return one level as a mapping; a limit named like a value is its own, any other is for ``model``."""
    least = least or {}

    def clears(limit_name: str, limit: float, low: bool) -> bool:
        found = value.get(limit_name, value.get("model", math.nan))
        if low:
            return found >= limit
        return found <= limit if inclusive else found < limit

    known = all(map(math.isfinite, (*value.values(), *below.values(), *least.values())))
    met = all(clears(n, limit, False) for n, limit in below.items()) and all(
        clears(n, limit, True) for n, limit in least.items()
    )
    return asdict(
        Level(
            name,
            label,
            unit,
            dict(value),
            dict(below),
            dict(least),
            dict(reported or {}),
            inclusive,
            met if known else None,
        )
    )


def _listed(horizons: Sequence[int]) -> str:
    return (
        f"{', '.join(map(str, horizons[:-1]))} and {horizons[-1]}" if len(horizons) > 1 else str(horizons[0])
    )


def _ratio(scores: Mapping[str, Any], code: str, rival: str, horizons: Sequence[int]) -> float:
    """Return the mean error of the model over that of a rival in a host; every horizon counts the same."""
    rows = [scores["horizons"][str(ahead)]["mean_error_pct_by_host"].get(code) for ahead in horizons]
    known = [row for row in rows if row is not None]
    return relative_error(sum(row["model"] for row in known), sum(row[rival] for row in known))


def levels(scores: Mapping[str, Any], rules: Rules) -> list[dict[str, Any]]:
    """Return every level with what came out of one window, in the order of the report.

    Parameters
    ----------
    scores : mapping
        ``W`` of :func:`calibration.validation.scoring.score_window`, without ``levels``.
    rules : Rules
        Levels and what they look at.
    """
    bars, compared = rules.bars, rules.compared
    found = []
    for position, ahead in enumerate(compared.horizons):
        error = scores["horizons"][str(ahead)]["median_error_pct"]
        found.append(
            _level(
                f"median_error_{ahead}_months",
                f"typical error, {ahead} month{'s' * (ahead > 1)} ahead",
                "percent",
                {"model": error["model"]},
                {rival: error[rival] for rival in NAIVE},
                reported={rival: compared.reported[rival][position] for rival in NAIVE},
            )
        )
    for code in compared.hosts:
        found.append(
            _level(
                f"better_in_{code}",
                f"{code}: error / rival's, {_listed(compared.horizons)} months ahead",
                "ratio",
                {rival: _ratio(scores, code, rival, compared.horizons) for rival in NAIVE},
                dict.fromkeys(NAIVE, bars["mase"]),
            )
        )
    for ahead in (6, 12):
        asked = bars[f"nl_error_pct_at_{ahead}_months"]
        by_host = scores["horizons"].get(str(ahead), {}).get("mean_error_pct_by_host", {})
        error_here = by_host.get(CLIENT, {}).get("model", math.nan)
        found.append(
            _level(
                f"nl_error_{ahead}_months",
                f"{CLIENT}: average error, {ahead} months ahead",
                "percent",
                {"model": error_here},
                {"asked": asked},
            )
        )
    for ahead in compared.horizons:
        error = scores["breaks"][str(ahead)]["median_error_pct"]
        found.append(
            _level(
                f"break_ratio_{ahead}_months",
                f"across a break, error / rival's, {ahead} month{'s' * (ahead > 1)}",
                "ratio",
                {rival: relative_error(error["model_with_clean_up"], error[rival]) for rival in NAIVE},
                dict.fromkeys(NAIVE, bars["break_error_ratio"]),
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
            {"most": bars["coverage_80_most"]},
            least={"least": bars["coverage_80_least"]},
            inclusive=True,
        ),
        _level(
            "ard_change_12m",
            "distribution of the change over a year (ARD)",
            "ratio",
            {"model": scores["ard_change_12m"]},
            {"asked": bars["ard_change_12m"]},
        ),
        _level(
            "ard_stock",
            "distribution of stocks a year ahead (ARD)",
            "ratio",
            {"model": scores["ard_stock"]},
            {"asked": bars["ard_stock"]},
        ),
        _level(
            "within_10_pct_at_12_months",
            "forecasts within 10 %, a year ahead",
            "share",
            {"model": close},
            {},
            least={"asked": bars["within_10_pct_at_12_months"]},
        ),
    ]
    return found
