"""How far forecasts were off, whether the method finds what is known, and how exact its short cut is."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from calibration.fit.posterior import RECOVERY_LEVELS
from experiments.calibrate.tables import MOVED
from experiments.calibration_report.drawing import (
    FAINT,
    QUIET,
    Picture,
    bar,
    dots,
    in_percent,
    inline,
    legend_above,
    mark,
    named_rows,
    sheet,
)
from experiments.figures.style import BLUE, INK, RED
from experiments.figures.validation import FORECASTERS, MOST_STRETCH, SHOWN_HORIZON, error_panel
from experiments.wording.names import ReaderNames
from experiments.wording.numbers import as_percent, count_of, fixed, listed

NOTHING = "no forecast free of clean-ups"
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


# --- forecasts of held-out months


def horizons_figure(window: Mapping[str, Any]) -> Picture:
    """Return the typical error by months ahead, from ``W`` of ``score_window`` with NaN for null."""
    panels = [
        (
            f"{count_of(int(ahead), 'month')} ahead",
            f" ({count_of(int(part['pairs']), 'forecast')})",
            part["median_error_pct"],
        )
        for ahead, part in window["horizons"].items()
    ]
    svg = _panels(
        "horizon", [(ahead + pairs, errors, None) for ahead, pairs, errors in panels], min(len(panels), 2)
    )
    said = "; ".join(f"{ahead}: {_three(errors)}" for ahead, _, errors in panels)
    return Picture(f"Median error of forecasts of the register, all hosts. {said}.", svg)


def hosts_figure(window: Mapping[str, Any], names: ReaderNames) -> Picture | None:
    """Return the average error in the hosts named beforehand, or None where the horizon was not scored."""
    part, codes = window["horizons"].get(str(SHOWN_HORIZON)), window["named_hosts"]
    if part is None or not codes:
        return None
    errors = part["mean_error_pct_by_host"]
    panels = [(names.host(code), errors.get(code, {}), _edge(errors.get(code, {}))) for code in codes]
    said = [f"{names.host(code)} {_three(errors[code])}" for code in codes if code in errors]
    absent = [names.host(code) for code in codes if code not in errors]
    gap = f" No forecast free of clean-ups that far ahead: {listed(absent)}." if absent else ""
    return Picture(
        f"{'; '.join(said)}.{gap}",
        _panels("hosts", panels, 2),
        {"horizon": str(SHOWN_HORIZON), "hosts": str(len(codes)), "gap": gap},
    )


def _panels(name: str, panels: list[tuple[str, Mapping[str, float], float | None]], columns: int) -> str:
    """Return a grid of titled panels of errors, each with the end of its axis."""
    rows = math.ceil(len(panels) / columns)
    with sheet(1.95 * rows) as figure:
        grid = figure.subplots(rows, columns, squeeze=False)
        for axes, (title, errors, edge) in zip(grid.flat, panels, strict=False):
            error_panel(axes, errors, edge, NOTHING)
            axes.set_title(title)
        for axes in grid.flat[len(panels) :]:
            axes.axis("off")
        return inline(figure, name)


def _edge(errors: Mapping[str, float]) -> float | None:
    """Return where the axis of a host ends, so that a hopeless rival does not squeeze the others."""
    model = errors.get("model", math.nan)
    shown = [errors[name] for name in FORECASTERS if math.isfinite(errors.get(name, math.nan))]
    if not shown or not math.isfinite(model) or model <= 0:
        return None
    return min(max(shown), max(MOST_STRETCH * model, sorted(shown)[len(shown) // 2]))


def _three(errors: Mapping[str, float]) -> str:
    """Return the errors of the model and the two naive rules in words."""
    words = {"model": "model", "persistence": "nothing changes", "constant_inflow": "inflow goes on"}
    return ", ".join(f"{label} {fixed(errors[name])} %" for name, label in words.items())


# --- known truths found again


def moved_by_data(recovery: pd.DataFrame) -> pd.DataFrame:
    """Return the parameters the synthetic data move; the others have the coverage of their prior."""
    return recovery[recovery["sd_ratio"] < MOVED]


def binomial_band(n: int, p: float) -> tuple[int, int]:
    """Return the central counts of a binomial that hold at least 95 % of its chances.

    >>> binomial_band(50, 0.8)
    (34, 45)
    """
    from scipy.stats import binom

    low, high = binom.interval(0.95, n, p)
    return int(low), int(high)


def coverage_by_chance(rows: pd.DataFrame, column: str) -> tuple[float, float, float]:
    """Return between which shares one parameter lies by chance (95 %), and how many parameters do."""
    replicates = round(float(rows["replicates"].iloc[0]))
    low, high = (count / replicates for count in binomial_band(replicates, RECOVERY_LEVELS[column]))
    return low, high, float(((rows[column] >= low) & (rows[column] <= high)).mean())


def coverage_picture(recovery: pd.DataFrame) -> Picture | None:
    """Return how often intervals held the truth, parameter by parameter, against what chance allows."""
    rows = moved_by_data(recovery)
    if rows.empty:
        return None
    with sheet(2.9) as figure:
        axes = figure.subplots()
        alt = []
        for place, (column, level) in enumerate(RECOVERY_LEVELS.items()):
            low, high, inside = coverage_by_chance(rows, column)
            axes.hlines(place, low, high, color=BAND, linewidth=26, zorder=1)
            axes.vlines(level, place - 0.36, place + 0.36, color=QUIET, linewidth=1.6, zorder=2)
            values = rows[column].sort_values()
            height = values.groupby(values.round(6)).cumcount() + 1
            most = values.groupby(values.round(6)).transform("size")
            beside = place + 0.3 * (height - (most + 1) / 2) / np.maximum(most / 2, 3)
            dots(axes, values, beside, BLUE, size=4, alpha=0.55, zorder=3, markeredgewidth=0)
            dots(axes, rows[column].mean(), place, RED, "D", 8, markeredgecolor="white", zorder=4)
            alt.append(
                f"{as_percent(level, 0)} intervals hold the truth in {as_percent(rows[column].mean())}; "
                f"{as_percent(inside, 0)} of parameters lie in the band of chance"
            )
        in_percent(axes.xaxis)
        named_rows(axes, [f"{as_percent(level, 0)} interval" for level in RECOVERY_LEVELS.values()])
        least = min(0.25, rows[list(RECOVERY_LEVELS)].to_numpy().min() - 0.03)
        axes.set_xlim(least, 1.01)
        axes.grid(False)
        axes.set_xlabel("known truths inside the interval")
        legend_above(
            figure,
            [
                mark(BLUE, "o", "one parameter", 4), mark(RED, "D", "mean"),
                mark(QUIET, "|", "as it should be", 12), bar(BAND, "chance (95 %)", 10),
            ],
        )  # fmt: skip
        tests = count_of(round(float(rows["replicates"].iloc[0])), "test")
        return Picture(
            f"{'; '.join(alt)}.",
            inline(figure, "coverage"),
            {"tests": tests, "parameters": count_of(len(rows), "parameter")},
        )


def ranks_figure(ranks: pd.DataFrame, recovery: pd.DataFrame) -> Picture | None:
    """Return where the truth stood among the draws; flat if the uncertainty is stated right."""
    rows = ranks[ranks["parameter"].isin(moved_by_data(recovery)["parameter"])]
    counts = np.histogram(rows["rank"], np.linspace(0.0, 1.0, BINS + 1))[0]
    total = int(counts.sum())
    if not total:
        return None
    low, high = binomial_band(total, 1 / BINS)
    with sheet(2.7) as figure:
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
            f"Histogram of {total:,} ranks; {inside} of {BINS} bars lie within what chance allows.",
            inline(figure, "ranks"),
        )


# --- the short cut


def emulator_figure(table: pd.DataFrame) -> Picture | None:
    """Return how much of each output the emulator explains."""
    if table.empty:
        return None
    kinds = table["output"].map(lambda output: OUTPUTS.get(output.split(".", maxsplit=1)[0], "other"))
    order = [kind for kind in (*OUTPUTS.values(), "other") if (kinds == kind).any()]
    with sheet(0.42 * len(order) + 1.1) as figure:
        axes = figure.subplots()
        alt = []
        for place, kind in enumerate(order):
            values = table.loc[kinds == kind, "explained"].sort_values()
            wave = 0.22 * np.sin(2.4 * np.arange(len(values)))
            dots(axes, values, place + wave, BLUE, size=4.5, alpha=0.5, markeredgewidth=0)
            axes.plot(values.median(), place, marker="|", color=INK, markersize=20, markeredgewidth=2)
            alt.append(f"{kind} {as_percent(values.median(), 0)} ({count_of(len(values), 'output')})")
        in_percent(axes.xaxis)
        named_rows(axes, order)
        axes.set_xlim(min(0.0, float(table["explained"].min()) - 0.02), 1.01)
        axes.grid(False)
        axes.grid(True, axis="x")
        axes.axvline(1.0, color=FAINT, linewidth=0.8)
        axes.set_xlabel("differences between simulations that the short cut predicts")
        legend_above(figure, [mark(BLUE, "o", "one output", 4.5), mark(INK, "|", "median", 14)])
        return Picture(
            f"Explained variance of simulations the emulator did not see, median by kind: {'; '.join(alt)}.",
            inline(figure, "emulator"),
        )
