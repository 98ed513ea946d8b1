"""The text of ``ewea validate``: tables at most 110 characters wide, and what they mean in sentences."""

import math
import textwrap
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from abm.band import IN_WORDS, LEVEL, key, percent
from abm.months import month_label
from calibration.validation.baselines import BASELINES, NAIVE
from calibration.validation.comparisons import coverage_asked
from calibration.validation.metrics import BAND_LEVELS, POOLED_COVERAGE, median_or_nan, reachable_coverage
from calibration.validation.rules import Rules
from experiments.options import text_table
from experiments.wording.numbers import listed

MISSING = "-"
HEADS = {
    "model": "model",
    "persistence": "nothing changes",
    "constant_inflow": "inflow goes on",
    "last_year_growth": "as in the last year",
    "damped_trend": "damped trend",
    "ets": "ETS",
    "auto_arima": "ARIMA",
}
"""Heads of the column of a forecaster."""

NAMES = {
    **HEADS,
    **{name: f'"{HEADS[name]}"' for name in ("persistence", "constant_inflow", "last_year_growth")},
    "damped_trend": "a damped trend",
}
"""Baselines in running text."""

UNITS = {"percent": (1.0, " %", 2), "share": (100.0, " %", 0), "ratio": (1.0, "", 2)}
"""Factor, sign and digits of the unit of a threshold."""


def number(value: float, digits: int = 1, factor: float = 1.0) -> str:
    """Return a number, or the sign for missing."""
    return f"{factor * value:.{digits}f}" if math.isfinite(value) else MISSING


type Cells = dict[str, Callable[[Any], str]]
"""Heads of columns, and how what is known of a row becomes a cell."""

FORECASTS: Cells = {"forecasts": lambda part: f"{part['pairs']:.0f}"}


def by_horizon(title: str, parts: Mapping[str, Any], columns: Cells) -> str:
    """Return a table with a row per number of months ahead."""
    rows = ([months, *(cell(part) for cell in columns.values())] for months, part in parts.items())
    return text_table(title, ["months ahead", *columns], rows)


def _errors(names: Mapping[str, str]) -> Cells:
    return {h: lambda part, n=name: number(part["median_error_pct"][n], 2) for name, h in names.items()}


def horizon_table(window: Mapping[str, Any]) -> str:
    """Return the typical error by months ahead, model and baselines."""
    columns = _errors(HEADS | {"model_unanchored": "model not anchored"})
    columns["model within 10 %, share"] = lambda part: number(part["within_10_pct"]["model"], 2)
    title = "Typical error by months ahead (median over hosts and months, % of the register at the origin):"
    return by_horizon(title, window["horizons"], columns | FORECASTS)


def break_table(window: Mapping[str, Any]) -> str:
    """Return the typical error of forecasts that cross a break of the register."""
    own = {"with_clean_up": "model with own clean-up", "without_clean_up": "model without a clean-up"}
    names = {f"model_{name}": head for name, head in own.items()} | {n: HEADS[n] for n in BASELINES}
    title = "Scored apart: forecasts across a register clean-up or change of counting (median error %):"
    return by_horizon(title, window["breaks"], _errors(names) | FORECASTS)


def band_table(window: Mapping[str, Any]) -> str:
    """Return the scores of the whole forecast, band included."""
    parts = {horizon: part["pooled"] for horizon, part in window["horizons"].items()}
    scores = {"model": "crps_share", **{name: f"wape_{name}" for name in BASELINES}}
    columns: Cells = {h: lambda m, n=scores[name]: number(m[n], 2, 100) for name, h in HEADS.items()}
    for name, level in BAND_LEVELS.items():
        columns[f"{percent(level)} % band holds, %"] = lambda m, n=name: number(m[n], 0, 100)
    title = (
        "The forecast with its band (CRPS, % of all persons; for baselines, without one, the plain error):"
    )
    return by_horizon(title, {**parts, "all": window["pooled"]}, columns)


def host_table(window: Mapping[str, Any], first: Sequence[str]) -> str:
    """Return errors by host and months ahead; the hosts ``first`` stand on top."""
    ahead, names = list(window["horizons"]), ("model", "constant_inflow")
    by_host = []
    for part in window["horizons"].values():
        errors = part["mean_error_pct_by_host"]
        typical = {name: median_or_nan(np.array([row[name] for row in errors.values()])) for name in names}
        by_host.append({**errors, "median": typical})
    order = [code for code in first if code in window["hosts"]]
    rest = [code for code in window["hosts"] if code not in order]

    def row(code: str) -> list[str]:
        m = window["median"] if code == "median" else window["hosts"][code]
        return [
            code,
            *(number(part.get(code, {}).get(name, math.nan)) for name in names for part in by_host),
            *(number(m[f"mase_{name}"], 2) for name in NAIVE),
            number(m[key("coverage")], 0, 100),
            "" if code == "median" else str(int(m["pairs"])),
        ]

    return text_table(
        "By host, break-free forecasts: average error % of the model by months ahead, the same of "
        '"inflow goes on" (i), model error / error of "nothing changes" and of "inflow goes on" (below 1 the '
        "model is better):",
        ["host", *ahead, *(f"i {months}" for months in ahead), "/ nothing", "/ inflow",
         f"{IN_WORDS} band holds, %", "forecasts"],
        [row(code) for code in (*order, *rest, "median")],
    )  # fmt: skip


