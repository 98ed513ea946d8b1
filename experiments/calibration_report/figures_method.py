"""Whether the method finds what is known to be true, and how exact its short cut is."""

import numpy as np
import pandas as pd

from experiments.calibrate.tables import MOVED
from experiments.calibration_report.drawing import (
    FAINT,
    QUIET,
    Picture,
    bar,
    in_percent,
    inline,
    legend_above,
    mark,
    sheet,
    styled,
)
from experiments.figures.style import BLUE, INK, RED
from experiments.wording.numbers import as_percent
from experiments.wording.phrases import count_of

LEVELS = {"coverage_50": 0.5, "coverage_80": 0.8, "coverage_95": 0.95}
BINS = 10
BAND = "#DDE6EC"
OUTPUTS = {
    "mean": "mean wish to return or move",
    "log_spread": "spread of the wish",
    "quantity": "counts and shares",
    "exit_rate": "register exits",
    "left_unseen": "people a clean-up can find",
}
"""Kinds of output of the emulator by the first word of their names."""


def moved_by_data(recovery: pd.DataFrame) -> pd.DataFrame:
    """Return the parameters the synthetic data move; the others have the coverage of their prior."""
    return recovery[recovery["sd_ratio"] < MOVED]


def binomial_band(n: int, p: float, level: float = 0.95) -> tuple[int, int]:
    """Return the central counts of a binomial that hold at least a share ``level`` of its chances.

    >>> binomial_band(50, 0.8)
    (34, 45)
    """
    from scipy.stats import binom

    low, high = binom.interval(level, n, p)
    return int(low), int(high)


def coverage_picture(recovery: pd.DataFrame) -> Picture | None:
    """Return how often intervals held the truth, parameter by parameter, against what chance allows."""
    rows = moved_by_data(recovery)
    if rows.empty:
        return None
    replicates = round(float(rows["replicates"].iloc[0]))
    with styled():
        figure = sheet(2.9)
        axes = figure.subplots()
        said = []
        for place, (column, level) in enumerate(LEVELS.items()):
            low, high = (count / replicates for count in binomial_band(replicates, level))
            axes.hlines(place, low, high, color=BAND, linewidth=26, zorder=1)
            axes.vlines(level, place - 0.36, place + 0.36, color=QUIET, linewidth=1.6, zorder=2)
            values = rows[column].sort_values()
            height = values.groupby(values.round(6)).cumcount() + 1
            most = values.groupby(values.round(6)).transform("size")
            axes.plot(
                values, place + 0.3 * (height - (most + 1) / 2) / np.maximum(most / 2, 3),
                linestyle="", marker="o", color=BLUE, markersize=4, alpha=0.55, zorder=3, markeredgewidth=0,
            )  # fmt: skip
            axes.plot(
                rows[column].mean(),
                place,
                marker="D",
                color=RED,
                markersize=8,
                markeredgecolor="white",
                zorder=4,
            )
            inside = ((values >= low) & (values <= high)).mean()
            said.append(
                f"{as_percent(level, 0)} intervals hold the truth in {as_percent(rows[column].mean())}; "
                f"{as_percent(inside, 0)} of parameters lie in the band of chance"
            )
        axes.set_yticks(range(len(LEVELS)), [f"{as_percent(level, 0)} interval" for level in LEVELS.values()])
        axes.set_ylim(len(LEVELS) - 0.45, -0.55)
        least = min(0.25, rows[list(LEVELS)].to_numpy().min() - 0.03)
        axes.set_xlim(least, 1.01)
        axes.grid(False)
        axes.tick_params(axis="y", length=0)
        in_percent(axes.xaxis)
        axes.set_xlabel("known truths inside the interval")
        legend_above(
            figure,
            [
                mark(BLUE, "o", "one parameter", 4), mark(RED, "D", "mean"),
                mark(QUIET, "|", "as it should be", 12),
                bar(BAND, "chance (95 %)", 10),
            ],
        )  # fmt: skip
        return Picture(
            f"Known truths found again, {count_of(replicates, 'test')}",
            f"{'; '.join(said)}.",
            "Data were made by the model with known parameters, and the calibration had to find them. An 80 "
            "% interval should hold the truth 80 times in 100; dots left of the band would mean too much "
            f"confidence. Shown are the {count_of(len(rows), 'parameter')} that such data move.",
            inline(figure, "coverage"),
        )


