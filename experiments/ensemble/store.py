"""The results of many tasks in one folder: a manifest, and one SQLite file with a row per task.

``manifest.json`` says what made the rows; ``rows.sqlite`` holds them by the key of their task. Only the
driver writes, in transactions; others may read meanwhile. Every row carries a mark, so that damage shows.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from abm.errors import EweaError
from abm.files import plain_refusal
from experiments.ensemble.files import LOCK, Lock, is_leftover, write_json
from experiments.ensemble.identity import TaskJson, canonical, fingerprint_of, first_difference, task_key
from experiments.ensemble.rows import TEXT, RowFile, StoredColumn, columns_in, refuse_change, row_of, unpack
from experiments.ensemble.tasks import TaskResult

if TYPE_CHECKING:
    import pyarrow as pa

MANIFEST = "manifest.json"
ROWS = "rows.sqlite"
KIND = "ewea-sweep"
FORMAT = 2
"""Raised when a column or the way keys are made changes its meaning."""

OWN_COLUMNS = {"key": StoredColumn(TEXT), "task": StoredColumn(TEXT), "seconds": StoredColumn("float64")}


class Store:
    """Results on disk. Make one with :meth:`open` (to write) or :meth:`reading`."""

    def __init__(self, folder: Path, manifest: dict[str, Any], lock: Lock | None) -> None:
        self.folder = folder
        self.function: str = manifest["function"]
        self.context: dict[str, Any] = manifest["context"]
        self.fingerprint: str = manifest["fingerprint"]
        self._manifest = manifest
        self._lock = lock
        self._columns = {name: StoredColumn.from_json(entry) for name, entry in manifest["columns"].items()}
        self._rows = RowFile(folder / ROWS)
        self._errors: dict[str, str | None] = {}
        """The failure (or None) of every key that has a row."""

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

        ``function``, ``"package.module:function"``, is imported by name in every worker and given
        ``context``, plain JSON, with each task. ``fingerprint`` stands for all that decides a result besides
        the task; left out, it is a hash of the context. With ``repair`` a damaged file is moved aside, as
        ``rows.sqlite.corrupt``, and what is whole is kept; the other tasks then count as missing.
        """
        wanted = new_manifest(function, context, fingerprint)
        _check_place(folder)
        with plain_refusal(folder):
            folder.mkdir(parents=True, exist_ok=True)
            lock = Lock(folder)
        try:
            manifest = read_store_manifest(folder)
            if manifest is None:
                write_json(folder / MANIFEST, wanted)
                manifest = wanted
            _check_same(folder, manifest, wanted)
            # the caller's context counts: a path in it may differ from machine to machine
            store = cls(folder, {**manifest, "context": wanted["context"]}, lock)
            store._errors = store._rows.checked(repair=repair)
        except BaseException:
            lock.release()
            raise
        return store

    @classmethod
    def reading(cls, folder: Path) -> "Store":
        """Open a store to read it; a driver may be writing to it at the same time."""
        manifest = read_store_manifest(folder)
        if manifest is None:
            raise EweaError(f"{folder}: no store of a sweep ({MANIFEST} is missing). Name the folder of one.")
        store = cls(folder, manifest, None)
        store._errors = store._rows.checked(repair=False)
        if store._errors and not store._columns:  # the first rows came while we were reading
            store = cls(folder, read_store_manifest(folder) or manifest, None)
            store._errors = store._rows.checked(repair=False)
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

    def key(self, task: TaskJson) -> str:
        """Return the key of a task of this store."""
        return self.key_of_text(canonical(task))

    def key_of_text(self, text: str) -> str:
        """Return the key of a task in canonical JSON."""
        return task_key(self.function, self.fingerprint, text)

    def keys(self) -> list[str]:
        """Return the keys of all results, sorted; failed tasks are not among them."""
        return sorted(key for key, error in self._errors.items() if error is None)

    def failures(self) -> dict[str, str]:
        """Return what went wrong, by key of the task."""
        return {key: error for key, error in sorted(self._errors.items()) if error is not None}

    def has(self, key: str) -> bool:
        """Return whether a task has a row, be it a result or a failure."""
        return key in self._errors

    @property
    def columns(self) -> dict[str, StoredColumn]:
        """Type and shape of the results by name; empty before the first result."""
        return dict(self._columns)

    def read(
        self, columns: Sequence[str] | None = None, keys: Sequence[str] | None = None
    ) -> dict[str, np.ndarray]:
        """Return results as stacked arrays [task, *shape], with the type and the bits the function returned.

        ``columns`` (left out: all results) may include ``key``, ``task`` (JSON) and ``seconds``; ``keys``
        (left out: all of :meth:`keys`) are the tasks in the order wanted.
        """
        wanted: dict[str, list[int]] = {}
        for number, key in enumerate(self.keys() if keys is None else keys):
            wanted.setdefault(key, []).append(number)
        for key in wanted:
            if key not in self._errors:
                raise EweaError(f"{self.folder}: task {key} has no result yet. Run the sweep to its end.")
            if (error := self._errors[key]) is not None:
                raise EweaError(f"{self.folder}: task {key} failed: {error}. Leave it out.")
        known = {**self._columns, **OWN_COLUMNS}
        names = list(self._columns) if columns is None else list(columns)
        if unknown := [name for name in names if name not in known]:
            raise EweaError(
                f"{self.folder}: no column {', '.join(unknown)}; there are {', '.join(sorted(known))}. "
                "Name one of these."
            )
        found = {name: known[name].empty(sum(map(len, wanted.values()))) for name in names}
        for key, task, seconds, _, texts, numbers, _ in self._rows.all() if wanted else ():
            rows = wanted.get(key)
            if rows is None:
                continue
            for name, value in (("key", key), ("task", task), ("seconds", seconds)):
                if name in found:
                    found[name][rows] = value
            assert texts is not None
            assert numbers is not None
            unpack(found, rows, self._columns, texts, numbers)
        return found

    def tables(self) -> tuple["pa.Table", "pa.Table"]:
        """Return results (key, task, seconds, every column) and failures (key, task, error), by key."""
        import pyarrow as pa

        found = self.read([*OWN_COLUMNS, *self._columns])
        results = {}
        for name, array in found.items():
            # from_pandas=False: a result that is not a number stays one and does not become null
            flat = pa.array(array.reshape(-1), from_pandas=False)
            length = array[:1].size
            results[name] = pa.FixedSizeListArray.from_arrays(flat, length) if array.ndim > 1 else flat
        failed = [(key, task, error) for key, task, _, error, *_ in self._rows.all() if error is not None]
        names = ("key", "task", "error")
        texts = [pa.array([row[n] for row in failed], pa.string()) for n in range(len(names))]
        return pa.table(results), pa.table(dict(zip(names, texts, strict=True)))

    def append(self, rows: Sequence[tuple[str, TaskResult]]) -> None:
        """Write canonical JSON of tasks and what came of them; all is on the disk in the end, or none."""
        self._must_write()
        for _, outcome in rows:
            self.check(outcome)
        self._rows.add([row_of(self._columns, text, outcome) for text, outcome in rows])
        self._errors |= {outcome.key: outcome.error for _, outcome in rows}

    def check(self, outcome: TaskResult) -> None:
        """Compare a result with the columns of the store; the first one ever decides them."""
        if outcome.error is not None:
            return
        found = columns_in(outcome.value)
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
        gone = self.failures().keys() & set(keys)
        self._rows.remove(sorted(gone))
        for key in gone:
            del self._errors[key]

    def _must_write(self) -> None:
        if self._lock is None:
            raise EweaError(f"{self.folder}: the store is open for reading only.")


