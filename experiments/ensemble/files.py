"""Files and folders that appear whole or not at all, and the lock of a folder that one process writes to."""

import errno
import fcntl
import json
import os
import platform
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from abm.errors import EweaError

LOCK = ".lock"

NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
"""Disk full, quota reached, or a limit on the size of files."""


@contextmanager
def whole(place: Path) -> Iterator[Path]:
    """Give a hidden path beside ``place``; the file or folder written there takes its place at the end.

    If the block fails or is interrupted, what it wrote is removed and ``place`` stays as it was. The hidden
    path has the ending of ``place``, for libraries that choose a format by it.
    """
    _remove_leftovers(place)
    part = place.with_name(f"{_hidden(place)}{os.getpid()}-{threading.get_ident()}{place.suffix}")
    try:
        yield part
        _sync(part)
        _put(part, place)
    except BaseException:
        _remove(part)
        raise


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


@contextmanager
def plain_refusal(path: Path) -> Iterator[None]:
    """Turn a refusal of the operating system into one clear sentence."""
    try:
        yield
    except OSError as error:
        if error.errno in NO_ROOM:
            raise no_room(path, str(error.strerror)) from error
        raise EweaError(
            f"{path}: {error.strerror or error}. Check that it is a folder and that you may write to it."
        ) from error


def no_room(path: Path, why: str) -> EweaError:
    """Return what is said when a disk is full."""
    return EweaError(
        f"{path}: no room left on the disk ({why}). The results stored so far are safe; make room and give "
        "the same command again (a sweep: with --resume): only what is missing is run."
    )


def is_leftover(name: str) -> bool:
    """Return whether a name is that of something half-written."""
    return name.startswith(".") and ".part-" in name


def _hidden(place: Path) -> str:
    return f".{place.stem}.part-{platform.node()}-"


def _remove_leftovers(place: Path) -> None:
    """Remove what killed processes of this machine left beside the place."""
    start = _hidden(place)
    for found in place.parent.iterdir():
        number = found.name.removeprefix(start).split("-")[0]
        if found.name.startswith(start) and number.isdigit() and not _is_alive(int(number)):
            _remove(found)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    """Bring a file, or a folder and all in it, to the disk: a power cut leaves no half file."""
    for found in [*path.rglob("*"), path]:
        if found.is_file() or found.is_dir():
            handle = os.open(found, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


def _put(part: Path, place: Path) -> None:
    """Move what is finished to its place; an older folder is moved aside first and removed last."""
    aside = part.with_name(part.name + "-old")
    older = place.is_dir() and part.is_dir() and any(place.iterdir())
    if older:
        place.rename(aside)
    try:
        part.replace(place)
    except BaseException:
        if older:
            aside.rename(place)
        raise
    if older:
        shutil.rmtree(aside, ignore_errors=True)
    handle = os.open(place.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
