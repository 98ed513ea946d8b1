"""The tables of a fit, and how they are written: fit folder and ``configs/coefficients``."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from abm.band import HIGH, LOW
from abm.data.parameters import Coefficient
from calibration.fit.emulator import Emulator
from calibration.fit.likelihood import Problem
from calibration.fit.outputs import Outputs
from calibration.fit.predictive import Checked
from calibration.fit.prior import Prior
from experiments.ensemble.files import write_whole

Floats = NDArray[np.float64]

MOVED = 0.9
"""A parameter whose posterior SD is below this part of its prior SD was moved by the data."""

PRIOR_DRAWS = 20_000

DRAW_DIGITS = 5
"""Significant digits of a draw: far finer than its uncertainty."""

ABOUT = ("target", "label", "kind", "family", "use", "month", "unit", "observed")
"""What a row of predictions takes from its target."""

FLAT, STEADY = 0.015, 0.05
"""A change below the first is none; the model is right about it if it stays within the second."""


def interval_columns(values: Floats, name: str) -> dict[str, float]:
    """Return median and the ends of the band shown and of the central 95 %."""
    low95, low, middle, high, high95 = np.quantile(values, [0.025, LOW, 0.5, HIGH, 0.975])
    return {
        f"{name}_low_95": low95,
        f"{name}_low": low,
        f"{name}": middle,
        f"{name}_high": high,
        f"{name}_high_95": high95,
    }


def parameter_table(
    prior: Prior,
    register_prior: Floats,
    names: tuple[str, ...],
    draws: Floats,
    moments: Mapping[str, tuple[float, float]],
) -> pd.DataFrame:
    """Return one row per parameter: prior and posterior intervals, ratio of SDs, shift in prior SDs.

    ``prior`` is that of the coefficients among ``names``, ``register_prior`` float64[n, register parameter]
    holds draws of the priors of the others in their order; ``draws`` are float64[draw, parameter], natural
    values; ``moments`` posterior mean and SD of the coordinate by name, 0 and 1 where no target reacts.
    """
    rng = np.random.default_rng(0)
    before = prior.natural(rng.standard_normal((PRIOR_DRAWS, len(prior.names))))
    known = {row.parameter: row for row in prior.coefficients}
    rows = []
    for number, name in enumerate(names):
        row = known.get(name)
        if row is None:
            column = register_prior[:, number - len(prior.names)]
        else:
            column = before[:, prior.names.index(name)]
        shift, ratio = moments.get(name, (0.0, 1.0))
        rows.append(
            {
                "parameter": name,
                "unit": "share" if row is None else row.unit,
                "meaning": "how the register of a host errs" if row is None else row.meaning,
                **interval_columns(column, "prior"),
                **interval_columns(draws[:, number], "posterior"),
                "sd_ratio": ratio,
                "shift": shift,
                "moved": ratio < MOVED,
            }
        )
    return pd.DataFrame(rows)


def term_table(problem: Problem, z: Floats, rng: np.random.Generator) -> pd.DataFrame:
    """Return one row per fitted number: observed, prior and posterior predictive, and conflicts.

    ``conflict`` marks an observation outside the central 99 % of the prior predictive, where an emulator
    has to extrapolate; ``missed`` one more than two SD from the posterior.
    """
    before = problem.predict(rng.standard_normal((4000, problem.layout.size)))
    after = problem.predict(z)
    rows = []
    for number, term in enumerate(problem.terms):
        noise = term.sd * rng.standard_normal(len(before))
        low, high = np.quantile(before[:, number] + noise, [0.005, 0.995])
        back = np.exp if term.log_scale else (lambda value: value)
        predicted = after[:, number]
        distance = (predicted.mean() - term.observed) / np.hypot(term.sd, predicted.std())
        rows.append(
            {
                "target": term.target,
                "label": term.label,
                "observed": float(back(term.observed)),
                "sd": term.sd,
                "sd_is_relative": term.log_scale,
                **interval_columns(back(before[:, number]), "prior"),
                **interval_columns(back(predicted), "posterior"),
                "distance_sd": float(distance),
                "missed": bool(abs(distance) > 2.0),
                "conflict": bool(not low <= term.observed <= high),
            }
        )
    return pd.DataFrame(rows)


def emulator_table(emulator: Emulator, found: Outputs) -> pd.DataFrame:
    """Return one row per output: what the emulator explains, and its error apart from chance."""
    return pd.DataFrame(
        {
            "output": emulator.outputs,
            "sd_over_prior": found.values.std(axis=0),
            "explained": emulator.explained,
            "error_sd": emulator.error_sd,
            "chance_sd": np.sqrt(np.maximum(emulator.miss_sd**2 - emulator.error_sd**2, 0.0)),
        }
    )


def prediction_table(checked: list[Checked], rng: np.random.Generator) -> pd.DataFrame:
    """Return one row per target number: observed beside the posterior predictive, error included."""
    rows: list[dict[str, Any]] = []
    for item in checked:
        noise = item.sd * rng.standard_normal(len(item.model))
        predicted = item.model + noise
        if item.unit.startswith("share") and item.kind != "contrast":
            predicted = np.clip(predicted, 0.0, 1.0)
        rows.append(
            {
                **{name: getattr(item, name) for name in ABOUT},
                "model": float(np.median(item.model)),
                **_ends(item.model, "model"),
                **_ends(predicted, "predicted"),
                "p_above": float(np.mean(predicted > item.observed)),
                "sd": item.sd,
            }
        )
    return pd.DataFrame(rows)


def _ends(values: Floats, name: str) -> dict[str, float]:
    low, high = np.quantile(values, (LOW, HIGH)).tolist()
    return {f"{name}_low": low, f"{name}_high": high}


def survey_errors(predictions: pd.DataFrame) -> dict[str, float]:
    """Return the root mean square error of survey answers in percentage points, fitted and held out."""
    surveys = predictions[predictions["kind"] == "survey"]
    found = {}
    for use in ("fit", "holdout"):
        part = surveys[surveys["use"] == use]
        miss = (part["model"] - part["observed"]) * 100.0
        found[use] = float(np.sqrt((miss**2).mean())) if len(part) else float("nan")
    return found


def slope_signs(predictions: pd.DataFrame) -> pd.DataFrame:
    """Return observed and simulated change, first wave to last, of answers asked twice of the same people."""
    surveys = predictions[(predictions["kind"] == "survey") & (predictions["use"] != "reported")]
    rows = []
    for (family, label), waves in surveys.groupby(["family", "label"]):
        part = waves.sort_values("month")
        if part["month"].nunique() < 2:
            continue
        first, last = part.iloc[0], part.iloc[-1]
        observed, model = last["observed"] - first["observed"], last["model"] - first["model"]
        same = abs(model) <= STEADY if abs(observed) < FLAT else np.sign(observed) == np.sign(model)
        rows.append(
            {
                "family": family,
                "label": label,
                "months": int(last["month"] - first["month"]),
                "observed_change": observed,
                "model_change": model,
                "same_sign": bool(same),
            }
        )
    return pd.DataFrame(rows)


def write_csv(path: Path, table: pd.DataFrame, numbers: str) -> None:
    """Write a table as CSV, its floats in one format."""
    write_whole(path, table.to_csv(index=False, float_format=numbers))


def draws_text(names: Sequence[str], values: Floats, comment: str = "") -> str:
    """Return the draws as CSV: one column per parameter, one line per draw; first the comment, if any."""
    rows = ([f"{value:.{DRAW_DIGITS}g}" for value in row] for row in values)
    return (f"# {comment}\n" if comment else "") + _csv([list(names), *rows])


def central_text(table: pd.DataFrame, known: dict[str, Coefficient], fit: str) -> str:
    """Return ``<fit>.csv``: median and 90 % interval of every parameter, in the columns of the priors."""
    rows: list[list[Any]] = [
        ["parameter", "value", "unit", "distribution", "low", "high", "status", "source", "meaning"]
    ]
    for entry in table.itertuples():
        prior = known.get(str(entry.parameter))
        status = "fitted" if entry.moved else ("assumed" if prior is None else prior.status)
        note = f"fit {fit}: posterior SD / prior SD = {entry.sd_ratio:.2f}"
        source = note if prior is None else f"{note}; prior: {prior.source}"
        low, high = min(entry.low_90, entry.central), max(entry.high_90, entry.central)
        value, *ends = (f"{number:.6g}" for number in (entry.central, low, high))
        rows.append([entry.parameter, value, entry.unit, "normal", *ends, status, source, entry.meaning])
    return _csv(rows)


def _csv(rows: Iterable[Sequence[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
