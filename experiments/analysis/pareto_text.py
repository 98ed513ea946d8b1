"""What a front says, in plain sentences: the best package for each goal, what one goal costs in another."""

import numpy as np
import pandas as pd

from experiments.analysis.pareto_table import NOW, Front
from experiments.analysis.robustness_words import CURRENT, PolicyWords, percent
from experiments.analysis.search_schema import Search, SearchObjective
from experiments.designs.measures import PUBLIC_COST, RETURNS_BEFORE_SAFE

GROWN = 0.01
"""A hypervolume that grows by less than this share has settled."""

EDGE = 0.25
"""A lever whose levels on the front lie within this part of its range, at one end, is pushed to its limit."""


def sentences(search: Search, found: Front, words: PolicyWords) -> list[str]:
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


def headline(search: Search, found: Front, words: PolicyWords) -> str:
    """Return the finding for the title of the figure."""
    packages = found.table[found.table["package"] != NOW]
    better = int(packages["beats_current"].sum())
    if not better:
        return f"No package beats the {CURRENT} on all goals: every gain has its price"
    many = f"{better} packages do" if better > 1 else "One package does"
    said = f"{many} as well as the {CURRENT} or better on every goal"
    if limits := pushed(search, packages, words):
        both = " and ".join(f"'{label}'" for label in limits)
        return f"{said}, but all take {both} to the end of its range, and no goal here speaks against it"
    return f"{said}; between them every gain has its price"


def _size(search: Search, found: Front, packages: pd.DataFrame) -> str:
    better = int(packages["beats_current"].sum())
    if found.current_on_front:
        now = f"The {CURRENT} is beaten by none either."
    else:
        which = "All of these" if better == len(packages) else f"{better} of these"
        now = f"{which} are at least as good as the {CURRENT} on every goal and better on one or more."
    return (
        f"{len(found.tried):,} of {search.n_packages:,} possible packages were tried; {len(packages)} of "
        f"them, each different in its results, are beaten by no other. {now}"
    )


def _best(
    goal: SearchObjective, search: Search, table: pd.DataFrame, packages: pd.DataFrame, words: PolicyWords
) -> str:
    """Return the package that is best on one goal, and what it does to the others."""
    row = _first(goal, packages)
    now = float(table.loc[table["package"] == NOW, goal.name].iloc[0])
    others = [
        f"{words.labels[o.name]} {change(row, o, words)}" for o in search.objectives if o.name != goal.name
    ]
    low, high = (float(row[f"{goal.name}_change_{end}"]) for end in ("low", "high"))
    band = f"(80 % of runs: {signed(low, goal)} to {signed(high, goal)})"
    least = "Fewest" if goal.goal == "min" else "Most"
    if words.units[goal.name] != "persons":
        least = "Lowest" if goal.goal == "min" else "Highest"
    return (
        f"{least} {words.outcomes[goal.name]}: {row['package']} ({row['policy']}), "
        f"{change(row, goal, words)} {band} than the {amount(now, goal, words)} of the {CURRENT}; "
        f"{', '.join(others)}."
    )


def _prices(search: Search, packages: pd.DataFrame, words: PolicyWords) -> list[str]:
    """Return what improving each goal costs in money, or in the last goal, between packages of the front."""
    price = next((g for g in search.objectives if g.outcome == PUBLIC_COST), search.objectives[-1])
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
                f"{_up(label)}: no price on the front; the package with the best {words.labels[price.name]} "
                "is as good as any."
            )
        elif price.outcome == PUBLIC_COST and extra >= price.resolution:
            each = extra * 1e6 / gain
            found.append(
                f"{_up(label)}: going from {cheapest['package']} to {best['package']} improves it by "
                f"{amount(gain, goal, words)} for {amount(extra, price, words)} more, about EUR "
                f"{float(f'{each:.1g}'):,.0f} for each person."
            )
        else:
            found.append(
                f"{_up(label)}: going from {cheapest['package']} to {best['package']} improves it by "
                f"{amount(gain, goal, words)} "
                f"and worsens {words.labels[price.name]} by {amount(extra, price, words)}."
            )
    return found


def _common(search: Search, packages: pd.DataFrame, words: PolicyWords) -> list[str]:
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
            "speaks for the other side, such as hardship. Read that as a gap of the goals, not as advice."
        )
    if same:
        found.insert(0, f"All packages of the front share: {'; '.join(same)}.")
    return found


def pushed(search: Search, packages: pd.DataFrame, words: PolicyWords) -> list[str]:
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
        return f"The search has settled: its last {rest} generations moved the front by less than 1 %."
    grown = (last - volume[max(len(volume) - 3, 0)]) / last
    return (
        f"The search may not have settled: its last two generations still moved the front by "
        f"{percent(grown)}. Give it more generations and --resume."
    )


def _notes(search: Search) -> list[str]:
    names = {goal.outcome for goal in search.objectives}
    found = []
    if PUBLIC_COST in names:
        found.append(
            "Public cost counts cash support, used places in collective reception and money paid to all who "
            "return, at prices and a take-up assumed in configs/outcomes.yaml; permits, staff, enforcement, "
            "unused places and other help with return are not in it."
        )
    if RETURNS_BEFORE_SAFE in names:
        found.append("What counts as not safe yet is a definition of configs/outcomes.yaml (assumed).")
    found.append(
        "Goals are means over scenarios that count alike; differences below the resolution of a goal are not "
        "told apart. A search with few seeds shows where to look, not what to decide."
    )
    return found


def change(row: pd.Series, goal: SearchObjective, words: PolicyWords) -> str:
    """Return a change against the current policy in words, rounded to the resolution of its goal."""
    value = float(row[f"{goal.name}_change"])
    if abs(value) < goal.resolution / 2:
        return "unchanged"
    unit = words.units[goal.name]
    ways = ("fewer", "more") if unit == "persons" else ("less", "more")
    return f"{amount(abs(value), goal, words)} {ways[value > 0]}"


def amount(value: float, goal: SearchObjective, words: PolicyWords) -> str:
    """Return an amount with its unit, rounded to the resolution of its goal."""
    step = goal.resolution
    rounded = round(value / step) * step
    return f"{rounded:,.10g} {words.units[goal.name]}"


def signed(value: float, goal: SearchObjective) -> str:
    """Return a change with its sign, rounded to the resolution of its goal."""
    rounded = round(value / goal.resolution) * goal.resolution
    return f"{rounded:+,.10g}".replace("-", "−") if rounded else "0"


def _first(goal: SearchObjective, packages: pd.DataFrame) -> pd.Series:
    """Return the package that is best on a goal after rounding; of equal ones the cheapest."""
    rounded = goal.sign * (packages[goal.name] / goal.resolution).round()
    return packages.loc[rounded.idxmin()]


def _up(text: str) -> str:
    return text[:1].upper() + text[1:]
