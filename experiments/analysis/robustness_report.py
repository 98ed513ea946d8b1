"""What the regrets say: sentences, the tables of the terminal, and the figure."""

from collections.abc import Callable, Sequence
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING

import pandas as pd

from abm.band import IN_WORDS
from experiments.analysis.conditions import OutcomeCondition
from experiments.analysis.robustness import Crossed, Objective
from experiments.analysis.words import CURRENT, AxisWords
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
from experiments.wording.numbers import rounding_step, shown
from experiments.wording.phrases import capitalised, count_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from rich.table import Table

NEAR = 0.02
"""A regret of less than this share of the largest one counts as hardly any."""

MOST_POLICIES = 14
"""Policies drawn and printed; more cannot be read."""

ROW, HEAD, FOOT = 0.48, 1.75, 0.7
"""Height of a policy, of the words above the panels, and of the axis and the space below, inches."""


def robustness_sentences(
    table: pd.DataFrame,
    crossing: Crossed,
    objectives: Sequence[Objective],
    thresholds: Sequence[OutcomeCondition],
    words: AxisWords,
) -> list[str]:
    """Return what a table of :func:`experiments.analysis.robustness.robustness` says.

    Per objective: the policy with the least mean regret and how bad it gets, whether another has a better
    worst case, and policies that are never best but never bad. Then the thresholds.
    """
    names = [words.policy(row) for row in crossing.policies.to_dict("records")]
    found = []
    for objective in objectives:
        rows = table[table["objective"] == objective.column].set_index("policy")
        found += _of_objective(rows, objective, len(crossing.worlds), names.__getitem__, words)
    if thresholds:
        found.append(_of_thresholds(table, thresholds, names.__getitem__, words))
    if len(crossing.seeds) == 1:
        found.append(
            "With one seed, chance cannot be separated from these differences; run the sweep with more seeds."
        )
    return found


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


def _of_objective(
    rows: pd.DataFrame, objective: Objective, n_worlds: int, name: Callable[[int], str], words: AxisWords
) -> list[str]:
    label = words.outcomes[objective.column]
    write = figure_of(rows, words.units[objective.column])
    worst = rows["regret_max"].max()
    if worst <= 0:
        return [f"{capitalised(label)}: the policies do not differ in any of {count_of(n_worlds, 'world')}."]
    first = rows["regret_mean"].idxmin()
    ties = [other for other in rows.index if rows["rank"][other] == 1 and other != first]
    also = f" (and {count_of(len(ties), 'other')})" if ties else ""
    best = rows.loc[first]
    least = "lowest" if objective.minimise else "highest"
    worlds = count_of(n_worlds, "world")
    said = f"{capitalised(label)}: {least} with '{name(first)}'{also}, on average over {worlds}"
    if best["regret_max"] <= NEAR * worst:
        found = [f"{said}; it is best or nearly best in all of them."]
    else:
        found = [
            f"{said}; it is best in {whole_percent(best['best_share'])} of them; in its worst "
            f"world it is {write(best['regret_max'])} behind the best."
        ]
        careful = rows["regret_max"].idxmin()
        if rows["regret_max"][careful] < 0.9 * best["regret_max"]:
            found.append(
                f"Best in the worst case: '{name(careful)}', never more than "
                f"{write(rows['regret_max'][careful])} behind."
            )
    never = rows[(rows["best_share"] == 0) & (rows["regret_90"] <= 0.25 * worst)]
    if len(never):
        one = never["regret_mean"].idxmin()
        found.append(
            f"'{name(one)}' is never best but never bad: at most {write(rows['regret_max'][one])} behind the "
            f"best policy of a world, where a bad choice is up to {write(worst)} behind."
        )
    behind = rows.drop(index=[first, *ties]).sort_values("regret_mean", kind="stable")
    if len(behind) and behind["regret_low"].iloc[0] <= 0:
        found.append(
            f"It does not differ significantly from '{name(behind.index[0])}': other seeds may reverse their "
            "order."
        )
    return found


def _of_thresholds(
    table: pd.DataFrame, thresholds: Sequence[OutcomeCondition], name: Callable[[int], str], words: AxisWords
) -> str:
    goal = " and ".join(in_words(threshold, words) for threshold in thresholds)
    shares = table.drop_duplicates("policy").set_index("policy")["meets_share"]
    if shares.max() == 0:
        return f"No policy reaches {goal} in any run."
    first = shares.idxmax()
    equal = int((shares == shares.max()).sum()) - 1
    also = f" (and {count_of(equal, 'other')})" if equal else ""
    return (
        f"{capitalised(goal)} is reached most often by '{name(first)}'{also}: in "
        f"{whole_percent(shares.max())} of runs; least often by '{name(shares.idxmin())}': in "
        f"{whole_percent(shares.min())}."
    )


