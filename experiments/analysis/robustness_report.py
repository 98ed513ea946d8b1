"""What the regrets say: sentences, the tables of the terminal, and the figure."""

from collections.abc import Callable, Sequence
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING

import pandas as pd

from abm.band import IN_WORDS
from experiments.analysis.robustness import Crossed, Objective, Robustness
from experiments.analysis.words import CURRENT
from experiments.figures.style import (
    BLUE,
    GREEN,
    INK,
    NOTE_LINE,
    ORANGE,
    RED,
    canvas,
    note_lines,
    small_print,
)
from experiments.options import terminal_table
from experiments.wording.numbers import capitalised, count_of, rounding_step, shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from rich.table import Table

NEAR = 0.02
"""A regret of less than this share of the largest one counts as hardly any."""

MOST_POLICIES = 14
"""Policies drawn and printed; more cannot be read."""

ROW, HEAD, FOOT = 0.48, 1.75, 0.7
"""Height of a policy, of the words above the panels, and of the axis and the space below, inches."""


def robustness_sentences(found: Robustness) -> list[str]:
    """Return what a comparison says, objective by objective; then the thresholds."""
    said = [text for objective in found.objectives for text in _of_objective(found, objective)]
    if found.thresholds:
        said.append(_of_thresholds(found))
    if len(found.crossing.seeds) == 1:
        said.append(
            "With one seed, chance cannot be separated from these differences; run the sweep with more seeds."
        )
    return said


def figure_of(rows: pd.DataFrame, unit: str) -> Callable[[float], str]:
    """Return how a regret is written: rounded to what its band over seeds supports."""
    width = (rows["regret_high"] - rows["regret_low"]).median()
    least = 1.0 if pd.isna(width) else max(1.0, float(width) / 4)
    largest = float(rows["regret_max"].max())

    def write(value: float) -> str:
        if largest < 10:
            return f"{value:.2g} {unit}"
        step = rounding_step(value, least=min(least, max(1.0, largest / 10)))
        return f"{round(value / step) * step:,.0f} {unit}"

    return write


def _of_objective(found: Robustness, objective: Objective) -> list[str]:
    rows, names = found.of(objective), found.policies
    label = capitalised(found.words.outcomes[objective.column])
    worlds = count_of(len(found.crossing.worlds), "world")
    write = figure_of(rows, found.words.units[objective.column])
    worst = rows["regret_max"].max()
    if worst <= 0:
        return [f"{label}: the policies do not differ in any of {worlds}."]
    first = rows["regret_mean"].idxmin()
    ties = [other for other in rows.index if rows["rank"][other] == 1 and other != first]
    also = f" (and {count_of(len(ties), 'other')})" if ties else ""
    best = rows.loc[first]
    least = "lowest" if objective.minimise else "highest"
    said = f"{label}: {least} with '{names[first]}'{also}, on average over {worlds}"
    if best["regret_max"] <= NEAR * worst:
        sentences = [f"{said}; it is best or nearly best in all of them."]
    else:
        sentences = [
            f"{said}; it is best in {whole_percent(best['best_share'])} of them; in its worst "
            f"world it is {write(best['regret_max'])} behind the best."
        ]
        careful = rows["regret_max"].idxmin()
        if rows["regret_max"][careful] < 0.9 * best["regret_max"]:
            sentences.append(
                f"Best in the worst case: '{names[careful]}', never more than "
                f"{write(rows['regret_max'][careful])} behind."
            )
    never = rows[(rows["best_share"] == 0) & (rows["regret_90"] <= 0.25 * worst)]
    if len(never):
        one = never["regret_mean"].idxmin()
        sentences.append(
            f"'{names[one]}' is never best but never bad: at most {write(rows['regret_max'][one])} behind "
            f"the best policy of a world, where a bad choice is up to {write(worst)} behind."
        )
    behind = rows.drop(index=[first, *ties]).sort_values("regret_mean", kind="stable")
    if len(behind) and behind["regret_low"].iloc[0] <= 0:
        sentences.append(
            f"It does not differ significantly from '{names[behind.index[0]]}': other seeds may "
            "reverse their order."
        )
    return sentences


