"""The scores in plain words: tables for the eye and a closing paragraph that says what they mean."""

import math
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from abm.months import month_label
from calibration.validation.measures import BAND_LEVELS
from calibration.validation.metrics import reachable_coverage
from calibration.validation.rivals import NAIVE, RIVALS
from calibration.validation.rules import Rules
from calibration.validation.tables import (
    NAMES,
    band_table,
    break_table,
    difference_table,
    horizon_table,
    host_table,
    level_table,
    published_table,
)

HEADINGS = {"fit": "Months calibration may see", "held_out": "Held-out months"}


def finite(scores: Any) -> Any:
    """Return the scores with NaN and infinities as None, so that they are valid JSON."""
    if isinstance(scores, Mapping):
        return {key: finite(value) for key, value in scores.items()}
    if isinstance(scores, list):
        return [finite(value) for value in scores]
    if isinstance(scores, float) and not math.isfinite(scores):
        return None
    return scores


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _against_rivals(window: Mapping[str, Any]) -> list[str]:
    sentences = []
    for rival in NAIVE:
        name, ratio = NAMES[rival], window["median"][f"mase_{rival}"]
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
    for rival in RIVALS:
        worse = [
            horizon
            for horizon, part in window["horizons"].items()
            if part["median_error_pct"]["model"] > part["median_error_pct"][rival]
        ]
        if worse:
            months = "month" if worse == ["1"] else "months"
            sentences.append(
                f"By horizon it is worse than {NAMES[rival]} at {_listed(worse)} {months} ahead."
            )
    both = [
        code
        for code, m in window["hosts"].items()
        if m["mase_persistence"] > 1 and m["mase_constant_inflow"] > 1
    ]
    if both:
        sentences.append(f"Worse than both naive rivals: {_listed(both)}.")
    return sentences


def _about_band(window: Mapping[str, Any], bars: Mapping[str, float]) -> str:
    """Return whether the 80 % band can be trusted."""
    inside, n_members = window["coverage_80_pooled"], window["members"]
    if n_members == 1:
        return "A single run has no band."
    reach = reachable_coverage(n_members, BAND_LEVELS["coverage_80"])
    text = f"The 80 % band holds the register in {100 * inside:.0f} % of all host-months"
    if reach < bars["coverage_80_least"]:
        text += f" (with {n_members} members a perfect band would hold {100 * reach:.0f} %)"
    if inside < min(reach, bars["coverage_80_least"]):
        return f"{text}: too narrow to plan with."
    return f"{text}: wider than it says." if inside > bars["coverage_80_most"] else f"{text}."


def _about_fits(fits: Mapping[str, Mapping[str, int]]) -> str:
    """Return how often a fit of a statistical rival failed and what stood in for it."""
    parts = []
    for rival, count in fits.items():
        failed = count.get("damped_trend", 0) + count.get("persistence", 0)
        parts.append(f"{NAMES[rival]} {failed} of {sum(count.values()) - count.get('short', 0)}")
    short = max(count.get("short", 0) for count in fits.values())
    return (
        f"Fits that failed and gave way to a simpler rule: {_listed(parts)}; {short} series were too short "
        "since their last break, so their mean change goes on."
    )


def _closing(scores: Mapping[str, Any], n_seeds: int, bars: Mapping[str, float]) -> str:
    window = scores["held_out"]
    sentences = ["What this means, for the held-out months.", *_against_rivals(window)]
    for horizon in ("6", "12"):
        by_host = window["horizons"].get(horizon, {}).get("mean_error_pct_by_host", {})
        if (nl := by_host.get("NL")) is not None:
            sentences.append(
                f"For the Netherlands the average error {horizon} months ahead is {nl['model']:.1f} % "
                f"({NAMES['persistence']} {nl['persistence']:.1f} %, "
                f"{NAMES['constant_inflow']} {nl['constant_inflow']:.1f} %)."
            )
    if math.isfinite(window["coverage_80_pooled"]):
        sentences.append(_about_band(window, bars))
    fit, held = (scores[name]["median"]["mase_persistence"] for name in ("fit", "held_out"))
    if math.isfinite(fit) and math.isfinite(held):
        sentences.append(
            f'Against "nothing changes" the ratio was {fit:.2f} in the months calibration may see and is '
            f"{held:.2f} in the held-out ones."
        )
    low, high = window["seed_spread"]["mase_persistence"]
    if n_seeds > 1 and math.isfinite(low) and math.isfinite(high):
        sentences.append(f"Each run scored alone, the latter goes from {low:.2f} to {high:.2f}.")
    return " ".join([*sentences, _about_fits(window["rival_fits"])])


def _wrapped(text: str, width: int = 100) -> list[str]:
    return textwrap.wrap(text, width)


def _heading(text: str) -> list[str]:
    return ["", text, "=" * len(text)]


def validation_text(scores: Mapping[str, Any], rules: Rules, scale: int, n_seeds: int) -> str:
    """Return the report a policy officer reads.

    The months calibration may see come first and short; the verdict rests on the held-out ones.

    Parameters
    ----------
    scores : mapping
        ``{"fit": W, "held_out": W}`` of :func:`calibration.validation.scoring.score_window`.
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
            "then (anchored) plus the change the model expects. Its rivals do the same: "
            '"nothing changes" (persistence), "inflow goes on" (the mean change of the last '
            f"{rules.lookback} months), the growth of the last {rules.growth_months} months, and two "
            "automatic methods of statistics, ETS and ARIMA; these three read the register since its last "
            "break."
        ),
    ]
    held_out = scores["held_out"]
    further = {
        "fit": [published_table(window_rows)] if (window_rows := scores["fit"]["published"]) else [],
        "held_out": [
            band_table(held_out),
            host_table(held_out, rules.compared.hosts),
            difference_table(held_out, rules.bars),
            *([published_table(rows)] if (rows := held_out["published"]) else []),
        ],
    }
    for name, window in scores.items():
        first, last = rules.windows[name]
        lines += _heading(f"{HEADINGS[name]}: {month_label(first)} to {month_label(last)}")
        for table in (horizon_table(window), break_table(window), *further[name]):
            lines += ["", *table]
        for note in dict.fromkeys(row["note"] for row in window["published"]):
            lines += ["", *_wrapped(note)]
    lines += [*_heading("Levels to clear, held-out months"), *level_table(held_out["levels"])]
    lines += ["", *_wrapped(_closing(scores, n_seeds, rules.bars))]
    return "\n".join(lines)
