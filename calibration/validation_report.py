"""The scores in plain words: tables for the eye and a closing paragraph that says what they mean."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from abm.months import month_label
from calibration.metrics import median_or_nan, reachable_coverage
from calibration.scoring import BAND_LEVEL
from calibration.validation_rules import Rules

HEADINGS = {"fit": "Months calibration may see", "held_out": "Held-out months"}
MISSING = "-"
RIVALS = {"persistence": '"nothing changes"', "constant_inflow": '"inflow goes on"'}
SHOWN_HORIZON = 6
"""Horizon of the columns by host, months; the first horizon scored where it is not among them."""


def finite(scores: Any) -> Any:
    """Return the scores with NaN and infinities as None, so that they are valid JSON."""
    if isinstance(scores, Mapping):
        return {key: finite(value) for key, value in scores.items()}
    if isinstance(scores, list):
        return [finite(value) for value in scores]
    if isinstance(scores, float) and not math.isfinite(scores):
        return None
    return scores


def _cell(value: float, digits: int = 1, width: int = 9, factor: float = 1.0) -> str:
    text = f"{factor * value:.{digits}f}" if math.isfinite(value) else MISSING
    return text.rjust(width)


def _horizon_table(window: Mapping[str, Any]) -> list[str]:
    lines = [
        "Typical error by months ahead (median over hosts and months, % of the register at the origin):",
        "  months      model   nothing    inflow   model not  forecasts   model within",
        "  ahead               changes   goes on    anchored                10 %, share",
    ]
    for horizon, part in window["horizons"].items():
        error = part["median_error_pct"]
        lines.append(
            f"  {horizon:>5} "
            + _cell(error["model"], width=10)
            + _cell(error["persistence"], width=10)
            + _cell(error["constant_inflow"], width=10)
            + _cell(error["model_unanchored"], width=12)
            + f"{part['pairs']:>11}"
            + _cell(part["within_10_pct"]["model"], digits=2, width=15)
        )
    return lines


def _host_table(window: Mapping[str, Any]) -> list[str]:
    shown = str(SHOWN_HORIZON) if str(SHOWN_HORIZON) in window["horizons"] else next(iter(window["horizons"]))
    by_host = dict(window["horizons"][shown]["mean_error_pct_by_host"])
    by_host["median"] = {
        name: median_or_nan(np.array([row[name] for row in by_host.values()]))
        for name in ("model", "persistence", "constant_inflow")
    }
    lines = [
        "By host, break-free forecasts of all horizons. Error ratios below 1: the model is better.",
        f"  host      model error /       average   inside    mean error %, {shown} months ahead   forecasts",
        "          nothing    inflow     error %   80 % band,   model  nothing   inflow",
        "          changes   goes on               % of cases          changes  goes on",
    ]
    rows = [*window["hosts"].items(), ("median", window["median"])]
    for code, m in rows:
        at = by_host.get(code, {})
        lines.append(
            f"  {code:<6}"
            + _cell(m["mase_persistence"], 2)
            + _cell(m["mase_constant_inflow"], 2, 10)
            + _cell(m["wape"], 1, 12, 100)
            + _cell(m["coverage_80"], 0, 13, 100)
            + _cell(at.get("model", math.nan), 1, 8)
            + _cell(at.get("persistence", math.nan), 1, 9)
            + _cell(at.get("constant_inflow", math.nan), 1, 9)
            + (f"{int(m['pairs']):>12}" if code != "median" else "")
        )
    return lines


def _break_table(window: Mapping[str, Any]) -> list[str]:
    lines = [
        "Scored apart: forecasts across a register clean-up or change of counting (median error %):",
        "  months   model with its   model without   nothing    inflow   forecasts",
        "  ahead      own clean-up      a clean-up   changes   goes on",
    ]
    for horizon, part in window["breaks"].items():
        error = part["median_error_pct"]
        lines.append(
            f"  {horizon:>5} "
            + _cell(error["model_with_clean_up"], width=17)
            + _cell(error["model_without_clean_up"], width=16)
            + _cell(error["persistence"], width=10)
            + _cell(error["constant_inflow"], width=10)
            + f"{part['pairs']:>12}"
        )
    return lines


def _ard_table(window: Mapping[str, Any], bars: Mapping[str, float]) -> list[str]:
    ard = window["ard"]
    rows = [
        ("model, forecast a year ahead", ard["forecast"]["model"]),
        ('"nothing changes"', ard["forecast"]["persistence"]),
        ('"inflow goes on"', ard["forecast"]["constant_inflow"]),
        ("model, across breaks too", ard["forecast_all"]["model"]),
        ("model run with recorded arrivals", ard["hindcast"]),
    ]
    lines = [
        "Distribution over hosts (ARD; half of it is the share of persons in the wrong place):",
        "                                       stock   change over 12 months",
    ]
    lines += [
        f"  {name:<34}" + _cell(value["stock"], 3, 10) + _cell(value["change_12m"], 2, 14)
        for name, value in rows
    ]
    lines.append(
        "  level to clear                    "
        + _cell(bars["ard_stock"], 3, 10)
        + _cell(bars["ard_change_12m"], 2, 14)
    )
    return lines


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _against_rivals(window: Mapping[str, Any]) -> list[str]:
    sentences = []
    for rival, name in RIVALS.items():
        ratio = window["median"][f"mase_{rival}"]
        if not math.isfinite(ratio):
            sentences.append(f"There is no break-free forecast to compare with {name}.")
            continue
        known = [m for m in window["hosts"].values() if math.isfinite(m[f"mase_{rival}"])]
        better = sum(m[f"mase_{rival}"] < 1 for m in known)
        size = f"{ratio:.2f} times" if ratio < 10 else f"{ratio:.0f} times"
        verdict = "better than" if ratio < 1 else "worse than"
        sentences.append(
            f"In the typical host the error of the model is {size} that of {name}: {verdict} this rival "
            f"(better in {better} of {len(known)} hosts)."
        )
        worse = [
            horizon
            for horizon, part in window["horizons"].items()
            if part["median_error_pct"]["model"] > part["median_error_pct"][rival]
        ]
        if worse:
            months = "month" if worse == ["1"] else "months"
            sentences.append(f"By horizon it is worse than {name} at {_listed(worse)} {months} ahead.")
    both = [
        code
        for code, m in window["hosts"].items()
        if m["mase_persistence"] > 1 and m["mase_constant_inflow"] > 1
    ]
    if both:
        sentences.append(f"Worse than both rivals: {_listed(both)}.")
    return sentences


def _closing(scores: Mapping[str, Any], n_seeds: int, bars: Mapping[str, float]) -> str:
    window = scores["held_out"]
    sentences = ["What this means, for the held-out months.", *_against_rivals(window)]
    for horizon in ("6", "12"):
        nl = (
            window["horizons"]
            .get(horizon, {"mean_error_pct_by_host": {}})["mean_error_pct_by_host"]
            .get("NL")
        )
        if nl is not None:
            sentences.append(
                f"For the Netherlands the average error {horizon} months ahead is {nl['model']:.1f} % "
                f"(asked: less than {bars[f'nl_error_pct_at_{horizon}_months']:.0f} %; "
                f"{RIVALS['persistence']} {nl['persistence']:.1f} %, "
                f"{RIVALS['constant_inflow']} {nl['constant_inflow']:.1f} %)."
            )
    far = window["horizons"].get("12")
    if far is not None and math.isfinite(far["within_10_pct"]["model"]):
        sentences.append(
            f"A year ahead {100 * far['within_10_pct']['model']:.0f} % of the forecasts are within 10 % "
            f"(asked: {100 * bars['within_10_pct_at_12_months']:.0f} %)."
        )
    inside = window["median"]["coverage_80"]
    if math.isfinite(inside):
        reach = 100 * reachable_coverage(n_seeds, BAND_LEVEL)
        sentences.append(
            f"The 80 % band holds the register in {100 * inside:.0f} % of the cases of the typical host "
            f"(with {n_seeds} seeds a perfect band would hold {reach:.0f} %): it shows chance between seeds "
            "only, not what we do not know about behaviour, so it is too narrow to plan with."
            if 100 * inside < reach
            else f"The 80 % band holds the register in {100 * inside:.0f} % of the cases of the typical host."
        )
    for name, label in (("ard_stock", "stocks"), ("ard_change_12m", "the change over a year")):
        if math.isfinite(window[name]):
            verdict = "clears" if window[name] < bars[name] else "misses"
            sentences.append(
                f"The distribution of {label} over hosts {verdict} its level "
                f"({window[name]:.2f} against {bars[name]:.2f})."
            )
    fit, held = (scores[name]["median"]["mase_persistence"] for name in ("fit", "held_out"))
    if math.isfinite(fit) and math.isfinite(held):
        sentences.append(
            f'Against "nothing changes" the ratio was {fit:.2f} in the months calibration may see and is '
            f"{held:.2f} in the held-out ones."
        )
    low, high = window["seed_spread"]["mase_persistence"]
    if n_seeds > 1 and math.isfinite(low) and math.isfinite(high):
        sentences.append(f"Seed by seed the latter runs from {low:.2f} to {high:.2f}.")
    return " ".join(sentences)


def _wrapped(text: str, width: int = 100) -> list[str]:
    import textwrap

    return textwrap.wrap(text, width)


def validation_text(scores: Mapping[str, Any], rules: Rules, scale: int, n_seeds: int) -> str:
    """Return the report a policy officer reads.

    Parameters
    ----------
    scores : mapping
        ``{"fit": W, "held_out": W}`` of :func:`calibration.scoring.score_window`.
    rules : Rules
        The scoring rule (windows and levels to clear).
    scale, n_seeds : int
        Of the run scored.
    """
    seeds = "1 seed" if n_seeds == 1 else f"{n_seeds} seeds"
    lines = [
        f"Hindcast against the Eurostat registers: scale {scale}, {seeds}, {len(rules.hosts)} hosts.",
        *_wrapped(
            "Every forecast uses only what was known at its origin, and starts from the last register known "
            "then (anchored) plus the change the model expects. Two naive rivals do the same: "
            '"nothing changes" (persistence) and "inflow goes on" (the mean change of the last '
            f"{rules.lookback} months)."
        ),
    ]
    for name, window in scores.items():
        first, last = rules.windows[name]
        heading = f"{HEADINGS[name]}: {month_label(first)} to {month_label(last)}"
        lines += ["", heading, "=" * len(heading)]
        for table in (
            _horizon_table(window),
            _host_table(window),
            _break_table(window),
            _ard_table(window, rules.bars),
        ):
            lines += ["", *table]
    lines += ["", *_wrapped(_closing(scores, n_seeds, rules.bars))]
    return "\n".join(lines)
