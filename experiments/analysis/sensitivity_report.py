"""What a sensitivity analysis says: sentences, the tables of the terminal, and the figure."""

from collections.abc import Mapping
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from experiments.analysis.sensitivity import ALL_WORLDS, SOBOL, Cell, Sensitivity
from experiments.figures.style import BLUE, GREY, INK, ORANGE, at_most, canvas
from experiments.options import terminal_table
from experiments.wording.numbers import MISSING, capitalised, count_of, rounding_step, shown, spoken

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from rich.table import Table

NAMED = 3
"""Inputs named in a sentence at most."""

SPOKEN = 4
"""Cells spoken of; the table holds all."""

MOST_PANELS, MOST_BARS = 3, 15
"""Cells and inputs drawn at most; the table holds all."""

LABEL_WIDTH = 52
"""Characters of a label's line."""

AXIS_CHARACTERS = 13
"""Characters an inch below the panels has room for."""

NO_EFFECT = "not significantly different from zero"
"""What is said of an index whose interval holds zero, or what chance between seeds alone would give."""


def sensitivity_sentences(found: Sensitivity) -> list[str]:
    """Return one sentence a cell, then how much is no effect and how much is chance."""
    said = [_driven(found, cell) for cell in found.cells[:SPOKEN]]
    if (more := len(found.cells) - SPOKEN) > 0:
        said.append(f"The table holds {count_of(more, 'more cell')}.")
    said.append(_without_effect(found))
    return [*said, *(text for text in (_chance(found), _too_small(found)) if text)]


def driver_finding(found: Sensitivity) -> str:
    """Return the main result as the title of a figure."""
    cell = found.moving[0]
    told = _significant(found, cell)
    where = "" if len(found.cells) == 1 else f" ({cell.label})"
    if told.empty:
        return f"No single driver stands out{where}"
    first = told.iloc[0]
    much = (
        f"{_about(first, 'ST')} of the differences, alone or with others"
        if found.method == SOBOL
        else f"about {_size(first)} {found.unit} over its range"
    )
    return f"Strongest driver is {first['meaning']}: {much}{where}"


def sensitivity_tables(found: Sensitivity, top: int) -> "list[Table]":
    """Return the strongest drivers, one table a cell."""
    if found.method == SOBOL:
        heads = ("input", "total, %", "by itself, %")
    else:
        heads = ("input", f"effect, {found.unit}", "spread (sigma)")

    def cells_of(row: "pd.Series[Any]") -> tuple[str, str, str]:
        if found.method == SOBOL:
            return row["meaning"], _interval(row, "ST", 100), _interval(row, "S1", 100)
        spread = MISSING if pd.isna(row["sigma"]) else shown(row["sigma"])
        return row["meaning"], _interval(row, "mu_star", 1), spread

    return [
        terminal_table(
            f"{capitalised(found.outcome_words)}\n{cell.label or ALL_WORLDS}",
            heads,
            [cells_of(row) for _, row in cell.indices.head(top).iterrows()],
        )
        for cell in found.moving
    ]


def _significant(found: Sensitivity, cell: Cell) -> pd.DataFrame:
    return cell.indices[cell.indices[f"{found.main}_told_apart"]]


def _driven(found: Sensitivity, cell: Cell) -> str:
    subject = found.outcome_words if cell.label else capitalised(found.outcome_words)
    where = f"Where {cell.label}: " if cell.label else ""
    if cell.indices.empty:
        return f"{where}{subject}: {shown(cell.mean)} {found.unit} in all worlds; nothing drives it."
    told = _significant(found, cell).head(NAMED)
    step = rounding_step(cell.deviation)
    average = (
        f"{spoken(cell.mean, step)} {found.unit} on average, give or take {spoken(cell.deviation, step)}"
    )
    spread = f"{where}{subject}: {average}".replace("-", "−")
    if told.empty:
        return f"{spread}; with {found.worlds:,} worlds the effect of every input is {NO_EFFECT}."
    if found.method == SOBOL:
        parts = []
        for _, row in told.iterrows():
            alone = f"{_about(row, 'S1')} by itself" if row["S1_told_apart"] else f"by itself {NO_EFFECT}"
            parts.append(f"{row['meaning']} ({_about(row, 'ST')} of the differences in all, {alone})")
        return f"{spread}. Strongest drivers: {'; '.join(parts)}."
    parts = [f"{row['meaning']} (about {_size(row)} {found.unit})" for _, row in told.iterrows()]
    return f"{spread}. Strongest drivers, from one end of their range to the other: {'; '.join(parts)}."