def new_manifest(function: str, context: Mapping[str, Any], fingerprint: str | None) -> dict[str, Any]:
    """Return the manifest of a store without rows."""
    return {
        "kind": KIND,
        "format": FORMAT,
        "function": function,
        "fingerprint": fingerprint_of(context) if fingerprint is None else fingerprint,
        "context": json.loads(canonical(context, "context")),
        "columns": {},
    }


def read_store_manifest(folder: Path) -> dict[str, Any] | None:
    """Return the manifest of a store, or None if there is none."""
    path = folder / MANIFEST
    try:
        with plain_refusal(path):
            if not path.exists():
                return None
            content = json.loads(path.read_text(encoding="utf-8"))
        complete = isinstance(content, dict) and new_manifest("", {}, "").keys() <= content.keys()
    except ValueError as error:
        if isinstance(error, EweaError):
            raise
        complete, content = False, {}
    if not complete or content["kind"] != KIND:
        raise EweaError(
            f"{path}: not the manifest of a sweep, or damaged. Put the original back, or choose "
            "another folder."
        )
    if content["format"] != FORMAT:
        raise EweaError(
            f"{path}: format: found {content['format']}; this version reads {FORMAT}. Read the store with "
            "the version that made it, or run the sweep again into another folder."
        )
    return dict(content)


def _check_place(folder: Path) -> None:
    """Refuse a folder that holds something else than a store."""
    if (folder / MANIFEST).exists():
        return
    with plain_refusal(folder):
        names = sorted(found.name for found in folder.iterdir()) if folder.exists() else []
    if strange := [name for name in names if name != LOCK and not is_leftover(name)]:
        raise EweaError(
            f"{folder}: not the store of a sweep ({MANIFEST} is missing), and it holds "
            f"{', '.join(strange[:3])}. Nothing was changed; choose another folder."
        )


def _check_same(folder: Path, stored: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    """Refuse a store that was made from something else; the message names the first difference."""
    if stored["function"] != wanted["function"]:
        difference = first_difference(stored["function"], wanted["function"], "function")
    elif stored["fingerprint"] != wanted["fingerprint"]:
        difference = first_difference(stored["context"], wanted["context"], "context") or first_difference(
            stored["fingerprint"], wanted["fingerprint"], "fingerprint"
        )
    else:
        return
    raise EweaError(
        f"{folder / MANIFEST}: {difference}. Results of the two must not stand side by side: go back to what "
        "the store was made from, choose another folder, or remove this one with its results."
    )