def rank_counts(ranks: pd.DataFrame, recovery: pd.DataFrame) -> np.ndarray:
    """Return how many ranks of learnt parameters fall into each tenth, int64[BINS]."""
    rows = ranks[ranks["parameter"].isin(moved_by_data(recovery)["parameter"])]
    return np.histogram(rows["rank"], np.linspace(0.0, 1.0, BINS + 1))[0]


def ranks_figure(ranks: pd.DataFrame, recovery: pd.DataFrame) -> Picture | None:
    """Return where the truth stood among the draws; flat if the uncertainty is stated right."""
    counts = rank_counts(ranks, recovery)
    total = int(counts.sum())
    if not total:
        return None
    low, high = binomial_band(total, 1 / BINS)
    with styled():
        figure = sheet(2.7)
        axes = figure.subplots()
        axes.axhspan(low, high, color=BAND, zorder=0, linewidth=0)
        axes.axhline(total / BINS, color=QUIET, linewidth=1.4)
        axes.bar(np.arange(BINS) + 0.5, counts, 0.9, color=BLUE, zorder=2, alpha=0.85)
        axes.set_xticks(range(BINS + 1), [f"{10 * tick} %" for tick in range(BINS + 1)])
        axes.set_xlabel("share of draws below the known truth")
        axes.set_ylabel("tests times parameters")
        axes.set_ylim(0, 1.25 * max(counts.max(), high))
        legend_above(figure, [bar(QUIET, "as it should be", 1.4), bar(BAND, "chance (95 %)", 10)])
        inside = int(((counts >= low) & (counts <= high)).sum())
        return Picture(
            "Where the truth stood among the draws",
            f"Histogram of {total:,} ranks; {inside} of {BINS} bars lie within what chance allows.",
            "All bars should be equally high. A heap in the middle means bands wider than needed, heaps at "
            "both ends too narrow ones, a slope a bias. The band takes the tests as independent; parameters "
            "of one test are not quite.",
            inline(figure, "ranks"),
        )


def kind_of_output(output: str) -> str:
    """Return the kind of an output of the emulator, in words."""
    return OUTPUTS.get(output.split(".", maxsplit=1)[0], "other")


def emulator_figure(table: pd.DataFrame) -> Picture | None:
    """Return how much of each output the emulator explains."""
    if table.empty:
        return None
    kinds = table["output"].map(kind_of_output)
    order = [kind for kind in (*OUTPUTS.values(), "other") if (kinds == kind).any()]
    with styled():
        figure = sheet(0.42 * len(order) + 1.1)
        axes = figure.subplots()
        said = []
        for place, kind in enumerate(order):
            values = table.loc[kinds == kind, "explained"].sort_values()
            wave = 0.22 * np.sin(2.4 * np.arange(len(values)))
            axes.plot(
                values,
                place + wave,
                linestyle="",
                marker="o",
                color=BLUE,
                markersize=4.5,
                alpha=0.5,
                markeredgewidth=0,
            )
            axes.plot(values.median(), place, marker="|", color=INK, markersize=20, markeredgewidth=2)
            said.append(f"{kind} {as_percent(values.median(), 0)} ({count_of(len(values), 'output')})")
        axes.set_yticks(range(len(order)), order)
        axes.set_ylim(len(order) - 0.45, -0.55)
        axes.set_xlim(min(0.0, float(table["explained"].min()) - 0.02), 1.01)
        in_percent(axes.xaxis)
        axes.grid(False)
        axes.grid(True, axis="x")
        axes.tick_params(axis="y", length=0)
        axes.axvline(1.0, color=FAINT, linewidth=0.8)
        axes.set_xlabel("differences between simulations that the short cut predicts")
        legend_above(figure, [mark(BLUE, "o", "one output", 4.5), mark(INK, "|", "median", 14)])
        return Picture(
            "How exact the short cut is",
            f"Explained variance of simulations the emulator did not see, median by kind: {'; '.join(said)}.",
            "The fit tries far more parameter sets than can be simulated; an emulator, learnt from the bank "
            "of simulations, stands in. What is missing to 100 % is its error and chance between runs. Its "
            "error is added to the uncertainty of every target. Survey answers, differences between groups "
            "and totals on this page are real simulations again; register exits, clean-ups and the list of "
            "misses rest on the emulator.",
            inline(figure, "emulator"),
        )
