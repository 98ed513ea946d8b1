"""``ewea robust``: from a finished sweep to its table, figure and sentences."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from abm.errors import EweaError
from experiments.analysis import figure_robustness
from experiments.analysis.robustness import Crossed, Objective, Threshold, crossed, robustness
from experiments.analysis.robustness_text import sentences
from experiments.analysis.robustness_words import PolicyWords
from experiments.designs.sweep import Sweep
from experiments.designs.table import table_of
from experiments.run_scenario import RESULTS

ANALYSIS = RESULTS / "analysis"

_THRESHOLD = re.compile(
    r"^\s*(?P<column>[A-Za-z]\w*)\s*(?P<operator><=|>=|<|>)\s*(?P<value>[-+]?[\d_.]+)\s*$"
)


@dataclass(frozen=True)
class Robust:
    """What ``ewea robust`` found; ``table`` holds policies in words."""

    table: pd.DataFrame
    sentences: list[str]
    folder: Path
    json: dict[str, Any]


def run_robust(
    configs: Path,
    name: str,
    *,
    minimise: Sequence[str] = (),
    maximise: Sequence[str] = (),
    thresholds: Sequence[str] = (),
    store: Path | None = None,
    out: Path | None = None,
) -> Robust:
    """Compare the policies of a finished sweep and write table, figure and sentences.

    Parameters
    ----------
    configs : Path
        The ``configs`` folder.
    name : str
        Id of a ready design, or path of a file.
    minimise, maximise : sequence of str
        Outcome columns of which less, or more, is better.
    thresholds : sequence of str
        Such as ``"stock_NL < 98000"``; a policy should meet all.
    store : Path, optional
        Folder of the sweep, where it is not the usual one.
    out : Path, optional
        Folder to write to; ``results/analysis/<design>-robust`` if absent.

    Raises
    ------
    EweaError
        If no objective is given, one is given twice or unknown, a threshold cannot be read, or the sweep was
        not run to its end.
    """
    objectives = [*(Objective(c) for c in minimise), *(Objective(c, minimise=False) for c in maximise)]
    goals = [parsed(text) for text in thresholds]
    columns = [objective.column for objective in objectives]
    if twice := sorted({column for column in columns if columns.count(column) > 1}):
        raise EweaError(
            f"{', '.join(twice)}: named twice; an outcome is either minimised or maximised, once."
        )
    sweep = Sweep.of(name, configs, store)
    if not objectives:
        there = ", ".join(outcome.name for outcome in sweep.design.outcomes)
        raise EweaError(f"no objective: give --minimise or --maximise with an outcome of {name}: {there}.")
    wanted = list(dict.fromkeys([*columns, *(goal.column for goal in goals)]))
    crossing = crossed(table_of(sweep), sweep, wanted)
    found = robustness(crossing, objectives, goals)
    words = PolicyWords.of(sweep)
    said = sentences(found, crossing, objectives, goals, words)
    folder = out or ANALYSIS / f"{sweep.design.id}-robust"
    table = written(found, crossing, words)
    folder.mkdir(parents=True, exist_ok=True)
    table.to_csv(folder / "robust.csv", index=False)
    (folder / "robust.txt").write_text("\n".join(said) + "\n", encoding="utf-8")
    figure_robustness.draw(folder / "robust", found, crossing, objectives, goals, words, said[0])
    return Robust(table, said, folder, as_json(sweep, table, said, crossing, folder))


def parsed(text: str) -> Threshold:
    """Return a threshold written as ``outcome < number``.

    Raises
    ------
    EweaError
        If it is not written like that.

    Examples
    --------
    >>> parsed("stock_NL < 98_000")
    Threshold(column='stock_NL', operator='<', value=98000.0)
    """
    found = _THRESHOLD.match(text)
    try:
        if found is None:
            raise ValueError
        return Threshold(found["column"], found["operator"], float(found["value"]))
    except ValueError as error:
        raise EweaError(
            f"--threshold {text!r}: write an outcome, one of < <= > >=, and a number, such as "
            "'stock_NL < 98000'."
        ) from error


def written(found: pd.DataFrame, crossing: Crossed, words: PolicyWords) -> pd.DataFrame:
    """Return the table with policies in words and their levers in columns."""
    names = pd.Series([words.policy(row) for row in crossing.policies.to_dict("records")])
    levers = crossing.policies.loc[found["policy"]].reset_index(drop=True)
    table = pd.concat([found.drop(columns="policy"), levers], axis=1)
    table.insert(0, "policy", names.loc[found["policy"]].to_numpy())
    table.insert(2, "unit", [words.units[column] for column in found["objective"]])
    return table.round(3)


def as_json(
    sweep: Sweep, table: pd.DataFrame, said: list[str], crossing: Crossed, folder: Path
) -> dict[str, Any]:
    """Return all of it as plain JSON."""
    plain = table.astype(object).where(table.notna(), None)
    return {
        "design": sweep.design.id,
        "policies": len(crossing.policies),
        "worlds": len(crossing.worlds),
        "seeds": crossing.seeds,
        "sentences": said,
        "rows": plain.to_dict("records"),
        "folder": str(folder),
    }
