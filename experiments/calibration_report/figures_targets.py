"""What surveys, registers and other counts say, beside the fitted model and its simulated people."""

import math
from collections.abc import Sequence
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
    dots,
    in_percent,
    inline,
    legend_above,
    mark,
    sheet,
    wrapped,
)
from experiments.figures.style import BLUE, INK
from experiments.wording.names import ReaderNames
from experiments.wording.numbers import as_percent, count_of, fixed, short_month, spoken_month, with_unit

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SIMULATED, PRIOR = "#B9CFE0", "#D5D5D5"

COLUMNS = 3
SPREAD_MONTHS = 0.55
"""Months between the marks of surveys of one month, so that none hides another."""

AXES = {"share": "share", "share/month": "share a month", "persons": "million persons"}
"""Panels of quantities by unit, and the label of their axis."""

ROW = 0.235
"""Inches of one row."""

BETWEEN = 0.4
"""Distance of two rates of one register, in rows."""


def surveys_of(predictions: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of survey answers."""
    return predictions[predictions["kind"] == "survey"]


def contrasts_of(predictions: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of differences between groups of people."""
    return predictions[predictions["kind"] == "contrast"]


def quantities_of(predictions: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of observed quantities."""
    return predictions[predictions["kind"] == "quantity"]


def exits_of(targets: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of usual exits from registers."""
    return targets[targets["target"].str.startswith("exits.")]


def clean_ups_of(targets: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of register clean-ups."""
    return targets[targets["target"].str.startswith("clean_up.")]


def inside(rows: pd.DataFrame) -> pd.Series:
    """Return which observed numbers lie inside the band of the simulation."""
    return (rows["observed"] >= rows["predicted_low"]) & (rows["observed"] <= rows["predicted_high"])


# --- surveys


def observed_against_simulated(predictions: pd.DataFrame) -> Picture | None:
    """Return all answers in one square: on the diagonal where both agree."""
    rows = surveys_of(predictions)
    if rows.empty:
        return None
    with sheet(4.9) as figure:
        axes = figure.subplots()
        axes.grid(True, axis="both")
        axes.plot([0, 1], [0, 1], color=QUIET, linewidth=1, zorder=1)
        used = _used(rows)
        for use in reversed(used):
            part, colour = rows[rows["use"] == use], USES[use][0]
            low, high = part["predicted_low"], part["predicted_high"]
            axes.vlines(part["observed"], low, high, color=colour, linewidth=1.4, alpha=0.4, zorder=2)
            _observed(axes, use, part["observed"], part["model"])
        axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="share in the survey", ylabel="share in the simulation")
        axes.set_aspect("equal")
        in_percent(axes.xaxis)
        in_percent(axes.yaxis)
        legend_above(figure, [*(mark(*USES[use]) for use in used), bar(FAINT, f"{IN_WORDS} band", 1.6)])
        counts = [
            f"{USES[use][2]}: {int(inside(rows[rows['use'] == use]).sum())} of "
            f"{int((rows['use'] == use).sum())}"
            for use in used
        ]
        return Picture(
            f"Scatter of simulated against observed shares. Observed share inside the {IN_WORDS} band of the "
            f"simulation: {'; '.join(counts)}.",
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
    with sheet(0.25 * len(families) + 1.0) as figure:
        axes = figure.subplots()
        used = _used(rows)
        for use in used:
            _observed(axes, use, error[rows["use"] == use], at[rows["use"] == use], alpha=0.85)
        bare(axes)
        axes.axvline(0, color=QUIET, linewidth=1, zorder=1)
        reach = 1.1 * max(error.abs().max(), 1.0)
        axes.set(xlim=(-reach, reach), ylim=(-0.7, len(families) - 0.3))
        axes.set_yticks(range(len(families)), [wrapped(names.family(f), 58, 1) for f in families])
        axes.set_xlabel("simulated less observed, percentage points")
        legend_above(figure, [mark(*USES[use]) for use in used])
        mean = error.abs().groupby(rows["family"]).mean().sort_values(ascending=False)
        said = [f"{names.family(str(family))} {fixed(value)} points" for family, value in mean.items()]
        return Picture(
            f"Mean absolute difference by question, largest first: {'; '.join(said)}.",
            inline(figure, "differences"),
        )


def panels_of(predictions: pd.DataFrame) -> list[tuple[str, str, pd.DataFrame]]:
    """Return family, answer and rows of every question asked in two months or more, of two answers one."""
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
    n_rows = math.ceil(len(panels) / COLUMNS)
    with sheet(2.1 * n_rows + 0.4) as figure:
        grid = figure.subplots(n_rows, COLUMNS, squeeze=False)
        everything = pd.concat([rows for _, _, rows in panels])
        first, last = everything["month"].min(), everything["month"].max()
        for axes, (family, label, rows) in zip(grid.flat, panels, strict=False):
            _waves(axes, rows, first, last)
            axes.set_title(f"{wrapped(names.family(family), 40)}\nanswer: {label}", fontsize=8.5)
        for axes in grid.flat[len(panels) :]:
            axes.axis("off")
        shown = [mark(*USES[use]) for use in _used(everything)]
        band, middle = bar(SIMULATED, f"simulated, {IN_WORDS}"), bar(INK, "simulated, middle", 2.0)
        legend_above(figure, [*shown, band, middle])
        worst = everything.loc[(everything["model"] - everything["observed"]).abs().idxmax()]
        return Picture(
            f"{count_of(len(panels), 'panel')}, one per question and answer. Largest difference: "
            f"{names.target(str(worst['target']), str(worst['label']))}, observed "
            f"{as_percent(worst['observed'])}, simulated {as_percent(worst['model'])}.",
            inline(figure, "time"),
        )


def _waves(axes: "Axes", rows: pd.DataFrame, first: float, last: float) -> None:
    rows = rows.sort_values(["month", "target"])
    twins = rows.groupby("month").cumcount() - (rows.groupby("month")["month"].transform("size") - 1) / 2
    at = rows["month"] + SPREAD_MONTHS * twins
    axes.vlines(at, rows["predicted_low"], rows["predicted_high"], color=SIMULATED, linewidth=6, zorder=2)
    dots(axes, at, rows["model"], INK, "_", 7, markeredgewidth=1.8, zorder=3)
    for use in USES:
        chosen = rows["use"] == use
        _observed(axes, use, at[chosen], rows.loc[chosen, "observed"], markeredgewidth=0.6, zorder=4)
    axes.set_xlim(first - 2, last + 2)
    years = [month for month in range(int(first) - 12, int(last) + 13) if month % 12 == 0]
    ticks = [month for month in years if first - 2 <= month <= last + 2]
    axes.set_xticks(ticks, [short_month(tick)[:4] for tick in ticks])
    high = max(rows["predicted_high"].max(), rows["observed"].max())
    axes.set_ylim(0, min(1.0, 1.15 * high) if high > 0 else 1.0)
    in_percent(axes.yaxis)


def _used(rows: pd.DataFrame) -> list[str]:
    return [use for use in USES if (rows["use"] == use).any()]


def _observed(axes: "Axes", use: str, x: Any, y: Any, size: float = 5.5, **more: Any) -> None:
    """Draw observed numbers in colour and shape of their use."""
    colour, marker, _ = USES[use]
    look = {"markeredgecolor": "white", "markeredgewidth": 0.5, "zorder": 3} | more
    dots(axes, x, y, colour, marker, size, **look)


# --- registers


def exits_figure(targets: pd.DataFrame, names: ReaderNames) -> Picture | None:
    """Return the monthly exits from each register."""
    rows = exits_of(targets)
    if rows.empty:
        return None
    hosts, at = exit_places(rows)
    with sheet(0.3 * len(hosts) + 1.0) as figure:
        labels = [names.host(target.partition(".")[2]) for target in hosts]
        axes = _fitted(figure, rows, at, labels)
        in_percent(axes.xaxis, 1)
        axes.set_xlim(left=min(0.0, 1.4 * rows["observed"].min()))
        # A prior may go on beyond the edge.
        axes.set_xlim(right=1.15 * pd.concat([rows["observed"], rows["posterior_high"], rows["prior"]]).max())
        axes.set_xlabel("share of the register signed off in a usual month")
        off = int(rows["missed"].sum())
        return Picture(
            f"{count_of(len(rows), 'register rate')}; {off} more than two standard deviations off.",
            inline(figure, "exits"),
        )


def exit_places(rows: pd.DataFrame) -> tuple[list[str], list[float]]:
    """Return the targets from the bottom of the figure up (a register's in order of time) and heights."""
    hosts = [str(target) for target in rows.groupby("target")["observed"].mean().sort_values().index]
    place = rows["target"].map({target: number for number, target in enumerate(hosts)})
    earlier = rows.groupby("target").cumcount()
    several = rows.groupby("target")["target"].transform("size")
    return hosts, (place + BETWEEN * ((several - 1) / 2 - earlier)).tolist()


def clean_ups_figure(targets: pd.DataFrame, names: ReaderNames) -> Picture | None:
    """Return the persons each clean-up removed, on an axis of powers of ten."""
    rows = clean_ups_of(targets).sort_values("observed")
    if rows.empty:
        return None
    labels = []
    for target in rows["target"]:
        code, _, number = target.partition(".")[2].partition(".")
        when = f", {spoken_month(float(number))}" if number.isdigit() else ""
        labels.append(f"{names.host(code)}{when}")
    with sheet(ROW * len(rows) + 1.0) as figure:
        axes = _fitted(figure, rows, range(len(rows)), labels, "log")
        from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

        axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 3.0)))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
        axes.set_xlabel("persons removed (an equal distance is an equal ratio)")
        shown = pd.concat([rows["observed"], rows["posterior_high"], rows["prior"]])
        low = pd.concat([rows["observed"], rows["posterior_low"]])
        axes.set_xlim(max(low[low > 0].min(), 1.0) / 2.5, shown.max() * 2.5)
        said = [
            f"{label}: counted {with_unit(row.observed, 'persons')}, model "
            f"{with_unit(row.posterior, 'persons')}"
            for label, row in zip(labels, rows.itertuples(), strict=True)
        ]
        return Picture(f"{'; '.join(said)}.", inline(figure, "cleanups"))


def _fitted(
    figure: "Figure", rows: pd.DataFrame, at: Sequence[float], labels: Sequence[str], scale: str = "linear"
) -> "Axes":
    """Draw what was counted on prior and posterior, a row each, and say what is what."""
    axes = figure.subplots()
    axes.set_xscale(scale)
    axes.hlines(at, rows["prior_low"], rows["prior_high"], color=PRIOR, linewidth=6, zorder=2)
    axes.hlines(at, rows["posterior_low"], rows["posterior_high"], color=BLUE, linewidth=2.8, zorder=3)
    dots(axes, rows["observed"], at, INK, "D", 4.5, zorder=4)
    bare(axes)
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(-0.7, len(labels) - 0.3)
    fitted, before = (f"{what}, {IN_WORDS}" for what in ("fitted model", "before any data"))
    legend_above(figure, [mark(INK, "D", "register", 5), bar(BLUE, fitted), bar(PRIOR, before, 7)])
    return axes


# --- totals, shares and rates of leaving


def quantities_figure(predictions: pd.DataFrame, names: ReaderNames) -> Picture | None:
    """Return totals, shares and rates of leaving, a panel by unit."""
    rows = quantities_of(predictions)
    units = [unit for unit in AXES if (rows["unit"] == unit).any()]
    if not units:
        return None
    sizes = [int((rows["unit"] == unit).sum()) for unit in units]
    with sheet(2 * ROW * sum(sizes) + 0.75 * len(units) + 0.4) as figure:
        grid = figure.subplots(len(units), 1, squeeze=False, height_ratios=[size + 0.6 for size in sizes])
        for axes, unit in zip(grid.flat, units, strict=True):
            _counted(axes, rows[rows["unit"] == unit].sort_values("month", ascending=False), unit, names)
        shown = [mark(*USES[use]) for use in _used(rows)]
        band, middle = bar(SIMULATED, f"simulated, {IN_WORDS}", 7), mark(INK, "|", "simulated, middle", 9)
        legend_above(figure, [*shown, band, middle])
        said = [
            f"{names.target(str(row.target), str(row.label))}: observed {with_unit(row.observed, row.unit)}, "
            f"simulated {with_unit(row.model, row.unit)}"
            for row in rows.itertuples()
            if math.isfinite(row.observed)
        ]
        return Picture(f"{'; '.join(said)}.", inline(figure, "quantities"))


def _counted(axes: "Axes", part: pd.DataFrame, unit: str, names: ReaderNames) -> None:
    factor = 1e-6 if unit == "persons" else 1.0
    at = np.arange(len(part))
    low, high = factor * part["predicted_low"], factor * part["predicted_high"]
    for use in USES:
        chosen = (part["use"] == use).to_numpy()
        axes.hlines(at[chosen], low[chosen], high[chosen], color=SIMULATED, linewidth=7, zorder=2)
        observed = factor * part.loc[chosen, "observed"]
        _observed(axes, use, observed, at[chosen], 6, markeredgewidth=0.6, zorder=4)
    dots(axes, factor * part["model"], at, INK, "|", 9, markeredgewidth=1.8, zorder=3)
    labels = [names.target(t, m) for t, m in zip(part["target"], part["label"], strict=True)]
    axes.set_yticks(at, [_two_lines(label) for label in labels])
    axes.set_ylim(-0.6, len(part) - 0.4)
    axes.set_xlabel(AXES[unit])
    if unit.startswith("share"):
        in_percent(axes.xaxis, 1 if unit == "share/month" else 0)
    if (part["observed"] >= 0).all() and (part["predicted_low"] >= 0).all():
        axes.set_xlim(left=0)
    bare(axes)
    axes.axvline(0, color=FAINT, linewidth=0.8)


def _two_lines(text: str) -> str:
    """Return a label broken after its place and date."""
    return text.replace(": ", ":\n", 1) if len(text) > 29 else text
