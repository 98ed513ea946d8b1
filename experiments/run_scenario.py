"""Run a scenario with several seeds and keep the result in a run folder."""

import datetime as dt
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, Literal

from abm.data.settings import RunSettings
from abm.errors import EweaError
from experiments.ensemble.files import write_json
from experiments.ensemble.identity import short_hash
from experiments.ensemble.pool import Pool, run_in_order
from experiments.ensemble.worker import cores
from experiments.progress import progress
from experiments.run_folder import check_place, new_run_folder, run_identity, write_manifest
from experiments.wording.numbers import count_of

if TYPE_CHECKING:
    from abm.data.world import World
    from abm.policy.change import Changes
    from experiments.run_tables import RunTables

RESULTS = Path("results")
"""Where run folders go when no place is named."""

ENGINE = ("abm.results", "experiments.ensemble.pasts", "experiments.run_tables")
"""What takes long to load."""

LARGEST_SEED = 2**31
"""Seeds stay below this, so that every reader of the tables can hold them."""


def run_scenario(
    *,
    configs: Path,
    scenario: str,
    scale: int | None,
    n_seeds: int | None,
    first_seed: int,
    until: int | None,
    arrivals: Literal["recorded", "modelled"],
    parameters: Literal["central", "posterior"] | None,
    threads: int,
    out: Path | None,
) -> dict[str, Any]:
    """Run a scenario, write its folder and return its summary; what is absent comes from the settings."""
    from abm.data.folder import load_settings
    from abm.policy.scenario import asked, scenario_world
    from experiments.uncertainty import covered

    started = dt.datetime.now(dt.UTC)
    usual = load_settings(configs)
    scale = usual.default_scale if scale is None else scale
    n_seeds = usual.default_seeds if n_seeds is None else n_seeds
    until = usual.default_until if until is None else until
    changes = asked(configs, scenario, until)  # one that is unknown or cannot act is refused at once
    if first_seed + n_seeds > LARGEST_SEED:
        raise EweaError(f"--seed: found {first_seed}; the last seed must be below {LARGEST_SEED:,}.")
    seeds = range(first_seed, first_seed + n_seeds)
    n_cores = min(threads, cores()) if threads else cores()
    n_processes = min(n_cores, len(seeds))
    settings = RunSettings(
        scenario=scenario,
        scale=scale,
        until=until,
        arrivals=arrivals,
        threads=n_cores if n_processes == 1 else 1,
        households_per_host=usual.households_per_host_min,
    )
    if out is not None:
        check_place(out)
    with ExitStack() as stack:
        # Workers load the engine while we read the data.
        pool = stack.enter_context(Pool(n_processes, ENGINE)) if n_processes > 1 else None
        # The data reach at least to the last register month, even if the run ends before.
        world = scenario_world(configs, max(until, usual.last_register_month), scenario)
        settings = replace(settings, **covered(world, parameters))
        place = out or RESULTS / f"{scenario}-{short_hash(run_identity(world, settings, seeds))}"
        with new_run_folder(place) as folder:
            tables = _tables(world, settings, changes, seeds, pool)
            figures = _fill(folder, tables, world, settings, seeds, configs)
            write_manifest(folder, world, settings, seeds, started=started, processes=n_processes)
    return {**figures, "run_folder": str(place)}


def _tables(
    world: "World", settings: RunSettings, changes: "Changes", seeds: Sequence[int], pool: Pool | None
) -> "RunTables":
    """Return the five tables of all seeds, with progress on standard error."""
    from experiments.run_tables import joined_tables, run_tables

    n_months = settings.until - settings.start
    # Drawing is loaded while the workers run.
    Thread(target=import_module, args=("matplotlib.figure",), daemon=True).start()
    with progress(n_months * len(seeds), f"{settings.scenario}, {count_of(len(seeds), 'seed')}") as meter:
        parts = run_in_order(
            run_tables, (world, settings, changes), seeds, 1, on_note=meter.advance, pool=pool
        )
    return joined_tables(parts)


def _fill(
    folder: Path,
    tables: "RunTables",
    world: "World",
    settings: RunSettings,
    seeds: Sequence[int],
    configs: Path,
) -> dict[str, Any]:
    """Write tables, summary and figures; return the summary."""
    from experiments.figures import draw_all
    from experiments.run_tables import run_series, write_run_table
    from experiments.summary import summarise_run

    def write() -> None:
        for name, table in tables.items():
            write_run_table(table, folder / f"{name}.parquet")

    with ThreadPoolExecutor(1) as aside:  # writing leaves the core to drawing half of the time
        written = aside.submit(write)
        series = run_series(tables, world.hosts.ids, seeds, settings.start, settings.until)
        figures = summarise_run(series, world, settings)
        write_json(folder / "summary.json", figures)
        draw_all(folder, series, world, figures, configs)
        written.result()
    return figures
