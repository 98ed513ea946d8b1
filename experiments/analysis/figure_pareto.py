"""The front of a search: each goal against public cost, as the change against the current policy."""

from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING

import pandas as pd

from experiments.analysis.pareto_table import NOW, Front
from experiments.analysis.robustness_words import CURRENT, PolicyWords
from experiments.analysis.search_schema import Search, SearchObjective
from experiments.designs.measures import PUBLIC_COST
from experiments.figures.style import BLUE, GREEN, INK, NOTE_LINE, RED, STYLE, note, note_lines, save

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_NAMED = 12
"""Packages whose letter stands in the figure and that are spelled out below it."""

PANEL, HEAD, LINE, FOOT = 4.3, 1.3, 0.178, 0.45
"""Height of the panels, of the words above, of one line of the list and around the notes, inches."""


def draw(stem: Path, search: Search, found: Front, words: PolicyWords, finding: str) -> None:
    """Write the figure as PNG and SVG.

    Parameters
    ----------
    finding : str
        The sentence at the top.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    price = next((g for g in search.objectives if g.outcome == PUBLIC_COST), search.objectives[-1])
    goals = [goal for goal in search.objectives if goal.name != price.name]
    packages = found.table[found.table["package"] != NOW]
    named = packages.head(MOST_NAMED)
    width = 1.2 + 4.4 * len(goals)
    lines = _listed(named, len(packages), int(width * 12.5))
    n_seeds, n_scenarios = search.seeds.count, len(search.scenarios)
    notes = note_lines(
        width,
        f"Simulation (ewea): mean over {n_scenarios} scenario{'s' * (n_scenarios > 1)} and {n_seeds} "
        f"seed{'s' * (n_seeds > 1)}; cross: 80 % of these runs, each against the {CURRENT} in the same "
        f"run. Grey: the other packages of {len(found.tried):,} tried.",
        "Costs and what counts as safe rest on the assumed definitions of configs/outcomes.yaml; levers not "
        "named in a package are left as in force.",
    )
    below = FOOT + NOTE_LINE * len(notes) + LINE * (len(lines) + 1)
    height = HEAD + PANEL + below + 0.75
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(width, height))
        panels = figure.subplots(1, len(goals), squeeze=False)[0]
        figure.subplots_adjust(
            left=1.05 / width,
            right=1 - 0.3 / width,
            top=1 - HEAD / height,
            bottom=(below + 0.75) / height,
            wspace=0.3,
        )
        title = "\n".join(wrap(finding, int(width * 9)))
        figure.text(0.02, 1 - 0.12 / height, title, fontsize=13, fontweight="bold", va="top")
        for panel, goal in zip(panels, goals, strict=True):
            _panel(panel, goal, price, found, named, words)
        figure.text(0.02, (below + 0.05) / height, "Packages", fontsize=10, fontweight="bold", va="top")
        figure.text(0.02, (below - LINE) / height, "\n".join(lines), fontsize=8.7, va="top", linespacing=1.35)
        note(figure, notes)
        save(figure, stem)


def _listed(named: pd.DataFrame, total: int, width: int) -> list[str]:
    """Return the packages in words, wrapped."""
    lines = []
    for row in named.itertuples():
        lines += wrap(f"{row.package}  {row.policy}", width, subsequent_indent="     ")
    if total > len(named):
        lines.append(f"and {total - len(named)} more that cost more: see pareto.csv")
    return lines


def _panel(
    axes: "Axes",
    goal: SearchObjective,
    price: SearchObjective,
    found: Front,
    named: pd.DataFrame,
    words: PolicyWords,
) -> None:
    x, y = f"{price.name}_change", f"{goal.name}_change"
    packages = found.table[found.table["package"] != NOW]
    axes.plot(found.tried[x], found.tried[y], "o", color="#CFCFCF", markersize=3.5, zorder=1)
    for row in packages.to_dict("records"):
        band = {"color": BLUE, "linewidth": 0.8, "alpha": 0.3, "zorder": 2}
        axes.plot([row[f"{x}_low"], row[f"{x}_high"]], [row[y], row[y]], **band)
        axes.plot([row[x], row[x]], [row[f"{y}_low"], row[f"{y}_high"]], **band)
    axes.plot(packages[x], packages[y], "o", color=BLUE, markersize=6.5, zorder=4)
    axes.plot(0, 0, "D", color=RED, markersize=8, zorder=5)
    axes.margins(0.16, 0.16)
    axes.autoscale_view()
    _better(axes, goal, price)
    _letters(axes, named, x, y)
    axes.annotate(
        CURRENT, (0, 0), xytext=(7, 7), textcoords="offset points", color=RED, fontsize=9, fontweight="bold",
        zorder=6, ha="right" if _at(axes, 0) > 0.7 else "left",
    )  # fmt: skip
    label = words.labels[goal.name]
    axes.set_title(
        "\n".join(wrap(label[:1].upper() + label[1:], 48)), loc="left", fontsize=10, fontweight="bold"
    )
    axes.set_ylabel(f"change, {words.units[goal.name]}")
    axes.set_xlabel(f"{words.labels[price.name].split(' in ')[0]}, change, {words.units[price.name]}")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda value, _: f"{value:+,.10g}".replace("-", "−") if value else "0")
    axes.locator_params(nbins=5)
    axes.grid(visible=True, axis="both")


def _at(axes: "Axes", x: float) -> float:
    """Return where a value lies on the horizontal axis, 0 to 1."""
    low, high = axes.get_xlim()
    return (x - low) / (high - low)


def _better(axes: "Axes", goal: SearchObjective, price: SearchObjective) -> None:
    """Tint where a package is better than the current policy on both, and say so."""
    (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
    xs = (left, 0.0) if price.goal == "min" else (0.0, right)
    ys = (low, 0.0) if goal.goal == "min" else (0.0, high)
    axes.fill_between(xs, *ys, color=GREEN, alpha=0.08, linewidth=0, zorder=0)
    axes.axhline(0, color=INK, linewidth=0.8, zorder=1)
    axes.axvline(0, color=INK, linewidth=0.8, zorder=1)
    axes.set_xlim(left, right)
    axes.set_ylim(low, high)
    corner = (xs[0] if price.goal == "min" else xs[1], ys[0] if goal.goal == "min" else ys[1])
    axes.annotate(
        "better on both", corner, xytext=(5 if price.goal == "min" else -5, 5 if goal.goal == "min" else -5),
        textcoords="offset points", color=GREEN, fontsize=9, ha="left" if price.goal == "min" else "right",
        va="bottom" if goal.goal == "min" else "top",
    )  # fmt: skip


def _letters(axes: "Axes", named: pd.DataFrame, x: str, y: str) -> None:
    """Write each letter into its point; where points overlap, the cheaper one lies on top."""
    for number, row in enumerate(reversed(named.to_dict("records"))):
        at, order = (row[x], row[y]), 4 + 0.01 * number
        axes.plot(
            *at, "o", color=BLUE, markersize=13, markeredgecolor="white", markeredgewidth=0.8, zorder=order
        )
        axes.annotate(
            row["package"], at, xytext=(0, -0.4), textcoords="offset points", ha="center", va="center",
            fontsize=8, fontweight="bold", color="white", zorder=order + 0.005,
        )  # fmt: skip
