"""``ewea validate``: forecasts from every origin, their scores, held-out surveys and the figure."""

import os
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from abm.band import IN_WORDS, key
from abm.branches import Branches
from abm.compiled import compile_once
from abm.data.settings import RunSettings, load_settings
from abm.data.world import World
from abm.errors import EweaError
from abm.months import month_label
from abm.policy.scenario import scenario_world
from abm.simulation import Simulation
from calibration.fit.predictive import check_targets, read_thresholds
from calibration.fit.simulated import observe
from calibration.targets.targets import load_targets
from calibration.validation.comparisons import YEAR
from calibration.validation.forecasts import Forecasts
from calibration.validation.rolling import rolling_scores
from calibration.validation.rules import LONGEST_HORIZON, Rules, load_rules
from calibration.validation.scores import score_window
from experiments.calibrate.tables import prediction_table, slope_signs, survey_errors
from experiments.ensemble.files import whole
from experiments.ensemble.pasts import world_known_at
from experiments.ensemble.pool import Pool, run_in_order
from experiments.ensemble.worker import cores
from experiments.progress import progress
from experiments.uncertainty import covered

Floats = NDArray[np.float64]

FORMATS = (".png", ".svg", ".pdf")


@dataclass(frozen=True)
class Validation:
    """Scores of a hindcast and what was scored."""

    # ``{"fit": W, "held_out": W}`` of :func:`calibration.validation.scores.score_window`
    scores: Mapping[str, Any]
    # ``rolling``, ``hosts`` ... of :func:`calibration.validation.rolling.rolling_scores`
    rolling: Mapping[str, Any]
    rules: Rules  # The scoring rule
    scale: int  # Of the runs
    n_seeds: int
    intentions: dict[str, Any] | None  # Surveys held out (:func:`as_rows`); None without a posterior


def validate_hindcast(
    *,
    configs: Path,
    scale: int | None = None,
    n_seeds: int | None = None,
    first_seed: int = 1,
    threads: int = 0,
    figure: Path | None = None,
    quiet: bool = False,
    fit: str | None = None,
) -> Validation:
    """Return the scores of the hindcast in both windows."""
    if figure is not None:
        _check_place(figure)
    usual = load_settings(configs)
    world = scenario_world(configs, usual.last_register_month + LONGEST_HORIZON, fit=fit)
    registers, hosts = world.registers, world.hosts.ids
    rules = load_rules(configs / "validation.yaml", hosts, registers)
    scale, n_seeds = scale or rules.default_scale, n_seeds or rules.default_seeds
    seeds, processes = range(first_seed, first_seed + n_seeds), threads or cores()
    settings = RunSettings(scale=scale, households_per_host=usual.households_per_host_min, **covered(world))
    last_target = max(last for _, last in rules.windows.values())
    early = range(registers.first_month + rules.lookback, last_target - min(rules.horizons) + 1)
    horizon = max(*rules.horizons, YEAR)
    ends = {origin: origin + horizon for origin in early}
    ends |= dict.fromkeys(rules.rolling.origins, rules.rolling.last_target)
    months_of = {origin: origin + 1 - settings.start + 2 * (end - origin) for origin, end in ends.items()}
    with ExitStack() as stack:
        watch = stack.enter_context(progress(n_seeds * sum(months_of.values()), "forecasts", quiet))
        workers = min(processes, n_seeds)
        pool = stack.enter_context(Pool(workers)) if workers > 1 else None
        found = {}
        for origin, end in ends.items():
            known = world_known_at(configs, max(end, usual.reference_month), origin, fit)
            found[origin] = forecasts_from(known, settings, origin, end, seeds, workers, pool)
            watch.advance(n_seeds * months_of[origin])
        level = np.stack(run_in_order(hindcast, (world, settings), seeds, workers, pool=pool))
        until = last_survey(configs, world) + 1
        asked = intentions(configs, world, replace(settings, until=until, shocks=False), seeds, processes)
    by_window = Forecasts.of({origin: found[origin] for origin in early}, horizon, level)
    scores = {name: score_window(registers, hosts, rules, by_window, name) for name in rules.windows}
    if figure is not None:
        _draw(figure, scores, world, rules, f"scale {scale}, {n_seeds} run{'s' * (n_seeds > 1)}")
    ahead = {origin: found[origin][:, 0, 1:] for origin in rules.rolling.origins}
    rolling = rolling_scores(registers, hosts, world.hosts.is_eu, rules, ahead)
    return Validation(scores, rolling, rules, scale, n_seeds, None if asked is None else as_rows(asked))


