"""A sweep: a design made into tasks, run by the runner, kept in one store, and told of in sentences."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from abm.data.config import line_of, read_yaml
from abm.data.folder import load_settings
from abm.data.settings import RunSettings
from abm.errors import EweaError
from abm.files import model_digest
from abm.months import month_index
from experiments.data.told import warn_of_faults
from experiments.designs.axes import Axis, design_axes, draws_of
from experiments.designs.files import check, check_combinations, design_ids, load_design
from experiments.designs.schema import Design
from experiments.designs.simulate import configs_digest
from experiments.designs.worlds import World, baseline_of, tasks_of, world_columns, worlds_of
from experiments.ensemble.identity import canonical, fingerprint_of, first_difference, source_digest
from experiments.ensemble.pasts import check_ahead
from experiments.ensemble.resume import ProgressListener, Summary, run_tasks
from experiments.ensemble.store import MANIFEST, Store, read_store_manifest
from experiments.options import console, duration, terminal_table
from experiments.run_scenario import RESULTS
from experiments.wording.numbers import count_of

TASK = "experiments.designs.simulate:simulate"
SWEEPS = RESULTS / "sweeps"

SHOWN_FAILURES = 3


@dataclass(frozen=True)
class Sweep:
    """A checked design and where its results go."""

    design: Design
    path: Path
    root: Path
    folder: Path
    axes: list[Axis]  # What moves
    worlds: list[World]  # In the order of the design
    settings: RunSettings

    @classmethod
    def of(cls, name: str, root: Path, out: Path | None = None) -> "Sweep":
        """Return the sweep of a ready design, or of a file; ``out`` is the folder of the store."""
        design, path = load_design(name, root)
        empty = cls.without_worlds(design, path, root, out or SWEEPS / design.id)
        try:
            worlds = worlds_of(design, empty.axes, draws_of(root))
            check_combinations(worlds, root)
        except EweaError as error:
            raise EweaError(f"{path}:{line_of(read_yaml(path), ('sampling',))}: {error}") from error
        return replace(empty, worlds=worlds)

    @classmethod
    def without_worlds(cls, design: Design, path: Path, root: Path, folder: Path) -> "Sweep":
        """Return the sweep of a design that was read, without its worlds; a search finds them on its way."""
        usual, constants = load_settings(root), design.constants
        try:
            settings = RunSettings(
                scale=constants.scale,
                households_per_host=constants.households_per_host,
                until=usual.default_until if constants.until is None else month_index(constants.until),
                shocks=constants.shocks,
            )
            check_ahead(settings.until, usual.last_register_month + 1)
        except EweaError as error:
            line = line_of(read_yaml(path), ("constants", "until"))
            raise EweaError(f"{path}:{line}: constants.{error}") from error
        check(design, path, root, settings.until)
        draws = draws_of(root)
        if constants.parameters == "posterior" and draws is None:
            raise EweaError(f"{path}: constants.parameters: there is no fit; write central.")
        try:
            axes = design_axes(design, root, draws)
        except EweaError as error:
            raise EweaError(f"{path}:{line_of(read_yaml(path), ('sampling',))}: {error}") from error
        return cls(design, path, root, folder, axes, [], settings)

    @cached_property
    def context(self) -> dict[str, Any]:
        """What all tasks share, as plain JSON."""
        return {
            "settings": {
                "scale": self.settings.scale,
                "households_per_host": self.settings.households_per_host,
                "until": self.settings.until,
                "shocks": self.settings.shocks,
            },
            "parameters": self.design.constants.parameters,
            "outcomes": [o.model_dump(exclude_none=True) for o in self.design.outcomes],
            "differences": self.design.differences,
            "axes": world_columns(self.design),
            "configs": configs_digest(self.root),
            "model": model_digest(),
            "measures": source_digest(TASK.split(":", maxsplit=1)[0])[:16],
            "design": self.design.model_dump(mode="json", exclude_none=True, by_alias=True),
        }

    @property
    def fingerprint(self) -> str:
        """Stands for everything that decides a row besides its task; the wording of a design does not."""
        return fingerprint_of({name: value for name, value in self.context.items() if name != "design"})

    def tasks(self) -> list[dict[str, Any]]:
        """Return all tasks, in the order of the design."""
        return list(tasks_of(self.design, self.worlds))

    def open(self, *, repair: bool = False) -> Store:
        """Open the store for writing."""
        self.refuse_another_design()
        return Store.open(self.folder, TASK, self.context, self.fingerprint, repair=repair)

    def refuse_another_design(self) -> None:
        """Compare the design with that of the store."""
        stored = read_store_manifest(self.folder) if self.folder.is_dir() else None
        if stored is None:
            return
        before = stored["context"]
        for name, what in (
            ("model", "the model has another version"),
            ("measures", "what a run is measured by has another version"),
            ("configs", "the configuration has changed"),
            ("design", "the design has changed"),
        ):
            difference = first_difference(before.get(name), self.context[name], name)
            if difference is not None:
                raise EweaError(
                    f"{self.folder / MANIFEST}: {what} since the sweep was started: {difference}. Results of "
                    "the two must not stand side by side: go back to what it was started with, or give "
                    "another folder with --out."
                )

    def run(self, store: Store, **how: Any) -> Summary:
        """Run what is missing, ``how`` :func:`experiments.ensemble.resume.run_tasks` is told."""
        return run_tasks(store, self.tasks(), group_of=past_of, **how)


def past_of(task: Mapping[str, Any]) -> str:
    """Return what names the past a task shares with others: the same world without levers, the same seed."""
    return canonical(baseline_of(task))


def run_sweep(
    configs: Path,
    name: str,
    out: Path | None,
    *,
    workers: int = 0,
    scheduler: str | None = None,
    resume: bool = False,
    retry_failed: bool = False,
    repair: bool = False,
    on_progress: ProgressListener | None = None,
) -> dict[str, Any]:
    """Run what is missing of a design (only with ``resume`` if some is there); return what is printed."""
    sweep = Sweep.of(name, configs, out)
    warn_of_faults(configs)
    with sweep.open(repair=repair) as store:
        keys = [store.key(task) for task in sweep.tasks()]
        there = sum(map(store.has, keys))
        if there and not resume and there < len(set(keys)):
            raise EweaError(
                f"{sweep.folder}: has {there:,} of {len(set(keys)):,} runs of this design. Add --resume to "
                "run what is missing, or --out for another folder."
            )
        summary = sweep.run(
            store,
            workers=workers,
            scheduler=scheduler,
            on_progress=on_progress,
            retry_failed=retry_failed,
        )
        failures = Counter(sorted(store.failures().values()))
        return {
            "design": sweep.design.id,
            "label": sweep.design.label,
            "worlds": len(sweep.worlds),
            "seeds": sweep.design.seeds.count,
            "runs": len(set(keys)),
            "done": summary.done,
            "skipped": summary.skipped,
            "failed": summary.failed,
            "failures": dict(failures.most_common(SHOWN_FAILURES)),
            "seconds": round(summary.seconds, 2),
            "rows": len(store.keys()),
            "folder": str(sweep.folder),
        }


def design_stored(folder: Path) -> str:
    """Return what names the design of a store: the id of a ready one; one of your own names its file."""
    design = Store.reading(folder).context["design"]["id"]
    if design not in design_ids():
        raise EweaError(
            f"{folder}: holds the design {design!r} of a file of its own. Ask for it by that file and "
            "this folder: ewea.sweep(file, out=folder)."
        )
    return str(design)


def list_designs(configs: Path) -> list[dict[str, Any]]:
    """Return id, label, question and size of every ready design."""
    sweeps = [Sweep.of(name, configs) for name in design_ids()]
    return [
        {
            "id": sweep.design.id,
            "label": sweep.design.label,
            "question": sweep.design.question,
            "worlds": len(sweep.worlds),
            "runs": len(sweep.worlds) * sweep.design.seeds.count,
        }
        for sweep in sweeps
    ]


def print_ready(kind: str, folder: str, found: Sequence[Mapping[str, Any]], runs: str = "runs") -> None:
    """Print what is ready to run: its id, how many runs it takes, and what it asks."""
    rows = [(one["id"], f"{one['label']}. {one['question']}", f"{one[runs]:,}") for one in found]
    console().print(terminal_table(f"Ready {kind} ({folder})", ("id", "question", "runs"), rows, 2))


def print_sweep(summary: Mapping[str, Any], ask: str) -> None:
    """Print what became of a sweep and the command that reads it."""
    runs = f"{count_of(summary['worlds'], 'world')} with {count_of(summary['seeds'], 'seed')} each"
    print(f"{summary['label']}: {runs}, {count_of(summary['runs'], 'distinct run')}.")
    print(runs_in_words(summary))
    for error, count in summary["failures"].items():
        print(f"  failed {count:,} times: {error}")
    if summary["failed"]:
        print("Failed worlds are left out of the results; --resume --retry-failed runs them again.")
    print(f"Results: {summary['folder']} ('{ask}' reads them, --export writes them to a file)")


def runs_in_words(summary: Mapping[str, Any]) -> str:
    """Return how many tasks ran, how many the store already held and how many failed.

    >>> runs_in_words({"done": 40, "seconds": 30.0, "skipped": 0, "failed": 0})
    '40 completed in 30 s, 0 already stored, 0 failed.'
    """
    return (
        f"{summary['done']:,} completed in {duration(summary['seconds'])}, {summary['skipped']:,} already "
        f"stored, {summary.get('failed', 0):,} failed."
    )
