"""The sections of the page about what the model gets right and wrong, in the order they are read."""

import math
from typing import Any

import pandas as pd

from experiments.calibration_report import figures_forecasts, figures_registers, figures_surveys, full_tables
from experiments.calibration_report.blocks import Block, Fold, Heading, Points, Section, Table, Text
from experiments.calibration_report.findings import VALIDATE, in_short, worst_misses
from experiments.calibration_report.reading import VALIDATION, FitFolder
from experiments.figures.validation import FORECASTERS
from experiments.wording.names import Names
from experiments.wording.numbers import fixed, percent, points
from experiments.wording.sentences import counted


def some(*blocks: Block | None) -> list[Block]:
    """Return the blocks that are there."""
    return [block for block in blocks if block is not None]


def short(fit: FitFolder, names: Names) -> Section:
    """Return the sentences that most readers need."""
    return Section("short", "In short", [Points(in_short(fit, names))])


def out_of_sample(fit: FitFolder, names: Names) -> Section:
    """Return how forecasts of held-out months did."""
    title = "Out of sample: months the model never saw"
    if fit.validation is None:
        command = VALIDATE.format(fit.path / VALIDATION)
        return Section(
            "forecasts", title, [Text(f"This folder has no {VALIDATION}. To make it: {command}", notice=True)]
        )
    window = fit.validation["held_out"]
    levels = window["levels"]
    inside = window["coverage_80_pooled"]
    return Section(
        "forecasts",
        title,
        some(
            Text(
                "Every forecast starts at the end of a past month and uses only what was known then, as do "
                "the simple rules it is compared with: “nothing changes” keeps the last register, “inflow "
                "goes on” adds the mean change of the last months, the others are standard methods of "
                "statistics."
            ),
            Table(
                "Typical (median) error, % of the register when the forecast was made; months without "
                "clean-up",
                ["months ahead", *(label for label, _, _ in FORECASTERS.values()), "forecasts"],
                [
                    [
                        ahead,
                        *(fixed(part["median_error_pct"].get(name, math.nan), 2) for name in FORECASTERS),
                        f"{part['pairs']:,.0f}",
                    ]
                    for ahead, part in window["horizons"].items()
                ],
            ),
            figures_forecasts.by_horizon(window),
            figures_forecasts.by_host(window, names),
            Text(
                f"Bands: the 80 % band of the forecast ({counted(int(window['members']), 'run')}) holds the "
                f"register in {percent(inside, 0)} of all host-months; 80 % would be right."
            )
            if math.isfinite(inside)
            else None,
            Heading("Levels set before scoring"),
            Table(
                "Levels set before scoring, with what came out. Two figures: against “nothing changes” and "
                "“inflow goes on”. Error / rival's: below 1 the model is better",
                ["level", "came out", "asked", "verdict"],
                full_tables.level_rows(levels, names),
                frozenset({0, 3}),
            )
            if levels
            else None,
            _across_breaks(window["breaks"]),
        ),
    )


def _across_breaks(breaks: dict[str, Any]) -> Fold | None:
    """Return the errors of forecasts that cross a register clean-up."""
    if not breaks:
        return None
    names = {
        "model_with_clean_up": "model with its own clean-up",
        "model_without_clean_up": "model without it",
        "persistence": "nothing changes",
        "constant_inflow": "inflow goes on",
    }
    rows = [
        [
            ahead,
            *(fixed(part["median_error_pct"].get(name, math.nan), 2) for name in names),
            f"{part['pairs']:,.0f}",
        ]
        for ahead, part in breaks.items()
    ]
    caption = "Typical error across a register clean-up, % of the register when the forecast was made"
    table = Table(caption, ["months ahead", *names.values(), "forecasts"], rows)
    return Fold("Forecasts across a clean-up of the register", [table])


