"""What is written by :func:`abm.files.whole`: texts, JSON, tables and kept files; the lock of a folder."""

import contextlib
import csv
import fcntl
import io
import json
import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from abm.arrays import Floats
from abm.errors import EweaError
from abm.files import plain_refusal, whole

LOCK = ".lock"


def write_whole(path: Path, content: bytes | str) -> None:
    """Write a file whole or not at all; text as UTF-8."""
    with plain_refusal(path), whole(path) as part:
        part.write_bytes(content.encode() if isinstance(content, str) else content)


def write_json(path: Path, content: Any) -> None:
    """Write a JSON document, readable by people, whole or not at all."""
    write_whole(path, json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


class Lock:
    """The right to write to a folder; the system takes it back when this process ends, however it ends."""

    def __init__(self, folder: Path) -> None:
        self._file = (folder / LOCK).open("a+", encoding="utf-8")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._file.seek(0)
            holder = self._file.read().strip() or "another process"
            self._file.close()
            raise EweaError(
                f"{folder}: {holder} is writing to this store. Wait until it has ended, stop it, or choose "
                "another folder."
            ) from error
        except OSError as error:
            self._file.close()
            raise EweaError(
                f"{folder}: this file system has no locks ({error.strerror}), and without one two drivers "
                "could write at the same time. Choose a folder on a local disk."
            ) from error
        self._file.truncate(0)
        self._file.write(f"process {os.getpid()} on {platform.node()}")
        self._file.flush()

    def release(self) -> None:
        """Give the right back. The file stays: removing it would let two drivers lock two files."""
        self._file.close()


def is_leftover(name: str) -> bool:
    """Return whether a name is that of something half-written."""
    return name.startswith(".") and ".part-" in name


class KeptFiles:
    """Content by name in files with one ending; what was used longest ago goes where space is short."""

    def __init__(self, folder: Path, suffix: str, most_bytes: int) -> None:
        self.folder, self.suffix, self.most_bytes = folder, suffix, most_bytes

    def path(self, name: str) -> Path:
        """Return where a name is kept; names are ours and hold no separators."""
        return self.folder / f"{name}{self.suffix}"

    def read(self, name: str) -> bytes | None:
        """Return what is kept under a name."""
        path = self.path(name)
        try:
            content = path.read_bytes()
            os.utime(path)
        except OSError:
            return None
        return content

    def write(self, name: str, content: bytes) -> None:
        """Keep content, whole or not at all; a full or closed disk only costs time later."""
        with contextlib.suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            with whole(self.path(name)) as part:
                part.write_bytes(content)
            self._make_room()

    def names(self, start: str) -> list[str]:
        """Return the names kept that begin with some letters."""
        found = self.folder.glob(f"{start}*{self.suffix}")
        return sorted(path.name.removesuffix(self.suffix) for path in found)

    def remove(self, name: str) -> None:
        """Take away what is damaged or out of date."""
        with contextlib.suppress(OSError):
            self.path(name).unlink()

    def _make_room(self) -> None:
        files = []
        for path in self.folder.glob(f"*{self.suffix}"):
            with contextlib.suppress(OSError):  # another process on the same folder took it away
                about = path.stat()
                files.append((about.st_mtime, about.st_size, path))
        total = sum(size for _, size, _ in files)
        for _, size, path in sorted(files):
            if total <= self.most_bytes:
                break
            with contextlib.suppress(OSError):
                path.unlink()
            total -= size


def comment_lines(path: Path) -> list[str]:
    """Return the ``#`` lines before the header of a table; none if there is no table yet."""
    if not path.is_file():
        return []
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.startswith("#")]


def table_text(comments: Sequence[str], header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a CSV text; a cell with a comma or a quote is quoted."""
    text = io.StringIO("".join(f"{line}\n" for line in comments), newline="")
    text.seek(0, io.SEEK_END)
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    return text.getvalue()


def replace_files(texts: Mapping[Path, str]) -> None:
    """Write several files, all or none: they are flushed beside their targets before one is replaced."""
    target = Path()
    try:
        with ExitStack() as stack:
            for target, text in texts.items():
                stack.enter_context(whole(target)).write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise EweaError(
            f"{target}: cannot be written ({error.strerror}). Check the space and the rights of the folder."
        ) from error


DIGITS = 5
"""Decimals of a derived share."""


def round_shares(shares: Floats, digits: int = DIGITS) -> Floats:
    """Return shares rounded so that the last axis still sums to 1 (largest remainders).

    >>> round_shares(np.array([1 / 3, 1 / 3, 1 / 3]), 2).tolist()
    [0.34, 0.33, 0.33]
    """
    scale = 10**digits
    rows = np.atleast_2d(shares) * scale
    whole = np.floor(rows)
    for row, floor in zip(rows, whole, strict=True):
        missing = round(row.sum() - floor.sum())
        largest = np.argsort(-(row - floor), kind="stable")[:missing]
        floor[largest] += 1
    return np.asarray((whole / scale).reshape(np.shape(shares)))
