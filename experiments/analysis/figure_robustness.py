"""How far each policy lies behind the best one, over all worlds: mean, bad case, worst case."""

from collections.abc import Sequence
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING

import pandas as pd

from experiments.analysis.robustness import Crossed, Objective, Threshold
from experiments.analysis.robustness_text import in_words
from experiments.analysis.robustness_words import CURRENT, PolicyWords
from experiments.figures.style import (
    BLUE,
    GREEN,
    INK,
    NOTE_LINE,
    ORANGE,
    RED,
    STYLE,
    note,
    note_lines,
    save,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_POLICIES = 14
"""Policies drawn; more cannot be read."""

ROW, HEAD, FOOT = 0.48, 1.75, 0.7
"""Height of a policy, of the words above the panels, and of the axis and the space below, inches."""


def draw(
    stem: Path,
    table: pd.DataFrame,
    crossing: Crossed,
    objectives: Sequence[Objective],
    thresholds: Sequence[Threshold],
    words: PolicyWords,
    finding: str,
) -> None:
    """Write the figure as PNG and SVG; one panel per objective, one more for thresholds.

    Parameters
    ----------
    table : DataFrame
        Of :func:`experiments.analysis.robustness.robustness`.
    finding : str
        The sentence at the top.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    names = [words.policy(row) for row in crossing.policies.to_dict("records")]
    shown = _shown(table, objectives, names)
    n_panels = len(objectives) + bool(thresholds)
    width = 4.6 + 3.9 * n_panels
    notes = _notes(width, crossing, len(names), len(names) - len(shown))
    foot = FOOT + NOTE_LINE * len(notes)
    height = HEAD + foot + ROW * len(shown) + 0.5
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(width, height))
        panels = figure.subplots(1, n_panels, squeeze=False, sharey=True)[0]
        figure.subplots_adjust(
            left=4.1 / width, right=1 - 0.35 / width, top=1 - HEAD / height, bottom=foot / height, wspace=0.12
        )
        head = "\n".join(wrap(finding, int(width * 9.2)))
        figure.text(0.02, 1 - 0.12 / height, head, fontsize=13, fontweight="bold", va="top")
        for panel, objective in zip(panels, objectives, strict=False):
            _regrets(panel, table[table["objective"] == objective.column], shown, objective, words)
        if thresholds:
            _shares(panels[-1], table.drop_duplicates("policy"), shown, thresholds, words)
        panels[0].set_yticks(
            range(len(shown)), ["\n".join(wrap(names[one], 52)) for one in shown], fontsize=8.5
        )
        for tick, one in zip(panels[0].get_yticklabels(), shown, strict=True):
            tick.set_fontweight("bold" if names[one] == CURRENT else "normal")
        panels[0].set_ylim(len(shown) - 0.4, -0.6)
        note(figure, notes)
        save(figure, stem)


def _notes(width: float, crossing: Crossed, n_policies: int, n_left_out: int) -> list[str]:
    """Return the small print, in lines."""
    left = f" {n_left_out} policies that rank lower are left out." * (n_left_out > 0)
    n_worlds, n_seeds = len(crossing.worlds), len(crossing.seeds)
    band = "; pale bar: mean in 80 % of seeds" * (n_seeds > 1)
    return note_lines(
        width,
        f"Simulation (ewea): {n_policies} policies, each in the same {n_worlds} worlds (scenarios and "
        f"uncertainties) with {n_seeds} seed{'s' * (n_seeds > 1)}.{left}",
        f"Distance to the best policy of each world{band}; ordered by mean rank. Worlds count alike; that "
        "does not say how likely they are.",
    )


def _shown(table: pd.DataFrame, objectives: Sequence[Objective], names: Sequence[str]) -> list[int]:
    """Return the policies to draw by their mean rank, the current one always among them."""
    ranks = table.groupby("policy")["rank"].mean().sort_values(kind="stable")
    order = [int(one) for one in ranks.index]
    shown = order[:MOST_POLICIES]
    current = [one for one in order if names[one] == CURRENT and one not in shown]
    return [*shown[: MOST_POLICIES - len(current)], *current]


def _regrets(
    axes: "Axes", rows: pd.DataFrame, shown: Sequence[int], objective: Objective, words: PolicyWords
) -> None:
    rows = rows.set_index("policy").loc[list(shown)]
    largest = max(float(rows["regret_max"].max()), 1e-9)
    for at, row in enumerate(rows.itertuples()):
        axes.plot(
            [0, row.regret_max], [at, at], color="#D8D8D8", linewidth=2, zorder=1, solid_capstyle="butt"
        )
        if row.regret_low == row.regret_low:
            axes.plot(
                [max(row.regret_low, 0), max(row.regret_high, 0)],
                [at, at],
                color=BLUE,
                linewidth=6,
                alpha=0.3,
                zorder=2,
            )
        axes.plot(row.regret_mean, at, "o", color=BLUE, markersize=7, zorder=4)
        axes.plot(row.regret_90, at, "|", color=ORANGE, markersize=12, markeredgewidth=2.4, zorder=3)
        axes.plot(row.regret_max, at, "|", color=RED, markersize=12, markeredgewidth=2.4, zorder=3)
    _name_marks(axes, rows, largest)
    axes.set_xlim(-0.03 * largest, 1.08 * largest)
    _title(axes, words.outcomes[objective.column])
    better = "more" if objective.minimise else "fewer"
    unit = words.units[objective.column]
    axes.set_xlabel(f"{unit}, {better} than under the best policy")
    axes.grid(visible=True, axis="x")
    axes.grid(visible=False, axis="y")
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.10g}")
    axes.locator_params(axis="x", nbins=4)


def _name_marks(axes: "Axes", rows: pd.DataFrame, largest: float) -> None:
    """Say above the first policies what the marks are, each over the row where it stands apart."""
    texts = (("● mean of worlds", BLUE, 0.0), ("| 9 of 10 worlds", ORANGE, 0.4), ("| worst world", RED, 0.77))
    for text, colour, place in texts:
        axes.annotate(
            text, (place, 1), xycoords="axes fraction", xytext=(0, 4), textcoords="offset points",
            color=colour, fontsize=8, fontweight="bold",
        )  # fmt: skip


def _shares(
    axes: "Axes",
    rows: pd.DataFrame,
    shown: Sequence[int],
    thresholds: Sequence[Threshold],
    words: PolicyWords,
) -> None:
    rows = rows.set_index("policy").loc[list(shown)]
    for at, row in enumerate(rows.itertuples()):
        axes.barh(at, 100 * row.meets_share, color=GREEN, height=0.55, zorder=2)
        if row.meets_low == row.meets_low:
            axes.plot(
                [100 * row.meets_low, 100 * row.meets_high], [at, at], color=INK, linewidth=1.4, zorder=3
            )
        axes.annotate(
            f"{100 * row.meets_share:.0f} %", (max(100 * row.meets_share, 100 * max(row.meets_high, 0)), at),
            xytext=(5, 0), textcoords="offset points", va="center", fontsize=8.5,
        )  # fmt: skip
    axes.set_xlim(0, 118)
    axes.set_xticks([0, 50, 100])
    _title(axes, "Goal reached: " + " and ".join(in_words(threshold, words) for threshold in thresholds))
    axes.set_xlabel("% of runs; line: 80 % of seeds" if rows["meets_low"].notna().any() else "% of runs")
    axes.grid(visible=True, axis="x")
    axes.grid(visible=False, axis="y")


def _title(axes: "Axes", text: str) -> None:
    axes.set_title("\n".join(wrap(text[:1].upper() + text[1:], 46)), loc="left", fontsize=9.5, pad=20)
