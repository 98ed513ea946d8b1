"""Who is there and what they answer, in ``ewea validate``: age and sex, grants by sex, surveys."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from abm.band import HIGH, IN_WORDS, LOW, key
from abm.branches import Branches
from abm.codes import MINORS, SEX_OF_KIND, PersonKind
from abm.compiled import compile_once
from abm.data.composition import PERSON_COLUMNS
from abm.data.folder import load_world
from abm.data.registers import read_eu_decisions
from abm.data.settings import RunSettings
from abm.data.world import World
from abm.months import month_label
from abm.simulation import Simulation
from abm.state import Flow
from calibration.fit.predictive import check_targets, read_thresholds
from calibration.fit.simulated import observe
from calibration.surveys.forecast import common_wish, next_wave_score, next_waves
from calibration.surveys.settings import load_survey_settings
from calibration.targets.targets import load_targets
from calibration.validation.rolling import MODEL, gather_rolling, half_year_errors
from calibration.validation.rules import Rules
from experiments.calibrate.tables import prediction_table, slope_signs, survey_errors
from experiments.ensemble.pool import run_in_order
from experiments.options import text_table

Floats = NDArray[np.float64]

SEXES = {"women": "F", "men": "M"}
"""Words of the result and codes of Eurostat; girls and boys are among them."""

AGES, HALF_YEAR_TOLD = "age_and_sex", "half_year_by_knowledge"
"""Keys of ``ewea validate --json``."""

OLD = (PersonKind.WOMEN_65, PersonKind.MEN_65)
WOMEN = PersonKind.WOMEN_18_64


def four_groups(kinds: Floats) -> Floats:
    """Return persons in the groups of the published composition, float64[..., 4], from those by kind."""
    minors, old = kinds[..., list(MINORS)].sum(axis=-1), kinds[..., list(OLD)].sum(axis=-1)
    women = kinds[..., WOMEN]
    return np.stack([women, kinds.sum(axis=-1) - women - minors - old, minors, old], axis=-1)


def age_and_sex(world: World, kinds: Floats, codes: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return shares of the stock after the last register month beside the published ones, by host and group.

    ``kinds`` are persons by seed, host and kind, float64[S, H, kind].
    """
    month, rows = world.registers.last_month, []
    for code in codes:
        host = world.hosts.ids.index(code)
        groups = four_groups(kinds[:, host])
        simulated = (groups / groups.sum(axis=1, keepdims=True)).mean(axis=0)
        for number, group in enumerate(PERSON_COLUMNS):
            published = float(world.composition.stock[month, host, number])
            rows.append(
                {
                    "host": code,
                    "group": group,
                    "month": month_label(month),
                    "published": published,
                    "simulated": float(simulated[number]),
                    "difference_pp": float(100.0 * (simulated[number] - published)),
                }
            )
    return rows


def world_with_later_rules(root: Path, world: World, month: int, fit: str | None) -> World:
    """Return a world that knows laws and drivers, but registers, arrivals and controls to a month only."""
    past = load_world(root, world.n_months - 1, fit, last_month=month)
    return replace(world, registers=past.registers, controls=past.controls, data_date=month_label(month))


def half_year_ahead(world: World, settings: RunSettings, seed: int) -> tuple[Floats, Floats]:
    """Return the registers after ``known_until``, float64[month, H], and grants in the EU by sex, float64[2].

    Grants are those of all months, women and men. New arrivals have the sexes of their households; who
    registers otherwise (moves, again, late, births) is taken to be as those who are there.
    """
    compile_once(world)
    origin, eu = settings.known_until, world.hosts.is_eu
    assert origin is not None
    state = Branches(world, settings, seed).run(origin).state
    history, here = state.history, slice(origin + 1 - settings.start, state.index)
    female = np.array([sex == "female" for sex in SEX_OF_KIND])
    arrived = float(history.flows[here, Flow.ARRIVAL][..., : state.n_hosts][..., eu].sum())
    granted = float((history.entered + history.again)[here][:, eu].sum())
    columns = state.households.columns()
    new = (columns.cohort > origin) & np.append(eu, False)[columns.place]
    came = (columns.persons[new] * columns.stands_for[new, None].astype(np.int64)).sum(axis=0)
    present = history.stock[state.index, eu].sum(axis=(0, 1, 2))
    shares = [float(kinds[female].sum() / max(kinds.sum(), 1)) for kinds in (came, present)]
    women = arrived * shares[0] + (granted - arrived) * shares[1]
    return history.register[here], np.array([women, granted - women])


