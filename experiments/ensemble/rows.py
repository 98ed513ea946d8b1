"""The rows of a store: a result as bytes, bit for bit, and the SQLite file, in which damage shows."""

import hashlib
import json
import re
import shutil
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from os import W_OK, access
from pathlib import Path
from typing import Any

import numpy as np

from abm.errors import EweaError
from abm.files import no_room, plain_refusal, whole
from experiments.ensemble.identity import first_difference
from experiments.ensemble.tasks import TaskResult

type Values = Mapping[str, Any]
"""What a task returns: arrays, numbers or text by name."""

OWN = ("key", "task", "seconds", "error")
"""Columns that every table of results has: key and JSON of the task, its time in seconds, its failure."""

TEXT = "text"

NUMBERS = frozenset(
    {"bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float32", "float64"}
)
"""Types that every tool for tables knows."""

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
"""A dot would mean a nested column to Parquet, a space needs quotes in SQL."""


@dataclass(frozen=True, slots=True)
class StoredColumn:
    """Type and shape of one value of a task; ``shape`` is ``()`` for a number or a text."""

    dtype: str
    shape: tuple[int, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the entry of the manifest."""
        return {"dtype": self.dtype, "shape": list(self.shape)}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "StoredColumn":
        """Return the column of an entry of the manifest."""
        return cls(content["dtype"], tuple(content["shape"]))

    def empty(self, length: int) -> np.ndarray:
        """Return a zeroed array [length, *shape] to be filled."""
        return np.zeros((length, *self.shape), dtype=object if self.dtype == TEXT else self.dtype)


def columns_in(values: Values) -> dict[str, StoredColumn]:
    """Return the columns that hold a result, by name."""
    found = {}
    for name, value in sorted(values.items()):
        if not isinstance(name, str) or not NAME.fullmatch(name) or name in OWN:
            raise EweaError(
                f"result {name!r}: not a name for a column; allowed are letters, digits and _, and none of "
                f"{', '.join(OWN)}. Rename it."
            )
        if isinstance(value, str):
            found[name] = StoredColumn(TEXT)
            continue
        array = np.asarray(value)
        if array.dtype.name not in NUMBERS:
            raise EweaError(
                f"result {name}: found {type(value).__name__} of type {array.dtype}; allowed are text and "
                f"{', '.join(sorted(NUMBERS))}. Convert it in the function."
            )
        if array.size == 0:
            raise EweaError(f"result {name}: an array without elements cannot be stored. Leave it out.")
        found[name] = StoredColumn(array.dtype.name, array.shape)
    return found


def refuse_change(before: Mapping[str, StoredColumn], now: Mapping[str, StoredColumn]) -> None:
    """Refuse a result whose columns are not those of the store; the message names the first difference."""
    there, here = ({name: column.as_json() for name, column in side.items()} for side in (before, now))
    if there != here:
        raise EweaError(
            f"a task returned other columns than the first: {first_difference(there, here)}. Every task has "
            "to return the same names, types and shapes."
        )


def packed_result(columns: Mapping[str, StoredColumn], values: Values) -> tuple[str, bytes]:
    """Return a result as JSON of its texts, and its numbers one after the other, compressed."""
    record = np.zeros(1, _record(columns))
    for name in record.dtype.names or ():
        record[name][0] = values[name]
    texts = {name: values[name] for name, column in columns.items() if column.dtype == TEXT}
    return json.dumps(texts, ensure_ascii=False), zlib.compress(record.tobytes(), level=1)


def unpack(
    into: Mapping[str, np.ndarray],
    rows: Sequence[int],
    columns: Mapping[str, StoredColumn],
    texts: str,
    numbers: bytes,
) -> None:
    """Put a packed result into ``rows`` of the stacked arrays that ask for it."""
    words, kind = json.loads(texts), _record(columns)
    record = np.frombuffer(zlib.decompress(numbers), kind) if kind.names else None
    for name in columns.keys() & into.keys():
        if columns[name].dtype == TEXT:
            into[name][list(rows)] = words[name]
        elif record is not None:
            into[name][list(rows)] = record[name][0]


def _record(columns: Mapping[str, StoredColumn]) -> np.dtype[Any]:
    return np.dtype([(name, c.dtype, c.shape) for name, c in sorted(columns.items()) if c.dtype != TEXT])


CORRUPT = ".corrupt"

TABLE = (
    "CREATE TABLE rows (key TEXT PRIMARY KEY, task TEXT NOT NULL, seconds REAL NOT NULL, error TEXT,"
    " texts TEXT, numbers BLOB, mark BLOB NOT NULL)"
)
INSERT = "INSERT OR IGNORE INTO rows VALUES (?, ?, ?, ?, ?, ?, ?)"
PATIENCE_SECONDS = 60.0
"""How long one waits for the other who has the file open."""

type StoredRow = tuple[str, str, float, str | None, str | None, bytes | None, bytes]
"""Key, task, seconds, failure, texts and numbers of a result, mark."""


class RowFile:
    """Rows of a store by their key. Writing is for the holder of the lock of the folder."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def add(self, rows: Sequence[StoredRow]) -> None:
        """Add rows; all of them are on the disk when this returns, or none."""
        self._write(INSERT, rows)

    def remove(self, keys: Iterable[str]) -> None:
        """Remove rows."""
        self._write("DELETE FROM rows WHERE key = ?", [(key,) for key in keys])

    def all(self) -> Iterator[StoredRow]:
        """Yield every row in the order of the keys."""
        if self.path.exists():
            with self._connection() as connection:
                yield from connection.execute("SELECT * FROM rows ORDER BY key")

    def checked(self, *, repair: bool) -> dict[str, str | None]:
        """Return the failure (or None) of every key; a damaged file is refused, or repaired."""
        if not self.path.exists():
            return {}
        try:
            return self._errors()
        except EweaError:
            if not repair:
                raise
            with plain_refusal(self.path):
                self._salvage()
            return self._errors()

    def _errors(self) -> dict[str, str | None]:
        with self._connection() as connection:
            if (said := connection.execute("PRAGMA integrity_check(1)").fetchone()[0]) != "ok":
                raise self._refused(said)
            found = {}
            for row in connection.execute("SELECT * FROM rows"):
                if not _is_whole(row):
                    raise self._refused(f"the row {row[0]} does not fit its mark")
                found[row[0]] = row[3]
            return found

    def _write(self, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
        with plain_refusal(self.path):
            if not self.path.exists():
                with whole(self.path) as part:
                    _create(part, ())
        with self._connection() as connection, connection:
            connection.executemany(statement, rows)

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        """Give the open file. It is closed each time, so that between two writes it is one whole file."""
        # Who may not write to the folder reads what is there: nobody else writes to it then.
        way = "mode=rw" if access(self.path.parent, W_OK) else "mode=ro&immutable=1"
        try:
            with closing(
                sqlite3.connect(f"{self.path.resolve().as_uri()}?{way}", uri=True, timeout=PATIENCE_SECONDS)
            ) as connection:
                yield connection
        except sqlite3.OperationalError as error:
            if error.sqlite_errorname == "SQLITE_FULL" or error.sqlite_errorname.startswith("SQLITE_IOERR"):
                raise no_room(self.path, str(error)) from error
            raise self._refused(error) from error
        except sqlite3.DatabaseError as error:
            raise self._refused(error) from error

    def _refused(self, error: object) -> EweaError:
        why = str(error).splitlines()[-1]
        return EweaError(
            f"{self.path}: damaged, or not readable ({why}). Give the command again with --repair: the "
            "file is moved aside, rows that are whole are kept, and all others are run again."
        )

    def _salvage(self) -> None:
        """Move the file aside and put its whole rows into a new one."""
        found: dict[str, StoredRow] = {}
        for direction in ("", "DESC"):  # from both ends, as far as the damage
            try:
                with self._connection() as connection:
                    for row in connection.execute(f"SELECT * FROM rows ORDER BY rowid {direction}"):  # noqa: S608
                        if _is_whole(row):
                            found[row[0]] = row
            except EweaError:
                continue
        with whole(self.path) as part:
            _create(part, found.values())
            shutil.copyfile(self.path, self.path.with_name(self.path.name + CORRUPT))
            for name in (f"{self.path.name}-wal", f"{self.path.name}-shm"):  # they belong to the damaged file
                self.path.with_name(name).unlink(missing_ok=True)


def _create(path: Path, rows: Iterable[StoredRow]) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")  # a driver writes while others read
        with connection:
            connection.execute(TABLE)
            connection.executemany(INSERT, rows)


def row_of(columns: Mapping[str, StoredColumn], text: str, result: TaskResult) -> StoredRow:
    """Return what is stored of a task in canonical JSON and of its result."""
    texts, numbers = packed_result(columns, result.value) if result.error is None else (None, None)
    row = (result.key, text, result.seconds, result.error, texts, numbers)
    return (*row, _mark(row))


def _mark(row: tuple[Any, ...]) -> bytes:
    return hashlib.blake2b(repr(row).encode(), digest_size=16).digest()


def _is_whole(row: StoredRow) -> bool:
    return row[-1] == _mark(row[:-1])
