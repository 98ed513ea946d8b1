"""Surveys in ``ewea validate``: the next wave forecast from those before it, and simulated adults asked."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from abm.band import IN_WORDS, key
from abm.data.settings import RunSettings
from abm.data.world import World
from abm.simulation import Simulation
from calibration.fit.predictive import check_targets, read_thresholds
from calibration.fit.simulated import observe
from calibration.surveys.forecast import common_wish, next_wave_score, next_waves
from calibration.surveys.settings import load_survey_settings
from calibration.targets.targets import load_targets
from experiments.calibrate.tables import prediction_table, slope_signs, survey_errors
from experiments.ensemble.pool import run_in_order

QUARTER = 3
"""Months between two points of the common wish."""


def surveys_ahead(root: Path, world: World) -> dict[str, Any]:
    """Return how well the next wave of a survey was forecast, and the common wish that all waves show."""
    targets = load_targets(root, world)
    settings, cuts = load_survey_settings(root, targets)
    waves = [wave for wave in targets.surveys if wave.use != "reported"]
    asked = [wave.month for wave in waves]
    months = range(min(asked), max(asked) + 1, QUARTER)
    return {
        **next_wave_score(next_waves(waves, settings, cuts), settings),
        "common_wish": common_wish(waves, months, settings, cuts),
    }


def surveys_text(found: Mapping[str, Any]) -> str:
    """Return the forecasts of waves as a table for a terminal."""
    off = {name: found[f"{name}_rmse_pp"] for name in ("next_wave", "last_wave_again", "any_distance")}
    inside = 100 * found[key("coverage")]
    lines = [
        "",
        f"Next wave of a survey, forecast from the waves before it: {off['next_wave']:.1f} points off (root "
        f"mean square, {found['scored']} waves);",
        f"the last wave again: {off['last_wave_again']:.1f}. The {IN_WORDS} band holds {inside:.0f} % of the "
        f"answers. With waves whose answers no single",
        f"wave of the year before told apart: {off['any_distance']:.1f} points.",
        f"{'wave':22s} {'month':8s} {'ahead':>5s} {'answer':32s} {'found':>6s} {'forecast':>9s}   {IN_WORDS} "
        "band",
    ]
    for wave in found["waves"]:
        ahead = "-" if wave["months_ahead"] is None else str(wave["months_ahead"])
        for row in wave["answers"]:
            observed, forecast, low, high = (
                100 * row[name] for name in ("observed", "forecast", key("low"), key("high"))
            )
            asked = f"{wave['id']:22s} {wave['month']:8s} {ahead:>5s} {row['answer'][:32]:32s}"
            lines.append(f"{asked} {observed:4.0f} % {forecast:7.0f} %   {low:.0f} to {high:.0f} %")
    return "\n".join(lines)


# --- what simulated adults would say


def last_survey(root: Path, world: World) -> int:
    """Return the last month a survey asked in that the data of the world reach."""
    months = [survey.month for survey in load_targets(root, world).surveys if survey.use != "reported"]
    return max(month for month in months if month < world.n_months)


def intentions(
    root: Path, world: World, settings: RunSettings, seeds: Sequence[int], processes: int
) -> pd.DataFrame | None:
    """Return every target beside the posterior, one draw per seed; None where there is no posterior."""
    if world.draws is None:
        return None
    n = len(world.draws.values)
    rows = [(seed - 1) % n for seed in seeds]
    everything = read_thresholds(root, world.draws.fit, n)
    thresholds = {family: here[rows] for family, here in everything.items()}
    parts = run_in_order(_observed, (world, settings), seeds, processes)
    runs = {name: np.stack([np.asarray(part[name]) for part in parts]) for name in parts[0]}
    checked = check_targets(runs, settings.start, thresholds, world, load_targets(root, world))
    return prediction_table(checked, np.random.default_rng(1))


def _observed(world: World, settings: RunSettings, seed: int) -> dict[str, NDArray[Any]]:
    return observe(Simulation(world, settings, seed))


def as_rows(table: pd.DataFrame) -> dict[str, Any]:
    """Return held-out answers and their error, as plain JSON."""
    slopes = slope_signs(table)
    held = table[(table["use"] == "holdout") & (table["kind"] != "contrast")]
    columns = ["target", "label", "kind", "observed", "model", "predicted_low", "predicted_high", "unit"]
    inside = (held["observed"] >= held["predicted_low"]) & (held["observed"] <= held["predicted_high"])
    wrong = slopes.loc[~slopes["same_sign"], ["family", "label"]] if len(slopes) else slopes
    return {
        "survey_rmse_pp": survey_errors(table),
        "held_out": held[columns].to_dict("records"),
        key("inside"): float(inside.mean()) if len(held) else None,
        "slopes_right": int(slopes["same_sign"].sum()) if len(slopes) else 0,
        "slopes": len(slopes),
        "slopes_wrong": wrong.to_dict("records"),
    }


def intentions_text(found: Mapping[str, Any]) -> str:
    """Return what simulated adults would have said, in a sentence."""
    error = found["survey_rmse_pp"]
    return (
        f"\nSimulated adults, asked the same with the cuts of the fit: {error['fit']:.1f} points off where "
        f"fitted, {error['holdout']:.1f} in months after\nthe fit, up to two years ahead; direction of "
        f"change right in {found['slopes_right']} of {found['slopes']} questions."
    )