def in_words(threshold: OutcomeCondition, words: AxisWords) -> str:
    """Return a threshold as a goal in words."""
    sides = {"<": "below", "<=": "at most", ">": "above", ">=": "at least"}
    unit = words.units[threshold.outcome]
    return f"{words.labels[threshold.outcome]} {sides[threshold.sign]} {threshold.bound:,.10g} {unit}"


def robustness_tables(
    table: pd.DataFrame, objectives: Sequence[Objective], words: AxisWords
) -> "list[Table]":
    """Return one table per objective, from the table with policies in words: the best policies first."""
    found = []
    for objective in objectives:
        rows = table[table["objective"] == objective.column].head(MOST_POLICIES)
        unit = words.units[objective.column]
        title = f"{capitalised(words.outcomes[objective.column])}:\n{unit} behind the best policy of a world"
        numbers = ("regret_mean", "regret_90", "regret_max")
        lines = [(row["policy"], *(shown(row[name]) for name in numbers)) for row in rows.to_dict("records")]
        found.append(terminal_table(title, ("policy", "mean", "9 of 10 worlds", "worst world"), lines))
    return found


def whole_percent(share: float) -> str:
    """Return a share as a whole percentage.

    >>> whole_percent(0.254)
    '25 %'
    """
    return f"{100 * share:.0f} %"


# --- the figure: how far each policy lies behind the best one


def draw(
    stem: Path,
    table: pd.DataFrame,
    crossing: Crossed,
    objectives: Sequence[Objective],
    thresholds: Sequence[OutcomeCondition],
    words: AxisWords,
    finding: str,
) -> None:
    """Write the figure as PNG and SVG: one panel per objective, one more for thresholds."""
    names = [words.policy(row) for row in crossing.policies.to_dict("records")]
    drawn = _ranked(table, objectives, names)
    n_panels = len(objectives) + bool(thresholds)
    width = 4.6 + 3.9 * n_panels
    notes = _notes(width, crossing, len(names), len(names) - len(drawn))
    foot = FOOT + NOTE_LINE * len(notes)
    height = HEAD + foot + ROW * len(drawn) + 0.5
    with canvas(stem, width, height) as figure:
        panels = figure.subplots(1, n_panels, squeeze=False, sharey=True)[0]
        figure.subplots_adjust(
            left=4.1 / width, right=1 - 0.35 / width, top=1 - HEAD / height, bottom=foot / height, wspace=0.12
        )
        head = "\n".join(wrap(finding, int(width * 9.2)))
        figure.text(0.02, 1 - 0.12 / height, head, fontsize=13, fontweight="bold", va="top")
        for panel, objective in zip(panels, objectives, strict=False):
            _regrets(panel, table[table["objective"] == objective.column], drawn, objective, words)
        if thresholds:
            _shares(panels[-1], table.drop_duplicates("policy"), drawn, thresholds, words)
        panels[0].set_yticks(
            range(len(drawn)), ["\n".join(wrap(names[one], 52)) for one in drawn], fontsize=8.5
        )
        for tick, one in zip(panels[0].get_yticklabels(), drawn, strict=True):
            tick.set_fontweight("bold" if names[one] == CURRENT else "normal")
        panels[0].set_ylim(len(drawn) - 0.4, -0.6)
        small_print(figure, notes)


def _notes(width: float, crossing: Crossed, n_policies: int, n_left_out: int) -> list[str]:
    """Return the small print, in lines."""
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


def _ranked(table: pd.DataFrame, objectives: Sequence[Objective], names: Sequence[str]) -> list[int]:
    """Return the policies to draw by their mean rank, the current one always among them."""
    ranks = table.groupby("policy")["rank"].mean().sort_values(kind="stable")
    order = [int(one) for one in ranks.index]
    drawn = order[:MOST_POLICIES]
    current = [one for one in order if names[one] == CURRENT and one not in drawn]
    return [*drawn[: MOST_POLICIES - len(current)], *current]


def _regrets(
    axes: "Axes", rows: pd.DataFrame, drawn: Sequence[int], objective: Objective, words: AxisWords
) -> None:
    rows = rows.set_index("policy").loc[list(drawn)]
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
    drawn: Sequence[int],
    thresholds: Sequence[OutcomeCondition],
    words: AxisWords,
) -> None:
    rows = rows.set_index("policy").loc[list(drawn)]
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
    axes.set_xlabel(
        f"% of runs; line: {IN_WORDS} of seeds" if rows["meets_low"].notna().any() else "% of runs"
    )
    axes.grid(visible=True, axis="x")
    axes.grid(visible=False, axis="y")


def _title(axes: "Axes", text: str) -> None:
    axes.set_title("\n".join(wrap(capitalised(text), 46)), loc="left", fontsize=9.5, pad=20)
