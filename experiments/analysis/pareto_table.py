"""The front of a search as a table: what each package does, against the current policy on the same draws."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.analysis.pareto_evaluate import band, current_of, goals_of
from experiments.analysis.pareto_front import Array, Tried, front, hypervolumes, simplest
from experiments.analysis.robustness_words import PolicyWords
from experiments.analysis.search_schema import Search

NOW = "now"
"""Name of the current policy in the table."""


@dataclass(frozen=True)
class Front:
    """What a search found.

    Attributes
    ----------
    table : DataFrame
        The current policy, then the packages of the front by the last goal, the best first, named A, B, ...:
        ``package``, ``policy``, for every goal its mean, ``_low``, ``_high`` (80 % of runs), ``_change``
        against the current policy with its own ``_low`` and ``_high``, ``beats_current``, ``as_good``
        (packages with the same goals that change as many levers or more), ``generation``, and the level of
        every lever.
    tried : DataFrame
        All packages: ``policy``, goals, changes, ``generation``, ``on_front``.
    convergence : DataFrame
        ``generation``, ``packages`` tried so far, ``hypervolume`` (0 to 1).
    current_on_front : bool
        Whether no package beats the current policy.
    """

    table: pd.DataFrame
    tried: pd.DataFrame
    convergence: pd.DataFrame
    current_on_front: bool


def front_of(
    search: Search, tried: Tried, runs: Mapping[tuple[int, ...], Array], words: PolicyWords
) -> Front:
    """Return the front of a search.

    Parameters
    ----------
    search : Search
        Names levers and goals.
    tried : Tried
        All packages, the current one first.
    runs : mapping of package to float64[run, goal]
        Outcomes of every run, in the same order of runs for every package.
    words : PolicyWords
        Of the search.
    """
    goals, current = goals_of(search)(tried.values), current_of(search)
    best = front(goals)
    shown = best & simplest(goals, tried.packages, current)
    here = int(np.flatnonzero((tried.packages == current).all(axis=1))[0])
    order = sorted(
        np.flatnonzero(shown & (np.arange(len(goals)) != here)), key=lambda n: (*goals[n, ::-1], n)
    )
    rows = [_row(search, tried, runs, here, here, words, NOW)]
    for number, at in enumerate(order):
        row = _row(search, tried, runs, at, here, words, letters(number))
        row["beats_current"] = bool((goals[at] <= goals[here]).all() and (goals[at] < goals[here]).any())
        row["as_good"] = int((goals == goals[at]).all(axis=1).sum()) - 1
        rows.append(row)
    table = pd.DataFrame(rows)
    table["beats_current"] = table["beats_current"].astype(bool)
    volumes = hypervolumes(goals, tried.generation)
    generations = np.arange(1, len(volumes) + 1)
    counts = [(tried.generation <= number).sum() for number in generations]
    convergence = pd.DataFrame({"generation": generations, "packages": counts, "hypervolume": volumes})
    return Front(table, _all(search, tried, best, here, words), convergence, bool(best[here]))


def letters(number: int) -> str:
    """Return the name of a package.

    >>> letters(0), letters(25), letters(26)
    ('A', 'Z', 'AA')
    """
    text = ""
    while number >= 0:
        text = chr(ord("A") + number % 26) + text
        number = number // 26 - 1
    return text


def levels_of(search: Search, package: NDArray[np.int64]) -> dict[str, object]:
    """Return what a package sets each lever to; None where it is left as in force."""
    levers = zip(search.levers.items(), package.tolist(), strict=True)
    return {name: lever.written(number) for (name, lever), number in levers}


def _row(
    search: Search,
    tried: Tried,
    runs: Mapping[tuple[int, ...], Array],
    at: int,
    here: int,
    words: PolicyWords,
    name: str,
) -> dict[str, object]:
    """Return the row of a package; changes are taken run by run, on the same seed and scenario."""
    of = runs[tuple(tried.packages[at].tolist())]
    change = of - runs[tuple(tried.packages[here].tolist())]
    bands, changes = band(of), band(change)
    row: dict[str, object] = {"package": name, "policy": words.policy(levels_of(search, tried.packages[at]))}
    for number, goal in enumerate(search.objectives):
        row[goal.name] = tried.values[at, number]
        row[f"{goal.name}_low"], row[f"{goal.name}_high"] = bands[0][number], bands[1][number]
        row[f"{goal.name}_change"] = change[:, number].mean()
        row[f"{goal.name}_change_low"], row[f"{goal.name}_change_high"] = (
            changes[0][number],
            changes[1][number],
        )
    row |= {"beats_current": False, "as_good": 0, "generation": int(tried.generation[at])}
    for (lever, axis), number in zip(search.levers.items(), tried.packages[at].tolist(), strict=True):
        row[f"level_{lever}"] = axis.levels[number]
    return row


def _all(
    search: Search, tried: Tried, best: NDArray[np.bool_], here: int, words: PolicyWords
) -> pd.DataFrame:
    """Return every package that was tried."""
    names = [goal.name for goal in search.objectives]
    table = pd.DataFrame(tried.values, columns=names)
    table[[f"{name}_change" for name in names]] = tried.values - tried.values[here]
    table.insert(0, "policy", [words.policy(levels_of(search, package)) for package in tried.packages])
    table["generation"], table["on_front"] = tried.generation, best
    return table
