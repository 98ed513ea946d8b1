"""Run a scenario with several seeds and, if asked for, keep the result in a run folder."""

import datetime as dt
import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from importlib import import_module
from itertools import count
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, Literal

from abm.data.settings import RunSettings
from abm.errors import EweaError
from abm.months import month_index
from experiments.ensemble.files import write_json
from experiments.ensemble.identity import refuse_another, run_identity, run_name
from experiments.ensemble.pool import Pool, run_in_order
from experiments.ensemble.worker import cores
from experiments.run_folder import (
    CONVENTIONS,
    FORMAT,
    MANIFEST,
    check_place,
    describe_files,
    kept_for,
    new_run_folder,
    read_checkpoints,
    read_run_manifest,
    write_manifest,
)

if TYPE_CHECKING:
    from abm.data.world import World
    from experiments.run_tables import RunSeries, RunTables

log = logging.getLogger(__name__)

type Watch = Callable[[int, int], None]
"""Is told how much is done of how much."""

RESULTS = Path("results")
"""Where run folders go when no place is named."""

ENGINE = ("abm.results", "experiments.ensemble.pasts", "experiments.run_tables")
"""What takes long to load."""

LARGEST_SEED = 2**31
"""Seeds stay below this, so that every reader of the tables can hold them."""


@dataclass(frozen=True)
class RunRequest:
    """What a user asks for; what is None comes from the settings of the configuration."""

    configs: Path
    scenario: str = "baseline"
    scale: int | None = None
    n_seeds: int | None = None
    first_seed: int = 1
    until: int | None = None
    arrivals: Literal["recorded", "modelled"] = "recorded"
    parameters: Literal["central", "posterior"] | None = None
    threads: int = 0
    checkpoint: int | None = None  # Months after which every seed is kept
    resumes: bool = False  # Whether its checkpoints are there
    repeats: tuple[Path, Mapping[str, Any]] | None = None  # A manifest whose run this is


@dataclass(frozen=True)
class FinishedRun:
    """A run and where it was written, if it was."""

    world: "World"
    settings: RunSettings
    seeds: Sequence[int]
    identity: Mapping[str, Any]
    tables: "RunTables"
    series: "RunSeries"
    figures: dict[str, Any]  # What summary.json holds
    folder: Path | None


def run_scenario(
    asked_for: RunRequest,
    *,
    out: Path | None = None,
    write: bool = True,
    watch: Watch = lambda done, total: None,
) -> FinishedRun:
    """Run a scenario; ``out`` is the folder to write (``results/<scenario>-<hash>`` if absent)."""
    from abm.data.folder import load_settings
    from abm.policy.scenario import asked, scenario_world
    from experiments.data.told import warn_of_faults
    from experiments.uncertainty import covered

    started = dt.datetime.now(dt.UTC)
    usual, configs, scenario = load_settings(asked_for.configs), asked_for.configs, asked_for.scenario
    n_seeds = usual.default_seeds if asked_for.n_seeds is None else asked_for.n_seeds
    until = usual.default_until if asked_for.until is None else asked_for.until
    changes = asked(configs, scenario, until)  # one that is unknown or cannot act is refused at once
    seeds = checked_seeds(asked_for.first_seed, n_seeds)
    n_cores = min(asked_for.threads, cores()) if asked_for.threads else cores()
    n_processes = min(n_cores, len(seeds))
    settings = RunSettings(
        scenario=scenario,
        scale=usual.default_scale if asked_for.scale is None else asked_for.scale,
        until=until,
        arrivals=asked_for.arrivals,
        threads=n_cores if n_processes == 1 else 1,
        households_per_host=usual.households_per_host_min,
    )
    if asked_for.checkpoint is not None and asked_for.checkpoint < 1:
        raise EweaError(f"checkpoint: found {asked_for.checkpoint}; allowed are 1 month and more.")
    if out is not None:
        check_place(out)
    with ExitStack() as stack:
        # Workers load the engine while we read the data.
        pool = stack.enter_context(Pool(n_processes, ENGINE)) if n_processes > 1 else None
        # The data reach at least to the last register month, even if the run ends before.
        world = scenario_world(configs, max(until, usual.last_register_month), scenario)
        warn_of_faults(configs)
        settings = replace(settings, **covered(world, asked_for.parameters))
        identity = run_identity(world, settings, seeds)
        if asked_for.repeats is not None:
            refuse_another(*asked_for.repeats, identity)
        usual_place = out or RESULTS / run_name(identity)
        place = usual_place if write else None
        checkpoints = None
        if (every := asked_for.checkpoint) is not None:
            kept = kept_for(usual_place, every, identity, resume=asked_for.resumes)
            checkpoints = stack.enter_context(kept)
            log.warning("after an interruption: ewea run --resume %s", checkpoints.folder)
        folder = None if place is None else stack.enter_context(new_run_folder(place))
        if folder is not None:  # drawing is loaded while the workers run
            Thread(target=import_module, args=("matplotlib.figure",), daemon=True).start()
        from experiments.run_tables import joined_tables, run_series, run_tables
        from experiments.summary import summarise_run

        total, months = (settings.until - settings.start) * len(seeds), count(1)
        watch(0, total)
        parts = run_in_order(
            run_tables, (world, settings, changes, checkpoints), seeds, 1,
            on_note=lambda: watch(next(months), total), pool=pool,
        )  # fmt: skip
        tables = joined_tables(parts)
        series = run_series(tables, world.hosts.ids, seeds, settings.start, settings.until)
        figures = summarise_run(series, world, settings)
        done = FinishedRun(world, settings, seeds, identity, tables, series, figures, place)
        if folder is not None:
            write_run(done, folder, configs)
            write_manifest(folder, world, settings, identity, started=started, processes=n_processes)
            if asked_for.repeats is not None:
                refuse_other_tables(*asked_for.repeats, folder)
    return done


