"""What a front says: the best package for each goal, what one goal costs in another, and the figure."""

from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from abm.band import IN_WORDS
from experiments.analysis.pareto import Front
from experiments.analysis.search import Search, SearchObjective
from experiments.analysis.words import CURRENT
from experiments.ensemble.outcomes import MILLION, PUBLIC_COST, RETURNS_BEFORE_SAFE
from experiments.figures.style import BLUE, GREEN, INK, NOTE_LINE, RED, canvas, note_lines, small_print
from experiments.options import terminal_table
from experiments.wording.numbers import capitalised, count_of, listed, sentences_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from rich.table import Table

say = sentences_of(Path(__file__).with_name("sentences.yaml"), "pareto")

GROWN = 0.01
"""A hypervolume that grows by less than this share has settled."""

EDGE = 0.25
"""A lever whose levels on the front lie within this part of its range, at one end, is pushed to its limit."""

MOST_NAMED = 12
"""Packages whose letter is in the figure and that are spelled out below it."""

PANEL, HEAD, LINE, FOOT = 4.3, 1.3, 0.178, 0.45
"""Height of the panels, of the words above, of one line of the list and around the notes, inches."""


def pareto_sentences(found: Front) -> list[str]:
    """Return what the front of a search says."""
    search, price = found.search, _price(found.search)
    names = {goal.outcome for goal in search.objectives}
    notes = [("cost", PUBLIC_COST in names), ("unsafe", RETURNS_BEFORE_SAFE in names), ("means", True)]
    noted = [say(f"note_{about}") for about, shown in notes if shown]
    if found.packages.empty:
        return [say("nothing", tried=f"{len(found.tried):,}", current=CURRENT), *noted]
    return [
        _size(found),
        *(_best(found, goal) for goal in search.objectives),
        *(_price_of(found, goal, price) for goal in search.objectives if goal is not price),
        *_common(found),
        _settled(found),
        *noted,
    ]


def front_finding(found: Front) -> str:
    """Return the finding for the title of the figure."""
    better = int(found.packages["beats_current"].sum())
    if not better:
        return say("title_none", current=CURRENT)
    many = f"{better} packages do" if better > 1 else "One package does"
    if limits := pushed(found):
        both = listed([f"'{label}'" for label in limits])
        return say("title_pushed", many=many, current=CURRENT, levers=both)
    return say("title_better", many=many, current=CURRENT)


def _size(found: Front) -> str:
    n, better = len(found.packages), int(found.packages["beats_current"].sum())
    which = "All of these" if better == n else f"{better} of these"
    return say(
        "size",
        tried=f"{len(found.tried):,}",
        possible=f"{found.search.n_packages:,}",
        front=f"{n} of them, each with different results, {'is' if n == 1 else 'are'}",
        now=say("current_too" if found.current_on_front else "current_beaten", which=which, current=CURRENT),
    )


def _best(found: Front, goal: SearchObjective) -> str:
    """Return the package that is best on one goal, and what it does to the others."""
    words, row = found.words, _first(found, goal)
    others = [
        f"{words.labels[other.name]} {_change(found, row, other)}"
        for other in found.search.objectives
        if other.name != goal.name
    ]
    ends = (_signed(float(row[f"{goal.name}_change_{end}"]), goal) for end in ("low", "high"))
    persons = words.units[goal.name] == "persons"
    least, most = ("Fewest", "Most") if persons else ("Lowest", "Highest")
    return say(
        "best",
        most=least if goal.goal == "min" else most,
        outcome=words.outcomes[goal.name],
        package=f"{row['package']} ({row['policy']})",
        change=_change(found, row, goal),
        band=f"{IN_WORDS} of runs: {' to '.join(ends)}",
        now=_amount(found, float(found.table[goal.name].iloc[0]), goal),
        current=CURRENT,
        others=", ".join(others),
    )


def _price_of(found: Front, goal: SearchObjective, price: SearchObjective) -> str:
    """Return what improving a goal costs in money, or in the last goal, between packages of the front."""
    cheapest, best = _first(found, price), _first(found, goal)
    gain = goal.sign * (cheapest[goal.name] - best[goal.name])
    extra = price.sign * (best[price.name] - cheapest[price.name])
    known = {"goal": capitalised(found.words.labels[goal.name]), "price": found.words.labels[price.name]}
    if gain < goal.resolution:
        return say("no_price", **known)
    known |= {"one": cheapest["package"], "other": best["package"], "gain": _amount(found, gain, goal)}
    known |= {"extra": _amount(found, extra, price)}
    if price.outcome == PUBLIC_COST and extra >= price.resolution:
        return say("price_in_money", each=f"{float(f'{extra * MILLION / gain:.1g}'):,.0f}", **known)
    return say("price", **known)


def _used(found: Front, lever: str) -> set[int]:
    """Return the numbers of the levels that packages of the front set a lever to."""
    return {found.search.levers[lever].levels.index(level) for level in found.packages[f"level_{lever}"]}


def _common(found: Front) -> list[str]:
    """Return what all packages of the front share, and levers pushed to the end of their range."""
    words, same = found.words, []
    for name, lever in found.search.levers.items():
        if len(used := _used(found, name)) == 1:
            setting = words.setting(name, lever.written(used.pop()))
            same.append(setting or f"{words.levers[name].label.en}: as in force")
    limits = [say("pushed", lever=label) for label in pushed(found)]
    return [say("shared", settings="; ".join(same)), *limits] if same else limits


