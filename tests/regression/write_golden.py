"""Golden tables: what three small runs gave when somebody last read the difference line by line.

``make golden`` rewrites them (``python -m tests.regression.write_golden``); CHANGELOG.md then says
why under ``Regression:``.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from abm.data.folder import default_configs
from abm.data.parameters import PRIORS
from abm.data.settings import RunSettings
from abm.months import month_index
from abm.policy.scenario import scenario_world
from abm.results import tables_of
from abm.simulation import Simulation

FOLDER = Path(__file__).parent / "golden"
SEED = 2
MONTHS = 24
SMALL = {"scale": 5_000, "households_per_host": 8}
RUNS = {"hindcast": ("2022-03", None), "projection": ("2024-09", None), "expiry": ("2024-09", "2025-06")}
"""Name, first month kept, and month in which protection ends if other than in the configuration."""

PLACES = (10_000.0, 12_000.0)
"""Places in reception of the first and the last host where protection ends, so that some ask in vain."""

EVERY = 6
"""Months between the detailed rows kept of stocks and indicators, so that a difference can be read."""


def golden_tables(world=None):
    world = scenario_world(default_configs(), month_index("2028-03"), fit=PRIORS) if world is None else world
    kept = {}
    for name, (start, end) in RUNS.items():
        first = month_index(start)
        there = world if end is None else ending_protection(world, month_index(end))
        tables = since(
            start,
            tables_of(Simulation(there, RunSettings(until=first + MONTHS, **SMALL), SEED).run_to_end().state),
        )
        kept |= {f"{name}_{table}.csv": frame for table, frame in summarised(tables).items()}
    return kept


def since(start, tables):
    """Return the tables from a month on: what comes before is the past that all runs share."""
    found = {name: frame[frame["month"].astype(str) >= start].copy() for name, frame in tables.items()}
    for frame in found.values():
        frame["month"] = frame["month"].cat.remove_unused_categories()
    return found


def ending_protection(world, month):
    """Return the world in which protection ends in a month, and no host has more than some places."""
    ends = np.full_like(world.hosts.protection_end, month)
    places = np.tile(np.linspace(*PLACES, len(ends)), (world.n_months, 1))
    policy = replace(world.policy, everyone={**world.policy.everyone, "collective_places": places})
    return replace(world, hosts=replace(world.hosts, protection_end=ends), policy=policy)


def summarised(tables):
    def total(table, *by):
        return tables[table].groupby(list(by), observed=True, as_index=False)["persons"].sum()

    def sometimes(table):
        months = list(tables[table]["month"].cat.categories)[EVERY::EVERY]
        return tables[table][tables[table]["month"].isin(months)]

    last = tables["stocks"]["month"].cat.categories[-1]
    wide = tables["register"].pivot_table("persons", "month", "host", observed=True).reset_index()
    return {
        "stocks": tables["stocks"][tables["stocks"]["month"] == last],
        "stocks_by_host": total("stocks", "month", "host")
        .pivot_table("persons", "month", "host", observed=True)
        .reset_index(),
        "flows": tables["flows"],
        "register": wide,
        "intentions": total("intentions", "month", "answer"),
        "indicators": sometimes("indicators"),
    }


def main():
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.csv"):
        old.unlink()
    for name, frame in golden_tables().items():
        pd.DataFrame(frame).to_csv(FOLDER / name, index=False, float_format="%.9g", lineterminator="\n")
        print(f"{name}: {len(frame)} rows")


if __name__ == "__main__":
    main()
