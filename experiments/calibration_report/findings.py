"""What the calibration found, in sentences: the first thing read, often the only one."""

import math
from pathlib import Path

import pandas as pd

from experiments.calibration_report.figures_targets import surveys_of
from experiments.calibration_report.fit_folder import FitFolder
from experiments.wording.names import ReaderNames
from experiments.wording.numbers import as_percent, count_of, fixed, listed, points, sentences_of

say = sentences_of(Path(__file__).with_name("sentences.yaml"), "findings")

BASELINES = {"persistence": "“nothing changes”", "constant_inflow": "“inflow goes on”"}
SHOWN_MISSES = 3
SHOWN_LEVELS = 4
VALIDATE = "ewea validate --json > {}"


def in_short(fit: FitFolder, names: ReaderNames) -> list[str]:
    """Return four or five sentences with the numbers that matter."""
    moved, of = fit.summary["parameters_moved"], fit.summary["parameters"]
    return [
        _forecasts(fit),
        *_levels(fit, names),
        _surveys(fit),
        say("parameters", moved=moved, parameters=count_of(of, "parameter"), rest=of - moved),
        _misses(fit, names),
    ]


def _forecasts(fit: FitFolder) -> str:
    if fit.validation is None:
        return say("no_validation")
    errors = {h: part["median_error_pct"] for h, part in fit.validation["held_out"]["horizons"].items()}
    known = {h: error for h, error in errors.items() if math.isfinite(error["model"])}
    if not known:
        return say("no_month")

    def typical(name: str) -> str:
        return listed([as_percent(error[name] / 100) for error in known.values()])

    def verdict(baseline: str) -> str:
        better = sum(error["model"] < error[baseline] for error in known.values())
        if better in (0, len(known)):
            return f"better at {'every' if better else 'no'} horizon than"
        return f"better at {better} of {len(known)} horizons than"

    return say(
        "forecasts",
        ahead=listed(list(known)),
        model=typical("model"),
        baselines="; ".join(f"{label} by {typical(name)}" for name, label in BASELINES.items()),
        verdicts=listed([f"{verdict(name)} {label}" for name, label in BASELINES.items()]),
    )


def _levels(fit: FitFolder, names: ReaderNames) -> list[str]:
    if fit.validation is None or not (levels := fit.validation["held_out"]["levels"]):
        return []
    met = sum(level["met"] is True for level in levels)
    labels = [names.level(str(level["label"])) for level in levels if level["met"] is False]
    failed = say("levels_failed", labels="; ".join(labels[:SHOWN_LEVELS])) if labels else ""
    if (more := len(labels) - SHOWN_LEVELS) > 0:
        failed += say("levels_more", more=more)
    return [say("levels", levels=len(levels), met=f"{met} {'is' if met == 1 else 'are'}", failed=failed)]


def _surveys(fit: FitFolder) -> str:
    rows, errors = surveys_of(fit.table("predictions")), []
    for use, name in (("fit", "error_seen"), ("holdout", "error_held")):
        error = fit.summary["survey_rmse_pp"].get(use)
        if error is not None and math.isfinite(error):
            surveys = count_of(int(rows.loc[rows["use"] == use, "target"].nunique()), "survey")
            errors.append(say(name, error=fixed(error), surveys=surveys))
    if not errors:
        return say("no_survey")
    return say("surveys", errors=" and ".join(errors), slopes=fit.summary["slopes_right"])


def worst_misses(targets: pd.DataFrame, n: int | None = None) -> pd.DataFrame:
    """Return the fitted numbers missed, the furthest first."""
    missed = targets[targets["missed"]]
    order = missed["distance_sd"].abs().sort_values(ascending=False).index
    return missed.loc[order[:n]]


def _misses(fit: FitFolder, names: ReaderNames) -> str:
    targets = fit.table("targets")
    missed, of, conflicts = int(targets["missed"].sum()), len(targets), int(targets["conflict"].sum())
    worst = worst_misses(targets, SHOWN_MISSES)
    furthest = "; ".join(map(names.target, worst["target"], worst["label"]))
    numbers = f"{count_of(conflicts, 'number')} {'lies' if conflicts == 1 else 'lie'}"
    return say(
        "misses",
        missed=missed,
        targets=of,
        share=as_percent(missed / of if of else math.nan, 0),
        furthest=say("furthest", targets=furthest) if missed else "",
        conflicts=say("conflicts", numbers=numbers) if conflicts else "",
    )


def directions(changes: pd.DataFrame, names: ReaderNames) -> str:
    """Return in which questions the simulation goes the wrong way."""
    if changes.empty:
        return say("once")
    wrong = [
        say(
            "wrong_question",
            question=names.family(str(row.family)),
            answer=row.label,
            observed=points(row.observed_change),
            model=points(row.model_change),
        )
        for row in changes[~changes["same_sign"]].itertuples()
    ]
    right, comparisons = len(changes) - len(wrong), count_of(len(changes), "comparison")
    named = say("wrong", questions="; ".join(wrong)) if wrong else ""
    return say("directions", right=right, comparisons=comparisons, wrong=named)
