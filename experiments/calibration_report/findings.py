"""What the calibration found, in sentences: the first thing read, often the only one."""

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from experiments.calibration_report.figures_targets import surveys_of
from experiments.calibration_report.fit_folder import FitFolder
from experiments.wording.names import ReaderNames
from experiments.wording.numbers import as_percent, fixed, points
from experiments.wording.phrases import count_of, listed

RIVALS = {"persistence": "“nothing changes”", "constant_inflow": "“inflow goes on”"}
SHOWN_MISSES = 3
SHOWN_LEVELS = 4
VALIDATE = "ewea validate --json > {}"


def in_short(fit: FitFolder, names: ReaderNames) -> list[str]:
    """Return four or five sentences with the numbers that matter."""
    return [
        forecast_sentence(fit),
        *bars_sentence(fit, names),
        survey_sentence(fit),
        parameter_sentence(fit),
        miss_sentence(fit, names),
    ]


def forecast_sentence(fit: FitFolder) -> str:
    """Return how forecasts of held-out months compare with the naive rivals."""
    if fit.validation is None:
        return (
            "How well the fitted model forecasts months it never saw is not known yet: there is no "
            "validation in this folder."
        )
    horizons: Mapping[str, Any] = fit.validation["held_out"]["horizons"]
    known = {h: part["median_error_pct"] for h, part in horizons.items()}
    known = {h: error for h, error in known.items() if math.isfinite(error["model"])}
    if not known:
        return "No held-out month could be scored: every forecast crosses a register clean-up."
    ahead = listed(list(known))
    said = listed([as_percent(error["model"] / 100) for error in known.values()])
    parts = [
        f"Register numbers of months it never saw, forecast {ahead} months ahead, were typically off by "
        f"{said}"
    ]
    for rival, label in RIVALS.items():
        parts.append(f"{label} by {listed([as_percent(error[rival] / 100) for error in known.values()])}")
    verdicts = [
        f"{_verdict(sum(error['model'] < error[rival] for error in known.values()), len(known))} {label}"
        for rival, label in RIVALS.items()
    ]
    return f"{'; '.join(parts)}. The model is {listed(verdicts)}."


def _verdict(better: int, of: int) -> str:
    if better == of:
        return "better at every horizon than"
    return "better at no horizon than" if better == 0 else f"better at {better} of {of} horizons than"


def bars_sentence(fit: FitFolder, names: ReaderNames) -> list[str]:
    """Return how many levels set beforehand are met."""
    if fit.validation is None or not (levels := fit.validation["held_out"]["levels"]):
        return []
    met = sum(level["met"] is True for level in levels)
    failed = [names.level(str(level["label"])) for level in levels if level["met"] is False]
    text = f"Of {len(levels)} levels set before scoring, {met} {'is' if met == 1 else 'are'} met"
    if failed:
        more = len(failed) - SHOWN_LEVELS
        text += f"; not met: {'; '.join(failed[:SHOWN_LEVELS])}"
        text += f"; and {more} more, named further down" if more > 0 else ""
    return [f"{text}."]


def survey_sentence(fit: FitFolder) -> str:
    """Return how close simulated survey answers come."""
    errors = fit.summary["survey_rmse_pp"]
    seen, held = (
        float(errors.get(use) if errors.get(use) is not None else math.nan) for use in ("fit", "holdout")
    )
    rows = surveys_of(fit.table("predictions"))
    n_seen, n_held = (int(rows.loc[rows["use"] == use, "target"].nunique()) for use in ("fit", "holdout"))
    parts = []
    if math.isfinite(seen):
        parts.append(f"{fixed(seen)} percentage points off in the {count_of(n_seen, 'survey')} used to fit")
    if math.isfinite(held):
        parts.append(f"{fixed(held)} in the {count_of(n_held, 'survey')} kept out of it")
    if not parts:
        return "No survey could be compared with the simulation."
    return (
        f"Simulated answers to real survey questions are typically (root mean square) {' and '.join(parts)}; "
        "where a question was asked again, the direction of change is right in "
        f"{fit.summary['slopes_right']} cases."
    )


def parameter_sentence(fit: FitFolder) -> str:
    """Return how many parameters the data move."""
    moved, of = fit.summary["parameters_moved"], fit.summary["parameters"]
    return (
        f"The data move {moved} of {count_of(of, 'parameter')}; the other {of - moved} stay where research "
        "and judgement put them, and results that hang on those are assumptions made visible, not findings."
    )


def worst_misses(targets: pd.DataFrame, n: int | None = None) -> pd.DataFrame:
    """Return the fitted numbers missed, the furthest first."""
    missed = targets[targets["missed"]]
    order = missed["distance_sd"].abs().sort_values(ascending=False).index
    return missed.loc[order[:n]]


def miss_sentence(fit: FitFolder, names: ReaderNames) -> str:
    """Return what the model misses, worst first."""
    targets = fit.table("targets")
    missed, of = int(targets["missed"].sum()), len(targets)
    text = (
        f"{missed} of {of} fitted numbers are missed by more than two standard deviations "
        f"({as_percent(missed / of if of else math.nan, 0)}; about 5 % would be chance)"
    )
    if missed:
        shown = worst_misses(targets, SHOWN_MISSES)
        said = [names.target(str(row.target), str(row.label)) for row in shown.itertuples()]
        text += f", the furthest: {'; '.join(said)}"
    conflicts = int(targets["conflict"].sum())
    if conflicts:
        text += (
            f". {count_of(conflicts, 'number')} {'lies' if conflicts == 1 else 'lie'} outside what the model "
            "could say before it saw any data"
        )
    return f"{text}."


def directions(changes: pd.DataFrame, names: ReaderNames) -> str:
    """Return in which questions the simulation goes the wrong way."""
    if changes.empty:
        return "No question was asked twice."
    wrong = [
        f"{names.family(str(row.family))}, answer “{row.label}” ({points(row.observed_change)} points "
        f"observed, {points(row.model_change)} simulated)"
        for row in changes[~changes["same_sign"]].itertuples()
    ]
    text = (
        "From the first to the last wave, answers and simulation go the same way in "
        f"{len(changes) - len(wrong)} of {count_of(len(changes), 'comparison')}"
    )
    return f"{text}; not in: {'; '.join(wrong)}." if wrong else f"{text}."
