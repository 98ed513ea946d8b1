"""Survey answers beside the answers simulated people give to the same question."""

import math
import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from abm.band import IN_WORDS
from experiments.calibration_report.drawing import (
    FAINT,
    QUIET,
    USES,
    Picture,
    bar,
    bare,
    in_percent,
    inline,
    legend_above,
    mark,
    sheet,
    styled,
)
from experiments.figures.style import INK
from experiments.wording.names import ReaderNames
from experiments.wording.numbers import as_percent, fixed
from experiments.wording.phrases import count_of, short_month

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLUMNS = 3
SPREAD_MONTHS = 0.55
"""Months between the marks of surveys of one month, so that none hides another."""


def surveys_of(predictions: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of survey answers."""
    return predictions[predictions["kind"] == "survey"]


def observed_against_simulated(predictions: pd.DataFrame) -> Picture | None:
    """Return all answers in one square: on the diagonal where both agree."""
    rows = surveys_of(predictions)
    if rows.empty:
        return None
    with styled():
        figure = sheet(4.9)
        axes = figure.subplots()
        axes.grid(True, axis="both")
        axes.plot([0, 1], [0, 1], color=QUIET, linewidth=1, zorder=1)
        used = [use for use in USES if (rows["use"] == use).any()]
        for use in reversed(used):
            part, colour = rows[rows["use"] == use], USES[use][0]
            low, high = part["predicted_low"], part["predicted_high"]
            axes.vlines(part["observed"], low, high, color=colour, linewidth=1.4, alpha=0.4, zorder=2)
            axes.plot(part["observed"], part["model"], **_look(use))
        axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="share in the survey", ylabel="share in the simulation")
        axes.set_aspect("equal")
        in_percent(axes.xaxis)
        in_percent(axes.yaxis)
        legend_above(figure, [*(mark(*USES[use]) for use in used), bar(FAINT, f"{IN_WORDS} band", 1.6)])
        counts = [
            f"{words}: {int(inside(rows[rows['use'] == use]).sum())} of {int((rows['use'] == use).sum())}"
            for use, (_, _, words) in USES.items()
            if use in used
        ]
        return Picture(
            "Every survey answer, observed and simulated",
            f"Scatter of simulated against observed shares. Observed share inside the {IN_WORDS} band of the "
            f"simulation: {'; '.join(counts)}.",
            f"One mark per answer; on the line both agree. Vertical bars: where {IN_WORDS} of surveys of "
            "this size would fall if the model were right, sampling error and known differences of wording "
            "included.",
            inline(figure, "answers"),
        )


def differences(predictions: pd.DataFrame, names: ReaderNames) -> Picture | None:
    """Return how far the simulated answers to each question are off."""
    rows = surveys_of(predictions)
    if rows.empty:
        return None
    families = sorted(rows["family"].unique(), key=lambda f: names.family(f).casefold(), reverse=True)
    error = 100 * (rows["model"] - rows["observed"])
    at = rows["family"].map({family: place for place, family in enumerate(families)})
    with styled():
        figure = sheet(0.25 * len(families) + 1.0)
        axes = figure.subplots()
        used = [use for use in USES if (rows["use"] == use).any()]
        for use in used:
            axes.plot(error[rows["use"] == use], at[rows["use"] == use], alpha=0.85, **_look(use))
        bare(axes)
        axes.axvline(0, color=QUIET, linewidth=1, zorder=1)
        reach = 1.1 * max(error.abs().max(), 1.0)
        axes.set(xlim=(-reach, reach), ylim=(-0.7, len(families) - 0.3))
        axes.set_yticks(range(len(families)), [_wrapped(names.family(f), 58, 1) for f in families])
        axes.set_xlabel("simulated less observed, percentage points")
        legend_above(figure, [mark(*USES[use]) for use in used])
        mean = error.abs().groupby(rows["family"]).mean().sort_values(ascending=False)
        said = [f"{names.family(str(family))} {fixed(value)} points" for family, value in mean.items()]
        return Picture(
            "How far off, question by question",
            f"Mean absolute difference by question, largest first: {'; '.join(said)}.",
            "Left of the line: fewer simulated than real people gave the answer; right of it: more.",
            inline(figure, "differences"),
        )


def _look(use: str) -> dict[str, Any]:
    colour, marker, _ = USES[use]
    return {
        "linestyle": "",
        "color": colour,
        "marker": marker,
        "markersize": 5.5,
        "markeredgecolor": "white",
        "markeredgewidth": 0.5,
        "zorder": 3,
    }


def inside(rows: pd.DataFrame) -> pd.Series:
    """Return which observed numbers lie inside the band of the simulation."""
    return (rows["observed"] >= rows["predicted_low"]) & (rows["observed"] <= rows["predicted_high"])


def panels_of(predictions: pd.DataFrame) -> list[tuple[str, str, pd.DataFrame]]:
    """Return family, answer and rows of every question asked in two months or more.

    Of a question with two answers only the first is kept: the other is what is left of it.
    """
    panels = []
    for family, part in surveys_of(predictions).groupby("family", sort=True):
        asked = part.groupby("label", sort=False)["month"].nunique()
        labels = [str(label) for label in asked.index[asked >= 2]]
        if len(labels) == 2:
            sums = part[part["label"].isin(labels)].groupby("target")["observed"].sum()
            labels = labels[:1] if np.allclose(sums, 1.0, atol=0.02) else labels
        panels += [(str(family), label, part[part["label"] == label]) for label in labels]
    return panels


def over_time(predictions: pd.DataFrame, names: ReaderNames) -> Picture | None:
    """Return one panel per question and answer: survey marks on simulated bands by month."""
    panels = panels_of(predictions)
    if not panels:
        return None
    with styled():
        n_rows = math.ceil(len(panels) / COLUMNS)
        figure = sheet(2.1 * n_rows + 0.4)
        grid = figure.subplots(n_rows, COLUMNS, squeeze=False)
        everything = pd.concat([rows for _, _, rows in panels])
        first, last = everything["month"].min(), everything["month"].max()
        for axes, (family, label, rows) in zip(grid.flat, panels, strict=False):
            _panel(axes, rows, (first, last))
            axes.set_title(f"{_wrapped(names.family(family), 40)}\nanswer: {label}", fontsize=8.5)
        for axes in grid.flat[len(panels) :]:
            axes.axis("off")
        shown = [mark(*USES[use]) for use in USES if (everything["use"] == use).any()]
        legend_above(
            figure, [*shown, bar("#B9CFE0", f"simulated, {IN_WORDS}"), bar(INK, "simulated, middle", 2.0)]
        )
        worst = everything.loc[(everything["model"] - everything["observed"]).abs().idxmax()]
        return Picture(
            "The same questions over time",
            f"{count_of(len(panels), 'panel')}, one per question and answer. Largest difference: "
            f"{names.target(str(worst['target']), str(worst['label']))}, observed "
            f"{as_percent(worst['observed'])}, simulated {as_percent(worst['model'])}.",
            f"Share who gave the answer, by month of the survey. Band: where {IN_WORDS} of surveys of this "
            "size would fall if the model were right. Questions asked once, and the second of two answers, "
            "are in the table.",
            inline(figure, "time"),
        )


def _wrapped(text: str, width: int, lines: int = 2) -> str:
    return "\n".join(textwrap.wrap(text, width, max_lines=lines, placeholder=" …"))


def _panel(axes: "Axes", rows: pd.DataFrame, span: tuple[float, float]) -> None:
    rows = rows.sort_values(["month", "target"])
    twins = rows.groupby("month").cumcount() - (rows.groupby("month")["month"].transform("size") - 1) / 2
    at = rows["month"] + SPREAD_MONTHS * twins
    axes.vlines(at, rows["predicted_low"], rows["predicted_high"], color="#B9CFE0", linewidth=6, zorder=2)
    axes.plot(
        at, rows["model"], linestyle="", marker="_", color=INK, markersize=7, markeredgewidth=1.8, zorder=3
    )
    for use, (colour, marker, _) in USES.items():
        chosen = rows["use"] == use
        axes.plot(
            at[chosen], rows.loc[chosen, "observed"], linestyle="", color=colour, marker=marker,
            markersize=5.5, markeredgecolor="white", markeredgewidth=0.6, zorder=4,
        )  # fmt: skip
    axes.set_xlim(span[0] - 2, span[1] + 2)
    years = [month for month in range(int(span[0]) - 12, int(span[1]) + 13) if month % 12 == 0]
    ticks = [month for month in years if span[0] - 2 <= month <= span[1] + 2]
    axes.set_xticks(ticks, [short_month(tick)[:4] for tick in ticks])
    high = max(rows["predicted_high"].max(), rows["observed"].max())
    axes.set_ylim(0, min(1.0, 1.15 * high) if high > 0 else 1.0)
    in_percent(axes.yaxis)
