"""A sweep: a design made into tasks, run by the runner, kept in one store."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from abm.data.folder import load_settings
from abm.data.settings import RunSettings
from abm.errors import EweaError
from abm.months import month_index
from experiments.designs.axes import Axis, design_axes, draws_of
from experiments.designs.files import check, check_combinations, load_design
from experiments.designs.schema import Design
from experiments.designs.simulate import configs_digest
from experiments.designs.worlds import World, baseline_of, tasks_of, world_columns, worlds_of
from experiments.ensemble.identity import (
    canonical,
    fingerprint_of,
    first_difference,
    model_digest,
    source_digest,
)
from experiments.ensemble.resume import Summary, TaskProgress, run_tasks
from experiments.ensemble.store import MANIFEST, Store, read_store_manifest
from experiments.run_scenario import RESULTS

TASK = "experiments.designs.simulate:simulate"
SWEEPS = RESULTS / "sweeps"

DECIDES_NO_ROW = ("design",)
"""Entries of the context that say what was asked for, but change no row."""


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
        """Return the sweep of a design.

        Parameters
        ----------
        name : str
            Id of a ready design, or path of a file.
        out : Path, optional
            Folder of the store; ``results/sweeps/<id>`` if absent.
        """
        design, path = load_design(name, root)
        empty = cls.without_worlds(design, path, root, out or SWEEPS / design.id)
        try:
            worlds = worlds_of(design, empty.axes, draws_of(root))
            check_combinations(worlds, root)
        except EweaError as error:
            raise EweaError(f"{path}: {error}") from error
        return replace(empty, worlds=worlds)

    @classmethod
    def without_worlds(cls, design: Design, path: Path, root: Path, folder: Path) -> "Sweep":
        """Return the sweep of a design that was read, without its worlds; a search finds them on its way."""
        usual, constants = load_settings(root), design.constants
        settings = RunSettings(
            scale=constants.scale,
            households_per_host=constants.households_per_host,
            start=usual.last_register_month + 1 if constants.start is None else month_index(constants.start),
            until=usual.default_until if constants.until is None else month_index(constants.until),
            shocks=constants.shocks,
        )
        check(design, path, root, settings.until)
        draws = draws_of(root)
        if constants.parameters == "posterior" and draws is None:
            raise EweaError(f"{path}: constants.parameters: there is no fit; write central.")
        try:
            axes = design_axes(design, root, draws)
        except EweaError as error:
            raise EweaError(f"{path}: {error}") from error
        return cls(design, path, root, folder, axes, [], settings)

    @cached_property
    def context(self) -> dict[str, Any]:
        """What all tasks share, as plain JSON."""
        return {
            "settings": {
                "scale": self.settings.scale,
                "households_per_host": self.settings.households_per_host,
                "start": self.settings.start,
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
        """Stands for everything that decides a row besides its task."""
        return fingerprint_of({k: v for k, v in self.context.items() if k not in DECIDES_NO_ROW})

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

    def run(
        self,
        store: Store,
        *,
        workers: int = 0,
        scheduler: str | None = None,
        on_progress: Callable[[TaskProgress], None] | None = None,
        retry_failed: bool = False,
    ) -> Summary:
        """Run what is missing; see :func:`experiments.ensemble.resume.run_tasks`."""
        return run_tasks(
            store,
            self.tasks(),
            workers=workers,
            scheduler=scheduler,
            on_progress=on_progress,
            retry_failed=retry_failed,
            group_of=past_of,
        )


def past_of(task: Mapping[str, Any]) -> str:
    """Return what names the past a task shares with others: the same world without levers, the same seed."""
    return canonical(baseline_of(task))