def surveys(fit: FitFolder, names: Names) -> Section:
    """Return survey answers beside simulated ones."""
    predictions, changes = fit.table("predictions"), fit.table("slopes")
    answers = figures_surveys.surveys_of(predictions)
    title = "Surveys: what people said, and what simulated people say"
    if answers.empty:
        return Section("surveys", title, [Text("This fit has no survey that the simulations reach.")])
    contrasts = predictions[predictions["kind"] == "contrast"]
    asked = [
        f"{names.family(f)}: “{q}”"
        for f, q in names.questions.items()
        if (answers["family"] == f).any() and q
    ]
    inside = (answers["observed"] >= answers["predicted_low"]) & (
        answers["observed"] <= answers["predicted_high"]
    )
    held = answers["use"] == "holdout"
    return Section(
        "surveys",
        title,
        some(
            Text(
                "The simulated population is asked the real question, in the countries and the month of the "
                "survey. An intention is an answer, not a move: nobody in the model leaves because of it. "
                "Surveys marked as held out played no part in the fit; questions with the same wording "
                "share where people draw the line between answers."
            ),
            figures_surveys.observed_against_simulated(predictions),
            figures_surveys.differences(predictions, names),
            Text(
                f"Inside the 80 % band: {int(inside[~held].sum())} of {int((~held).sum())} answers that were "
                f"used or shown, {int(inside[held].sum())} of {int(held.sum())} held-out answers."
            ),
            figures_surveys.over_time(predictions, names),
            Heading("Direction of change"),
            Text(_directions(changes, names)),
            Fold(
                "All changes",
                [full_tables.slopes(changes, names, "Change from the first to the last wave of a question")],
            )
            if len(changes)
            else None,
            Fold("All survey answers", [full_tables.predictions(answers, names, "Survey answers, shares")]),
            Fold(
                "Differences between groups of people",
                [full_tables.predictions(contrasts, names, "Difference of the share who gave an answer")],
            )
            if len(contrasts)
            else None,
            Fold("The questions as they were asked", [Points(asked)]) if asked else None,
        ),
    )


def _directions(changes: pd.DataFrame, names: Names) -> str:
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
        f"{len(changes) - len(wrong)} of {counted(len(changes), 'comparison')}"
    )
    return f"{text}; not in: {'; '.join(wrong)}." if wrong else f"{text}."


def registers(fit: FitFolder, names: Names) -> Section:
    """Return exits, clean-ups and totals."""
    targets, predictions = fit.table("targets"), fit.table("predictions")
    counts = figures_registers.quantities_of(predictions)
    pictures = some(
        figures_registers.exits(targets, names),
        figures_registers.clean_ups(targets, names),
        figures_registers.quantities(predictions, names),
    )
    rows = [
        targets.loc[part.index]
        for part in (figures_registers.exits_of(targets), figures_registers.clean_ups_of(targets))
    ]
    folds = [
        Fold(label, [full_tables.targets(part, names, label)])
        for label, part in zip(("Exits in usual months", "Clean-ups"), rows, strict=True)
        if len(part)
    ]
    if len(counts):
        label = "Returns, departures and totals"
        folds.append(Fold(label, [full_tables.predictions(counts, names, label)]))
    intro = Text(
        "A register counts people with a permit, not people who are there: some who leave sign off, the "
        "others are struck off at the next clean-up. The model is fitted to both, so that a clean-up is "
        "evidence of departures and not a sudden exodus."
    )
    nothing = Text("This fit has no register figure and no count.")
    return Section("registers", "Registers and totals", [intro, *(pictures or [nothing]), *folds])


def misses(fit: FitFolder, names: Names) -> Section:
    """Return fitted numbers that are missed or contradict the priors, and what that means."""
    targets = fit.table("targets")
    conflicts, missed = targets[targets["conflict"]], worst_misses(targets)
    blocks: list[Block] = [
        Text(
            "Missed: the observation lies more than two standard deviations (its own error, wording and the "
            "spread of the fit together) from the fitted model. Conflict: it lies outside 99 % of what the "
            "model could say before it saw any data; then no choice of parameters that seemed possible "
            "gives it, and either the model, the prior or the observation is wrong."
        )
    ]
    for title, rows in (("Prior–data conflicts", conflicts), ("Missed by the fit", missed)):
        blocks.append(Heading(title))
        if rows.empty:
            blocks.append(Text("None."))
            continue
        blocks.append(full_tables.misses(rows, names, f"{title}: what the fitted model says instead"))
    away = fit.table("predictions")
    outside = away[
        (away["use"] == "holdout")
        & ((away["observed"] < away["predicted_low"]) | (away["observed"] > away["predicted_high"]))
    ]
    n_held = int((away["use"] == "holdout").sum())
    blocks.append(Heading("Held-out numbers outside the 80 % band"))
    blocks.append(
        Text(
            f"{len(outside)} of {counted(n_held, 'held-out number')}; one in five is what such a band allows."
        )
    )
    if len(outside):
        blocks.append(full_tables.predictions(outside, names, "Held-out numbers outside the 80 % band"))
    return Section("misses", "Conflicts and missed targets", blocks)
