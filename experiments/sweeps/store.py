"""The results of many tasks in one folder: a manifest and Parquet parts named by what they hold.

``manifest.json`` says what made the rows; ``parts/<hash>.parquet`` hold several rows each. Only the driver
writes, each file appears whole or not at all, and a row is found by the key of its task. The parts are
ordinary Parquet: ``SELECT ... FROM read_parquet('<folder>/parts/*.parquet', union_by_name = true)``.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from abm.errors import EweaError
from experiments.sweeps import parts
from experiments.sweeps.columns import Column, describe, refuse_change
from experiments.sweeps.folder import Lock, plain_refusal, remove_temporary, write_json
from experiments.sweeps.keys import Task, task_key
from experiments.sweeps.reading import read_columns
from experiments.sweeps.sweep_manifest import MANIFEST, check_place, check_same, new_manifest, read_manifest
from experiments.sweeps.task_calls import Outcome


class Store:
    """Results on disk. Make one with :meth:`open` (to write) or :meth:`reading`.

    Attributes
    ----------
    folder : Path
        Where it lies.
    function : str
        What made the rows, ``"package.module:function"``.
    context : dict
        What all tasks share, as plain JSON.
    fingerprint : str
        Stands for the model, the data and the settings.
    """

    def __init__(self, folder: Path, manifest: dict[str, Any], lock: Lock | None) -> None:
        self.folder = folder
        self.function: str = manifest["function"]
        self.context: dict[str, Any] = manifest["context"]
        self.fingerprint: str = manifest["fingerprint"]
        self._manifest = manifest
        self._lock = lock
        self._columns = {name: Column.from_json(entry) for name, entry in manifest["columns"].items()}
        self._part_of: dict[str, str] = {}
        self._errors: dict[str, str] = {}

    @classmethod
    def open(
        cls,
        folder: Path,
        function: str,
        context: Mapping[str, Any],
        fingerprint: str | None = None,
        *,
        repair: bool = False,
    ) -> "Store":
        """Open a store to write to it, or start a new one. Use it in a ``with`` block.

        Parameters
        ----------
        folder : Path
            Where it lies or shall lie.
        function : str
            ``"package.module:function"``, imported by name in every worker.
        context : mapping
            What all tasks share, as plain JSON; given to the function with each task.
        fingerprint : str, optional
            Stands for all that decides a result besides the task: version of the model, digest of the data,
            settings. Left out: a hash of the context.
        repair : bool
            Move damaged parts aside, as ``<name>.corrupt``; their tasks then count as missing.

        Raises
        ------
        EweaError
            If another driver writes to it, it was made from something else, a part is damaged, or the folder
            is not a store.
        """
        wanted = new_manifest(function, context, fingerprint)
        check_place(folder)
        with plain_refusal(folder):
            (folder / parts.FOLDER).mkdir(parents=True, exist_ok=True)
            lock = Lock(folder)
        try:
            with plain_refusal(folder):
                remove_temporary(folder)
                remove_temporary(folder / parts.FOLDER)
            manifest = read_manifest(folder)
            if manifest is None:
                write_json(folder / MANIFEST, wanted)
                manifest = wanted
            check_same(folder, manifest, wanted)
            # the caller's context counts: a path in it may differ from machine to machine
            store = cls(folder, {**manifest, "context": wanted["context"]}, lock)
            store._load(repair=repair)
        except BaseException:
            lock.release()
            raise
        return store

    @classmethod
    def reading(cls, folder: Path) -> "Store":
        """Open a store to read it; a driver may be writing to it at the same time.

        Raises
        ------
        EweaError
            If there is no store or a part is damaged.
        """
        manifest = read_manifest(folder)
        if manifest is None:
            raise EweaError(f"{folder}: no store of a sweep ({MANIFEST} is missing). Name the folder of one.")
        store = cls(folder, manifest, None)
        store._load(repair=False)
        return store

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the right to write back."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def key(self, task: Task) -> str:
        """Return the key of a task of this store."""
        return task_key(self.function, self.fingerprint, task)

    def keys(self) -> list[str]:
        """Return the keys of all results, sorted; failed tasks are not among them."""
        return sorted(self._part_of.keys() - self._errors.keys())

    def failures(self) -> dict[str, str]:
        """Return what went wrong, by key of the task."""
        return dict(sorted(self._errors.items()))

    def has(self, key: str) -> bool:
        """Return whether a task has a row, be it a result or a failure."""
        return key in self._part_of

    @property
    def columns(self) -> dict[str, Column]:
        """Type and shape of the results by name; empty before the first result."""
        return dict(self._columns)

    def read(
        self, columns: Sequence[str] | None = None, keys: Sequence[str] | None = None
    ) -> dict[str, np.ndarray]:
        """Return results as stacked arrays, one row per key.

        Parameters
        ----------
        columns : sequence of str, optional
            Names of results, or ``task`` (JSON) and ``seconds``. Left out: all results.
        keys : sequence of str, optional
            Which tasks, in which order. Left out: all of :meth:`keys`.

        Returns
        -------
        dict
            Array [task, *shape] by name, with the type and the bits the function returned.

        Raises
        ------
        EweaError
            If a column does not exist, or a task has no result.
        """
        wanted = self.keys() if keys is None else list(keys)
        for key in wanted:
            if key in self._errors:
                raise EweaError(f"{self.folder}: task {key} failed: {self._errors[key]}. Leave it out.")
            if key not in self._part_of:
                raise EweaError(f"{self.folder}: task {key} has no result yet. Run the sweep to its end.")
        return read_columns(self.folder, self._columns, self._part_of, columns, wanted)

    def append(self, rows: Sequence[tuple[str, Outcome]]) -> None:
        """Write rows as one part; they are on the disk when this returns.

        Parameters
        ----------
        rows : sequence of (str, Outcome)
            Canonical JSON of the task, and what came of it.

        Raises
        ------
        EweaError
            If the disk is full, or a result has not the columns of the store.
        """
        self._must_write()
        for _, outcome in rows:
            self.check(outcome)
        name = parts.write(self.folder, self._columns, rows)
        for _, outcome in rows:
            self._part_of[outcome.key] = name
            if outcome.error is not None:
                self._errors[outcome.key] = outcome.error

    def check(self, outcome: Outcome) -> None:
        """Compare a result with the columns of the store; the first one ever decides them.

        Raises
        ------
        EweaError
            If names, types or shapes differ.
        """
        if outcome.values is None:
            return
        found = describe(outcome.values)
        if not self._columns and found:
            self._must_write()
            self._columns = found
            self._manifest["columns"] = {name: column.as_json() for name, column in found.items()}
            write_json(self.folder / MANIFEST, self._manifest)
        else:
            refuse_change(self._columns, found)

    def forget_failures(self, keys: Iterable[str]) -> None:
        """Remove the rows of failed tasks, so that they count as missing."""
        self._must_write()
        gone = self._errors.keys() & set(keys)
        new = {
            name: parts.rewrite_without(self.folder, name, gone)
            for name in sorted({self._part_of[key] for key in gone})
        }
        for key in gone:
            del self._part_of[key], self._errors[key]
        self._part_of = {key: new.get(name) or name for key, name in self._part_of.items()}

    def _must_write(self) -> None:
        if self._lock is None:
            raise EweaError(f"{self.folder}: the store is open for reading only.")

    def _load(self, *, repair: bool) -> None:
        """Check every part and note which keys it holds."""
        held = parts.check_all(self.folder, repair=repair)
        if self._lock is not None:
            parts.remove_superseded(self.folder, held)
        for name, rows in held.items():
            for key, error in rows.items():
                self._part_of[key] = name
                if error is not None:
                    self._errors[key] = error
