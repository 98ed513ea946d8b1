"""The part of ``ewea validate`` on rolling forecasts, breaks included: tables for a terminal."""

from collections.abc import Mapping, Sequence
from typing import Any

from abm.band import IN_WORDS, key
from abm.months import month_label
from abm.places import EU
from calibration.validation.rolling import COVERAGE, FORECASTERS, MODEL, half_year_name
from calibration.validation.rules import Rules
from experiments.options import text_table
from experiments.validation_text import (
    HEADS,
    Cells,
    acceptance_table,
    by_horizon,
    heading_lines,
    number,
)

THOUSAND = 1e-3
RIVAL = "damped_trend"
"""The baseline shown beside the model where there is room for one."""


def rolling_text(found: Mapping[str, Any], rules: Rules) -> str:
    """Return the tables of :func:`calibration.validation.rolling.rolling_scores`."""
    origins = rules.rolling.origins
    first, last = month_label(origins[0]), month_label(origins[-1])
    lines = heading_lines(f"Forecasts made every month from {first} to {last}")
    for table in (
        _by_horizon("Typical error, breaks included (median, % of the register that came out):",
                    found["rolling"], "median", 1.0, 2),
        _by_horizon("The same for forecasts that no break comes near:",
                    found["rolling_break_free"], "median", 1.0, 2),
        _by_horizon("Average error of a host, breaks included (thousand persons):",
                    found["rolling"], "mae", THOUSAND, 2),
        _band_table(found["rolling"]),
        _host_table(found["hosts"], (*rules.rolling.hosts, EU)),
        _from_first_origin(found["from_first_origin"]),
        _half_year(found[half_year_name(rules)], rules),
    ):  # fmt: skip
        lines += ["", table]
    return "\n".join([*lines, *heading_lines("Acceptance thresholds, rolling forecasts"),
                      acceptance_table(found["rolling_levels"])])  # fmt: skip


def _by_horizon(title: str, rows: Mapping[str, Any], measure: str, factor: float, digits: int) -> str:
    columns: Cells = {
        HEADS[name]: lambda part, n=name: number(part[n][measure], digits, factor) for name in FORECASTERS
    }
    columns["forecasts"] = lambda part: f"{part[MODEL]['pairs']:.0f}"
    return by_horizon(title, rows, columns)


def _band_table(rows: Mapping[str, Any]) -> str:
    title = "The forecast with its band (CRPS, thousand persons; for the baseline the plain error):"
    columns: Cells = {
        HEADS[name]: lambda part, n=name: number(part[n]["crps"], 2, THOUSAND) for name in (MODEL, RIVAL)
    }
    columns[f"{IN_WORDS} band holds, %"] = lambda part: number(part[MODEL][COVERAGE], 0, 100)
    return by_horizon(title, rows, columns)


def _host_table(hosts: Mapping[str, Any], shown: Sequence[str]) -> str:
    horizons, rows = list(hosts[shown[0]]), []
    for code in shown:
        errors = [number(hosts[code][h][name]["median"]) for name in (MODEL, RIVAL) for h in horizons]
        rows.append([code, *errors, number(_pooled(hosts[code]), 0, 100)])
    return text_table(
        "By place, breaks included: typical error % of the model by months ahead, the same of the damped "
        "trend (d), and how often the band holds; EU: the sum of its hosts that published:",
        ["place", *horizons, *(f"d {horizon}" for horizon in horizons), f"{IN_WORDS} band holds, %"],
        rows,
    )


def _pooled(by_horizon: Mapping[str, Any]) -> float:
    """Return the coverage over all horizons."""
    parts = [part[MODEL] for part in by_horizon.values() if part[MODEL]["pairs"]]
    total = sum(part["pairs"] for part in parts)
    return sum(part[COVERAGE] * part["pairs"] for part in parts) / total if total else float("nan")


def _from_first_origin(found: Mapping[str, Any]) -> str:
    shown, lines = (MODEL, "persistence", RIVAL, "ets"), []
    for code, rows in found.items():
        for ahead, row in rows.items() if code != "origin" else ():
            persons = (
                number(row[name], 1, THOUSAND) for name in ("register", MODEL, key("low"), key("high"))
            )
            lines.append([code, ahead, *persons, *(number(row[f"error_pct_{name}"]) for name in shown)])
    return text_table(
        f"From the end of {found['origin']} (thousand persons; errors in % of the register that came out):",
        ["place", "ahead", "register", "model", "low", "high", *(f"% {HEADS[name]}" for name in shown)],
        lines,
    )


def _half_year(found: Mapping[str, float], rules: Rules) -> str:
    origin, last = (month_label(month) for month in rules.rolling.half_year)
    return text_table(
        f"Typical error of the registers to {last}, forecast from the end of {origin} (median, %):",
        [HEADS[name] for name in found],
        [[number(error, 2) for error in found.values()]],
        words=(),
    )