def _without_effect(found: Sensitivity) -> str:
    counts = []
    for cell in found.moving[:SPOKEN]:
        told = cell.indices[f"{found.main}_told_apart"]
        where = f" ({cell.label})" if cell.label else ""
        counts.append(f"{int((~told).sum())} of {len(told)} inputs{where}")
    return f"{capitalised(NO_EFFECT)}, or from chance between seeds, at 95 % confidence: {'; '.join(counts)}."


def _chance(found: Sensitivity) -> str:
    seeds = found.cells[0].chance.seeds
    if seeds == 1:
        return "With one seed, chance between runs cannot be separated from these effects."
    single = [cell.chance.of_one_run for cell in found.moving if cell.chance.of_one_run is not None]
    left = [cell.chance.left for cell in found.moving if cell.chance.left is not None]
    return (
        f"Chance between seeds makes up {_span(single)} of the differences between single runs; averaged "
        f"over the {seeds} seeds, {_span(left)} of those between worlds is chance, and every "
        f"{'total index' if found.method == SOBOL else 'effect'} includes it."
    )


def _too_small(found: Sensitivity) -> str:
    """Return a warning if the sample is too small for the indices to make sense."""
    if found.method != SOBOL:
        return ""
    wide = max((cell.indices["ST_high"] - cell.indices["ST"]).max() for cell in found.moving)
    if wide <= 0.2:
        return ""
    return (
        f"The intervals are wide (up to {shown(100 * wide)} percentage points either way): raise "
        "sampling.size before ranking inputs by these indices."
    )


def _about(row: "pd.Series[float]", name: str) -> str:
    """Return an index in per cent, rounded to what its interval supports."""
    half = 100 * (row[f"{name}_high"] - row[name])
    step = 1 if half < 2 else 5 if half < 10 else 10
    value = min(100, step * round(100 * row[name] / step))
    return f"about {value} %" if value else f"less than {step} %"


def _size(row: "pd.Series[float]") -> str:
    """Return a size of an effect, rounded to what its interval supports."""
    if row["mu_star"] < 10:
        return shown(row["mu_star"])
    return spoken(row["mu_star"], rounding_step(row["mu_star"], row["mu_star_low"], row["mu_star_high"]))


def _span(shares: list[float]) -> str:
    low, high = (
        "less than 1 %" if share < 0.01 else f"{100 * share:.0f} %" for share in (min(shares), max(shares))
    )
    return low if low == high else f"{low} to {high}"


def _interval(row: Mapping[str, Any], name: str, factor: int) -> str:
    """Return an index with its interval; in brackets if it could be none."""
    value, low, high = (
        f"{factor * row[name + end]:,.0f}" if factor > 1 else shown(row[name + end])
        for end in ("", "_low", "_high")
    )
    text = f"{value} ({low} to {high})".replace("-", "−")
    return text if row[f"{name}_told_apart"] else f"{NO_EFFECT}: {text}"


# --- the figure: the strongest drivers with their intervals, cell beside cell


def draw(stem: Path, found: Sensitivity, top: int) -> None:
    """Write the figure as PNG and SVG, with at most ``top`` inputs."""
    cells = found.moving[:MOST_PANELS]
    inputs = _strongest(found, cells, min(top, MOST_BARS))
    height = 2.6 + 0.48 * len(inputs)
    width = 8.2 + 3.3 * (len(cells) - 1)
    with canvas(stem, width, height) as figure:
        panels = figure.subplots(1, len(cells), sharey=True, sharex=True, squeeze=False)[0]
        figure.subplots_adjust(
            left=4.1 / width, right=0.97, top=1 - 1.4 / height, bottom=1.02 / height, wspace=0.09
        )
        for panel, cell in zip(panels, cells, strict=True):
            _panel(panel, found, cell, inputs)
        labels = [at_most(meaning, LABEL_WIDTH, 2) for _, meaning in inputs]
        panels[0].set_yticks(np.arange(len(inputs)), labels, fontsize=8.5)
        panels[0].set_ylim(len(inputs) - 0.4, -0.6)
        said = (
            "share of the differences between worlds (variance), %"
            if found.method == SOBOL
            else f"mean change when the input moves from one end of its range to the other, {found.unit}"
        )
        middle = (4.1 / width + 0.97) / 2
        lines = "\n".join(wrap(said, int(AXIS_CHARACTERS * (0.97 * width - 4.1))))
        figure.text(middle, 0.62 / height, lines, fontsize=9, ha="center", va="center")
        _headings(figure, found, width, height)


