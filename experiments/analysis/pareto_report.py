"""What a front says: the best package for each goal, what one goal costs in another, and the figure."""

from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from abm.band import IN_WORDS
from experiments.analysis.pareto import NOW, Front
from experiments.analysis.search import Search, SearchObjective
from experiments.analysis.words import CURRENT, AxisWords
from experiments.ensemble.outcomes import PUBLIC_COST, RETURNS_BEFORE_SAFE
from experiments.figures.style import BLUE, GREEN, INK, NOTE_LINE, RED, canvas, note_lines, small_print
from experiments.options import terminal_table
from experiments.wording.phrases import capitalised, count_of, listed

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from rich.table import Table

GROWN = 0.01
"""A hypervolume that grows by less than this share has settled."""

EDGE = 0.25
"""A lever whose levels on the front lie within this part of its range, at one end, is pushed to its limit."""

MOST_NAMED = 12
"""Packages whose letter is in the figure and that are spelled out below it."""

PANEL, HEAD, LINE, FOOT = 4.3, 1.3, 0.178, 0.45
"""Height of the panels, of the words above, of one line of the list and around the notes, inches."""


def pareto_sentences(search: Search, found: Front, words: AxisWords) -> list[str]:
    """Return what the front of a search says."""
    packages = found.table[found.table["package"] != NOW]
    if packages.empty:
        return [
            f"None of the {len(found.tried):,} packages tried beats the {CURRENT} on any goal.",
            *_notes(search),
        ]
    return [
        _size(search, found, packages),
        *(_best(goal, search, found.table, packages, words) for goal in search.objectives),
        *_prices(search, packages, words),
        *_common(search, packages, words),
        _settled(found),
        *_notes(search),
    ]


def front_finding(search: Search, found: Front, words: AxisWords) -> str:
    """Return the finding for the title of the figure."""
    packages = found.table[found.table["package"] != NOW]
    better = int(packages["beats_current"].sum())
    if not better:
        return f"No package beats the {CURRENT} on all goals: every gain has its price"
    many = f"{better} packages do" if better > 1 else "One package does"
    said = f"{many} as well as the {CURRENT} or better on every goal"
    if limits := pushed(search, packages, words):
        both = listed([f"'{label}'" for label in limits])
        return f"{said}, but all take {both} to the end of its range, and no goal counts what that costs"
    return f"{said}; between them every gain has its price"


def _size(search: Search, found: Front, packages: pd.DataFrame) -> str:
    better = int(packages["beats_current"].sum())
    if found.current_on_front:
        now = f"The {CURRENT} is Pareto-optimal too."
    else:
        which = "All of these" if better == len(packages) else f"{better} of these"
        now = f"{which} are at least as good as the {CURRENT} on every goal and better on one or more."
    return (
        f"{len(found.tried):,} of {search.n_packages:,} possible packages were tried; {len(packages)} of "
        f"them, each with different results, {'is' if len(packages) == 1 else 'are'} Pareto-optimal: no "
        f"other package is as good on every goal and better on one. {now}"
    )


def _best(
    goal: SearchObjective, search: Search, table: pd.DataFrame, packages: pd.DataFrame, words: AxisWords
) -> str:
    """Return the package that is best on one goal, and what it does to the others."""
    row = _first(goal, packages)
    now = float(table.loc[table["package"] == NOW, goal.name].iloc[0])
    others = [
        f"{words.labels[o.name]} {_change(row, o, words)}" for o in search.objectives if o.name != goal.name
    ]
    low, high = (float(row[f"{goal.name}_change_{end}"]) for end in ("low", "high"))
    band = f"({IN_WORDS} of runs: {_signed(low, goal)} to {_signed(high, goal)})"
    least = "Fewest" if goal.goal == "min" else "Most"
    if words.units[goal.name] != "persons":
        least = "Lowest" if goal.goal == "min" else "Highest"
    return (
        f"{least} {words.outcomes[goal.name]}: {row['package']} ({row['policy']}), "
        f"{_change(row, goal, words)} {band} than the {_amount(now, goal, words)} of the {CURRENT}; "
        f"{', '.join(others)}."
    )


