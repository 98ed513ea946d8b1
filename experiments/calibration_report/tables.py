"""The tables behind the page, whole, for those who want to check; their captions stand in the template."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from abm.band import IN_WORDS, percent
from calibration.fit.posterior import RECOVERY_LEVELS
from experiments.calibration_report.drawing import USES
from experiments.calibration_report.figures_checks import coverage_by_chance, moved_by_data
from experiments.figures.validation import FORECASTERS
from experiments.validation_text import limit_in_words
from experiments.wording.names import ReaderNames
from experiments.wording.numbers import (
    as_percent,
    between,
    fixed,
    interval,
    persons,
    points,
    short_month,
    significant,
    with_unit,
)

Cell = Callable[[Any], str]


@dataclass(frozen=True)
class ReportTable:
    """A table: cells as shown; the first column heads its rows, ``left`` columns hold text."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    left: Sequence[int] = (0,)


def table_by_columns(
    rows: pd.DataFrame, columns: Mapping[str, Cell], left: Sequence[int] = (0,)
) -> ReportTable:
    """Return a table with one column per entry: its head, and how a row becomes a cell."""
    cells = [[str(cell(row)) for cell in columns.values()] for row in rows.itertuples()]
    return ReportTable(list(columns), cells, left)


def range_of(name: str, unit_of: Callable[[Any], str] = lambda _: "1") -> Cell:
    """Return the cell ``middle (low to high)`` of a distribution with the unit of its row, if any."""

    def cell(row: Any) -> str:
        low, middle, high = (getattr(row, f"{name}{end}") for end in ("_low", "", "_high"))
        return interval(middle, low, high, unit_of(row))

    return cell


def parameters_table(rows: pd.DataFrame, names: ReaderNames) -> ReportTable:
    """Return parameters before and after, every number in the unit of its row."""
    columns: dict[str, Cell] = {
        "parameter": lambda row: row.parameter,
        "meaning": lambda row: names.parameter(str(row.parameter), str(row.meaning)),
        "unit": lambda row: row.unit,
        f"prior, {IN_WORDS}": range_of("prior"),
        "prior, 95 %": lambda row: f"{significant(row.prior_low_95)} to {significant(row.prior_high_95)}",
        f"posterior, {IN_WORDS}": range_of("posterior"),
        "posterior, 95 %": lambda row: (
            f"{significant(row.posterior_low_95)} to {significant(row.posterior_high_95)}"
        ),
        "posterior SD / prior SD": lambda row: fixed(row.sd_ratio, 2),
        "shift, prior SDs": lambda row: fixed(row.shift, 2),
        "moved by data": lambda row: "yes" if row.moved else "no",
    }
    return table_by_columns(rows, columns, (0, 1, 2))


def unit_of_target(row: Any) -> str:
    """Return the unit of a fitted number; ``targets.csv`` has none, its labels tell."""
    if row.sd_is_relative or row.label in ("returns_total", "net_outflow", "displaced_total"):
        return "persons"
    monthly = row.label in ("return_hazard", "exit_share") or row.target.startswith("exits.")
    return "share/month" if monthly else "share"


def targets_table(rows: pd.DataFrame, names: ReaderNames) -> ReportTable:
    """Return fitted numbers before and after."""
    columns: dict[str, Cell] = {
        "target": lambda row: names.target(str(row.target), str(row.label)),
        "observed": lambda row: with_unit(row.observed, unit_of_target(row)),
        "standard deviation": lambda row: (
            f"{as_percent(row.sd, 0)} of it" if row.sd_is_relative else with_unit(row.sd, unit_of_target(row))
        ),
        f"before the data, {IN_WORDS}": range_of("prior", unit_of_target),
        f"fitted, {IN_WORDS}": range_of("posterior", unit_of_target),
        "distance, SDs": lambda row: fixed(row.distance_sd, 1),
        "verdict": lambda row: "conflict" if row.conflict else "missed" if row.missed else "met",
    }
    return table_by_columns(rows, columns)


