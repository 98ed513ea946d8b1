"""What the regrets say, in plain sentences."""

from collections.abc import Callable, Sequence

import pandas as pd

from experiments.analysis.robustness import Crossed, Objective, Threshold
from experiments.analysis.robustness_words import PolicyWords, percent
from experiments.wording.numbers import rounding_step

NEAR = 0.02
"""A regret of less than this share of the largest one counts as hardly any."""


def sentences(
    table: pd.DataFrame,
    crossing: Crossed,
    objectives: Sequence[Objective],
    thresholds: Sequence[Threshold],
    words: PolicyWords,
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
        found.append("One seed: how much of this is chance cannot be told; run the sweep with more seeds.")
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
    rows: pd.DataFrame, objective: Objective, n_worlds: int, name: Callable[[int], str], words: PolicyWords
) -> list[str]:
    label = words.outcomes[objective.column]
    write = figure_of(rows, words.units[objective.column])
    worst = rows["regret_max"].max()
    if worst <= 0:
        return [f"{_first_up(label)}: the policies do not differ in any of {_worlds(n_worlds)}."]
    first = rows["regret_mean"].idxmin()
    ties = [other for other in rows.index if rows["rank"][other] == 1 and other != first]
    also = f" (and {_others(len(ties))})" if ties else ""
    best = rows.loc[first]
    least = "lowest" if objective.minimise else "highest"
    said = f"{_first_up(label)}: {least} with '{name(first)}'{also}, on average over {_worlds(n_worlds)}"
    if best["regret_max"] <= NEAR * worst:
        found = [f"{said}; it is best or nearly best in all of them."]
    else:
        found = [
            f"{said}; it is best in {percent(best['best_share'])} of them; in its worst one it lies "
            f"{write(best['regret_max'])} behind the best."
        ]
        careful = rows["regret_max"].idxmin()
        if rows["regret_max"][careful] < 0.9 * best["regret_max"]:
            found.append(
                f"Who fears the worst case most would take '{name(careful)}': never more than "
                f"{write(rows['regret_max'][careful])} behind."
            )
    never = rows[(rows["best_share"] == 0) & (rows["regret_90"] <= 0.25 * worst)]
    if len(never):
        one = never["regret_mean"].idxmin()
        found.append(
            f"'{name(one)}' is never best but never bad: at most {write(rows['regret_max'][one])} behind the "
            f"best policy of a world, where a bad choice lies up to {write(worst)} behind."
        )
    behind = rows.drop(index=[first, *ties]).sort_values("regret_mean", kind="stable")
    if len(behind) and behind["regret_low"].iloc[0] <= 0:
        found.append(
            f"It cannot be told apart from '{name(behind.index[0])}': with other seeds their order may turn."
        )
    return found


def _of_thresholds(
    table: pd.DataFrame, thresholds: Sequence[Threshold], name: Callable[[int], str], words: PolicyWords
) -> str:
    goal = " and ".join(in_words(threshold, words) for threshold in thresholds)
    shares = table.drop_duplicates("policy").set_index("policy")["meets_share"]
    if shares.max() == 0:
        return f"No policy reaches {goal} in any run."
    first = shares.idxmax()
    equal = int((shares == shares.max()).sum()) - 1
    also = f" (and {_others(equal)})" if equal else ""
    return (
        f"{_first_up(goal)} is reached most often by '{name(first)}'{also}: in {percent(shares.max())} of "
        f"runs; least often by '{name(shares.idxmin())}': in {percent(shares.min())}."
    )


def in_words(threshold: Threshold, words: PolicyWords) -> str:
    """Return a threshold as a goal in words."""
    sides = {"<": "below", "<=": "at most", ">": "above", ">=": "at least"}
    unit = words.units[threshold.column]
    return f"{words.labels[threshold.column]} {sides[threshold.operator]} {threshold.value:,.10g} {unit}"


def _worlds(count: int) -> str:
    return f"{count} world{'s' * (count != 1)}"


def _others(count: int) -> str:
    return f"{count} other{'s' * (count != 1)}"


def _first_up(text: str) -> str:
    return text[:1].upper() + text[1:]
