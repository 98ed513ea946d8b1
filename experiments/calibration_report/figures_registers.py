"""What registers and other counts say of leaving, beside the fitted model."""

import math
from typing import TYPE_CHECKING

import pandas as pd

from abm.band import IN_WORDS
from experiments.calibration_report.drawing import (
    FAINT,
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
from experiments.figures.style import BLUE, INK
from experiments.wording.names import ReaderNames
from experiments.wording.numbers import with_unit
from experiments.wording.phrases import count_of, spoken_month

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PRIOR = "#D5D5D5"
AXES = {
    "share": "share",
    "share/month": "share a month",
    "persons": "million persons",
}
"""Panels of quantities by unit, and the label of their axis."""

ROW = 0.235
"""Inches of one row."""

BETWEEN = 0.4
"""Distance of two rates of one register, in rows."""


def exits_of(targets: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of usual exits from registers."""
    return targets[targets["target"].str.startswith("exits.")]


def clean_ups_of(targets: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of register clean-ups."""
    return targets[targets["target"].str.startswith("clean_up.")]


def exits_figure(targets: pd.DataFrame, names: ReaderNames) -> Picture | None:
    """Return the monthly exits from each register."""
    rows = exits_of(targets)
    if rows.empty:
        return None
    hosts, at = exit_places(rows)
    with styled():
        figure = sheet(0.3 * len(hosts) + 1.0)
        axes = figure.subplots()
        _rows(axes, rows, at)
        axes.set_yticks(range(len(hosts)), [names.host(target.partition(".")[2]) for target in hosts])
        axes.set_ylim(-0.7, len(hosts) - 0.3)
        in_percent(axes.xaxis, 1)
        axes.set_xlim(left=min(0.0, 1.4 * rows["observed"].min()))
        _clip(axes, rows)
        axes.set_xlabel("share of the register signed off in a usual month")
        _legend(figure)
        off = int(rows["missed"].sum())
        return Picture(
            "People signed off from registers in a usual month",
            f"{count_of(len(rows), 'register rate')}; {off} more than two standard deviations off.",
            "Months without a clean-up; of two rates of one register the upper one is the earlier. Pale: "
            f"what seemed possible before any data ({IN_WORDS}); blue: the fitted "
            f"model ({IN_WORDS}).",
            inline(figure, "exits"),
        )


def exit_places(rows: pd.DataFrame) -> tuple[list[str], list[float]]:
    """Return the targets from the bottom of the figure up, and the height of every row in its own order.

    Rows of one register keep the order of the file, which is that of time: the earlier one stands above.
    """
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
        labels.append(
            f"{names.host(code)}, {spoken_month(float(number))}" if number.isdigit() else names.host(code)
        )
    with styled():
        figure = sheet(ROW * len(rows) + 1.0)
        axes = figure.subplots()
        axes.set_xscale("log")
        _rows(axes, rows, list(range(len(rows))))
        axes.set_yticks(range(len(rows)), labels)
        axes.set_ylim(-0.7, len(rows) - 0.3)
        from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

        axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 3.0)))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
        axes.set_xlabel("persons removed (an equal distance is an equal ratio)")
        _clip(axes, rows)
        _legend(figure)
        return Picture(
            "People removed by register clean-ups",
            "; ".join(
                f"{label}: counted {with_unit(row.observed, 'persons')}, model "
                f"{with_unit(row.posterior, 'persons')}"
                for label, row in zip(labels, rows.itertuples(), strict=True)
            )
            + ".",
            "A clean-up strikes off at once those who left unnoticed since the last one: the best count of "
            f"departures there is. Pale: before any data ({IN_WORDS}); blue: the fitted model ({IN_WORDS}).",
            inline(figure, "cleanups"),
        )


def _rows(axes: "Axes", rows: pd.DataFrame, at: list[float]) -> None:
    axes.hlines(at, rows["prior_low"], rows["prior_high"], color=PRIOR, linewidth=6, zorder=2)
    axes.hlines(at, rows["posterior_low"], rows["posterior_high"], color=BLUE, linewidth=2.8, zorder=3)
    axes.plot(rows["observed"], at, linestyle="", marker="D", color=INK, markersize=4.5, zorder=4)
    bare(axes)


