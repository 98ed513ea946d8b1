"""``ewea validate``: forecasts from every origin, their scores, held-out surveys and the figure."""

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from abm.api import forecast_register, run
from abm.band import IN_WORDS, key
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
    origins = range(registers.first_month + rules.lookback, last_target - min(rules.horizons) + 1)
    horizon = max(*rules.horizons, YEAR)
    # with and without clean-up, each after the hindcast to the last origin, and the hindcast itself
    months_of_seed = 2 * len(origins) * horizon + 3 * (last_target - registers.first_month + 1)
    with progress(n_seeds * months_of_seed, "forecasts", quiet) as watch:
        found = forecasts(
            world,
            settings,
            seeds=seeds,
            origins=origins,
            horizon=horizon,
            processes=processes,
            on_seed=lambda: watch.advance(months_of_seed),
        )
        until = last_survey(configs, world) + 1
        asked = intentions(configs, world, replace(settings, until=until, shocks=False), seeds, processes)
    scores = {name: score_window(registers, hosts, rules, found, name) for name in rules.windows}
    if figure is not None:
        _draw(figure, scores, world, rules, f"scale {scale}, {n_seeds} run{'s' * (n_seeds > 1)}")
    by_origin = rolling_forecasts(configs, rules, settings, seeds, processes, quiet=quiet, fit=fit)
    rolling = rolling_scores(registers, hosts, world.hosts.is_eu, rules, by_origin)
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


def forecasts(
    world: World,
    settings: RunSettings,
    *,
    seeds: Sequence[int],
    origins: Sequence[int],
    horizon: int,
    processes: int,
    on_seed: Callable[[], None],
) -> Forecasts:
    """Return the forecasts of all seeds (see ``forecast_register``) in order, however many processes."""
    shared = (world, settings, tuple(origins), horizon)
    by_seed = run_in_order(one_seed, shared, seeds, processes, on_done=lambda _: on_seed())
    seen, blind, hindcast = map(np.stack, zip(*by_seed, strict=True))
    return Forecasts(np.asarray(origins, dtype=np.int64), seen, blind, hindcast)


def one_seed(
    world: World, settings: RunSettings, origins: Sequence[int], horizon: int, seed: int
) -> tuple[Floats, Floats, Floats]:
    """Return the three register views of one seed, as ``Forecasts`` holds them."""
    seen = forecast_register(world, settings, seed, origins, horizon)
    blind = forecast_register(world, settings, seed, origins, horizon, clean_ups=False)
    pinned = replace(settings, until=world.registers.last_month + 1, arrivals="recorded")
    register = run(world, pinned, seed).tables["register"]
    return seen, blind, register_array(register, world.hosts.ids, world.n_months)


def rolling_forecasts(
    root: Path,
    rules: Rules,
    settings: RunSettings,
    seeds: Sequence[int],
    processes: int,
    *,
    quiet: bool = False,
    fit: str | None = None,
) -> dict[int, Floats]:
    """Return the register by rolling origin, float64[S, months ahead, H]; every origin has its own world."""
    origins, last = rules.rolling.origins, rules.rolling.last_target
    n_months = len(origins) * (last + 1 - settings.start) * len(seeds)
    found = {}
    with ExitStack() as stack:
        watch = stack.enter_context(progress(n_months, "rolling forecasts", quiet))
        n = min(processes, len(seeds))
        pool = stack.enter_context(Pool(n)) if n > 1 else None
        for origin in origins:
            world = world_known_at(root, last + 1, origin, fit)
            ahead = replace(settings, until=last + 1, known_until=origin)
            views = run_in_order(register_ahead, (world, ahead), seeds, n, pool=pool)
            found[origin] = np.stack(views)
            watch.advance((last + 1 - settings.start) * len(seeds))
    return found


def register_ahead(world: World, settings: RunSettings, seed: int) -> Floats:
    """Return the register of one seed at the end of the months after the last known one, float64[J, H]."""
    compile_once(world)
    state = Simulation(world, settings, seed).run_to_end().state
    return state.history.register[state.last_known_month + 1 - settings.start : state.index]


def register_array(register: pd.DataFrame, ids: Sequence[str], n_months: int) -> Floats:
    """Return the register table of one seed as float64[T, H], persons; NaN where it has no row."""
    plain = register.astype({"month": str, "host": str})
    table = plain.pivot_table(index="month", columns="host", values="persons", aggfunc="first")
    months = [month_label(month) for month in range(n_months)]
    return table.reindex(index=months, columns=list(ids)).to_numpy(np.float64)


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