def request_of(path: Path, manifest: Mapping[str, Any], configs: Path, threads: int) -> RunRequest:
    """Return what was asked for when a manifest was written; the run refuses whatever differs by now."""
    try:
        settings = manifest["settings"]
        seeds = settings["seeds"]
        asked_for = RunRequest(
            configs,
            str(manifest["scenario"]),
            int(settings["scale"]),
            len(seeds),
            int(seeds[0]),
            month_index(settings["until"]),
            settings["arrivals"],
            settings["parameters"],
            threads,
        )
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise EweaError(
            f"{path}: {error}: found no such entry as 'ewea run' writes; allowed is the manifest of a run of "
            "this version. Give the command of the run anew."
        ) from error
    return replace(asked_for, repeats=(path, manifest))


def repeat_run(place: Path, configs: Path, threads: int = 0) -> RunRequest:
    """Return the request of the run of a manifest, named itself or by its folder."""
    path = place / MANIFEST if place.is_dir() else place
    manifest = read_run_manifest(path)
    if manifest is None:
        raise EweaError(f"{path}: not the manifest of a run. Name a run folder or its {MANIFEST}.")
    if manifest.get("format") != FORMAT:
        found = manifest.get("format")
        raise EweaError(
            f"{path}: format: found {found!r}; allowed is {FORMAT}. Give the command of the run anew."
        )
    if "compared" in manifest:
        found = ", ".join(manifest["compared"])
        raise EweaError(f"{path}: compared: found {found}; allowed is a run. Use 'ewea compare' for these.")
    return request_of(path, manifest, configs, threads)


def resume_run(place: Path, configs: Path, threads: int = 0) -> tuple[RunRequest, Path]:
    """Return the request of an interrupted run that kept checkpoints, and where its folder will stand."""
    path, manifest = read_checkpoints(place)
    asked_for = request_of(path, manifest, configs, threads)
    try:
        every, out = int(manifest["every"]), Path(manifest["place"])
    except (KeyError, TypeError, ValueError) as error:
        raise EweaError(f"{path}: {error}: damaged. Remove the folder and run anew.") from error
    # Checkpoints lie beside their run, wherever both were moved to.
    return replace(asked_for, checkpoint=every, resumes=True), path.parent.with_name(out.name)


def refuse_other_tables(path: Path, manifest: Mapping[str, Any], folder: Path) -> None:
    """Hold the tables of a repeated run against the manifest it repeats."""
    now = describe_files(folder)
    for name, was in manifest.get("files", {}).items():
        if name.endswith(".parquet") and now[name]["sha256"] != was["sha256"]:
            raise EweaError(
                f"{path}: files.{name}.sha256: found {was['sha256']}; allowed is {now[name]['sha256']}, what "
                "the same code makes of the same data here. The machine differs, or the manifest was edited."
            )


def checked_seeds(first: int, number: int) -> range:
    """Return the seeds of a run."""
    if first < 0 or number < 1:
        raise EweaError(f"seeds: found {number} from {first} on; allowed are 1 and more, from 0 on.")
    if first + number > LARGEST_SEED:
        raise EweaError(f"--seed: found {first}; the last seed must be below {LARGEST_SEED:,}.")
    return range(first, first + number)


def write_run(run: FinishedRun, folder: Path, configs: Path) -> None:
    """Write tables, summary and figures."""
    from experiments.figures import draw_all
    from experiments.run_tables import UNITS, about_table, write_run_table

    def write() -> None:
        for name, table in run.tables.items():
            about = about_table(CONVENTIONS[name], UNITS[name], run.identity)
            write_run_table(table, folder / f"{name}.parquet", about)

    with ThreadPoolExecutor(1) as aside:  # writing leaves the core to drawing half of the time
        written = aside.submit(write)
        write_json(folder / "summary.json", run.figures)
        draw_all(folder, run.series, run.world, run.figures, configs)
        written.result()