def half_year_beside_records(
    root: Path, world: World, rules: Rules, found: list[tuple[Floats, Floats]]
) -> dict[str, Any]:
    """Return typical error of the registers and grants beside the records, from :func:`half_year_ahead`."""
    registers, by_sex = (np.stack(parts) for parts in zip(*found, strict=True))
    origin, end = rules.rolling.half_year
    scored = gather_rolling(world.registers, rules, {origin: registers})
    return {
        "median_error_pct": half_year_errors(scored, rules)[MODEL],
        "grants": grants_beside_records(root, range(origin + 1, end + 1), by_sex),
    }


def grants_beside_records(root: Path, months: range, simulated: Floats) -> dict[str, dict[str, float]]:
    """Return recorded and simulated grants of some months by sex, persons; ``simulated`` float64[S, 2]."""
    recorded = read_eu_decisions(root)
    found = {}
    for number, (sex, code) in enumerate(SEXES.items()):
        known = float(sum(recorded[code, "TOTAL"][month] for month in months))
        low, middle, high = np.quantile(simulated[:, number], (LOW, 0.5, HIGH))
        found[sex] = {
            "recorded": known,
            "model": float(middle),
            key("low"): float(low),
            key("high"): float(high),
            "difference_pct": float(100.0 * (middle / known - 1.0)),
        }
    return found


def people_text(found: dict[str, Any]) -> str:
    """Return age and sex and the grants as two tables for a terminal."""
    rows = [
        [row["host"], row["group"], *(f"{100 * row[name]:.1f}" for name in ("published", "simulated")),
         f"{row['difference_pp']:+.1f}"]
        for row in found[AGES]
    ]  # fmt: skip
    first = found[AGES][0]["month"]
    stock = text_table(
        f"Age and sex of the stock at the end of {first} (%; published: the newest of May to October 2025):",
        ["host", "group", "published", "simulated", "points"],
        rows,
        words=(0, 1),
    )
    told = {"known_then": "as known then", "rules_known": "given the rules that came"}
    parts = ("recorded", "model", key("low"), key("high"))
    grants = text_table(
        "Grants in the EU in the half-year, by sex (thousand persons), and typical error of its registers:",
        ["forecast", "sex", "recorded", "model", "low", "high", "%", "registers, %"],
        [
            [told[name], sex, *(f"{1e-3 * row[part]:.0f}" for part in parts), f"{row['difference_pct']:+.0f}",
             f"{half_year['median_error_pct']:.2f}"]
            for name, half_year in found[HALF_YEAR_TOLD].items()
            for sex, row in half_year["grants"].items()
        ],
        words=(0, 1),
    )  # fmt: skip
    return f"\n{stock}\n\n{grants}"


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
        "",
    ]
    rows = []
    for wave in found["waves"]:
        ahead = "-" if wave["months_ahead"] is None else str(wave["months_ahead"])
        for row in wave["answers"]:
            observed, forecast, low, high = (
                f"{100 * row[name]:.0f}" for name in ("observed", "forecast", key("low"), key("high"))
            )
            said = f"{observed} %", f"{forecast} %", f"{low} to {high} %"
            rows.append([wave["id"], wave["month"], row["answer"][:32], ahead, *said])
    heads = ["wave", "month", "answer", "ahead", "found", "forecast", f"{IN_WORDS} band"]
    return "\n".join([*lines, text_table("", heads, rows, words=(0, 1, 2))])


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
