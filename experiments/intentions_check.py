"""Survey answers that were held out, beside what simulated adults would say (``ewea validate``)."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from experiments.ensemble.pool import run_in_order

if TYPE_CHECKING:
    import pandas as pd

    from abm.data.settings import RunSettings
    from abm.data.world import World


def one_run(world: "World", settings: "RunSettings", seed: int) -> dict[str, NDArray[Any]]:
    """Return what one run of the past leaves for surveys (see :mod:`calibration.fit.simulated`)."""
    from abm.simulation import Simulation
    from calibration.fit.simulated import observe

    return observe(Simulation(world, settings, seed))


def last_survey(root: Path, world: "World") -> int:
    """Return the last month a survey asked in that the data of the world reach."""
    from calibration.targets.targets import load_targets

    months = [survey.month for survey in load_targets(root, world).surveys if survey.use != "reported"]
    return max(month for month in months if month < world.n_months)


def intentions(
    root: Path, world: "World", settings: "RunSettings", seeds: Sequence[int], processes: int
) -> "pd.DataFrame | None":
    """Return every target beside the posterior, one draw per seed; None where there is no posterior.

    Parameters
    ----------
    seeds : sequence of int
    processes : int
        Side by side; the result does not depend on it.
    """
    from calibration.fit.predictive import check_targets, read_thresholds
    from calibration.targets.targets import load_targets
    from experiments.calibrate.tables import prediction_table

    if world.draws is None:
        return None
    n = len(world.draws.values)
    rows = [(seed - 1) % n for seed in seeds]
    everything = read_thresholds(root, world.draws.fit, n)
    thresholds = {family: here[rows] for family, here in everything.items()}
    parts = run_in_order(one_run, (world, settings), seeds, processes)
    runs = {name: np.stack([np.asarray(part[name]) for part in parts]) for name in parts[0]}
    checked = check_targets(runs, settings.start, thresholds, world, load_targets(root, world))
    return prediction_table(checked, np.random.default_rng(1))


def as_rows(table: "pd.DataFrame") -> dict[str, Any]:
    """Return held-out answers and their error, as plain JSON."""
    from experiments.calibrate.tables import slope_signs, survey_errors

    slopes = slope_signs(table)
    held = table[(table["use"] == "holdout") & (table["kind"] != "contrast")]
    columns = ["target", "label", "kind", "observed", "model", "predicted_low", "predicted_high", "unit"]
    inside = (held["observed"] >= held["predicted_low"]) & (held["observed"] <= held["predicted_high"])
    return {
        "survey_rmse_pp": survey_errors(table),
        "held_out": held[columns].to_dict("records"),
        "inside_80": float(inside.mean()) if len(held) else None,
        "slopes_right": int(slopes["same_sign"].sum()) if len(slopes) else 0,
        "slopes": len(slopes),
        "slopes_wrong": slopes.loc[~slopes["same_sign"], ["family", "label"]].to_dict("records")
        if len(slopes)
        else [],
    }


def intentions_text(found: dict[str, Any]) -> str:
    """Return held-out surveys as a table for a terminal."""
    error = found["survey_rmse_pp"]
    lines = [
        "",
        f"Survey answers: root mean square error {error['fit']:.1f} points where fitted, "
        f"{error['holdout']:.1f} held out; direction of change right in {found['slopes_right']} of "
        f"{found['slopes']} questions.",
        f"{'held out':26s} {'answer':32s} {'observed':>9s} {'model':>7s}   80 % range of the prediction",
    ]
    for row in found["held_out"]:
        if row["kind"] == "survey":
            observed, model = (100 * row[name] for name in ("observed", "model"))
            low, high = (100 * row[name] for name in ("predicted_low", "predicted_high"))
            asked = f"{row['target']:26s} {row['label'][:32]:32s}"
            lines.append(f"{asked} {observed:8.0f} % {model:5.0f} %   {low:.0f} to {high:.0f} %")
    return "\n".join(lines)