def pushed(found: Front) -> list[str]:
    """Return the levers that all packages of the front take to, or near, one end of their range."""
    labels = []
    for name, lever in found.search.levers.items():
        used, last = _used(found, name), len(lever.levels) - 1
        if last > 1 and lever.now not in used and min(max(used), last - min(used)) <= EDGE * last:
            labels.append(found.words.levers[name].label.en)
    return labels


def _settled(found: Front) -> str:
    volume = found.convergence["hypervolume"].to_numpy()
    last = volume[-1]
    if last <= 0:
        return say("flat")
    rest = len(volume) - int(np.argmax(volume >= (1 - GROWN) * last)) - 1
    if rest >= max(2, len(volume) // 5):
        return say("converged", rest=rest)
    return say("growing", grown=f"{100 * (last - volume[max(len(volume) - 3, 0)]) / last:.0f}")


def _change(found: Front, row: "pd.Series[Any]", goal: SearchObjective) -> str:
    value = float(row[f"{goal.name}_change"])
    if abs(value) < goal.resolution / 2:
        return "unchanged"
    ways = ("fewer", "more") if found.words.units[goal.name] == "persons" else ("less", "more")
    return f"{_amount(found, abs(value), goal)} {ways[value > 0]}"


def _amount(found: Front, value: float, goal: SearchObjective) -> str:
    return f"{goal.rounded(value):,.10g} {found.words.units[goal.name]}"


def _signed(value: float, goal: SearchObjective) -> str:
    rounded = goal.rounded(value)
    return f"{rounded:+,.10g}".replace("-", "−") if rounded else "0"


def _first(found: Front, goal: SearchObjective) -> "pd.Series[Any]":
    """Return the package that is best on a goal after rounding; of equal ones the cheapest."""
    rounded = goal.sign * (found.packages[goal.name] / goal.resolution).round()
    return found.packages.loc[rounded.idxmin()]


def _price(search: Search) -> SearchObjective:
    return next((goal for goal in search.objectives if goal.outcome == PUBLIC_COST), search.objectives[-1])


def pareto_tables(found: Front) -> "list[Table]":
    """Return the packages of the front, each with what it changes."""
    goals = found.search.objectives
    rows = [
        (f"{row['package']}  {row['policy']}", *(_change(found, row, goal) for goal in goals))
        for _, row in found.packages.head(MOST_NAMED).iterrows()
    ]
    heads = (capitalised(found.words.labels[goal.name]) for goal in goals)
    return [terminal_table(f"Change against the {CURRENT}", ("package", *heads), rows)] if rows else []


# --- the figure


def draw(stem: Path, found: Front) -> None:
    """Write the figure as PNG and SVG: each goal against public cost, with a sentence at the top."""
    search, price = found.search, _price(found.search)
    goals = [goal for goal in search.objectives if goal.name != price.name]
    width = 1.2 + 4.4 * len(goals)
    lines = _listed(found.packages, int(width * 12.5))
    notes = note_lines(
        width,
        say(
            "figure_runs",
            scenarios=count_of(len(search.scenarios), "scenario"),
            seeds=count_of(search.seeds.count, "seed"),
            band=IN_WORDS,
            current=CURRENT,
            tried=f"{len(found.tried):,}",
        ),
        say("figure_definitions"),
    )
    below = FOOT + NOTE_LINE * len(notes) + LINE * (len(lines) + 1)
    height = HEAD + PANEL + below + 0.75
    with canvas(stem, width, height) as figure:
        panels = figure.subplots(1, len(goals), squeeze=False)[0]
        top, bottom = 1 - HEAD / height, (below + 0.75) / height
        figure.subplots_adjust(left=1.05 / width, right=1 - 0.3 / width, top=top, bottom=bottom, wspace=0.3)
        title = "\n".join(wrap(front_finding(found), int(width * 9)))
        figure.text(0.02, 1 - 0.12 / height, title, fontsize=13, fontweight="bold", va="top")
        for panel, goal in zip(panels, goals, strict=True):
            _panel(panel, found, goal, price)
        figure.text(0.02, (below + 0.05) / height, "Packages", fontsize=10, fontweight="bold", va="top")
        figure.text(0.02, (below - LINE) / height, "\n".join(lines), fontsize=8.7, va="top", linespacing=1.35)
        small_print(figure, notes)


def _listed(packages: pd.DataFrame, width: int) -> list[str]:
    lines = []
    for row in packages.head(MOST_NAMED).itertuples():
        lines += wrap(f"{row.package}  {row.policy}", width, subsequent_indent="     ")
    if (more := len(packages) - MOST_NAMED) > 0:
        lines.append(f"and {more} more that cost more: see pareto.csv")
    return lines


def _panel(axes: "Axes", found: Front, goal: SearchObjective, price: SearchObjective) -> None:
    x, y, words, packages = f"{price.name}_change", f"{goal.name}_change", found.words, found.packages
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
    _letters(axes, packages.head(MOST_NAMED), x, y)
    low, high = axes.get_xlim()
    axes.annotate(
        CURRENT, (0, 0), xytext=(7, 7), textcoords="offset points", color=RED, fontsize=9, fontweight="bold",
        zorder=6, ha="right" if -low > 0.7 * (high - low) else "left",
    )  # fmt: skip
    label = words.labels[goal.name]
    axes.set_title("\n".join(wrap(capitalised(label), 48)), loc="left", fontsize=10, fontweight="bold")
    axes.set_ylabel(f"change, {words.units[goal.name]}")
    axes.set_xlabel(f"{words.labels[price.name].split(' in ')[0]}, change, {words.units[price.name]}")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda value, _: f"{value:+,.10g}".replace("-", "−") if value else "0")
    axes.locator_params(nbins=5)
    axes.grid(visible=True, axis="both")


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
