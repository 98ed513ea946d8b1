"""The strongest drivers of an outcome with their intervals, cell beside cell."""

from pathlib import Path
from textwrap import shorten, wrap
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from experiments.analysis.sensitivity import Cell, Sensitivity
from experiments.analysis.sensitivity_indices import SOBOL
from experiments.analysis.sensitivity_sentences import NO_CELLS, finding
from experiments.figures.style import BLUE, GREY, INK, ORANGE, STYLE, save
from experiments.wording.numbers import shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_PANELS = 3
"""Cells drawn at most; the table holds all."""

MOST_BARS = 15
LABEL_WIDTH = 52
"""Characters of a label's line."""

AXIS_CHARACTERS = 13
"""Characters an inch below the panels has room for."""


def draw(stem: Path, found: Sensitivity, top: int) -> None:
    """Write the figure as PNG and SVG.

    Parameters
    ----------
    stem : Path
        Without suffix.
    top : int
        Inputs to show; at most ``MOST_BARS``.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    cells = found.moving[:MOST_PANELS]
    inputs = _strongest(found, cells, min(top, MOST_BARS))
    with mpl.rc_context(STYLE):
        height = 2.6 + 0.48 * len(inputs)
        width = 8.2 + 3.3 * (len(cells) - 1)
        figure = Figure(figsize=(width, height))
        panels = figure.subplots(1, len(cells), sharey=True, sharex=True, squeeze=False)[0]
        figure.subplots_adjust(
            left=4.1 / width, right=0.97, top=1 - 1.4 / height, bottom=1.02 / height, wspace=0.09
        )
        for panel, cell in zip(panels, cells, strict=True):
            _panel(panel, found, cell, inputs)
        panels[0].set_yticks(np.arange(len(inputs)), [_label(meaning) for _, meaning in inputs], fontsize=8.5)
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
        save(figure, stem)


def _strongest(found: Sensitivity, cells: list[Cell], top: int) -> list[tuple[str, str]]:
    """Return names and meanings of the inputs that are strongest in any cell drawn."""
    whole = pd.concat([cell.indices for cell in cells if cell.indices is not None])
    best = whole.groupby(["input", "meaning"], sort=False)[found.main].max()
    order = best.sort_values(ascending=False, kind="stable").index[:top]
    return [(str(name), str(meaning)) for name, meaning in order]


def _panel(axes: "Axes", found: Sensitivity, cell: Cell, inputs: list[tuple[str, str]]) -> None:
    assert cell.indices is not None
    rows = cell.indices.set_index("input").loc[[name for name, _ in inputs]]
    at, factor = np.arange(len(rows)), 100.0 if found.method == SOBOL else 1.0
    main = found.main
    told = rows[f"{main}_told_apart"].to_numpy(bool)
    value, low, high = (factor * rows[main + end].to_numpy(np.float64) for end in ("", "_low", "_high"))
    colours = [BLUE if yes else "#C9C9C9" for yes in told]
    axes.barh(at, value, height=0.62, color=colours, alpha=0.85, zorder=2)
    axes.errorbar(
        value,
        at,
        xerr=[value - low, high - value],
        fmt="none",
        ecolor=INK,
        elinewidth=1,
        capsize=2.5,
        zorder=3,
    )
    if found.method == SOBOL:
        alone = factor * rows["S1"].to_numpy(np.float64)
        axes.plot(
            alone,
            at,
            "D",
            color=ORANGE,
            markersize=5.5,
            markeredgecolor="white",
            markeredgewidth=0.7,
            zorder=4,
        )
    else:
        axes.xaxis.set_major_formatter(lambda v, _: shown(v) if v else "0")
        axes.locator_params(axis="x", nbins=6)
    axes.set_xlim(left=min(0.0, axes.get_xlim()[0]) if found.method == SOBOL else 0.0)
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.grid(axis="y", visible=False)
    axes.grid(axis="x", visible=True, color="#E5E5E5")
    axes.tick_params(axis="y", length=0)
    axes.tick_params(axis="x", labelsize=8.5)
    if cell.label != NO_CELLS:
        axes.set_title("\n".join(_lines(cell.label, 44, 2)), loc="left", fontsize=9)


def _headings(figure: Any, found: Sensitivity, width: float, height: float) -> None:
    letters = int(width * 9.3)
    inch = 1 / height
    title = "\n".join(_lines(finding(found), letters, 2))
    figure.text(0.02, 1 - 0.12 * inch, title, fontsize=12.5, fontweight="bold", va="top")
    subject = found.outcome_words
    figure.text(
        0.02,
        1 - 0.72 * inch,
        "\n".join(_lines(f"{subject[:1].upper()}{subject[1:]} ({found.unit})", int(width * 13.5), 2)),
        fontsize=9.5,
        color=GREY,
        va="top",
    )
    key = (
        "Bar: alone or together with others (total index). Orange: by itself (first order)."
        if found.method == SOBOL
        else "Bar: mean size of the effect (Morris, mu*)."
    )
    more = len(found.moving) - MOST_PANELS
    rest = f" {more} more cells stand in the table." if more > 0 else ""
    note = (
        f"{key} Line: 95 % interval. Grey bar: not told apart from zero, or from chance between seeds. "
        f"Simulation (ewea), design {found.design}: {found.worlds:,} worlds x "
        f"{found.cells[0].chance.seeds} seeds.{rest}"
    )
    figure.text(
        0.02, 0.1 * inch, "\n".join(_lines(note, int(width * 15.5), 3)), fontsize=8, color=GREY, va="bottom"
    )


def _label(text: str) -> str:
    return "\n".join(_lines(text, LABEL_WIDTH, 2))


def _lines(text: str, letters: int, most: int) -> list[str]:
    return wrap(shorten(text, letters * most - 8, placeholder=" …"), letters)[:most]