def _check_place(figure: Path) -> None:
    """Refuse a place where no figure can be written, before anything is computed."""
    if figure.suffix.lower() not in FORMATS:
        raise EweaError(f"--figure {figure}: the name must end in {', '.join(FORMATS)}.")
    if figure.is_dir():
        raise EweaError(f"--figure {figure}: is a folder. Name the file to write.")
    if not figure.parent.is_dir():
        raise EweaError(f"--figure {figure}: there is no folder {figure.parent}. Make it first.")
    if not os.access(figure.parent, os.W_OK):
        raise EweaError(f"--figure {figure}: no permission to write to {figure.parent}.")


def _draw(figure: Path, scores: Mapping[str, Any], world: World, rules: Rules, run_in_words: str) -> None:
    """Write the figure whole or not at all."""
    from experiments.figures.style import save_as
    from experiments.figures.validation import SHOWN_HORIZON, validation_figure

    first, last = rules.windows["held_out"]
    note = (
        f"Break-free forecasts of held-out months {month_label(first)} to {month_label(last)}; "
        f"{run_in_words}. Data: Eurostat migr_asytpsm (CC BY 4.0), to {world.data_date}."
    )
    labels = {code: names["en"] for code, names in world.hosts.labels.items()}
    shown = SHOWN_HORIZON if SHOWN_HORIZON in rules.horizons else rules.horizons[0]
    drawing = validation_figure(scores, labels, note, shown)
    with whole(figure) as part:
        save_as(drawing, part, dpi=150)


# --- forecasts from every origin, with several seeds


def forecasts_from(
    known: World,
    settings: RunSettings,
    origin: int,
    end: int,
    seeds: Sequence[int],
    processes: int,
    pool: Pool | None = None,
) -> Floats:
    """Return :func:`views` of all seeds, float64[S, 3, J + 1, H].

    From the origin (step 0) to the end of month ``end``, in the world ``known`` at the origin.
    """
    ahead = replace(settings, until=end + 1, known_until=origin)
    return np.stack(run_in_order(views, (known, ahead), seeds, processes, pool=pool))


def views(known: World, settings: RunSettings, seed: int) -> Floats:
    """Return three registers of one seed, float64[3, J + 1, H].

    With and without drawn clean-ups, and the first of them not tied to the last published register.
    """
    compile_once(known)
    origin = settings.known_until
    assert origin is not None
    past, found = Branches(known, settings, seed), []
    for drawn in (True, False):
        ahead = past.run(origin, settings=replace(settings, clean_ups=drawn)).state
        history = ahead.history
        found += [history.register, history.register - history.offset] if drawn else [history.register]
    seen, level, blind = (view[origin - settings.start : ahead.index] for view in found)
    return np.stack([seen, blind, level])


def hindcast(world: World, settings: RunSettings, seed: int) -> Floats:
    """Return the register of one seed with recorded arrivals to the last month, float64[T, H].

    It knows all registers and is never set back to them; NaN in months before the run.
    """
    compile_once(world)
    last = world.registers.last_month
    state = Simulation(world, replace(settings, until=last + 1), seed).run_to_end().state
    found = np.full((world.n_months, state.n_hosts), np.nan)
    found[settings.start : last + 1] = state.history.register - state.history.offset
    return found


# --- survey answers that were held out, beside what simulated adults would say


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
    """Return held-out surveys as a table for a terminal."""
    error = found["survey_rmse_pp"]
    lines = [
        "",
        f"Survey answers: root mean square error {error['fit']:.1f} points where fitted, "
        f"{error['holdout']:.1f} held out; direction of change right in {found['slopes_right']} of "
        f"{found['slopes']} questions.",
        f"{'held out':26s} {'answer':32s} {'observed':>9s} {'model':>7s}   "
        f"{IN_WORDS} range of the prediction",
    ]
    for row in found["held_out"]:
        if row["kind"] == "survey":
            observed, model, low, high = (
                100 * row[name] for name in ("observed", "model", "predicted_low", "predicted_high")
            )
            asked = f"{row['target']:26s} {row['label'][:32]:32s}"
            lines.append(f"{asked} {observed:8.0f} % {model:5.0f} %   {low:.0f} to {high:.0f} %")
    return "\n".join(lines)