def predictions_table(rows: pd.DataFrame, names: ReaderNames) -> ReportTable:
    """Return targets beside real simulations with draws of the posterior."""
    columns: dict[str, Cell] = {
        "target": lambda row: names.target(str(row.target), str(row.label)),
        "use": lambda row: USES[row.use][2] if row.use in USES else row.use,
        "month": lambda row: short_month(row.month),
        "observed": lambda row: with_unit(row.observed, row.unit),
        f"simulated, {IN_WORDS} by parameters alone": range_of("model", lambda row: str(row.unit)),
        f"{IN_WORDS} with sampling and other error": lambda row: between(
            row.predicted_low, row.predicted_high, str(row.unit)
        ),
        "chance of more than observed": lambda row: as_percent(row.p_above, 0),
    }
    return table_by_columns(rows, columns)


def misses_table(rows: pd.DataFrame, names: ReaderNames) -> ReportTable:
    """Return fitted numbers that are missed or in conflict, each with what that means."""

    def meaning(row: Any) -> str:
        if row.conflict and row.missed:
            return "Out of reach before the data and after: look for what the model leaves out."
        if row.conflict:
            return "Reached only at the edge of what seemed possible: trust the parameters behind it less."
        return "Within reach, but other data pull the model away from it."

    columns: dict[str, Cell] = {
        "number": lambda row: names.target(str(row.target), str(row.label)),
        "observed": lambda row: with_unit(row.observed, unit_of_target(row)),
        f"fitted, {IN_WORDS}": range_of("posterior", unit_of_target),
        "distance": lambda row: (
            f"{fixed(abs(row.distance_sd))} SDs too {'high' if row.distance_sd > 0 else 'low'}"
        ),
        "what it means": meaning,
    }
    return table_by_columns(rows, columns, (0, 4))


def slopes_table(rows: pd.DataFrame, names: ReaderNames) -> ReportTable:
    """Return observed and simulated changes between waves."""
    columns: dict[str, Cell] = {
        "question": lambda row: names.family(str(row.family)),
        "answer": lambda row: names.answer(str(row.label)),
        "months between": lambda row: fixed(row.months, 0),
        "observed change, points": lambda row: points(row.observed_change),
        "simulated change, points": lambda row: points(row.model_change),
        "same direction": lambda row: "yes" if row.same_sign else "NO",
    }
    return table_by_columns(rows, columns, (0, 1))


def emulator_errors_table(rows: pd.DataFrame) -> ReportTable:
    """Return the error of the emulator by output, on the scale it is learnt on."""
    columns: dict[str, Cell] = {
        "output": lambda row: row.output,
        "SD over the prior": lambda row: significant(row.sd_over_prior),
        "explained": lambda row: as_percent(row.explained, 0),
        "SD of its error": lambda row: significant(row.error_sd),
        "SD of chance between runs": lambda row: significant(row.chance_sd),
    }
    return table_by_columns(rows, columns)


def recovery_table(rows: pd.DataFrame) -> ReportTable:
    """Return the coverage of intervals by parameter."""
    columns: dict[str, Cell] = {"parameter": lambda row: row.parameter}
    columns["tests"] = lambda row: fixed(row.replicates, 0)
    for column, level in RECOVERY_LEVELS.items():
        columns[f"{percent(level)} % interval holds"] = lambda row, c=column: as_percent(getattr(row, c), 0)
    columns["posterior SD / prior SD"] = lambda row: fixed(row.sd_ratio, 2)
    return table_by_columns(rows, columns)


def sensitivity_table(rows: pd.DataFrame, names: ReaderNames, meanings: Mapping[str, str]) -> ReportTable:
    """Return rank correlations of headline results with parameters."""
    columns: dict[str, Cell] = {
        "result": lambda row: names.outcome(str(row.outcome)),
        "parameter": lambda row: names.parameter(str(row.parameter), meanings.get(str(row.parameter), "")),
        "rank correlation": lambda row: fixed(row.correlation, 2),
        "posterior SD / prior SD": lambda row: fixed(row.sd_ratio, 2),
        "held by": lambda row: "prior" if row.stays_at_prior else "data",
    }
    return table_by_columns(rows, columns, (0, 1, 4))


