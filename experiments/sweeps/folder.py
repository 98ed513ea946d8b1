"""Files that appear whole or not at all, and a lock so that one driver alone writes to a folder."""

import errno
import fcntl
import json
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from abm.errors import EweaError

TEMPORARY = ".part"
"""End of the name of a file that is being written."""

LOCK = ".lock"

NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
"""Disk full, quota reached, or a limit on the size of files."""


class Lock:
    """The right to write to a folder; the system takes it back when this process ends, however it ends.

    Raises
    ------
    EweaError
        If another driver holds it.
    """

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


def write_whole(path: Path, content: bytes) -> None:
    """Write a file under a temporary name, bring it to the disk and move it to its place.

    Raises
    ------
    EweaError
        If the disk is full or refuses. Nothing is left behind.
    """
    part = path.with_name(f".{path.name}{TEMPORARY}")
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise _refused(path, error) from error
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def write_json(path: Path, content: Any) -> None:
    """Write a JSON document, readable by people, whole or not at all."""
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)
    write_whole(path, (text + "\n").encode())


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk, so that a power cut does not undo a move."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def remove_temporary(folder: Path) -> None:
    """Remove what a killed driver left half-written; only for the holder of the lock."""
    for found in folder.glob(f".*{TEMPORARY}"):
        found.unlink(missing_ok=True)


@contextmanager
def plain_refusal(path: Path) -> Iterator[None]:
    """Turn a refusal of the operating system into one clear sentence.

    Raises
    ------
    EweaError
        In place of any ``OSError`` of the block.
    """
    try:
        yield
    except OSError as error:
        raise _refused(path, error) from error


def _refused(path: Path, error: OSError) -> EweaError:
    if error.errno in NO_ROOM:
        return EweaError(
            f"{path}: no room left on the disk ({error.strerror}). The results stored so far are safe; make "
            "room and give the same command again (a sweep: with --resume): only what is missing is run."
        )
    return EweaError(
        f"{path}: {error.strerror or error}. Check that it is a folder and that you may write to it."
    )
