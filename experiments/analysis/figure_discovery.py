"""Under which conditions it happens: how often over the range of each input, and inside the box."""

from pathlib import Path
from textwrap import shorten, wrap
from typing import TYPE_CHECKING

import numpy as np

from experiments.analysis.discovery import Discovery
from experiments.analysis.discovery_box import Limit
from experiments.analysis.discovery_sentences import finding, percent
from experiments.figures.style import GREY, INK, ORANGE, STYLE, note, note_lines, save
from experiments.wording.numbers import shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_LIMITS = 5
"""Inputs drawn at most; the table holds all."""

BINS = 8
COLUMNS = 3
PALE = "#C9C9C9"


MOST_ABREAST = 3
"""Levels whose names fit beside each other."""


def draw(stem: Path, found: Discovery) -> None:
    """Write the figure as PNG and SVG.

    Parameters
    ----------
    stem : Path
        Without suffix.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    limits = found.box.limits[:MOST_LIMITS]
    columns = 2 if len(limits) in (1, 3) else min(COLUMNS, len(limits) + 1)
    rows = -(-(len(limits) + 1) // columns)
    with mpl.rc_context(STYLE):
        width, height = max(8.0, 3.9 * columns), 2.0 + 3.1 * rows
        figure = Figure(figsize=(width, height))
        panels = figure.subplots(rows, columns, squeeze=False, sharey=True).ravel()
        figure.subplots_adjust(
            left=0.75 / width,
            right=0.98,
            top=1 - 1.55 / height,
            bottom=0.98 / height,
            hspace=0.75,
            wspace=0.12,
        )
        _whole(panels[0], found)
        for panel, limit in zip(panels[1:], limits, strict=False):
            _input(panel, found, limit)
        for panel in panels[1 + len(limits) :]:
            panel.set_visible(False)
        for panel in panels[::columns]:
            panel.set_ylabel("worlds in which it holds, %", fontsize=9)
        panels[0].set_ylim(0, 108)
        letters = int(width * 9.2)
        title = "\n".join(wrap(shorten(finding(found), 2 * letters - 8, placeholder=" …"), letters))
        figure.text(0.015, 1 - 0.12 / height, title, fontsize=12.5, fontweight="bold", va="top")
        subject = found.words.outcomes[found.condition.outcome]
        figure.text(
            0.015,
            1 - 0.7 / height,
            shorten(f"{subject[:1].upper()}{subject[1:]} ({found.unit})", int(width * 13), placeholder=" …"),
            fontsize=9.5,
            color=GREY,
            va="top",
        )
        note(figure, note_lines(width, _note(found)))
        save(figure, stem)


def _note(found: Discovery) -> str:
    more = len(found.box.limits) - MOST_LIMITS
    rest = f" {more} more conditions stand in the table." if more > 0 else ""
    return (
        "Orange: values inside the conditions found by scenario discovery (PRIM). Dotted: share among all "
        f"worlds. Simulation (ewea), design {found.design}: {len(found.of_interest):,} worlds, mean over "
        f"{found.seeds} seed{'s' * (found.seeds > 1)}. Shares of worlds are no probabilities.{rest}"
    )


def _whole(axes: "Axes", found: Discovery) -> None:
    box = found.box
    shares = [100 * found.share, 100 * box.density] if box.limits else [100 * found.share]
    names = ["all worlds", "where all\nconditions hold"][: len(shares)]
    axes.bar(range(len(shares)), shares, width=0.6, color=[PALE, ORANGE][: len(shares)])
    for at, share in enumerate(shares):
        axes.annotate(
            f"{share:.0f} %", (at, share), xytext=(0, 3), textcoords="offset points", ha="center", fontsize=10
        )
    axes.set_xticks(range(len(shares)), names, fontsize=9)
    axes.set_xlim(-0.6, len(shares) - 0.4)
    said = (
        f"The conditions cover {percent(box.coverage)} of such worlds,\nin {percent(box.mass)} of all worlds"
        if box.limits
        else ""
    )
    axes.set_title(said or "no conditions found", loc="left", fontsize=9)


def _input(axes: "Axes", found: Discovery, limit: Limit) -> None:
    values = found.inputs[limit.axis]
    if limit.levels is not None:
        levels = list(
            dict.fromkeys(
                None if missing else value for value, missing in zip(values, values.isna(), strict=True)
            )
        )
        keep = [(values.isna() if level is None else values == level).to_numpy(bool) for level in levels]
        inside = [level in limit.levels for level in levels]
        _named(axes, [found.words.level(limit.axis, level) for level in levels])
        at, width = np.arange(len(levels), dtype=float), 0.7
    else:
        numbers = values.to_numpy(np.float64)
        ends = np.quantile(numbers, np.linspace(0, 1, BINS + 1))
        where = np.clip(np.searchsorted(ends, numbers, side="right") - 1, 0, BINS - 1)
        keep = [where == number for number in range(BINS)]
        low = -np.inf if limit.low is None else limit.low
        high = np.inf if limit.high is None else limit.high
        middle = (ends[1:] + ends[:-1]) / 2
        inside = [bool(low <= value <= high) for value in middle]
        at, width = np.arange(BINS) + 0.5, 0.9
        _marked(axes, ends, limit)
    shares = [100 * found.of_interest[rows].mean() if rows.any() else 0.0 for rows in keep]
    axes.bar(at, shares, width=width, color=[ORANGE if yes else PALE for yes in inside])
    axes.axhline(100 * found.share, color=INK, linewidth=1, linestyle=":")
    axes.set_title("\n".join(wrap(found.words.axis(limit.axis), 46)[:2]), loc="left", fontsize=9)


def _named(axes: "Axes", names: list[str]) -> None:
    """Write the names of levels under their bars, or up along them where there are many."""
    if len(names) <= MOST_ABREAST:
        axes.set_xticks(range(len(names)), ["\n".join(wrap(name, 16)[:3]) for name in names], fontsize=8)
        return
    axes.set_xticks([])
    for number, name in enumerate(names):
        words = shorten(name, 44, placeholder=" …")
        axes.text(number, 2, words, rotation=90, ha="center", va="bottom", fontsize=8.5, color=INK)


def _marked(axes: "Axes", ends: "np.ndarray", limit: Limit) -> None:  # type: ignore[type-arg]
    """Write the ends of the range and the limits under bars of equal numbers of worlds."""
    marks = {0.0: shown(ends[0]), float(BINS): shown(ends[-1])}
    for value in (limit.low, limit.high):
        if value is not None:
            place = float(np.interp(value, ends, np.arange(BINS + 1)))
            axes.axvline(place, color=INK, linewidth=1.2)
            near = [mark for mark in marks if abs(mark - place) < 1.2]
            for mark in near:
                del marks[mark]
            marks[place] = shown(value)
    axes.set_xticks(list(marks), list(marks.values()), fontsize=8.5)
