"""What scenario discovery says: sentences, the table of the terminal, and the figure."""

from pathlib import Path
from textwrap import shorten, wrap
from typing import TYPE_CHECKING

import numpy as np

from experiments.analysis.discovery import RESAMPLES, Discovery, Limit
from experiments.figures.style import GREY, INK, ORANGE, at_most, canvas, note_lines, small_print
from experiments.options import terminal_table
from experiments.wording.numbers import capitalised, count_of, listed, shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from rich.table import Table

STABLE = 0.7
"""Share of halves from which on an input counts as found again."""

MOST_LIMITS = 5
"""Inputs drawn at most; the table holds all."""

MOST_ABREAST = 3
"""Levels whose names fit beside each other."""

BINS, COLUMNS, PALE = 8, 3, "#C9C9C9"


def discovery_sentences(found: Discovery) -> list[str]:
    """Return what was found: how often it happens, where it gathers, how sure that is."""
    worlds, share, box = len(found.of_interest), found.share, found.box
    subject = capitalised(found.words.outcomes[found.condition.outcome])
    mean = "" if found.seeds == 1 else f", as a mean over {found.seeds} seeds"
    said = [
        f"{subject}: {found.condition.words} {found.unit} in {rough_percent(share)} of the {worlds:,} "
        f"worlds{mean}. That is a share of the worlds of this design, not a probability."
    ]
    if not box.limits:
        return [
            *said,
            "No range of the inputs separates these worlds from the others: they are spread over all of "
            "them, or there are too few.",
        ]
    limits = "; ".join(limit_words(found, limit) for limit in box.limits)
    said.append(
        f"They cluster where {limits}: {rough_percent(box.density)} of the worlds there meet the condition, "
        f"against {rough_percent(share)} of all worlds. This box covers {rough_percent(box.coverage)} of all "
        f"such worlds, in {rough_percent(box.mass)} of the worlds."
    )
    shaky = [found.words.axis(limit.axis) for limit in box.limits if limit.reproduced < STABLE]
    often = round(STABLE * RESAMPLES)
    said.append(
        f"Uncertain: found in fewer than {often} of {RESAMPLES} random halves of the worlds: "
        f"{'; '.join(shaky)}."
        if shaky
        else f"Each of these was found again in at least {often} of {RESAMPLES} random halves of the worlds."
    )
    if found.shared:
        said.append(
            "Worlds of this sample share values with one another, so the quasi-p-values are too small; "
            "latin_hypercube is the better sample for this question."
        )
    return said


def box_finding(found: Discovery) -> str:
    """Return the main result as the title of a figure."""
    box = found.box
    what = capitalised(f"{found.condition.words} {found.unit}")
    if not box.limits:
        return f"{what}: no range of the inputs separates these worlds from the others"
    many = "one condition is" if len(box.limits) == 1 else f"{len(box.limits)} conditions are"
    return (
        f"{what} in {rough_percent(box.density)} of the worlds where {many} met, "
        f"against {rough_percent(found.share)} of all worlds"
    )


def discovery_tables(found: Discovery) -> "list[Table]":
    """Return the limits of the box; no table if there is none."""
    rows = [
        (limit_words(found, limit), f"{round(limit.reproduced * RESAMPLES)} of {RESAMPLES}")
        for limit in found.box.limits
    ]
    return [terminal_table("Where it happens", ("condition", "random halves"), rows)] if rows else []


def limit_words(found: Discovery, limit: Limit) -> str:
    """Return a limit in words."""
    name = found.words.axis(limit.axis)
    if limit.levels is not None:
        return f"{name} is {listed(found.levels_of(limit), 'or')}"
    if limit.low is None and limit.high is not None:
        return f"{name} is at most {shown(limit.high)}"
    if limit.high is None and limit.low is not None:
        return f"{name} is at least {shown(limit.low)}"
    assert limit.low is not None
    assert limit.high is not None
    return f"{name} lies between {shown(limit.low)} and {shown(limit.high)}"


def rough_percent(share: float) -> str:
    """Return a share in per cent without decimals; nothing that happens at all reads as 0 or as everything.

    >>> [rough_percent(share) for share in (0.334, 0.001, 0.999, 1.0)]
    ['33 %', 'less than 1 %', 'more than 99 %', '100 %']
    """
    if 0 < share < 0.01:
        return "less than 1 %"
    return "more than 99 %" if 0.99 < share < 1 else f"{100 * share:.0f} %"


# --- the figure


def draw(stem: Path, found: Discovery) -> None:
    """Write the figure as PNG and SVG: how often it happens over the range of each input, and in the box."""
    limits = found.box.limits[:MOST_LIMITS]
    columns = 2 if len(limits) in (1, 3) else min(COLUMNS, len(limits) + 1)
    rows = -(-(len(limits) + 1) // columns)
    width, height = max(8.0, 3.9 * columns), 2.0 + 3.1 * rows
    with canvas(stem, width, height) as figure:
        panels = figure.subplots(rows, columns, squeeze=False, sharey=True).ravel()
        inch = 1 / height
        figure.subplots_adjust(
            left=0.75 / width, right=0.98, top=1 - 1.55 * inch, bottom=0.98 * inch, hspace=0.75, wspace=0.12
        )
        _whole(panels[0], found)
        for panel, limit in zip(panels[1:], limits, strict=False):
            _input(panel, found, limit)
        for panel in panels[1 + len(limits) :]:
            panel.set_visible(False)
        for panel in panels[::columns]:
            panel.set_ylabel("worlds in which it holds, %", fontsize=9)
        panels[0].set_ylim(0, 108)
        title = at_most(box_finding(found), int(width * 9.2), 2)
        figure.text(0.015, 1 - 0.12 * inch, title, fontsize=12.5, fontweight="bold", va="top")
        subject = f"{capitalised(found.words.outcomes[found.condition.outcome])} ({found.unit})"
        subject = shorten(subject, int(width * 13), placeholder=" …")
        figure.text(0.015, 1 - 0.7 * inch, subject, fontsize=9.5, color=GREY, va="top")
        small_print(figure, note_lines(width, _note(found)))


def _note(found: Discovery) -> str:
    more = len(found.box.limits) - MOST_LIMITS
    rest = f" The table holds {count_of(more, 'more condition')}." if more > 0 else ""
    return (
        "Orange: values inside the conditions found by scenario discovery (PRIM). Dotted: share among all "
        f"worlds. Simulation (ewea), design {found.design}: {len(found.of_interest):,} worlds, mean over "
        f"{count_of(found.seeds, 'seed')}. Shares of worlds are not probabilities.{rest}"
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
        f"The conditions cover {rough_percent(box.coverage)} of such worlds,\n"
        f"in {rough_percent(box.mass)} of all worlds"
        if box.limits
        else ""
    )
    axes.set_title(said or "no conditions found", loc="left", fontsize=9)


def _input(axes: "Axes", found: Discovery, limit: Limit) -> None:
    values = found.inputs[limit.axis]
    if limit.levels is not None:
        levels = list(values.astype(object).where(values.notna(), None).unique())
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