def distribution_table(window: Mapping[str, Any], acceptance: Mapping[str, float]) -> str:
    """Return how well the distribution over hosts is met."""
    ard = window["ard"]
    asked = {"stock": acceptance["ard_stock"], "change_12m": acceptance["ard_change_12m"]}
    rows = {
        "model, forecast a year ahead": ard["forecast"]["model"],
        **{NAMES[name]: ard["forecast"][name] for name in BASELINES},
        "model, across breaks too": ard["forecast_all"]["model"],
        "model run with recorded arrivals": ard["hindcast"],
        "acceptance threshold": asked,
    }
    return text_table(
        "Distribution over hosts (ARD; half of it is the share of persons in the wrong place):",
        ["", "stock", "change over 12 months"],
        ([name, number(v["stock"], 3), number(v["change_12m"], 2)] for name, v in rows.items()),
    )


def published_table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the model and baselines beside a forecast others published."""
    tables: dict[str, list[list[str]]] = {}
    for row in rows:
        ahead = [row["origin"], row["target"], str(row["months_ahead"])]
        errors = [number(row["error_pct"][name]) for name in ("published", *HEADS)]
        tables.setdefault(row["label"], []).append([*ahead, *errors])
    return "\n\n".join(
        text_table(
            f"{label}: error in % of what was observed, each on its own series",
            ["from end of", "to end of", "months ahead", "published", *HEADS.values()],
            lines,
            words=(0, 1),
        )
        for label, lines in tables.items()
    )


def limit_in_words(level: Mapping[str, Any], show: Callable[[float], str]) -> str:
    """Return what was asked of a level, in a few words."""
    below, least = ([show(value) for value in level[end].values()] for end in ("below", "least"))
    if below and least:
        return f"{least[0]} to {below[0]}"
    if least:
        return f"at least {least[0]}"
    return f"{'at most' if level['inclusive'] else 'below'} {' and '.join(dict.fromkeys(below))}"


def acceptance_table(levels: Sequence[Mapping[str, Any]]) -> str:
    """Return every acceptance threshold with what came out: met or not met."""
    rows = []
    for level in levels:
        factor, sign, digits = UNITS[level["unit"]]
        came_out = " and ".join(number(v, digits if v < 100 else 0, factor) for v in level["value"].values())
        asked = limit_in_words(level, lambda value, d=digits, f=factor: number(value, d, f)) + sign
        reported = " and ".join(f"{value:g}" for value in level["reported"].values())
        if reported and level["below"] and not level["least"]:
            asked = f"{asked} ({reported})"
        verdict = {True: "met", False: "NOT MET", None: "no data"}[level["met"]]
        rows.append([level["label"], came_out + sign * (came_out != MISSING), asked, verdict])
    met = sum(level["met"] is True for level in levels)
    table = text_table("", ["", "came out", "asked", ""], rows, words=(0, 2, 3))
    naive = " and ".join(NAMES[name] for name in NAIVE)
    return (
        f"{table}\n{met} of {len(levels)} met. Two figures stand for {naive}, in this order;\n"
        "in brackets the same errors of the baselines as reported before this run."
    )


HEADINGS = {"fit": "Months calibration may see", "held_out": "Held-out months"}


def _against_baselines(window: Mapping[str, Any]) -> list[str]:
    sentences = []
    for baseline in NAIVE:
        name, ratio = NAMES[baseline], window["median"][f"mase_{baseline}"]
        if not math.isfinite(ratio):
            sentences.append(f"There is no break-free forecast to compare with {name}.")
            continue
        known = [m for m in window["hosts"].values() if math.isfinite(m[f"mase_{baseline}"])]
        better = sum(m[f"mase_{baseline}"] < 1 for m in known)
        size = f"{ratio:.2f} times" if ratio < 10 else f"{ratio:.0f} times"
        verdict = "better than" if ratio < 1 else "worse than"
        sentences.append(
            f"In the typical host the error of the model is {size} that of {name}: {verdict} this baseline "
            f"(better in {better} of {len(known)} hosts)."
        )
    for baseline in BASELINES:
        errors = {horizon: part["median_error_pct"] for horizon, part in window["horizons"].items()}
        if worse := [h for h, error in errors.items() if error["model"] > error[baseline]]:
            ahead = f"{listed(worse)} month{'s' * (worse != ['1'])} ahead"
            sentences.append(f"By horizon it is worse than {NAMES[baseline]} at {ahead}.")
    hosts = window["hosts"].items()
    if both := [code for code, m in hosts if all(m[f"mase_{name}"] > 1 for name in NAIVE)]:
        sentences.append(f"Worse than both naive baselines: {listed(both)}.")
    return sentences


def _about_band(window: Mapping[str, Any], acceptance: Mapping[str, float]) -> str:
    """Return whether the band can be trusted."""
    inside, n_members = window[POOLED_COVERAGE], window["members"]
    if n_members == 1:
        return "A single run has no band."
    reach = reachable_coverage(n_members, LEVEL)
    text = f"The {IN_WORDS} band holds the register in {100 * inside:.0f} % of all host-months"
    least, most = coverage_asked(acceptance)
    if reach < least:
        text += f" (with {n_members} members a perfect band would hold {100 * reach:.0f} %)"
    if inside < min(reach, least):
        return f"{text}: too narrow to plan with."
    return f"{text}: wider than it says." if inside > most else f"{text}."


def _about_fits(fits: Mapping[str, Mapping[str, int]]) -> str:
    """Return how often a fit of an automatic baseline failed and what stood in for it."""
    parts = []
    for baseline, count in fits.items():
        failed = count.get("damped_trend", 0) + count.get("persistence", 0)
        parts.append(f"{NAMES[baseline]} {failed} of {sum(count.values()) - count.get('short', 0)}")
    short = max(count.get("short", 0) for count in fits.values())
    return (
        f"Fits that failed and fell back to a simpler rule: {listed(parts)}; {short} series were too short "
        "since their last break, so their mean change goes on."
    )


def _closing(scores: Mapping[str, Any], n_seeds: int, acceptance: Mapping[str, float]) -> str:
    window = scores["held_out"]
    sentences = ["What this means, for the held-out months.", *_against_baselines(window)]
    for horizon in ("6", "12"):
        by_host = window["horizons"].get(horizon, {}).get("mean_error_pct_by_host", {})
        if (nl := by_host.get("NL")) is not None:
            sentences.append(
                f"For the Netherlands the average error {horizon} months ahead is {nl['model']:.1f} % "
                f"({NAMES['persistence']} {nl['persistence']:.1f} %, "
                f"{NAMES['constant_inflow']} {nl['constant_inflow']:.1f} %)."
            )
    if math.isfinite(window[POOLED_COVERAGE]):
        sentences.append(_about_band(window, acceptance))
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


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, 100)


def heading_lines(text: str) -> list[str]:
    """Return a heading with an empty line before it."""
    return ["", text, "=" * len(text)]


def validation_text(scores: Mapping[str, Any], rules: Rules, scale: int, n_seeds: int) -> str:
    """Return the report a policy officer reads; the verdict rests on the held-out months."""
    seeds = "1 seed" if n_seeds == 1 else f"{n_seeds} seeds"
    lines = [
        f"Hindcast against the Eurostat registers: scale {scale}, {seeds}, {len(rules.hosts)} hosts.",
        *_wrapped(
            "Every forecast uses only what was known at its origin, and starts from the last register known "
            "then (anchored) plus the change the model expects. The baselines do the same: "
            '"nothing changes" (persistence), "inflow goes on" (the mean change of the last '
            f"{rules.lookback} months), the growth of the last {rules.automatic.growth_months} months, and "
            "two automatic methods of statistics, ETS and ARIMA; these three read the register since its "
            "last break."
        ),
    ]
    held_out = scores["held_out"]
    for name, window in scores.items():
        first, last = rules.windows[name]
        lines += heading_lines(f"{HEADINGS[name]}: {month_label(first)} to {month_label(last)}")
        tables = [horizon_table(window), break_table(window)]
        if window is held_out:
            tables += [band_table(window), host_table(window, rules.compared.hosts)]
            tables.append(distribution_table(window, rules.acceptance))
        if window["published"]:
            tables.append(published_table(window["published"]))
        for table in tables:
            lines += ["", table]
        for note in dict.fromkeys(row["note"] for row in window["published"]):
            lines += ["", *_wrapped(note)]
    lines += [*heading_lines("Acceptance thresholds, held-out months"), acceptance_table(held_out["levels"])]
    lines += ["", *_wrapped(_closing(scores, n_seeds, rules.acceptance))]
    return "\n".join(lines)
