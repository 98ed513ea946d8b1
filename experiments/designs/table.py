"""The rows of a sweep as one table, in the order of its design: its world, its seed, its outcomes."""

from typing import Any

import pandas as pd

from abm.errors import EweaError
from experiments.designs.sweep import Sweep
from experiments.designs.worlds import POLICY, point_of, policy_of
from experiments.ensemble.store import Store


def table_of(sweep: Sweep, *, whole: bool = True) -> pd.DataFrame:
    """Return one row per task.

    Parameters
    ----------
    sweep : Sweep
        Names design and store.
    whole : bool
        Refuse a sweep of which rows are missing; otherwise they are left out.

    Returns
    -------
    DataFrame
        Columns ``world`` (number in the design), the axes, ``seed``, ``policy`` (all levers as a text), then
        every outcome (float64).
    """
    sweep.refuse_another_design()
    if not sweep.folder.is_dir():
        raise EweaError(
            f"{sweep.folder}: no results yet. Run 'ewea sweep {sweep.design.id}' first, or name the "
            "folder of its results."
        )
    store = Store.reading(sweep.folder)
    tasks = sweep.tasks()
    keys = [store.key(task) for task in tasks]
    there = set(store.keys())
    missing = sum(key not in there for key in keys)
    if missing and whole:
        failed = next(iter(store.failures().values()), None)
        why = f"; the first failure: {failed}" if failed else ""
        raise EweaError(
            f"{sweep.folder}: {missing:,} of {len(keys):,} runs are missing{why}. Run 'ewea sweep "
            f"{sweep.design.id} --resume' to the end."
        )
    wanted = [number for number, key in enumerate(keys) if key in there]
    columns = [name for name in store.columns if not store.columns[name].shape]
    values = store.read(columns, [keys[number] for number in wanted])
    points: list[dict[str, Any]] = [
        {**point_of(sweep.design, tasks[number]), POLICY: policy_of(tasks[number])} for number in wanted
    ]
    table = pd.DataFrame(points)
    table.insert(0, "world", [number % len(sweep.worlds) for number in wanted])
    return pd.concat([table, pd.DataFrame(values)[ordered(sweep, columns)]], axis=1)


def ordered(sweep: Sweep, columns: list[str]) -> list[str]:
    """Return the outcome columns in the order of the design, each followed by its change."""
    names = [outcome.name for outcome in sweep.design.outcomes]
    return [column for name in names for column in columns if column in (name, f"{name}_change")]