def _strongest(found: Sensitivity, cells: list[Cell], top: int) -> list[tuple[str, str]]:
    """Return names and meanings of the inputs that are strongest in any cell drawn."""
    whole = pd.concat([cell.indices for cell in cells])
    best = whole.groupby(["input", "meaning"], sort=False)[found.main].max()
    order = best.sort_values(ascending=False, kind="stable").index[:top]
    return [(str(name), str(meaning)) for name, meaning in order]


def _panel(axes: "Axes", found: Sensitivity, cell: Cell, inputs: list[tuple[str, str]]) -> None:
    rows = cell.indices.set_index("input").loc[[name for name, _ in inputs]]
    at, factor = np.arange(len(rows)), 100.0 if found.method == SOBOL else 1.0
    told = rows[f"{found.main}_told_apart"].to_numpy(bool)
    value, low, high = (factor * rows[found.main + end].to_numpy(np.float64) for end in ("", "_low", "_high"))
    axes.barh(
        at, value, height=0.62, color=[BLUE if yes else "#C9C9C9" for yes in told], alpha=0.85, zorder=2
    )
    ends = [value - low, high - value]
    axes.errorbar(value, at, xerr=ends, fmt="none", ecolor=INK, elinewidth=1, capsize=2.5, zorder=3)
    if found.method == SOBOL:
        axes.plot(
            factor * rows["S1"].to_numpy(np.float64), at, "D", color=ORANGE, markersize=5.5,
            markeredgecolor="white", markeredgewidth=0.7, zorder=4,
        )  # fmt: skip
    else:
        axes.xaxis.set_major_formatter(lambda v, _: shown(v) if v else "0")
        axes.locator_params(axis="x", nbins=6)
    axes.set_xlim(left=min(0.0, axes.get_xlim()[0]) if found.method == SOBOL else 0.0)
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.grid(axis="y", visible=False)
    axes.grid(axis="x", visible=True, color="#E5E5E5")
    axes.tick_params(axis="y", length=0)
    axes.tick_params(axis="x", labelsize=8.5)
    if cell.label:
        axes.set_title(at_most(cell.label, 44, 2), loc="left", fontsize=9)


def _headings(figure: Any, found: Sensitivity, width: float, height: float) -> None:
    inch = 1 / height
    title = at_most(driver_finding(found), int(width * 9.3), 2)
    figure.text(0.02, 1 - 0.12 * inch, title, fontsize=12.5, fontweight="bold", va="top")
    subject = at_most(f"{capitalised(found.outcome_words)} ({found.unit})", int(width * 13.5), 2)
    figure.text(0.02, 1 - 0.72 * inch, subject, fontsize=9.5, color=GREY, va="top")
    key = (
        "Bar: alone or together with others (total index). Orange: by itself (first order)."
        if found.method == SOBOL
        else "Bar: mean size of the effect (Morris, mu*)."
    )
    more = len(found.moving) - MOST_PANELS
    note = (
        f"{key} Line: 95 % interval. Grey bar: {NO_EFFECT}, or from chance between seeds. "
        f"Simulation (ewea), design {found.design}: {found.worlds:,} worlds x "
        f"{count_of(found.cells[0].chance.seeds, 'seed')}."
        f"{f' The table holds {count_of(more, "more cell")}.' if more > 0 else ''}"
    )
    lines = at_most(note, int(width * 15.5), 3)
    figure.text(0.02, 0.1 * inch, lines, fontsize=8, color=GREY, va="bottom")
