"""The tables of ``ewea validate`` as lines of text, at most 110 characters wide."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from calibration.validation.metrics import median_or_nan
from calibration.validation.rivals import NAIVE, RIVALS

Lines = list[str]

MISSING = "-"
HEADS = {
    "model": ("", "model"),
    "persistence": ("nothing", "changes"),
    "constant_inflow": ("inflow", "goes on"),
    "last_year_growth": ("last-year", "growth"),
    "ets": ("", "ETS"),
    "auto_arima": ("", "ARIMA"),
}
"""Two lines above the column of a forecaster."""

NAMES = {
    "persistence": '"nothing changes"',
    "constant_inflow": '"inflow goes on"',
    "last_year_growth": '"as in the last year"',
    "ets": "ETS",
    "auto_arima": "ARIMA",
}
"""Rivals in running text."""

UNITS = {"percent": (1.0, " %", 2), "share": (100.0, " %", 0), "ratio": (1.0, "", 2)}
"""Factor, sign and digits of the unit of a level."""

WIDTH = 10


def cell(value: float, digits: int = 1, width: int = WIDTH, factor: float = 1.0) -> str:
    """Return a number flush right, or the sign for missing."""
    text = f"{factor * value:.{digits}f}" if math.isfinite(value) else MISSING
    return text.rjust(width)


def _heads(names: Iterable[str], left: int, rest: Sequence[tuple[str, str, int]] = ()) -> Lines:
    """Return the two lines of column heads; ``rest`` are further ones with their widths."""
    columns = [(*HEADS[name], WIDTH) for name in names] + list(rest)
    return [
        (" " * left + "".join(first.rjust(width) for first, _, width in columns)).rstrip(),
        " " * left + "".join(second.rjust(width) for _, second, width in columns),
    ]


def _named(lines: Lines, first: str, second: str) -> Lines:
    """Write the head of the first column over the blanks that :func:`_heads` left."""
    return [first + lines[0][len(first) :], second + lines[1][len(second) :]]


def horizon_table(window: Mapping[str, Any]) -> Lines:
    """Return the typical error by months ahead, model and rivals."""
    names = ("model", *RIVALS)
    rest = (("model not", "anchored", 12), ("model within", "10 %, share", 14), ("", "forecasts", 11))
    lines = [
        "Typical error by months ahead (median over hosts and months, % of the register at the origin):",
        *_named(_heads(names, 8, rest), "  months", "  ahead "),
    ]
    for horizon, part in window["horizons"].items():
        error = part["median_error_pct"]
        lines.append(
            f"  {horizon:>5} "
            + "".join(cell(error[name], 2) for name in names)
            + cell(error["model_unanchored"], 2, 12)
            + cell(part["within_10_pct"]["model"], 2, 14)
            + f"{part['pairs']:>11}"
        )
    return lines


def break_table(window: Mapping[str, Any]) -> Lines:
    """Return the typical error of forecasts that cross a break of the register."""
    rest = (("", "forecasts", 11),)
    heads = _heads(RIVALS, 34, rest)
    lines = [
        "Scored apart: forecasts across a register clean-up or change of counting (median error %):",
        *_named(heads, "  months   model with  model without", "  ahead  own clean-up     a clean-up"),
    ]
    for horizon, part in window["breaks"].items():
        error = part["median_error_pct"]
        lines.append(
            f"  {horizon:>5} "
            + cell(error["model_with_clean_up"], 2, 11)
            + cell(error["model_without_clean_up"], 2, 15)
            + "".join(cell(error[name], 2) for name in RIVALS)
            + f"{part['pairs']:>11}"
        )
    return lines


def band_table(window: Mapping[str, Any]) -> Lines:
    """Return the scores of the whole forecast, band included."""
    names = ("model", *RIVALS)
    rest = (("80 % band", "holds, %", 12), ("95 % band", "holds, %", 12))
    lines = [
        "The forecast with its band (CRPS, % of all persons; of rivals, which have none, the plain error):",
        *_named(_heads(names, 8, rest), "  months", "  ahead "),
    ]
    parts = {f"{horizon:>5} ": part["pooled"] for horizon, part in window["horizons"].items()}
    for label, pooled in {**parts, "  all ": window["pooled"]}.items():
        lines.append(
            f"  {label}"
            + cell(pooled["crps_share"], 2, factor=100)
            + "".join(cell(pooled[f"wape_{name}"], 2, factor=100) for name in RIVALS)
            + cell(pooled["coverage_80"], 0, 12, 100)
            + cell(pooled["coverage_95"], 0, 12, 100)
        )
    return lines


def host_table(window: Mapping[str, Any], first: Sequence[str]) -> Lines:
    """Return errors by host and months ahead; the hosts ``first`` stand on top."""
    ahead = list(window["horizons"])
    wide = 7 * len(ahead)
    title = "average error %, months ahead"
    lines = [
        "By host, break-free forecasts. Error ratios below 1: the model is better.",
        f"  host  {'model, ' + title:>{wide}}  {'inflow goes on':>{wide}}   model error /    80 % band",
        "        "
        + "".join(h.rjust(7) for h in ahead)
        + "  "
        + "".join(h.rjust(7) for h in ahead)
        + "   nothing  inflow   holds, %  forecasts",
    ]
    order = [code for code in first if code in window["hosts"]]
    rest = [code for code in window["hosts"] if code not in order]
    by_host = [part["mean_error_pct_by_host"] for part in window["horizons"].values()]

    def errors(code: str, name: str) -> str:
        values = [
            median_or_nan(np.array([row[name] for row in part.values()]))
            if code == "median"
            else part.get(code, {}).get(name, math.nan)
            for part in by_host
        ]
        return "".join(cell(value, 1, 7) for value in values)

    for code in (*order, *rest, "median"):
        m = window["median"] if code == "median" else window["hosts"][code]
        if code == (rest[0] if rest else "median"):
            lines.append("")
        lines.append(
            f"  {code:<6}{errors(code, 'model')}  {errors(code, 'constant_inflow')}"
            + cell(m["mase_persistence"], 2)
            + cell(m["mase_constant_inflow"], 2, 8)
            + cell(m["coverage_80"], 0, 11, 100)
            + (f"{int(m['pairs']):>11}" if code != "median" else "")
        )
    return lines


def difference_table(window: Mapping[str, Any], bars: Mapping[str, float]) -> Lines:
    """Return how well the distribution over hosts is met."""
    ard = window["ard"]
    rows = [
        ("model, forecast a year ahead", ard["forecast"]["model"]),
        *((NAMES[name], ard["forecast"][name]) for name in RIVALS),
        ("model, across breaks too", ard["forecast_all"]["model"]),
        ("model run with recorded arrivals", ard["hindcast"]),
        ("level to clear", {"stock": bars["ard_stock"], "change_12m": bars["ard_change_12m"]}),
    ]
    return [
        "Distribution over hosts (ARD; half of it is the share of persons in the wrong place):",
        "                                       stock   change over 12 months",
        *(f"  {name:<34}" + cell(v["stock"], 3, 8) + cell(v["change_12m"], 2, 24) for name, v in rows),
    ]


def published_table(rows: Sequence[Mapping[str, Any]]) -> Lines:
    """Return the model and rivals beside a forecast others published."""
    names = ("model", *RIVALS)
    lines = []
    for label in dict.fromkeys(row["label"] for row in rows):
        lines += [
            f"{label}: error in % of what was observed, each on its own series",
            *_named(_heads(names, 36), "  from     to       months  published", "  end of   end of   ahead"),
        ]
        for row in rows:
            if row["label"] == label:
                error = row["error_pct"]
                lines.append(
                    f"  {row['origin']}  {row['target']}{row['months_ahead']:>7}"
                    + cell(error["published"], 1, 11)
                    + "".join(cell(error[name], 1) for name in names)
                )
    return lines


def _limit(level: Mapping[str, Any]) -> str:
    """Return what was asked, in a few words."""
    factor, sign, digits = UNITS[level["unit"]]

    def number(value: float) -> str:
        return cell(value, digits, 0, factor)

    below, least = list(level["below"].values()), list(level["least"].values())
    if below and least:
        return f"{number(least[0])} to {number(below[0])}{sign}"
    if least:
        return f"at least {number(least[0])}{sign}"
    once = dict.fromkeys(number(value) for value in below)
    text = f"{'at most' if level['inclusive'] else 'below'} {' and '.join(once)}{sign}"
    reported = " and ".join(f"{value:g}" for value in level["reported"].values())
    return f"{text} ({reported})" if reported else text


def level_table(levels: Sequence[Mapping[str, Any]]) -> Lines:
    """Return every level with what came out: met or not met."""
    lines = [f"  {'':<45}{'came out':>15}  asked"]
    for level in levels:
        factor, sign, digits = UNITS[level["unit"]]
        values = level["value"].values()
        came_out = " and ".join(cell(v, digits if v < 100 else 0, 0, factor) for v in values)
        came_out += sign if came_out != MISSING else ""
        verdict = {True: "met", False: "NOT MET", None: "no data"}[level["met"]]
        lines.append(f"  {level['label']:<45}{came_out:>15}  {_limit(level):<38}{verdict}")
    met = sum(level["met"] is True for level in levels)
    return [
        *lines,
        f"  {met} of {len(levels)} met. Two figures stand for {' and '.join(NAMES[name] for name in NAIVE)},",
        "  in this order; in brackets the same errors of the rivals as reported before this run.",
    ]
