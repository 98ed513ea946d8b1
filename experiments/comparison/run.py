"""A comparison from a user's options to a folder on disk."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from abm.data.folder import load_settings
from abm.data.settings import RunSettings
from abm.data.world import World
from abm.errors import EweaError
from abm.months import month_label
from abm.policy.scenario import scenario_world
from experiments import manifest, parquet
from experiments.comparison.report import draw
from experiments.ensemble.files import write_json
from experiments.ensemble.identity import short_hash
from experiments.ensemble.outcomes import OUTCOMES
from experiments.ensemble.paired import Comparison, as_json, compare, masks_of
from experiments.ensemble.worker import ONE_CORE, cores
from experiments.progress import progress
from experiments.run_folder import MANIFEST, check_place, new_run_folder
from experiments.run_scenario import RESULTS
from experiments.uncertainty import covered


@dataclass(frozen=True)
class Compared:
    """A finished comparison and where it was written."""

    comparisons: list[Comparison]
    world: World
    settings: RunSettings
    json: dict[str, object]
    folder: Path


def run_comparison(
    *,
    configs: Path,
    base: str,
    others: Sequence[str],
    scale: int | None,
    n_seeds: int,
    first_seed: int,
    until: int | None,
    months: int | None,
    places: Sequence[str] | None,
    threads: int,
    out: Path | None,
) -> Compared:
    """Compare scenarios and write tables, figure and manifest."""
    import os

    started = dt.datetime.now(dt.UTC)
    usual = load_settings(configs)
    start = usual.last_register_month + 1
    if until is not None and months is not None:
        raise EweaError("--until and --months say the same thing; give one of them.")
    for option, found in (("--seeds", n_seeds), ("--months", 1 if months is None else months)):
        if found < 1:
            raise EweaError(f"{option}: found {found}; allowed are 1 and more.")
    horizon = usual.default_until if until is None else until
    settings = RunSettings(
        scenario=base,
        scale=usual.default_scale if scale is None else scale,
        start=start,
        until=start + months if months is not None else horizon,
        households_per_host=usual.households_per_host_min,
    )
    if out is not None:
        check_place(out)
    world = scenario_world(configs, settings.until, base)
    masks_of(world, places)
    settings = replace(settings, **covered(world, n_seeds))
    seeds = range(first_seed, first_seed + n_seeds)
    os.environ.update(dict.fromkeys(ONE_CORE, "1"))
    processes = min(threads or cores(), cores(), n_seeds)
    with progress(100, f"{base} against {', '.join(others)}, {n_seeds} seeds") as watcher:
        said = 0

        def note(done: int, total: int) -> None:
            nonlocal said
            watcher.advance(done * 100 // total - said)
            said = done * 100 // total

        comparisons = compare(configs, base, others, settings, seeds, processes, note)
    document = as_json(comparisons, world, places)
    mark = short_hash([manifest.run_identity(world, settings, list(seeds)), list(others)])
    place = out or RESULTS / f"compare-{base}-{'-'.join(others)[:60]}-{mark}"
    with new_run_folder(place) as folder:
        for comparison in comparisons:
            parquet.write_run_table(
                _table(comparison, world, seeds), folder / f"difference-{comparison.other}.parquet"
            )
            parquet.write_run_table(
                _groups(comparison, world, seeds), folder / f"groups-{comparison.other}.parquet"
            )
            draw(folder / f"difference-{comparison.other}", comparison, world, settings)
        write_json(folder / "differences.json", document)
        files = manifest.describe_files(folder)
        about = manifest.run_manifest(
            world, settings, list(seeds), started=started, processes=processes, files=files
        )
        write_json(folder / MANIFEST, {**about, "compared": [base, *others]})
    return Compared(comparisons, world, settings, document, place)


def _table(comparison: Comparison, world: World, seeds: Sequence[int]) -> pa.Table:
    """Return the differences of every seed, outcome and host."""
    rows = [
        (seed, outcome, host, float(comparison.difference[i, j, k]))
        for i, seed in enumerate(seeds)
        for j, outcome in enumerate(OUTCOMES)
        for k, host in enumerate(world.hosts.ids)
    ]
    names = ("seed", "outcome", "host", "difference")
    return pa.table({name: [row[n] for row in rows] for n, name in enumerate(names)})


def _groups(comparison: Comparison, world: World, seeds: Sequence[int]) -> pa.Table:
    """Return differences at the horizon by seed, group and host."""
    rows = [
        (seed, attribute, value, host, float(values[i, k]))
        for i, seed in enumerate(seeds)
        for (attribute, value), values in comparison.groups.items()
        for k, host in enumerate(world.hosts.ids)
    ]
    names = ("seed", "attribute", "value", "host", "difference")
    return pa.table({name: [row[n] for row in rows] for n, name in enumerate(names)})


def period(settings: RunSettings) -> str:
    """Return the period of a comparison in words."""
    return f"{month_label(settings.start)} to {month_label(settings.until)}"
