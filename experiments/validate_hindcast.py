"""``ewea validate``: forecasts from every origin, their scores, surveys and the figure."""

import os
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abm.branches import Branches
from abm.compiled import compile_once
from abm.data.settings import RunSettings, load_settings
from abm.data.world import World
from abm.errors import EweaError
from abm.files import whole
from abm.months import month_label
from abm.policy.scenario import scenario_world
from abm.simulation import Simulation
from calibration.validation.comparisons import YEAR
from calibration.validation.forecasts import Forecasts
from calibration.validation.rolling import rolling_scores
from calibration.validation.rules import LONGEST_HORIZON, Rules, load_rules
from calibration.validation.scores import score_window
from experiments.ensemble.pasts import world_known_at
from experiments.ensemble.pool import Pool, run_in_order
from experiments.ensemble.worker import cores
from experiments.options import progress
from experiments.uncertainty import covered
from experiments.validate_people import (
    AGES,
    HALF_YEAR_TOLD,
    age_and_sex,
    as_rows,
    half_year_ahead,
    half_year_beside_records,
    intentions,
    last_survey,
    surveys_ahead,
    world_with_later_rules,
)

Floats = NDArray[np.float64]

FORMATS = (".png", ".svg", ".pdf")


@dataclass(frozen=True)
class Validation:
    """Scores of a hindcast and what was scored."""

    # ``{"fit": W, "held_out": W}`` of :func:`calibration.validation.scores.score_window`
    scores: Mapping[str, Any]
    # ``rolling``, ``hosts`` ... of :func:`calibration.validation.rolling.rolling_scores`
    rolling: Mapping[str, Any]
    people: Mapping[str, Any]  # Grants by sex and age of the stock (:mod:`experiments.validate_people`)
    rules: Rules  # The scoring rule
    scale: int  # Of the runs
    n_seeds: int
    surveys: dict[str, Any]  # Next waves (:func:`experiments.validate_people.surveys_ahead`)
    intentions: dict[str, Any] | None  # Simulated adults asked (:func:`as_rows`); None without a posterior


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
        pasts = run_in_order(hindcast, (world, settings), seeds, workers, pool=pool)
        level, kinds = (np.stack(parts) for parts in zip(*pasts, strict=True))
        origin, end = rules.rolling.half_year
        told = {}
        ahead_of = replace(settings, until=end + 1, known_until=origin)
        for name, known in (
            ("known_then", world_known_at(configs, max(end, usual.reference_month), origin, fit)),
            ("rules_known", world_with_later_rules(configs, world, origin, fit)),
        ):
            parts = run_in_order(half_year_ahead, (known, ahead_of), seeds, workers, pool=pool)
            told[name] = half_year_beside_records(configs, world, rules, parts)
        until = last_survey(configs, world) + 1
        asked = intentions(configs, world, replace(settings, until=until, shocks=False), seeds, processes)
    by_window = Forecasts.of({origin: found[origin] for origin in early}, horizon, level)
    scores = {name: score_window(registers, hosts, rules, by_window, name) for name in rules.windows}
    if figure is not None:
        _draw(figure, scores, world, rules, f"scale {scale}, {n_seeds} run{'s' * (n_seeds > 1)}")
    ahead = {origin: found[origin][:, 0, 1:] for origin in rules.rolling.origins}
    rolling = rolling_scores(registers, hosts, world.hosts.is_eu, rules, ahead)
    surveys = surveys_ahead(configs, world)
    people = {
        HALF_YEAR_TOLD: told,
        AGES: age_and_sex(world, kinds, rules.rolling.hosts),
    }
    simulated = None if asked is None else as_rows(asked)
    return Validation(scores, rolling, people, rules, scale, n_seeds, surveys, simulated)


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


def hindcast(world: World, settings: RunSettings, seed: int) -> tuple[Floats, Floats]:
    """Return the register of one seed with recorded arrivals to the last month, float64[T, H].

    It knows all registers and is never set back to them; NaN in months before the run. With it come the
    persons there at the end, by host and kind, float64[H, kind].
    """
    compile_once(world)
    last = world.registers.last_month
    state = Simulation(world, replace(settings, until=last + 1), seed).run_to_end().state
    found = np.full((world.n_months, state.n_hosts), np.nan)
    found[settings.start : last + 1] = state.history.register - state.history.offset
    return found, state.history.stock[state.index].sum(axis=(1, 2)).astype(np.float64)