def _prices(search: Search, packages: pd.DataFrame, words: AxisWords) -> list[str]:
    """Return what improving each goal costs in money, or in the last goal, between packages of the front."""
    price = _price(search)
    cheapest, found = _first(price, packages), []
    for goal in search.objectives:
        if goal.name == price.name:
            continue
        best = _first(goal, packages)
        gain = goal.sign * (cheapest[goal.name] - best[goal.name])
        extra = price.sign * (best[price.name] - cheapest[price.name])
        label = words.labels[goal.name]
        if gain < goal.resolution:
            found.append(
                f"{capitalised(label)}: no price on the front; the package with the best "
                f"{words.labels[price.name]} is as good as any."
            )
        elif price.outcome == PUBLIC_COST and extra >= price.resolution:
            each = extra * 1e6 / gain
            found.append(
                f"{capitalised(label)}: going from {cheapest['package']} to {best['package']} improves it by "
                f"{_amount(gain, goal, words)} for {_amount(extra, price, words)} more, about EUR "
                f"{float(f'{each:.1g}'):,.0f} for each person."
            )
        else:
            found.append(
                f"{capitalised(label)}: going from {cheapest['package']} to {best['package']} improves it by "
                f"{_amount(gain, goal, words)} "
                f"and worsens {words.labels[price.name]} by {_amount(extra, price, words)}."
            )
    return found


def _common(search: Search, packages: pd.DataFrame, words: AxisWords) -> list[str]:
    """Return what all packages of the front share, and levers pushed to the end of their range."""
    found, same = [], []
    for name, lever in search.levers.items():
        used = {lever.levels.index(level) for level in packages[f"level_{name}"]}
        if len(used) == 1:
            number = used.pop()
            said = words.setting(name, lever.written(number))
            same.append(said or f"{words.levers[name].label.en}: as in force")
    for label in pushed(search, packages, words):
        found.append(
            f"'{label}' ends up at or near the end of its range in all of them: no goal of this search "
            "counts what is lost, such as hardship. Read that as a gap in the goals, not as advice."
        )
    if same:
        found.insert(0, f"All packages of the front share: {'; '.join(same)}.")
    return found


def pushed(search: Search, packages: pd.DataFrame, words: AxisWords) -> list[str]:
    """Return the levers that all packages of the front take to, or near, one end of their range."""
    found = []
    for name, lever in search.levers.items():
        used = {lever.levels.index(level) for level in packages[f"level_{name}"]}
        last = len(lever.levels) - 1
        if last > 1 and lever.now not in used and min(max(used), last - min(used)) <= EDGE * last:
            found.append(words.levers[name].label.en)
    return found