def _clip(axes: "Axes", rows: pd.DataFrame) -> None:
    """End the axis where data and fit end; a prior may go on beyond its edge."""
    shown = pd.concat([rows["observed"], rows["posterior_high"], rows["prior"]])
    low = pd.concat([rows["observed"], rows["posterior_low"]])
    if axes.get_xscale() == "log":
        axes.set_xlim(max(low[low > 0].min(), 1.0) / 2.5, shown.max() * 2.5)
    else:
        axes.set_xlim(right=1.15 * shown.max())


def _legend(figure: "object") -> None:
    legend_above(
        figure,  # type: ignore[arg-type]
        [
            mark(INK, "D", "register", 5),
            bar(BLUE, f"fitted model, {IN_WORDS}"),
            bar(PRIOR, f"before any data, {IN_WORDS}", 7),
        ],
    )


def quantities_of(predictions: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of observed quantities."""
    return predictions[predictions["kind"] == "quantity"]


def quantities_figure(predictions: pd.DataFrame, names: ReaderNames) -> Picture | None:
    """Return totals, shares and rates of leaving, a panel by unit."""
    rows = quantities_of(predictions)
    units = [unit for unit in AXES if (rows["unit"] == unit).any()]
    if not units:
        return None
    with styled():
        sizes = [int((rows["unit"] == unit).sum()) for unit in units]
        figure = sheet(2 * ROW * sum(sizes) + 0.75 * len(units) + 0.4)
        grid = figure.subplots(len(units), 1, squeeze=False, height_ratios=[size + 0.6 for size in sizes])
        for axes, unit in zip(grid.flat, units, strict=True):
            part = rows[rows["unit"] == unit].sort_values("month", ascending=False)
            factor = 1e-6 if unit == "persons" else 1.0
            at = range(len(part))
            for use, (colour, marker, _) in USES.items():
                chosen = (part["use"] == use).to_numpy()
                places = [place for place, yes in zip(at, chosen, strict=True) if yes]
                values = part[chosen]
                axes.hlines(
                    places, factor * values["predicted_low"], factor * values["predicted_high"],
                    color="#B9CFE0", linewidth=7, zorder=2,
                )  # fmt: skip
                axes.plot(
                    factor * values["observed"], places, linestyle="", marker=marker, color=colour,
                    markersize=6, markeredgecolor="white", markeredgewidth=0.6, zorder=4,
                )  # fmt: skip
            axes.plot(
                factor * part["model"], at, linestyle="", marker="|", color=INK, markersize=9,
                markeredgewidth=1.8, zorder=3,
            )  # fmt: skip
            axes.set_yticks(
                at,
                [_two_lines(names.target(t, m)) for t, m in zip(part["target"], part["label"], strict=True)],
            )
            axes.set_ylim(-0.6, len(part) - 0.4)
            axes.set_xlabel(AXES[unit])
            if unit.startswith("share"):
                in_percent(axes.xaxis, 1 if unit == "share/month" else 0)
            if (part["observed"] >= 0).all() and (part["predicted_low"] >= 0).all():
                axes.set_xlim(left=0)
            bare(axes)
            axes.axvline(0, color=FAINT, linewidth=0.8)
        shown = [mark(*USES[use]) for use in USES if (rows["use"] == use).any()]
        legend_above(
            figure,
            [*shown, bar("#B9CFE0", f"simulated, {IN_WORDS}", 7), mark(INK, "|", "simulated, middle", 9)],
        )
        said = [
            f"{names.target(str(row.target), str(row.label))}: observed {with_unit(row.observed, row.unit)}, "
            f"simulated {with_unit(row.model, row.unit)}"
            for row in rows.itertuples()
            if math.isfinite(row.observed)
        ]
        return Picture(
            "Returns, departures and totals",
            f"{'; '.join(said)}.",
            f"What was counted or published, and where {IN_WORDS} of such counts would fall if the model "
            "were right.",
            inline(figure, "quantities"),
        )


def _two_lines(text: str, most: int = 58) -> str:
    """Return a label broken after its place and date."""
    head, mark_, rest = text.partition(": ")
    return f"{head}:\n{rest}" if mark_ and len(text) > most // 2 else text
