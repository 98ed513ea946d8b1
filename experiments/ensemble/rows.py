"""The SQLite file of a store: every row has a mark, so that damage shows; whole rows can be saved."""

import hashlib
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from os import W_OK, access
from pathlib import Path
from typing import Any

from abm.errors import EweaError
from experiments.ensemble.columns import StoredColumn, packed
from experiments.ensemble.files import no_room, plain_refusal, whole
from experiments.ensemble.tasks import TaskResult

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
        """Return the failure (or None) of every key, after a look at every row.

        Parameters
        ----------
        repair : bool
            Move a damaged file aside and keep its whole rows; otherwise it is refused.
        """
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
    texts, numbers = packed(columns, result.value) if result.error is None else (None, None)
    row = (result.key, text, result.seconds, result.error, texts, numbers)
    return (*row, _mark(row))


def _mark(row: tuple[Any, ...]) -> bytes:
    return hashlib.blake2b(repr(row).encode(), digest_size=16).digest()


def _is_whole(row: StoredRow) -> bool:
    return row[-1] == _mark(row[:-1])