def _of_thresholds(found: Robustness) -> str:
    goal = _goal(found)
    shares = found.shares()["meets_share"]
    if shares.max() == 0:
        return f"No policy reaches {goal} in any run."
    names, equal = found.policies, int((shares == shares.max()).sum()) - 1
    also = f" (and {count_of(equal, 'other')})" if equal else ""
    return (
        f"{capitalised(goal)} is reached most often by '{names[shares.idxmax()]}'{also}: in "
        f"{whole_percent(shares.max())} of runs; least often by '{names[shares.idxmin()]}': in "
        f"{whole_percent(shares.min())}."
    )


def _goal(found: Robustness) -> str:
    sides = {"<": "below", "<=": "at most", ">": "above", ">=": "at least"}
    return " and ".join(
        f"{found.words.labels[one.outcome]} {sides[one.sign]} {one.bound:,.10g} "
        f"{found.words.units[one.outcome]}"
        for one in found.thresholds
    )


def robustness_tables(found: Robustness) -> "list[Table]":
    """Return one table per objective: the best policies first."""
    names, tables = found.policies, []
    for objective in found.objectives:
        unit = found.words.units[objective.column]
        label = capitalised(found.words.outcomes[objective.column])
        rows = found.of(objective).head(MOST_POLICIES)[["regret_mean", "regret_90", "regret_max"]].round(3)
        lines = [(names[row[0]], *map(shown, row[1:])) for row in rows.itertuples()]
        heads = ("policy", "mean", "9 of 10 worlds", "worst world")
        tables.append(terminal_table(f"{label}:\n{unit} behind the best policy of a world", heads, lines))
    return tables


def whole_percent(share: float) -> str:
    """Return a share as a whole percentage.

    >>> whole_percent(0.254)
    '25 %'
    """
    return f"{100 * share:.0f} %"


# --- the figure: how far each policy lies behind the best one


def draw(stem: Path, found: Robustness, finding: str) -> None:
    """Write the figure as PNG and SVG: one panel per objective, one more for thresholds."""
    names = found.policies
    drawn = _ranked(found)
    n_panels = len(found.objectives) + bool(found.thresholds)
    width = 4.6 + 3.9 * n_panels
    notes = _notes(width, found.crossing, len(names), len(names) - len(drawn))
    foot = FOOT + NOTE_LINE * len(notes)
    height = HEAD + foot + ROW * len(drawn) + 0.5
    with canvas(stem, width, height) as figure:
        panels = figure.subplots(1, n_panels, squeeze=False, sharey=True)[0]
        figure.subplots_adjust(
            left=4.1 / width, right=1 - 0.35 / width, top=1 - HEAD / height, bottom=foot / height, wspace=0.12
        )
        head = "\n".join(wrap(finding, int(width * 9.2)))
        figure.text(0.02, 1 - 0.12 / height, head, fontsize=13, fontweight="bold", va="top")
        for panel, objective in zip(panels, found.objectives, strict=False):
            _regrets(panel, found, drawn, objective)
        if found.thresholds:
            _shares(panels[-1], found, drawn)
        labels = ["\n".join(wrap(names[one], 52)) for one in drawn]
        panels[0].set_yticks(range(len(drawn)), labels, fontsize=8.5)
        for tick, one in zip(panels[0].get_yticklabels(), drawn, strict=True):
            tick.set_fontweight("bold" if names[one] == CURRENT else "normal")
        panels[0].set_ylim(len(drawn) - 0.4, -0.6)
        small_print(figure, notes)


def _notes(width: float, crossing: Crossed, n_policies: int, n_left_out: int) -> list[str]:
    left = f" {n_left_out} policies that rank lower are left out." * (n_left_out > 0)
    n_worlds, n_seeds = len(crossing.worlds), len(crossing.seeds)
    band = f"; pale bar: mean in {IN_WORDS} of seeds" * (n_seeds > 1)
    return note_lines(
        width,
        f"Simulation (ewea): {n_policies} policies, each in the same {n_worlds} worlds (scenarios and "
        f"uncertainties) with {count_of(n_seeds, 'seed')}.{left}",
        f"Distance to the best policy of each world{band}; ordered by mean rank. Worlds count alike; that "
        "does not say how likely they are.",
    )


