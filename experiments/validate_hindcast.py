"""Run the forecasts, score them, draw the figure: what ``ewea validate`` does."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from abm.errors import EweaError
from abm.months import month_label

if TYPE_CHECKING:
    from abm.data.world import World
    from calibration.validation.rules import Rules

FORMATS = (".png", ".svg", ".pdf")


@dataclass(frozen=True)
class Validation:
    """Scores of a hindcast and what was scored."""

    # ``{"fit": W, "held_out": W}`` of :func:`calibration.validation.scores.score_window`
    scores: Mapping[str, Any]
    rules: "Rules"  # The scoring rule
    scale: int  # Of the runs
    n_seeds: int
    # Surveys held out (:func:`experiments.intentions_check.as_rows`); None where there is no posterior
    intentions: dict[str, Any] | None


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
    from abm.api import RunSettings
    from abm.data.folder import load_settings
    from abm.policy.scenario import scenario_world
    from calibration.validation.comparisons import YEAR
    from calibration.validation.rules import LONGEST_HORIZON, load_rules
    from calibration.validation.scores import score_window
    from experiments.ensemble.worker import cores
    from experiments.forecast_runs import forecasts
    from experiments.intentions_check import as_rows, intentions, last_survey
    from experiments.progress import progress
    from experiments.uncertainty import covered

    usual = load_settings(configs)
    world = scenario_world(configs, usual.last_register_month + LONGEST_HORIZON, fit=fit)
    registers = world.registers
    rules = load_rules(configs / "validation.yaml", world.hosts.ids, registers)
    scale, n_seeds = scale or rules.default_scale, n_seeds or rules.default_seeds
    last_target = max(last for _, last in rules.windows.values())
    origins = range(registers.first_month + rules.lookback, last_target - min(rules.horizons) + 1)
    horizon = max(*rules.horizons, YEAR)
    # with and without clean-up, each after the hindcast to the last origin, and the hindcast itself
    months_of_seed = 2 * len(origins) * horizon + 3 * (last_target - registers.first_month + 1)
    with progress(n_seeds * months_of_seed, "forecasts", quiet) as watch:
        found = forecasts(
            world,
            RunSettings(
                scale=scale, households_per_host=usual.households_per_host_min, **covered(world, n_seeds)
            ),
            seeds=range(first_seed, first_seed + n_seeds),
            origins=origins,
            horizon=horizon,
            processes=threads or cores(),
            on_seed=lambda: watch.advance(months_of_seed),
        )
        usual_run = RunSettings(
            scale=scale, households_per_host=usual.households_per_host_min, **covered(world, n_seeds)
        )
        asked = intentions(
            configs,
            world,
            replace(usual_run, until=last_survey(configs, world) + 1, shocks=False),
            range(first_seed, first_seed + n_seeds),
            threads or cores(),
        )
    scores = {name: score_window(registers, world.hosts.ids, rules, found, name) for name in rules.windows}
    if figure is not None:
        _draw(figure, scores, world, rules, f"scale {scale}, {n_seeds} run{'s' * (n_seeds > 1)}")
    return Validation(scores, rules, scale, n_seeds, None if asked is None else as_rows(asked))


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


def _draw(figure: Path, scores: Mapping[str, Any], world: "World", rules: "Rules", run: str) -> None:
    """Write the figure whole or not at all."""
    from experiments.ensemble.files import whole
    from experiments.figures.style import save_as
    from experiments.figures.validation import SHOWN_HORIZON, validation_figure

    first, last = rules.windows["held_out"]
    note = (
        f"Break-free forecasts of held-out months {month_label(first)} to {month_label(last)}; {run}. "
        f"Data: Eurostat migr_asytpsm (CC BY 4.0), to {world.data_date}."
    )
    labels = {code: names["en"] for code, names in world.hosts.labels.items()}
    shown = SHOWN_HORIZON if SHOWN_HORIZON in rules.horizons else rules.horizons[0]
    drawing = validation_figure(scores, labels, note, shown)
    with whole(figure) as part:
        save_as(drawing, part, dpi=150)