def levels_table(found: Sequence[Mapping[str, Any]], names: ReaderNames) -> ReportTable:
    """Return the levels set before scoring: what came out, what was asked, the verdict."""
    writers: dict[str, Callable[[float], str]] = {
        "share": as_percent,
        "percent": lambda value: f"{fixed(value, 2)} %" if math.isfinite(value) else fixed(value),
        "ratio": lambda value: fixed(value, 2),
    }
    rows = []
    for level in found:
        show = writers[level["unit"]]
        values = " and ".join(show(value) for value in level["value"].values())
        asked = limit_in_words(level, show)
        verdict = {True: "met", False: "NOT met", None: "not scored"}[level["met"]]
        rows.append([names.level(str(level["label"])), values, asked, verdict])
    return ReportTable(["level", "came out", "asked", "verdict"], rows, (0, 3))


def horizons_table(window: Mapping[str, Any]) -> ReportTable:
    """Return the typical error of every forecaster by months ahead."""
    return _errors(window["horizons"], {name: label for name, (label, _, _) in FORECASTERS.items()})


def breaks_table(window: Mapping[str, Any]) -> ReportTable:
    """Return the errors of forecasts that cross a register clean-up."""
    forecasters = {
        "model_with_clean_up": "model with its own clean-up",
        "model_without_clean_up": "model without it",
        "persistence": "nothing changes",
        "constant_inflow": "inflow goes on",
    }
    return _errors(window["breaks"], forecasters)


def _errors(parts: Mapping[str, Any], forecasters: Mapping[str, str]) -> ReportTable:
    rows = []
    for ahead, part in parts.items():
        errors = (fixed(part["median_error_pct"].get(name, math.nan), 2) for name in forecasters)
        rows.append([ahead, *errors, f"{part['pairs']:,.0f}"])
    return ReportTable(["months ahead", *forecasters.values(), "forecasts"], rows)


def coverage_table(recovery: pd.DataFrame) -> ReportTable:
    """Return how often intervals hold the known truth, beside what chance allows."""
    kinds = {"parameters the data move": moved_by_data(recovery), "all parameters": recovery}
    rows = []
    for label, part in kinds.items():
        for column, level in RECOVERY_LEVELS.items() if len(part) else ():
            low, high, inside = coverage_by_chance(part, column)
            cells = as_percent(float(part[column].mean())), f"{as_percent(low, 0)} to {as_percent(high, 0)}"
            rows.append([f"{as_percent(level, 0)} interval, {label}", *cells, as_percent(inside, 0)])
    head = ["interval", "mean over parameters", "chance for one parameter (95 %)", "parameters within chance"]
    return ReportTable(head, rows)


def outcomes_table(table: pd.DataFrame, names: ReaderNames) -> ReportTable | None:
    """Return the spread of each headline result, where the file tells it."""
    if not {"median", "low", "high"} <= set(table.columns):
        return None
    rows = []
    for outcome, part in table.groupby("outcome", sort=False):
        told = pd.to_numeric(part.iloc[0][["median", "low", "high"]], errors="coerce")
        middle, low, high = told.astype(float)
        best = part["correlation"].abs().groupby(part["stays_at_prior"]).max()
        strong = (fixed(float(best.get(stays, math.nan)), 2) for stays in (False, True))
        spread = between(low, high, "persons", named=False)
        rows.append([names.outcome(str(outcome)), persons(middle), spread, *strong])
    head = ["result", "middle, persons", f"{IN_WORDS}, persons"]
    return ReportTable([*head, "strongest, moved by data", "strongest, stays at prior"], rows)