def _ranked(found: Robustness) -> list[int]:
    """Return the policies to draw by their mean rank, the current one always among them."""
    ranks = found.table.groupby("policy")["rank"].mean().sort_values(kind="stable")
    order = [int(one) for one in ranks.index]
    drawn = order[:MOST_POLICIES]
    current = [one for one in order if found.policies[one] == CURRENT and one not in drawn]
    return [*drawn[: MOST_POLICIES - len(current)], *current]


def _regrets(axes: "Axes", found: Robustness, drawn: Sequence[int], objective: Objective) -> None:
    rows = found.of(objective).loc[list(drawn)]
    largest = max(float(rows["regret_max"].max()), 1e-9)
    for at, row in enumerate(rows.itertuples()):
        line = {"color": "#D8D8D8", "linewidth": 2, "zorder": 1, "solid_capstyle": "butt"}
        axes.plot([0, row.regret_max], [at, at], **line)
        if row.regret_low == row.regret_low:
            ends = [max(row.regret_low, 0), max(row.regret_high, 0)]
            axes.plot(ends, [at, at], color=BLUE, linewidth=6, alpha=0.3, zorder=2)
        axes.plot(row.regret_mean, at, "o", color=BLUE, markersize=7, zorder=4)
        axes.plot(row.regret_90, at, "|", color=ORANGE, markersize=12, markeredgewidth=2.4, zorder=3)
        axes.plot(row.regret_max, at, "|", color=RED, markersize=12, markeredgewidth=2.4, zorder=3)
    _name_marks(axes)
    axes.set_xlim(-0.03 * largest, 1.08 * largest)
    _title(axes, found.words.outcomes[objective.column])
    better = "more" if objective.minimise else "fewer"
    axes.set_xlabel(f"{found.words.units[objective.column]}, {better} than under the best policy")
    axes.grid(visible=True, axis="x")
    axes.grid(visible=False, axis="y")
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.10g}")
    axes.locator_params(axis="x", nbins=4)


def _name_marks(axes: "Axes") -> None:
    """Say above the first policies what the marks are."""
    texts = (("● mean of worlds", BLUE, 0.0), ("| 9 of 10 worlds", ORANGE, 0.4), ("| worst world", RED, 0.77))
    for text, colour, place in texts:
        axes.annotate(
            text, (place, 1), xycoords="axes fraction", xytext=(0, 4), textcoords="offset points",
            color=colour, fontsize=8, fontweight="bold",
        )  # fmt: skip


def _shares(axes: "Axes", found: Robustness, drawn: Sequence[int]) -> None:
    rows = found.shares().loc[list(drawn)]
    for at, row in enumerate(rows.itertuples()):
        axes.barh(at, 100 * row.meets_share, color=GREEN, height=0.55, zorder=2)
        if row.meets_low == row.meets_low:
            ends = [100 * row.meets_low, 100 * row.meets_high]
            axes.plot(ends, [at, at], color=INK, linewidth=1.4, zorder=3)
        axes.annotate(
            f"{100 * row.meets_share:.0f} %", (max(100 * row.meets_share, 100 * max(row.meets_high, 0)), at),
            xytext=(5, 0), textcoords="offset points", va="center", fontsize=8.5,
        )  # fmt: skip
    axes.set_xlim(0, 118)
    axes.set_xticks([0, 50, 100])
    _title(axes, f"Goal reached: {_goal(found)}")
    line = f"; line: {IN_WORDS} of seeds" if rows["meets_low"].notna().any() else ""
    axes.set_xlabel(f"% of runs{line}")
    axes.grid(visible=True, axis="x")
    axes.grid(visible=False, axis="y")


def _title(axes: "Axes", text: str) -> None:
    axes.set_title("\n".join(wrap(capitalised(text), 46)), loc="left", fontsize=9.5, pad=20)