def _settled(found: Front) -> str:
    volume = found.convergence["hypervolume"].to_numpy()
    last = volume[-1]
    if last <= 0:
        return "The search found nothing between the best and the worst of any goal."
    at = int(np.argmax(volume >= (1 - GROWN) * last)) + 1
    rest = len(volume) - at
    if rest >= max(2, len(volume) // 5):
        return f"The search has converged: its last {rest} generations moved the front by less than 1 %."
    grown = (last - volume[max(len(volume) - 3, 0)]) / last
    return (
        f"The search may not have converged: its last two generations still moved the front by "
        f"{100 * grown:.0f} %. Give it more generations and --resume."
    )


def _notes(search: Search) -> list[str]:
    names = {goal.outcome for goal in search.objectives}
    found = []
    if PUBLIC_COST in names:
        found.append(
            "Public cost counts cash support, used places in collective reception and money paid to all who "
            "return, at prices and a take-up assumed in configs/outcomes.yaml; permits, staff, enforcement, "
            "unused places and other help with return are left out."
        )
    if RETURNS_BEFORE_SAFE in names:
        found.append("What counts as not safe yet is a definition of configs/outcomes.yaml (assumed).")
    found.append(
        "Goals are means over equally weighted scenarios; differences below the resolution of a goal are "
        "ignored. A search with few seeds shows where to look, not what to decide."
    )
    return found


def _change(row: pd.Series, goal: SearchObjective, words: AxisWords) -> str:
    """Return a change against the current policy in words, rounded to the resolution of its goal."""
    value = float(row[f"{goal.name}_change"])
    if abs(value) < goal.resolution / 2:
        return "unchanged"
    unit = words.units[goal.name]
    ways = ("fewer", "more") if unit == "persons" else ("less", "more")
    return f"{_amount(abs(value), goal, words)} {ways[value > 0]}"


def _amount(value: float, goal: SearchObjective, words: AxisWords) -> str:
    """Return an amount with its unit, rounded to the resolution of its goal."""
    step = goal.resolution
    rounded = round(value / step) * step
    return f"{rounded:,.10g} {words.units[goal.name]}"


def _signed(value: float, goal: SearchObjective) -> str:
    """Return a change with its sign, rounded to the resolution of its goal."""
    rounded = round(value / goal.resolution) * goal.resolution
    return f"{rounded:+,.10g}".replace("-", "−") if rounded else "0"


def _first(goal: SearchObjective, packages: pd.DataFrame) -> pd.Series:
    """Return the package that is best on a goal after rounding; of equal ones the cheapest."""
    rounded = goal.sign * (packages[goal.name] / goal.resolution).round()
    return packages.loc[rounded.idxmin()]


def _price(search: Search) -> SearchObjective:
    """Return the goal the others are paid in: public cost, or the last one."""
    return next((goal for goal in search.objectives if goal.outcome == PUBLIC_COST), search.objectives[-1])


def pareto_tables(search: Search, found: Front, words: AxisWords) -> "list[Table]":
    """Return the packages of the front, each with what it changes."""
    packages = found.table[found.table["package"] != NOW].head(MOST_NAMED)
    rows = [
        (f"{row['package']}  {row['policy']}", *(_change(row, goal, words) for goal in search.objectives))
        for _, row in packages.iterrows()
    ]
    heads = (capitalised(words.labels[goal.name]) for goal in search.objectives)
    return [terminal_table(f"Change against the {CURRENT}", ("package", *heads), rows)] if rows else []


# --- the figure


def draw(stem: Path, search: Search, found: Front, words: AxisWords, finding: str) -> None:
    """Write the figure as PNG and SVG: each goal against public cost, with a sentence at the top."""
    price = _price(search)
    goals = [goal for goal in search.objectives if goal.name != price.name]
    packages = found.table[found.table["package"] != NOW]
    named = packages.head(MOST_NAMED)
    width = 1.2 + 4.4 * len(goals)
    lines = _listed(named, len(packages), int(width * 12.5))
    notes = note_lines(
        width,
        f"Simulation (ewea): mean over {count_of(len(search.scenarios), 'scenario')} and "
        f"{count_of(search.seeds.count, 'seed')}; cross: {IN_WORDS} of these runs, each against the "
        f"{CURRENT} in the same run. Grey: the other packages of {len(found.tried):,} tried.",
        "Costs and what counts as safe rest on the assumed definitions of configs/outcomes.yaml; levers not "
        "named in a package are left as in force.",
    )
    below = FOOT + NOTE_LINE * len(notes) + LINE * (len(lines) + 1)
    height = HEAD + PANEL + below + 0.75
    with canvas(stem, width, height) as figure:
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
        small_print(figure, notes)


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
    words: AxisWords,
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
    axes.set_title("\n".join(wrap(capitalised(label), 48)), loc="left", fontsize=10, fontweight="bold")
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
